"""Losses of partial labels under every law, at their limits and at the reference values."""

import pytest
import torch
import torch.nn.functional as F

from runner.catalog.example_batches import B, K, N, candidates, examples_of
from runner.catalog.loss_laws import laws_for, laws_of
from tests.zoo import losses_for, make, node

LOSSES = losses_for("candidates")
LOGITS = [  # and what comes of them, by own code of the formulas in float64; of PRODEN, weights are those of the logits
    [1.291, -0.237, -0.888, 1.393],
    [0.968, -0.157, 0.946, -0.043],
    [-0.091, 1.165, -2.251, 0.209],
    [0.39, 0.303, 0.284, 2.422],
    [0.324, 1.537, 0.158, 0.029],
]
SETS = [[0, 1, 1, 0], [0, 1, 0, 0], [0, 1, 1, 1], [0, 1, 0, 1], [1, 1, 1, 0]]
CC = [1.9992634486269774, 2.105859619444529, 0.18310720722281232, 0.20070056650831838, 0.13355813257530422]
PRODEN = [2.6421154179340203, 2.105859619444529, 0.870312234119748, 0.5414566805427424, 1.0282216816080958]
WEIGHTS = [
    [0.0, 0.6572357749929423, 0.3427642250070576, 0.0],
    [0.0, 1.0, 0.0, 0.0],
    [0.0, 0.7055813246489328, 0.023173793206184862, 0.2712448821448824],
    [0.0, 0.10726379115584136, 0.0, 0.8927362088441586],
    [0.19191624051279765, 0.6455218306810501, 0.16256192880615236, 0.0],
]


examples = examples_of(candidates, K, K)


def loss(name, num_train=N):
    return make(name, num_train=num_train, num_classes=K)


@pytest.mark.parametrize("law", laws_for("candidates", "example"))
@pytest.mark.parametrize("name", LOSSES)
def test_law(name, law):
    laws_of(node(name), "candidates")[law]()


@pytest.mark.parametrize("name", LOSSES)
def test_of_one_candidate_it_is_cross_entropy(name):
    logits, _, index = examples(dtype=torch.float64)
    labels = torch.arange(B) % K
    made = loss(name).double()
    for _ in range(2):
        torch.testing.assert_close(
            made(logits, F.one_hot(labels, K).float(), index), F.cross_entropy(logits, labels, reduction="none")
        )


def test_all_candidates_are_no_loss_of_cc():
    logits, sets, index = examples(dtype=torch.float64)
    assert loss("cc")(logits, torch.ones_like(sets), index).abs().max() < 1e-12


def test_cc_is_the_reference_value():
    logits, candidates = torch.tensor(LOGITS, dtype=torch.float64), torch.tensor(SETS)
    assert loss("cc")(logits, candidates, torch.arange(5)).tolist() == pytest.approx(CC, abs=1e-9)


def test_proden_is_the_reference_value_at_its_second_use():
    logits, candidates = torch.tensor(LOGITS, dtype=torch.float64), torch.tensor(SETS)
    made = loss("proden", num_train=9).double()
    index = torch.tensor([8, 0, 3, 4, 2])
    uniform = candidates / candidates.sum(1, keepdim=True)
    first = -(uniform * logits.log_softmax(1)).sum(1)
    assert made(logits, candidates, index).tolist() == pytest.approx(first.tolist(), abs=1e-7)
    assert made(logits, candidates, index).tolist() == pytest.approx(PRODEN, abs=1e-9)
    torch.testing.assert_close(made.weights[index], torch.tensor(WEIGHTS, dtype=torch.float64), rtol=0, atol=1e-9)
    assert (made.weights[[1, 5, 6, 7]] == 0).all()
