"""What holds of every calibrator in conf/."""

import pytest
import torch

from runner.contracts.make import make
from runner.nodes.signature import stated
from runner.parts.measures.classification import Classification
from runner.parts.measures.regression import Regression
from tests.parts.calibrators.cases import overconfident, shrunk
from tests.zoo import ROOT, node

NAMES = sorted(file.stem for file in (ROOT / "conf" / "calibrator").glob("*.yaml"))
COUNTS = torch.tensor([[10.0, 20.0, 30.0, 40.0], [1.0, 1.0, 1.0, 97.0], [25.0, 25.0, 25.0, 25.0]])
MEASURES = {
    "classification": Classification(4, None, 20, 100, ("calibration", "margins", "sampling")),
    "regression": Regression(torch.zeros(2), torch.ones(2), lambda said: said, ("calibration",)),
}


def task_of(name):
    """One that it fits."""
    fits = stated(node(name, "calibrator")["_target_"], "fits", ("classification",))
    return "regression" if fits == ("regression",) else "classification"


def examples(name):
    """Predictions and targets of three seeds."""
    return shrunk(seeds=3) if task_of(name) == "regression" else overconfident(seeds=3)


def after(name, predictions, targets, counts, seeds=(0, 1, 2)):
    """Metrics of the same examples that it is fitted to."""
    given = {"class_counts": counts, "seeds": seeds, "decode": lambda said: said}
    calibrator, measures = make("calibrator", node(name, "calibrator"), given), MEASURES[task_of(name)]
    calibrator.fit(predictions, targets)
    return calibrator.quality(measures, calibrator.outcomes(measures, predictions, targets), targets)


@pytest.mark.parametrize("name", NAMES)
def test_a_stack_is_its_seeds(name):
    logits, labels = examples(name)
    whole = after(name, logits, labels, COUNTS)
    for i in range(3):
        part = slice(i, i + 1)
        alone = after(name, logits[part], labels[part], COUNTS[part], [i])
        for metric, values in alone.items():
            torch.testing.assert_close(values, whole[metric][part], rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("name", NAMES)
def test_a_seed_that_diverged_is_nan_and_leaves_the_others_alone(name):
    logits, labels = examples(name)
    sound = after(name, logits, labels, COUNTS)
    broken = logits.clone()
    broken[1, 5, 1] = float("nan")
    found = after(name, broken, labels, COUNTS)
    for metric, values in found.items():
        assert values[1].isnan()
        torch.testing.assert_close(values[[0, 2]], sound[metric][[0, 2]], rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("name", NAMES)
def test_what_it_is_given_stays_as_it_is(name):
    logits, labels = examples(name)
    before = logits.clone(), labels.clone(), COUNTS.clone()
    after(name, logits, labels, COUNTS)
    assert all(map(torch.equal, before, (logits, labels, COUNTS)))
