"""ConFIG: its direction, the setting in which it is plain training, and what is refused."""

import json

import pytest
import torch
from torchjd.aggregation import ConFIG

from runner.parts.methods.conflict_free import weights
from tests.zoo import ROOT

CASES = json.loads((ROOT / "tests" / "values" / "methods" / "conflict_free.json").read_text())


def direction(gradients):
    return weights(gradients) @ gradients


@pytest.mark.parametrize("case", CASES)
def test_the_direction_is_the_released_packages(case):
    gradients = torch.tensor(case["inputs"]["gradients"], dtype=torch.float64)
    wanted = torch.tensor(case["output"]["config"], dtype=torch.float64)
    torch.testing.assert_close(direction(gradients), wanted, rtol=1e-9, atol=1e-9)
    cosines = torch.nn.functional.cosine_similarity(gradients, direction(gradients)[None])
    torch.testing.assert_close(cosines, torch.tensor(case["output"]["cosines"], dtype=torch.float64))


def test_it_is_torchjds():
    gradients = torch.randn(3, 40, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    torch.testing.assert_close(direction(gradients), ConFIG()(gradients), rtol=1e-6, atol=1e-8)


def test_one_term_is_its_gradient_and_one_without_a_gradient_does_not_count():
    one = torch.tensor([[3.0, 4.0]], dtype=torch.float64)
    torch.testing.assert_close(direction(one), one[0])
    torch.testing.assert_close(direction(torch.cat([one, torch.zeros(1, 2)])), one[0])


def test_terms_that_point_against_each_other_leave_no_step():
    assert not direction(torch.tensor([[1.0, 0.0], [-2.0, 0.0]], dtype=torch.float64)).any()


QUICK = ["dataset=blobs", "epochs=2", "dataset.num_train=128"]


def test_without_a_second_term_it_is_plain_training(compose, measured):
    from runner.training.run import run

    plain, mine = (measured(run(**compose(*QUICK, method))) for method in ("method=erm", "method=conflict_free"))
    assert plain == mine


def test_a_penalty_is_a_term(compose, measured):
    from runner.training.run import run

    said = [*QUICK, "regularizer=l2", "regularizer.l2.weight=0.1"]
    plain, mine = (measured(run(**compose(*said, method))) for method in ("method=erm", "method=conflict_free"))
    assert plain != mine


def test_each_number_of_a_target_may_be_a_term(compose, measured):
    from runner.training.run import run

    boxes = [
        "dataset=boxes",
        "dataset.num_train=64",
        "dataset.num_test=16",
        "loss=l1",
        "epochs=2",
        "method=conflict_free",
    ]
    together, apart = (measured(run(**compose(*boxes, f"method.per_target={each}"))) for each in ("false", "true"))
    assert together != apart


def test_a_loss_with_other_outputs_has_no_such_terms(compose):
    from runner.console.errors import ConfigError
    from runner.training.run import run

    said = ["dataset=boxes", "loss=ciou", "method=conflict_free", "method.per_target=true", "dataset.num_train=64"]
    with pytest.raises(ConfigError, match="method"):
        list(run(**compose(*said)))
