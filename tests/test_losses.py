"""Every loss of the zoo under every law, and at the reference values."""

import json
from functools import partial
from pathlib import Path

import pytest
import torch

from tests.laws import LAWS, K, N
from tests.zoo import LOSSES, make

EXEMPT = {
    ("elr", "gradient_is_the_derivative"): "the target is held constant, by design",
}
VALUES = json.loads(Path(__file__).with_name("values.json").read_text())


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("loss", LOSSES)
def test_law(loss, law, request):
    if reason := EXEMPT.get((loss, law)):
        request.applymarker(pytest.mark.xfail(reason=reason, strict=True))
    LAWS[law](partial(make, loss, num_train=N, num_classes=K))


@pytest.mark.parametrize("case", VALUES["cases"], ids=lambda case: case["name"])
def test_reference_value(case):
    """Mean loss and gradient norm, in float64, as the papers' released code or a library gives them."""
    labels = torch.tensor(VALUES["labels"])
    loss = make(case["loss"], num_train=len(labels), num_classes=10, **case["arguments"]).double()
    for call in case["calls"]:
        logits = torch.tensor(VALUES["logits"][call["logits"]], dtype=torch.float64, requires_grad=True)
        value = loss(logits, labels, torch.arange(len(labels))).mean()
        (gradient,) = torch.autograd.grad(value, logits)
        assert value.item() == pytest.approx(call["loss"], abs=1e-9)
        assert gradient.norm().item() == pytest.approx(call["gradient_norm"], abs=1e-9)
