"""What is measured where training is told sets of classes."""

import math

import pytest
import torch

from runner.parts.measures.candidates import Candidates

CLASSES = 3
PREDICTIONS = torch.tensor([[0.2, 0.5, 0.3], [0.7, 0.2, 0.1], [0.1, 0.1, 0.8], [0.3, 0.6, 0.1]]).log()[None]
SETS = torch.tensor([[1, 1, 0], [0, 1, 1], [0, 0, 1], [1, 0, 0]]).float()[None]  # of sizes 2, 2, 1, 1
TRUE = torch.tensor([[1, 1, 2, 0]])


@pytest.fixture
def measures():
    return Candidates(num_classes=CLASSES, class_sizes=None, few_shot=20, many_shot=100)


def test_a_set_has_the_probability_of_its_classes(measures):
    seen = measures.outcomes(PREDICTIONS, SETS)
    torch.testing.assert_close(seen.nll, -torch.tensor([[0.7, 0.3, 0.8, 0.3]]).log())
    assert seen.brier.isnan().all()


def test_it_is_right_of_a_set_to_predict_one_of_it(measures):
    found = measures.label_noise(measures.outcomes(PREDICTIONS, SETS), SETS, TRUE)
    assert found["accuracy_given"].item() == 0.5  # the first and the third
    assert found["accuracy_true"].item() == 0.5


def test_losses_are_apart_by_whether_a_set_has_more_than_one_class(measures):
    seen, tested = measures.outcomes(PREDICTIONS, SETS), measures.outcomes(PREDICTIONS, TRUE)
    found = measures.diagnostics(tested, TRUE, seen, SETS, TRUE)
    sums = {name: int(found[name].sum()) for name in ("clean_losses", "flipped_losses")}
    assert sums == {"clean_losses": 2, "flipped_losses": 2}
    ambiguous = found["flipped_losses"][0].nonzero().flatten()
    alone = found["clean_losses"][0].nonzero().flatten()
    nll = [-math.log(p) for p in (0.7, 0.3, 0.8, 0.3)]
    assert (ambiguous[0] < ambiguous[1]) == (nll[0] < nll[1])
    assert (alone[0] < alone[1]) == (nll[2] < nll[3])
