"""Every loss of the zoo under every law, and at the reference values."""

import json
from functools import partial
from pathlib import Path

import pytest
import torch

from tests.laws import LAWS, K, N
from tests.zoo import BINARY, LOSSES, make

EXEMPT = {
    ("elr", "gradient_is_the_derivative"): "the target is held constant, by design",
}
VALUES = Path(__file__).with_name("values")
INPUTS = json.loads((VALUES / "inputs.json").read_text())
CASES = [
    case for file in sorted(VALUES.glob("*.json")) if file.stem != "inputs" for case in json.loads(file.read_text())
]


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("loss", [name for name in LOSSES if name not in BINARY])
def test_law(loss, law, request):
    if reason := EXEMPT.get((loss, law)):
        request.applymarker(pytest.mark.xfail(reason=reason, strict=True))
    LAWS[law](partial(make, loss, num_train=N, num_classes=K))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_reference_value(case):
    """Mean loss and norm of its gradient by the logits, in float64, as the case's source gives them.

    To 1e-9, or to the tolerance of a case, which then says why. Several calls share the state of one loss.
    """
    labels = torch.tensor(case.get("labels", INPUTS["labels"]))
    given = {name: torch.tensor(value) for name, value in case.get("given", {}).items()}
    sizes = {"num_train": len(labels), "num_classes": case.get("num_classes", 10)}
    loss = make(case["loss"], **sizes, given=given, **case["arguments"]).double()
    drawn = {name: torch.tensor(value) for name, value in case.get("draws", {}).items()}
    loss = loss.loss if drawn else loss
    for call in case["calls"]:
        rows = INPUTS["logits"][call["logits"]] if isinstance(call["logits"], str) else call["logits"]
        logits = torch.tensor(rows, dtype=torch.float64, requires_grad=True)
        value = loss(logits, labels, torch.arange(len(labels)), **drawn).mean()
        (gradient,) = torch.autograd.grad(value, logits)
        exact = {"abs": case.get("tolerance", 1e-9), "rel": 0}
        assert value.item() == pytest.approx(call["loss"], **exact)
        assert gradient.norm().item() == pytest.approx(call["gradient_norm"], **exact)


def test_a_looser_tolerance_has_a_reason():
    assert all("reason" in case for case in CASES if "tolerance" in case)
