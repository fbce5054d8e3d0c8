"""Unlearning: the penalty's weight on reference values, what an attack says, and where methods are one."""

import json

import numpy as np
import pytest
import torch

from runner.compose.command_line import compose_cells
from runner.data.streams import numbers
from runner.parts.calculations._network import Network
from runner.parts.calculations.unlearning import fit, l1, l1_weight, measures, threshold, unlearning, which
from tests.zoo import ROOT

CASES = json.loads((ROOT / "tests" / "values" / "single_tasks" / "unlearning.json").read_text())


def measured(**changed):
    (cell,) = compose_cells(["calculation=unlearning"], multirun=False)
    keys = {key: value for key, value in cell.config["calculation"].items() if key != "_target_"}
    small = {"train_size": 200, "hidden": 20, "trained_epochs": 8, "epochs": 3, "lr": 0.01}
    return unlearning(numbers("calculation", 0), **{**keys, **small, **changed})


class Known:
    """A network whose weights are said."""

    def __init__(self, *weights):
        self.weights = [torch.tensor(one, dtype=torch.float64) for one in weights]

    def parameters(self):
        return self.weights

    def __call__(self, x):
        return x


@pytest.mark.parametrize("case", CASES)
def test_the_penalty_and_its_weight_over_epochs(case):
    gamma, epochs, plain = (case["hyper"][name] for name in ("gamma", "epochs", "no_l1_epochs"))
    found = [l1_weight(gamma, epoch, epochs, plain) for epoch in range(epochs)]
    assert found == pytest.approx(case["output"]["weight"], rel=1e-12)
    theta = case["inputs"]["theta"]
    penalty = found[0] * float(l1(Known(theta[:2], [theta[2:]])))
    assert penalty == pytest.approx(case["output"]["penalty_at_epoch_0"], rel=1e-12)


def test_there_is_no_penalty_where_all_epochs_are_plain():
    assert [l1_weight(1.0, epoch, 3, 3) for epoch in range(3)] == [0, 0, 0]


def test_a_threshold_tells_best_what_was_seen():
    seen, unseen = np.array([0.9, 0.8, 0.7, 0.4]), np.array([0.1, 0.5, 0.6])
    assert threshold(seen, unseen) == 0.7
    assert threshold(np.array([0.5]), np.array([0.5])) == 0.5


def test_measures_by_hand():
    """Outputs are what is given; the last example of those to forget has the wrong class, the others are sure."""
    sure, wrong = [5.0, 0.0], [0.0, 5.0]
    label = torch.tensor([0, 0, 0, 0])
    forget = torch.tensor([sure, sure, sure, wrong]), label
    remain = torch.tensor([sure, sure, sure, sure]), label
    test = torch.tensor([sure, wrong, wrong, wrong]), label
    assert measures(Known(), forget, remain, test) == pytest.approx(
        {"unlearning_accuracy": 0.25, "remaining_accuracy": 1, "accuracy": 0.25, "taken_for_unseen": 0.25}
    )


def test_which_examples_are_to_be_forgotten():
    y = torch.arange(50) % 10
    assert which(numbers("calculation", 0), y, "class", 0.5).tolist() == (y == 0).tolist()
    assert int(which(numbers("calculation", 0), y, "examples", 0.3).sum()) == 15
    assert int(which(numbers("calculation", 0), y, "examples", 0.001).sum()) == 1


def test_the_penalty_makes_weights_smaller():
    x, y = torch.eye(4, dtype=torch.float64), torch.tensor([0, 1, 0, 1])
    sizes = []
    for weight in (0.0, 0.05):
        network = Network(numbers("calculation", 0), (4, 6, 2), ["relu"])
        fit(network, (x, y), numbers("calculation", 1), [weight] * 20, 2, 0.02)
        sizes.append(float(l1(network).detach()))
    assert sizes[1] < 0.8 * sizes[0]


def test_retraining_has_no_gap_and_its_measures_are_those_of_the_reference():
    found = measured(method="retraining", forgotten="class")
    assert found["gap"] == found["unlearning_gap"] == 0
    assert found["unlearning_accuracy"] == 1
    left = measured(method="none", forgotten="class")
    assert left["unlearning_gap"] == pytest.approx(1 - left["unlearning_accuracy"])
    assert left["unlearning_accuracy"] < 0.3
    names = ("unlearning_accuracy", "remaining_accuracy", "accuracy", "taken_for_unseen")
    assert left["gap"] == pytest.approx(np.mean([abs(left[name] - found[name]) for name in names]))


def test_no_penalty_is_fine_tuning_and_a_rate_of_almost_nothing_leaves_the_network_as_it_is():
    assert measured(gamma=0.0) == measured(method="fine_tuning")
    assert measured(unlearning_lr=1e-12) == pytest.approx(measured(method="none"), abs=1e-6)
    assert measured(unlearning_lr=0.02, gamma=0.01) != measured(method="fine_tuning", unlearning_lr=0.02)
