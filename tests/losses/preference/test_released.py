"""What the other losses of pairs of one released trainer are known for."""

from math import log

import pytest
import torch

from tests.losses.preference.test_pairs import loss_of, pairs

HALF = 1 / (2 * 0.1)
AT_REFERENCE = [
    ("exo_pair", {"flips": 0.05}, -log(4 * 0.95 * 0.05) / 2),
    ("nca_pair", {}, 2 * log(2)),
    ("apo", {"form": "zero"}, 1.0),
    ("apo", {"form": "down"}, 1.0),
    ("sppo_hard", {}, 2 * HALF**2),
    ("aot", {}, log(2)),
    ("discopop", {}, (log(2) + 1) / 2),
]
MOVED = {"nca_pair", "apo", "sppo_hard"}


def some(shift=0.0):
    g = torch.Generator().manual_seed(0)
    drawn = {part: -4 - torch.rand(6, generator=g) for part in PARTS}
    moved = {part: each + shift * part.startswith("policy") for part, each in drawn.items()}
    return pairs({part: each.tolist() for part, each in moved.items()})


PARTS = ("policy_winner", "policy_loser", "reference_winner", "reference_loser")


@pytest.mark.parametrize(("name", "arguments", "value"), AT_REFERENCE)
def test_value_at_the_reference(name, arguments, value):
    same = pairs({part: [-1.0, -2.5] if "winner" in part else [-3.0, -0.5] for part in PARTS})
    found = loss_of(name, beta=0.1, **arguments).of(same)
    torch.testing.assert_close(found, torch.full((2,), value, dtype=torch.float64))


@pytest.mark.parametrize(("name", "arguments", "value"), AT_REFERENCE)
def test_a_shift_of_both_responses_moves_some(name, arguments, value):
    loss = loss_of(name, beta=1.0, **arguments)
    one, other = loss.of(some()), loss.of(some(-20.0))
    assert torch.allclose(one, other) != (name in MOVED)


def test_exo_and_sppo_are_at_rest_where_they_say():
    at = log(0.95 / 0.05) / 0.1
    its = pairs({"policy_winner": [at - 60], "policy_loser": [-60.0]})
    its.policy_winner.requires_grad_()
    (found,) = torch.autograd.grad(loss_of("exo_pair", beta=0.1, flips=0.05).of(its).sum(), its.policy_winner)
    torch.testing.assert_close(found, torch.zeros_like(found), atol=1e-12, rtol=0)
    still = pairs({"policy_winner": [HALF], "policy_loser": [-HALF]})
    assert loss_of("sppo_hard", beta=0.1).of(still).abs().max() < 1e-12


def test_aot_is_dpo_of_one_pair_and_compares_by_rank():
    its = some()
    for k in range(6):
        one = its._replace(**{part: getattr(its, part)[k : k + 1] for part in its._fields})
        torch.testing.assert_close(loss_of("aot", beta=0.1).of(one), loss_of("dpo", beta=0.1).of(one))
    mixed = its._replace(reference_winner=its.reference_winner.flip(0), reference_loser=its.reference_loser.flip(0))
    torch.testing.assert_close(loss_of("aot", beta=0.1).of(mixed), loss_of("aot", beta=0.1).of(its))
    assert not torch.allclose(loss_of("dpo", beta=0.1).of(mixed), loss_of("dpo", beta=0.1).of(its))
