"""Every loss of the zoo under every law, and at the reference values."""

import json
from pathlib import Path

import pytest
import torch

from runner.catalog.example_batches import K
from runner.catalog.loss_laws import LAWS, laws_for, laws_of
from tests.zoo import BINARY, LOSSES, make, node

SIZES = "class sizes belong to classes"
HELD = "the weights are held constant, as in the code that made the published tables"
EXEMPT = {
    ("aldr_kl", "gradient_is_the_derivative"): "the temperature of each example is held constant, by design",
    (
        "aldr_kl",
        "a_common_shift_of_logits_is_nothing",
    ): "the released scores are divided by the mean size of raw logits",
    ("anl_fl", "gradient_is_the_derivative"): HELD,
    ("balanced_softmax", "classes_are_only_names"): SIZES,
    ("circle", "gradient_is_the_derivative"): "the weights of the cosines are held constant, by design",
    ("circle", "a_common_shift_of_logits_is_nothing"): "its logits are cosines, compared with fixed optima 0 and 1",
    ("class_balanced", "classes_are_only_names"): SIZES,
    ("class_balanced_focal", "classes_are_only_names"): SIZES,
    ("dmi", "examples_do_not_mix"): "one determinant of the whole batch",
    (
        "dmi",
        "right_is_better_than_unsure_than_wrong",
    ): "a consistent renaming of the classes is as informative, so as good",
    ("elr", "gradient_is_the_derivative"): "the target is held constant, by design",
    ("ensloss", "examples_do_not_mix"): "slopes are handed out by rank in the batch, by design",
    ("ensloss", "gradient_is_the_derivative"): "the slopes are held constant, by design",
    ("ldr_kl", "a_common_shift_of_logits_is_nothing"): "the released scores are softplus of the raw logits",
    ("log_spherical", "a_common_shift_of_logits_is_nothing"): "squares of logits in place of exponentials, by design",
    (
        "log_taylor",
        "a_common_shift_of_logits_is_nothing",
    ): "the Taylor series of exp is not exp: a shift does not cancel",
    ("logit_clip", "a_common_shift_of_logits_is_nothing"): "the length of the raw logits is clipped",
    ("nlnl", "classes_are_only_names"): "a draw names the other class by its distance from the label",
    ("nlnl", "right_is_better_than_unsure_than_wrong"): "one draw blames one other class; the order holds in the mean",
    ("peer", "examples_do_not_mix"): "the peer is made of other examples of the batch, by design",
    ("peer", "right_is_better_than_unsure_than_wrong"): "the peer's loss is subtracted: a loss depends on its peer",
    ("peer", "wrong_examples_pull"): "with alpha = 1, an example that meets its own input and label as a peer cancels",
    ("poly_focal", "a_common_shift_of_logits_is_nothing"): "each class is a sigmoid of its own, by design",
    ("square", "a_common_shift_of_logits_is_nothing"): "regresses the raw logits on fixed targets, by design",
    (
        "square",
        "right_is_better_than_unsure_than_wrong",
    ): "a label's logit above its target costs: 6 is further from 1 than 0 is",
    ("squentropy", "a_common_shift_of_logits_is_nothing"): "squares the raw logits of the other classes, by design",
    ("stablemax", "a_common_shift_of_logits_is_nothing"): "s grows like a line, not like exp: a shift does not cancel",
    ("ldam", "classes_are_only_names"): SIZES,
    ("logit_adjustment", "classes_are_only_names"): SIZES,
    ("mixce", "gradient_is_the_derivative"): "the probability in its weight is held constant, by design",
    ("nfl", "gradient_is_the_derivative"): HELD,
    ("nfl_mae", "gradient_is_the_derivative"): HELD,
    ("nfl_rce", "gradient_is_the_derivative"): HELD,
    ("nnfl", "gradient_is_the_derivative"): HELD,
    ("vs", "classes_are_only_names"): SIZES,
    ("vs", "a_common_shift_of_logits_is_nothing"): "each class's logit has its own factor, (n_k / n_max)^gamma",
}
VALUES = Path(__file__).parents[1] / "values"
INPUTS = json.loads((VALUES / "inputs.json").read_text())
CASES = [
    case for file in sorted(VALUES.glob("*.json")) if file.stem != "inputs" for case in json.loads(file.read_text())
]


@pytest.mark.parametrize("law", laws_for("classification", "example"))
@pytest.mark.parametrize("loss", LOSSES)
def test_law(loss, law, request):
    if reason := EXEMPT.get((loss, law)):
        request.applymarker(pytest.mark.xfail(reason=reason, strict=True))
    try:
        laws_of(node(loss), "classification", 2 if loss in BINARY else K)[law]()
    except Exception as error:
        error.add_note(f"{loss} breaks the law: {LAWS[law].__doc__}")
        raise


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_reference_value(case):
    """Mean loss and norm of its gradient by the logits, in float64, as the case's source gives them.

    To 1e-9, or to the tolerance of a case, which then says why. Several calls share the state of one loss, and each is
    an epoch.
    """
    labels = torch.tensor(case.get("labels", INPUTS["labels"]))
    given = {name: torch.tensor(value, dtype=torch.float64) for name, value in case.get("given", {}).items()}
    sizes = {"num_train": len(labels), "num_classes": case.get("num_classes", 10)}
    loss = make(case["loss"], **sizes, given=given, **case["arguments"]).double()
    drawn = {name: torch.tensor(value) for name, value in case.get("draws", {}).items()}
    loss = loss.loss if drawn else loss
    for epoch, call in enumerate(case["calls"], start=1):
        if hasattr(loss, "begin"):
            loss.begin(epoch, len(case["calls"]))
        rows = INPUTS["logits"][call["logits"]] if isinstance(call["logits"], str) else call["logits"]
        logits = torch.tensor(rows, dtype=torch.float64, requires_grad=True)
        value = loss(logits, labels, torch.arange(len(labels)), **drawn).mean()
        (gradient,) = torch.autograd.grad(value, logits)
        exact = {"abs": case.get("tolerance", 1e-9), "rel": 0}
        assert value.item() == pytest.approx(call["loss"], **exact)
        assert gradient.norm().item() == pytest.approx(call["gradient_norm"], **exact)


def test_a_looser_tolerance_has_a_reason():
    assert all("reason" in case for case in CASES if "tolerance" in case)
