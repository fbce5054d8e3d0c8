"""A picture of each loss beside the one that one takes without thinking: the loss, and the norm of its gradient."""

import math
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from runner.catalog.examples import example_loss
from runner.catalog.properties import profile
from runner.contracts.loss import outputs
from runner.nodes.build import target

Node = Mapping[str, Any]
POINTS = 97
STEPS = 500
TARGETS = 641  # that stand for a standard normal distribution


class Curve(NamedTuple):
    """Attributes: at: (R,); loss: (R,); slope: (R,) the norm of the gradient by the predictions."""

    at: Tensor
    loss: Tensor
    slope: Tensor


class Profile(NamedTuple):
    """How losses of a task are drawn.

    Attributes:
        about: the horizontal axis.
        span: its ends.
        curves: from a loss's node to {what: its curve}.
    """

    about: str
    span: tuple[float, float]
    curves: Callable[[Node], dict[str, Curve]]


def picture(losses: Mapping[str, Node], task: str) -> str:
    """An SVG of the losses of a task, {name: node}: the last one, and a baseline before it in grey."""
    from matplotlib.figure import Figure

    from runner.console.drawing import BLUE, GREY, ORANGE, style, svg

    about, span, curves = PROFILES[task]
    looks = ("--", (GREY, GREY, GREY)), ("-", (BLUE, ORANGE, "#000000"))
    drawn = list(zip(losses.items(), looks[-len(losses) :], strict=True))
    with style():
        figure = Figure(figsize=(7, 2.6), layout="constrained")
        axes = figure.subplots(1, 2)
        for (name, node), (line, colours) in drawn:
            for i, (what, curve) in enumerate(curves(node).items()):
                label = name + what if line == "-" else name * (i == 0)
                for axis, values in zip(axes, curve[1:], strict=True):
                    axis.plot(curve.at, values, label=label or None, linewidth=1.6, color=colours[i], linestyle=line)
        for axis, label in zip(axes, ("loss", "norm of its gradient"), strict=True):
            axis.set(xlabel=about, ylabel=label, xlim=span)
            axis.spines[["top", "right"]].set_visible(False)
        axes[0].legend(frameon=False)
        return svg(figure)


def _curve(make: Callable[[], nn.Module], at: Tensor, predictions: Tensor, targets: Tensor) -> Curve:
    """Each row by itself, at its first use: a loss may mix those of a batch, or keep something of them."""
    losses, slopes = [], []
    for row, target_ in zip(predictions, targets, strict=True):
        z = row[None].detach().requires_grad_()
        loss = make().double()(z, target_[None], torch.tensor([0])).sum()
        losses.append(loss.detach())
        slopes.append(torch.autograd.grad(loss, z)[0].norm())
    return Curve(at, torch.stack(losses), torch.stack(slopes))


def _of_numbers(node: Node) -> dict[str, Curve]:
    """Of targets where the prediction is the constant that is best for targets of mean 0 and deviation 1."""

    def make() -> nn.Module:
        return example_loss(node, num_train=TARGETS, num_classes=0)

    targets, index = torch.linspace(-8, 8, TARGETS, dtype=torch.float64)[:, None], torch.arange(TARGETS)
    weights = (-targets[:, 0].square() / 2).softmax(0)
    best = torch.zeros(1, outputs(target(node), 1, node), dtype=torch.float64, requires_grad=True)
    loss = make().double()
    steps = torch.optim.LBFGS(
        [best], max_iter=STEPS, tolerance_grad=0, tolerance_change=0, line_search_fn="strong_wolfe"
    )

    def mean() -> Tensor:
        steps.zero_grad()
        value: Tensor = (weights * loss(best.expand(TARGETS, -1), targets, index)).sum()
        value.backward()
        return value

    steps.step(mean)
    at = torch.linspace(-6, 6, POINTS, dtype=torch.float64)
    return {"": _curve(make, at, best.expand(POINTS, -1), at[:, None])}


def _of_labels(node: Node) -> dict[str, Curve]:
    """Of one label that is present, absent, or not known."""
    at = torch.linspace(-8, 8, POINTS, dtype=torch.float64)
    return {
        what: _curve(lambda: example_loss(node, num_train=1, num_classes=1), at, at[:, None], bit.expand(POINTS, 1))
        for what, bit in (
            (", present", torch.tensor(1.0)),
            (", absent", torch.tensor(0.0)),
            (", not known", torch.tensor(-1.0)),
        )
    }


def _of_candidates(node: Node) -> dict[str, Curve]:
    """Of two candidates of ten classes, which share their probability equally, as do the others."""
    at = torch.linspace(0.01, 0.99, POINTS, dtype=torch.float64)
    share = torch.stack([at / 2] * 2 + [(1 - at) / 8] * 8, 1)
    sets = (torch.arange(10) < 2).float().expand(POINTS, -1)
    return {"": _curve(lambda: example_loss(node, num_train=1, num_classes=10), at, share.log(), sets)}


def _of_boxes(node: Node) -> dict[str, Curve]:
    """Of a box that is as large as its target and lies beside it."""
    at = torch.linspace(-2, 2, POINTS, dtype=torch.float64)
    box = torch.tensor([0.4, 0.4, 0.6, 0.6], dtype=torch.float64)
    moved = box + 0.2 * at[:, None] * torch.tensor([1.0, 0.0, 1.0, 0.0])
    return {"": _curve(lambda: example_loss(node, num_train=1, num_classes=0), at, moved, box.expand(POINTS, -1))}


def _of_preferences(node: Node) -> dict[str, Curve]:
    """Of two responses of which the reference has each in half of the cases, over how far the winner was raised."""
    at = torch.linspace(-6, 6, POINTS, dtype=torch.float64)
    half, one = math.log(0.5), 1.0
    row = torch.tensor([0, 1, 1, half, half, 1, 0, one, one, one, one, half, half], dtype=torch.float64)
    raised = torch.stack([at / 2, -at / 2], 1)
    return {"": _curve(lambda: example_loss(node, num_train=1, num_classes=0), at, raised, row.expand(POINTS, -1))}


def _of_classes(node: Node) -> dict[str, Curve]:
    p = torch.linspace(0.01, 0.99, 50, dtype=torch.float64)
    return {"": Curve(p, *profile(lambda n, k: example_loss(node, num_train=n, num_classes=k), p))}


PROFILES = {
    "classification": Profile("probability of the label", (0, 1), _of_classes),
    "candidates": Profile("probability of the two candidates of ten classes", (0, 1), _of_candidates),
    "multilabel": Profile("logit of a label", (-8, 8), _of_labels),
    "regression": Profile("target, where the best constant is predicted", (-6, 6), _of_numbers),
    "boxes": Profile("distance of the box, in its widths", (-2, 2), _of_boxes),
    "preference": Profile("how much further the winner was raised, in nats", (-6, 6), _of_preferences),
}
