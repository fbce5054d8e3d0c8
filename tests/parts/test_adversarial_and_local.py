"""Methods that look around each input, and methods whose layers learn each by itself."""

import math
from itertools import pairwise

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from runner.console.errors import ConfigError
from runner.data.loader import Batch
from runner.data.streams import generator
from runner.parts.methods.adversarial import moved, within_ball
from runner.parts.methods.forward_forward import ForwardForward, shifts
from runner.parts.models.cnn import CNN
from runner.training.stack import Stack
from tests.objectives import built, cell_of, double, first, same, values

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


def unnamed(found):
    losses, gradients = found
    return losses, list(gradients.values())


class Tiny(nn.Module):
    """Two layers with weights that can be followed by hand."""

    def __init__(self):
        super().__init__()
        one, two = nn.Linear(3, 2, bias=False), nn.Linear(2, 1, bias=False)
        with torch.no_grad():
            one.weight.copy_(torch.tensor([[1.0, 0.0, 1.0], [0.0, 1.0, -1.0]]))
            two.weight.copy_(torch.tensor([[1.0, 0.0]]))
        self.body = nn.Sequential(nn.Sequential(one, nn.ReLU()), nn.Sequential(two, nn.ReLU()))
        self.head = nn.Linear(1, 2)


def tiny(collaboration):
    method = ForwardForward(Tiny(), 2, (3,), theta=2.0, collaboration=collaboration, label_scale=1.0).double()
    x = torch.tensor([[5.0, 7.0, 1.0]], dtype=torch.float64)
    draws = {"forward_forward_shift": torch.tensor([1])}
    return method, Batch(x, torch.tensor([0]), torch.tensor([0]), draws)


def test_forward_forward_can_be_followed_by_hand():
    """Written in are (1, 0, 1), right, and (0, 1, 1), wrong: layers give (2, 0) and (1, 0) by sqrt(3/2), then sqrt(2).

    Goodness is 3 and 2 for the right label, 3/4 and 2 for the wrong one; the threshold is 2.
    """

    def softplus(*numbers):
        return sum(math.log1p(math.exp(n)) for n in numbers)

    expected = {
        "none": softplus(-1, -1.25, 0, 0),
        "previous": softplus(-1, -1.25, -3, 0.75),
        "all": softplus(-3, 0.75, -3, 0.75),
    }
    for collaboration, loss in expected.items():
        method, batch = tiny(collaboration)
        assert method(batch).item() == pytest.approx(loss, abs=1e-12)
        same(method.predict(batch.x), torch.tensor([[5.0, 2.75]], dtype=torch.float64))


@pytest.mark.parametrize("collaboration", ["none", "all", "previous"])
def test_no_gradient_passes_between_layers(collaboration):
    said = ["method=forward_forward", "model.depth=3", f"method.collaboration={collaboration}"]
    objective, batch = first(*said)
    layers = objective.method.network.body
    for at, goodness in enumerate(objective.method.goodness(batch.x)):
        for other, layer in enumerate(layers):
            found = torch.autograd.grad(goodness.sum(), list(layer.parameters()), retain_graph=True, allow_unused=True)
            assert any(g is not None and bool(g.any()) for g in found) == (at == other)
    _, gradients = values(objective, batch)
    assert len(gradients) == 2 * len(layers)  # the head learns nothing


def test_layers_that_do_not_collaborate_learn_as_if_those_above_were_not_there():
    """Hinton's: the gradients of the first two layers are those of a network of these two. With "all" they are not."""
    for collaboration, alike in [("none", True), ("previous", True), ("all", False)]:
        said = ["method=forward_forward", f"method.collaboration={collaboration}"]
        deep, batch = first(*said, "model.depth=3")
        _, ours = values(deep, batch)
        deep.method.network.body = deep.method.network.body[:2]
        _, theirs = values(deep, batch)
        assert all(torch.equal(g, ours[name]) == alike for name, g in theirs.items())


def test_collaborating_with_nobody_is_hintons():
    found = [values(*first("method=forward_forward", f"method.collaboration={c}")) for c in ("none", "all", "previous")]
    for one, other in pairwise(found):
        same(unnamed(one), unnamed(other))


def test_forward_forward_needs_no_loss():
    one, other = (values(*first("method=forward_forward", f"loss={loss}")) for loss in ("ce", "mae"))
    same(unnamed(one), unnamed(other))


def test_forward_forward_takes_any_body():
    network = CNN((1, 8, 8), 10, width=4, head="linear")
    method = ForwardForward(network, 10, (1, 8, 8), theta=2.0, collaboration="all", label_scale=3.0)
    x, y = torch.randn(5, 1, 8, 8), torch.arange(5)
    assert method(Batch(x, y, y, {"forward_forward_shift": torch.ones(5, dtype=torch.long)})).shape == (5,)
    assert method.eval().predict(x).shape == (5, 10)
    seen = method.written(x, y).flatten(1)
    same(seen[:, :10], 3 * torch.eye(10)[y])
    same(seen[:, 10:], x.flatten(1)[:, 10:])


def test_wrong_labels_are_wrong_and_equally_likely():
    drawn = shifts(4)(generator("shifts"), 6000)
    assert drawn.bincount(minlength=4)[0] == 0
    torch.testing.assert_close(drawn.bincount(minlength=4)[1:] / 6000, torch.full((3,), 1 / 3), rtol=0, atol=0.03)


@pytest.mark.parametrize("wrong", ["label_scale=0", "collaboration=some", "theta=much"])
def test_forward_forwards_that_cannot_be_are_refused(wrong):
    with pytest.raises(ConfigError, match=f"method.{wrong.partition('=')[0]}"):
        cell_of("method=forward_forward", f"method.{wrong}")


def test_inputs_without_room_for_the_label_are_refused():
    with pytest.raises(ConfigError, match="needs inputs of at least 4 numbers, one a class, not of 3"):
        first("method=forward_forward", "dataset.dim=3")
    first("method=forward_forward", "dataset.dim=4")
