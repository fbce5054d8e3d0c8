"""Distillation from a teacher: its values, where the teacher comes from, and what is refused."""

import json

import pytest
import torch
from torch import nn, tensor

from runner.catalog.objective_laws import descended
from runner.console.errors import ConfigError
from runner.parts.methods.divergences import balanced, forward
from runner.parts.methods.kd import KD
from tests.objectives import built, first, same, values
from tests.parts.distillation import LABELS, LOGITS, TEACHER, Given, batch_of, nll_of, on_to, parts, slope
from tests.zoo import ROOT, written

PARTIAL_SOFT_LABELS = json.loads((ROOT / "tests/values/methods/partial_soft_labels.json").read_text())
MEANS = tensor(
    [
        [0.05876052854311795, 0.28740308662909997, 0.21254023945657965, 0.4412961453712024],
        [0.08616771398324861, 0.3538578874136797, 0.42687941544339464, 0.13309498315967713],
        [0.459661146780258, 0.06421051816147277, 0.3355726870533242, 0.14055564800494477],
        [0.47959534427651995, 0.09542173082751917, 0.3098269829939865, 0.11515594190197422],
    ],
    dtype=torch.float64,
)


def of_student(gradients):
    return {name: g for name, g in gradients.items() if name.startswith("method.network.")}


def distilled(teacher=TEACHER, logits=LOGITS, epochs=10, stored=None, **changed):
    said = {
        "training": "first",
        "teacher_cell": None,
        "teacher_share": 0.1,
        "divergence": "forward",
        "told": "all",
        "temperature": 1.0,
        "weight": 1.0,
        "cmi": 0.0,
        "cmi_share": 0.1,
    }
    given = {"epochs": epochs, "num_classes": logits.shape[1], "stored": stored}
    return KD(*parts(logits), **given, teacher=Given(teacher), **said | changed).double()


def test_squared_logit_distillation_has_the_formulas_numbers():
    """Half the squares of the differences of normalised log-probabilities, over all classes; of all examples."""
    method = distilled(divergence="squared_logit")
    method.enter(1)
    losses = method(batch_of())
    assert losses.sum().item() == pytest.approx(53.476468592975046, abs=1e-9)
    assert slope(6 * losses, method.network) == pytest.approx(14.806045776650146, abs=1e-9)


def test_of_the_labels_probability_alone_losses_have_the_formulas_numbers():
    """Zhao and Zhu, 2023: half the square of one difference, and cross-entropy in that one class."""
    inputs, wanted = (PARTIAL_SOFT_LABELS["four_students"][key] for key in ("inputs", "output"))
    logits, teacher = (tensor(inputs[key], dtype=torch.float64) for key in ("logits", "teacher"))
    labels = tensor(inputs["action"])
    losses = {}
    for divergence in ("squared_logit", "forward"):
        method = distilled(teacher=teacher.log(), logits=logits, divergence=divergence, told="label")
        method.enter(1)
        losses[divergence] = method(batch_of(labels))
    of_label = teacher.gather(-1, labels[:, None])[:, 0]
    entropy = -of_label * of_label.log()  # which cross-entropy has beyond the divergence, whatever the student
    torch.testing.assert_close(losses["squared_logit"], tensor(wanted["sel_ptl"], dtype=torch.float64))
    torch.testing.assert_close(losses["forward"] + entropy, tensor(wanted["ce_ptl"], dtype=torch.float64))


@pytest.mark.parametrize(("divergence", "swapped"), [("forward", False), ("reverse", True)])
@pytest.mark.parametrize("t", [1.0, 4.0])
def test_distillation_is_torchs_divergence_at_a_temperature(divergence, swapped, t):
    method = distilled(divergence=divergence, temperature=t, weight=0.9)
    method.enter(1)
    of, to = (LOGITS, TEACHER) if swapped else (TEACHER, LOGITS)
    kl = nn.functional.kl_div((to / t).log_softmax(-1), (of / t).softmax(-1), reduction="none").sum(-1)
    nll = nll_of(LOGITS, LABELS)
    torch.testing.assert_close(method(batch_of()), 0.1 * nll + 0.9 * t**2 * kl, rtol=0, atol=1e-9)


def test_at_high_temperature_distillation_compares_centred_logits():
    """Hinton et al., Section 2.1: T^2 KL tends to the mean squared difference of the logits, halved."""
    method = distilled(temperature=1e4)
    method.enter(1)
    between = (LOGITS - LOGITS.mean(-1, keepdim=True)) - (TEACHER - TEACHER.mean(-1, keepdim=True))
    torch.testing.assert_close(method(batch_of()), between.square().mean(-1) / 2, rtol=1e-3, atol=1e-3)


def test_the_information_has_the_released_codes_numbers():
    """iclr2024mcmi/ICLRMCMI, CE_KL_loss: cross-entropy less 0.15 times the information."""
    method = distilled(teacher=LOGITS, cmi=0.15, cmi_share=0.1)
    method.enter(1)
    assert method.starts == (0, 1, 2)
    method.means.means.copy_(MEANS)
    losses = method(batch_of())
    assert method.means(LOGITS, batch_of()).mean().item() == pytest.approx(0.613471236018639, abs=1e-9)
    assert losses.mean().item() == pytest.approx(3.548626614886751, abs=1e-9)


def test_information_moves_the_teacher_in_its_epochs_alone():
    plain, batch = first("method=kd", "epochs=6")
    praised, _ = first("method=kd", "method.cmi=1", "method.cmi_share=0.2", "epochs=6")
    assert praised.method.starts == (0, 3, 4)
    for epoch, differs in ((1, False), (2, False), (3, False), (4, True), (5, False)):
        on_to(plain, min(epoch, 3) if epoch < 5 else 5)
        losses, gradients = values(on_to(praised, epoch), batch)
        expected = values(plain, batch)
        assert torch.allclose(losses, expected[0], rtol=0, atol=1e-12) is not differs
        same(gradients, expected[1]) if not differs else None


def test_a_stored_teacher_is_the_cells_network_of_the_same_seed():
    (teacher,), _ = built("model=mlp", "model.width=8", seeds=[7])
    node = written("mlp", "model") | {"width": 8}
    asked_for = []

    def stored(cell, seed):
        asked_for.append((cell, seed))
        return node, teacher.method.network.state_dict()

    said = ["method=kd", "method.training=stored", f"method.teacher_cell={'a' * 20}", "model.width=16"]
    student, batch = first(*said, "method.temperature=2", "method.weight=0.5", seeds=[3], stored=stored)
    assert asked_for == [("a" * 20, 3)]
    assert student.method.starts == (0,)
    losses, gradients = values(student, batch)
    assert {key.startswith("method.network.") for key in gradients} == {True}
    t, s = (module.predict(batch.x) for module in (teacher, student))
    kl = nn.functional.kl_div((s / 2).log_softmax(-1), (t / 2).softmax(-1), reduction="none").sum(-1)
    nll = nll_of(s, batch.labels)
    torch.testing.assert_close(losses, 0.5 * nll + 0.5 * 4 * kl, rtol=1e-6, atol=1e-6)  # the stored one is of float32

    without, _ = first(*said, "method.weight=0", seeds=[3], stored=stored)
    plain, _ = first("model.width=16", seeds=[3])
    same(values(without, batch), values(plain, batch))  # from the first epoch

    tuned, _ = first(*said, "method.cmi=0.1", "method.cmi_share=0.25", "epochs=4", seeds=[3], stored=stored)
    assert tuned.method.starts == (0, 1)
    losses, gradients = values(tuned, batch)
    torch.testing.assert_close(losses, nll_of(t, batch.labels))
    assert {key.startswith("method.teacher.") for key in gradients} == {True}


@pytest.mark.parametrize("divergence", ["forward", "balanced"])
def test_an_online_teacher_learns_beside_its_student(divergence):
    """What is reported is the student's; a balanced teacher also follows the student."""
    said = ["method=kd", "method.training=online", f"method.divergence={divergence}", "method.temperature=2"]
    both, batch = first(*said)
    teacher, student = (network(batch.x) for network in (both.method.teacher.network, both.method.network))
    losses, gradients = values(both, batch)
    log_t, log_s = (teacher / 2).log_softmax(-1), (student / 2).log_softmax(-1)
    distance = {"forward": forward, "balanced": balanced}[divergence]
    nll = [nll_of(z, batch.labels) for z in (student, teacher)]
    torch.testing.assert_close(losses, 0.1 * nll[0] + 0.9 * 4 * distance(log_s, log_t.detach()))

    own = nll[1] + (0.9 * 4 * forward(log_t, log_s.detach()) if divergence == "balanced" else 0)
    named = dict(both.method.teacher.network.named_parameters())
    expected = torch.autograd.grad(own.mean(), list(named.values()))
    for name, gradient in zip(named, expected, strict=True):
        torch.testing.assert_close(gradients[f"method.teacher.network.{name}"], gradient)

    without, _ = first(*said, "method.weight=0")
    plain, _ = first()
    losses, gradients = values(without, batch)
    expected = values(plain, batch)
    same((losses, of_student(gradients)), expected)


@pytest.mark.parametrize(
    "options",
    [
        ["method.training=online", "method.divergence=balanced"],
        ["method.cmi=0.3", "method.cmi_share=0.25", "method.divergence=reverse"],
        ["model@method.teacher=linear", "method.divergence=squared_logit"],
        ["method.told=label", "method.divergence=squared_logit"],
    ],
    ids=["online", "information", "another kind", "the label alone"],
)
def test_every_way_of_teaching_keeps_seeds_apart(options):
    said = ["method=kd", "epochs=4", *options]
    together, _ = descended(*built(*said, seeds=[3, 4, 5]), 4)
    for i, seed in enumerate([3, 4, 5]):
        single, _ = descended(*built(*said, seeds=[seed]), 4)
        torch.testing.assert_close(together[:, i], single[:, 0], rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (["method=kd", "method.training=offline"], r"method\.training=offline: must be one of stored, first, online"),
        (["method=kd", "method.divergence=js"], r"method\.divergence=js: must be one of forward, reverse, balanced"),
        (
            ["method=kd", "method.told=label", "method.divergence=reverse"],
            r"told=label: divergence must be forward or s",
        ),
        (["method=kd", "method.temperature=0"], r"method\.temperature=0: must be a number in \(0, inf\)"),
        (["method=kd", "method.weight=2"], r"method\.weight=2: must be a number in \[0, 1\]"),
        (["method=kd", "method.cmi=-1"], r"method\.cmi=-1: must be a number in \[0, inf\)"),
        (["method=kd", "method.cmi=1", "method.cmi_share=0.5", "epochs=4"], r"cmi_share=0\.5: of 4 epochs none are"),
        (["method=kd", "method.training=online", "method.cmi=1"], r"cmi=1\.0: must be 0 where training=online"),
        (["method=kd", "method.training=stored"], r"teacher_cell=null: must name a cell where training=stored"),
        (["method=kd", f"method.teacher_cell={'a' * 20}"], r"teacher_cell=a{20}: .* be null elsewhere"),
        (
            ["method=kd", "method.teacher_cell=/a"],
            r"method\.teacher_cell=/a: must be text of the form \[0-9a-f\]\{20\}",
        ),
    ],
)
def test_what_cannot_be_is_named(said, why):
    with pytest.raises(ConfigError, match=why):
        built(*said)
