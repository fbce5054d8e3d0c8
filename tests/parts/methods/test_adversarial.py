"""Attacks: that they are the worst inputs, stay in their ball and change nothing else, and what is refused."""

import math

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from runner.catalog.objective_laws import double
from runner.console.errors import ConfigError
from runner.data.streams import generator
from runner.parts.methods.adversarial import moved, within_ball
from runner.stack.stack import Stack
from tests.objectives import built, cell_of, first, same, values
from tests.parts.erm import unnamed

ADVERSARIAL = "method=adversarial"
LINEAR = [ADVERSARIAL, "dataset.num_classes=2", "model=linear", "method.radius=0.3", "method.steps=40"]


def two_classes(method, batch):
    """Of a linear network: z_y - z_other (B,), and what its gradient by the inputs is, (B, D)."""
    (weight,) = (m.weight for m in method.erm.network.modules() if isinstance(m, nn.Linear))
    z = method.erm.network(batch.x)
    sign = 1 - 2 * batch.labels
    return sign * (z[:, 0] - z[:, 1]), sign[:, None] * (weight[0] - weight[1])


@pytest.mark.parametrize(("norm", "dual"), [("l_inf", 1), ("l_2", 2)])
def test_of_a_linear_network_the_worst_inputs_are_known(norm, dual):
    """The margin of two classes falls by the radius times the dual norm of the difference of their weights."""
    objective, batch = first(*LINEAR, f"method.norm={norm}", "method.step_size=1")
    margin, slope = two_classes(objective.method, batch)
    least = margin - 0.3 * slope.norm(p=dual, dim=1)
    torch.testing.assert_close(objective.method(batch), F.softplus(-least), rtol=1e-9, atol=1e-9)

    smooth, batch = first(
        *LINEAR, f"method.norm={norm}", "method.step_size=1", "method.objective=smooth", "method.nu=2"
    )
    expected = F.softplus(-margin) + 2 * 0.3 * slope.norm(p=dual, dim=1)
    torch.testing.assert_close(smooth.method(batch), expected, rtol=1e-9, atol=1e-9)


def test_the_attacked_inputs_are_a_constant_to_the_gradient():
    objective, batch = first(ADVERSARIAL, "method.radius=0.3")
    method = objective.method
    worst = method.fooling(batch.x, batch.draws["adversarial_start"], batch.labels)
    plain, _ = first()
    same(unnamed(values(objective, batch)), unnamed(values(plain, batch._replace(x=worst))))


@pytest.mark.parametrize("norm", ["l_inf", "l_2"])
def test_an_attack_stays_in_its_ball_and_climbs(norm):
    objective, batch = first(ADVERSARIAL, "method.radius=0.5", f"method.norm={norm}", "model.norm=batch")
    method, start = objective.method, batch.draws["adversarial_start"]
    shift = method.fooling(batch.x, start, batch.labels) - batch.x
    order = {"l_inf": math.inf, "l_2": 2}[norm]
    far = shift.norm(p=order, dim=1)
    assert far.max() <= 0.5 + 1e-12
    assert far.max() > 0.49
    network = method.erm.network.eval()

    def height(at):
        return F.cross_entropy(network(batch.x + at), batch.labels, reduction="none")

    assert (height(shift) >= height(0.5 * start) - 1e-9).all()
    assert height(shift).mean() > height(0.5 * start).mean() > height(-shift).mean()


@pytest.mark.parametrize(
    "neutral",
    [
        ["method.radius=0"],
        ["method.steps=0"],
        ["method.objective=smooth", "method.nu=0"],
        ["method.objective=smooth", "method.radius=0"],
        ["method.objective=smooth", "method.steps=0"],
        ["method.norm=l_2", "method.radius=0"],
    ],
    ids=str,
)
def test_without_an_attack_it_is_erm(neutral):
    said = ["model.norm=batch", "loss=gce", "regularizer=spectral_decoupling"]
    objective, batch = first(ADVERSARIAL, *neutral, *said)
    plain, _ = first(*said)
    ours, theirs = unnamed(values(objective, batch)), unnamed(values(plain, batch))
    torch.testing.assert_close(ours, theirs, rtol=0, atol=0)


def test_an_attack_leaves_batchnorm_alone():
    """One pass in training mode, and the network is in training mode again."""
    objective, batch = first(ADVERSARIAL, "model.norm=batch")
    objective.method(batch)
    (norm,) = (m for m in objective.modules() if isinstance(m, nn.BatchNorm1d))
    assert norm.num_batches_tracked == 1
    assert all(module.training for module in objective.modules())


def test_robust_predictions_attack_the_predicted_class():
    """Of a linear network: the margin of the class that it predicts, right or wrong, falls; also without gradients."""
    objective, batch = first(*LINEAR, "method.attacked=true", "method.step_size=1")
    method = objective.eval().method
    clean = method.erm.network(batch.x)
    assert 0 < (clean.argmax(1) == batch.labels).double().mean() < 1
    margin, slope = two_classes(method, batch._replace(labels=clean.argmax(1)))
    with torch.no_grad():
        seen = method.predict(batch.x)
    margins = seen.gather(1, clean.argmax(1)[:, None]) - seen.gather(1, clean.argmin(1)[:, None])
    torch.testing.assert_close(margins[:, 0], margin - 0.3 * slope.abs().sum(1), rtol=1e-9, atol=1e-9)
    method.attacked = False
    same(method.predict(batch.x), clean)


def test_robust_predictions_of_a_stack_are_its_seeds():
    said = [ADVERSARIAL, "method.attacked=true", "method.radius=0.5"]
    copies, loader = built(*said, seeds=[0, 1])
    x = double(next(iter(loader))).x[0]
    with torch.no_grad():
        singles = torch.stack([copy.eval().predict(x) for copy in copies])
        together = Stack(copies).eval().predict(x, shared=True)
    same(together, singles)
    assert (singles - torch.stack([copy.method.erm.network(x) for copy in copies])).abs().max() > 0.1


def test_margins_move_as_worked_out():
    """From (0, 1.5, -1) to (0, 0, -0.5), and from (3, 0, 2) to (0, 0, 0)."""
    z = torch.tensor([[1.0, -0.5, 2.0], [0.0, 3.0, 1.0]], dtype=torch.float64)
    near = torch.tensor([[0.5, 0.5, 1.0], [1.0, 1.0, 1.0]], dtype=torch.float64)
    expected = torch.tensor([[0.0, -1.5, 0.5], [-3.0, 0.0, -2.0]], dtype=torch.float64)
    same(moved(z, near, torch.tensor([0, 1])), expected)


def test_starts_fill_the_ball():
    g = generator("ball")
    inf, two = (within_ball(norm, (2, 3))(g, 4000) for norm in ("l_inf", "l_2"))
    assert inf.shape == two.shape == (4000, 2, 3)
    assert inf.abs().max() <= 1
    assert inf.mean().abs() < 0.02
    assert inf.square().mean().item() == pytest.approx(1 / 3, abs=0.01)
    far = two.flatten(1).norm(dim=1)
    assert far.max() <= 1
    assert far.mean().item() == pytest.approx(6 / 7, abs=0.01)  # D / (D + 1)


@pytest.mark.parametrize(
    "wrong", ["radius=-1", "steps=-1", "steps=1.5", "step_size=0", "nu=-0.1", "norm=l_1", "objective=x", "attacked=2"]
)
def test_attacks_that_cannot_be_are_refused(wrong):
    with pytest.raises(ConfigError, match=f"method.{wrong.partition('=')[0]}"):
        cell_of(ADVERSARIAL, f"method.{wrong}")
