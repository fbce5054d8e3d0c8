"""What a loss of another task than classification is like, found by evaluating it at random batches in float64."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from runner.catalog.example_batches import Examples, K, N, setting_of
from runner.catalog.examples import example_loss
from runner.catalog.loss_families import task_of
from runner.catalog.properties import SIZES, changes, extremes
from runner.compose.fit import OF_VIEWS
from runner.console.errors import ConfigError
from runner.contracts.loss import outputs, said
from runner.nodes.build import target

DRAWS = 64  # batches at which a trait is tried
PREDICTED = {"Gaussian": "a normal distribution", "Histogram": "a histogram", "Quantiles": "quantiles"}
Make = Callable[[], nn.Module]


def traits_of(node: Mapping[str, Any]) -> dict[str, Any]:
    """{what: finding} of the loss that a node names.

    `bounded` is (lowest, highest), infinite where there is no end, other findings are booleans or words.
    """
    make, examples = _made(node)
    loss, kind = target(node), said(target(node), "kind")
    found: dict[str, Any] = {}
    if kind != "scores":  # random ones never favour pairs, and so never show how far it falls
        found["bounded"] = extremes([_values(make, examples, size) for size in SIZES])
    if kind not in (*OF_VIEWS, "scores"):
        found["convex in the predictions"] = all(_convex(make, examples, scale) for scale in (1.0, 4.0))
    if kind in ("example", "recovered"):
        found["each example alone"] = _alone(make, examples)
        if task_of(loss) == "regression":
            predicted = type(said(make(), "decode")(examples()[0])).__name__ if hasattr(loss, "decode") else ""
            found["predicts"] = PREDICTED.get(predicted, "a number")
            found["numbers of the head"] = f"{outputs(loss, 1, node)} a target"
    return found | {"state": changes(make().double(), examples(dtype=torch.float64))}


def _made(node: Mapping[str, Any]) -> tuple[Make, Examples]:
    """Makes the loss; and its batches. One that refuses four classes is made for two."""
    for num_classes in (K, 2):
        examples, made_for = setting_of(node, task_of(target(node)), num_classes)
        make = partial(example_loss, node, num_train=N, num_classes=made_for)
        try:
            make()
        except ConfigError:
            continue
        return make, examples
    return make, examples


def _values(make: Make, examples: Examples, scale: float) -> Tensor:
    batches = (examples(draw, scale, torch.float64) for draw in range(DRAWS))
    return torch.cat([make().double()(*batch).detach().reshape(-1) for batch in batches])


def _convex(make: Make, examples: Examples, scale: float) -> bool:
    """Is no loss at the middle of two predictions above the mean of the two?"""
    for draw in range(DRAWS):
        one, targets, index = examples(draw, scale, torch.float64)
        other = examples(DRAWS + draw, scale, torch.float64)[0]
        first, second, middle = (make().double()(z, targets, index) for z in (one, other, (one + other) / 2))
        ends = (first + second) / 2
        if bool((middle > ends + 1e-7 * (1 + ends.abs())).any()):
            return False
    return True


def _alone(make: Make, examples: Examples) -> bool:
    """Does an example's loss depend on that example only?"""
    batch = examples(dtype=torch.float64)
    few, whole = make().double()(*(t[:3] for t in batch)), make().double()(*batch)
    return torch.allclose(few, whole[:3])
