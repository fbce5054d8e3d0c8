"""A step for trial, before the first one: what a part may not do is found before anything is trained.

It is taken by two seeds at once, so that what cannot be stacked is refused for one seed as it is for several. It leaves
the numbers and the random streams of the run alone, and what goes wrong with its numbers alone is nobody's fault.

Its tensors have a shape and no contents (torch's device "meta"). On a CPU those of parts that can be stacked are zeros
instead, which no such part can tell from others: the step then costs less than any other, and one without contents
imports torch's compiler, which takes as long as a thousand steps of a small network.
"""

import traceback
import warnings
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from datasets.faults import exhausted
from runner.compose.fit import OF_PAIRS, OF_VIEWS
from runner.compose.schema import Recipe
from runner.console.errors import ConfigError, first_line, sized
from runner.contracts.loss import said
from runner.data.loader import Batch
from runner.data.prepare import Node
from runner.data.streams import generator
from runner.nodes.build import target
from runner.objective.assemble import decoding, width_of
from runner.objective.criterion import Criterion
from runner.objective.objective import Objective, draws_of, stacks
from runner.stack.stack import Stack
from runner.training.wiring import CPU, Wired

REFUSED = {  # what torch says of a line under vmap: what the line does, and what it should
    "random operation": "draws random numbers: name them in draws",
    "data-dependent control flow": "branches on data: torch.where, not if",
    ".item()": "reads the value of a tensor: no .item(), float() or int()",
    "dynamic shape": "makes a shape depend on data: torch.where, not a boolean mask",
    "one_hot": "makes a shape depend on data: one_hot(labels, K), not one_hot(labels)",
}
ONE_EXAMPLE = "more than 1 value per channel"  # what torch says of BatchNorm and a batch of one
LACKING = ("meta", "does not require grad")  # what is wrong here alone: no contents, no network behind a risk's losses


def take_dry_step(objective: Objective, recipe: Recipe, wired: Wired, batch_size: int) -> None:
    """Let loss, method and risk of one seed's objective take a step.

    Args:
        objective: stays as it is.
        recipe: of it.
        wired: what it is wired with.
        batch_size: of the configuration.
    Raises:
        ConfigError: one of them raises, gives another shape than it must, or does what no stack can.
        Exception: as it came, where the machine had no more to give (datasets.faults.exhausted): nothing is wrong with
            what was asked, and the seeds have failed.
    """
    facts, given = wired.facts, wired.examples.given
    size, views, outputs = min(batch_size, facts["num_train"]), objective.method.views, facts["num_outputs"]
    with sized(f"method ({recipe.method['_target_']})"):
        drawn = {name: draw(generator("rehearsal", name), size) for name, draw in draws_of(objective).items()}
    kind = said(target(recipe.loss), "kind")
    if kind != "embeddings" and wired.prepared.targets.predicted:  # else predictions say nothing of targets
        compared = ((2, 2), ()) if kind in OF_PAIRS else ((outputs,), (width_of(wired.prepared.split),))
        _check_decoded(recipe.loss, decoding(objective, CPU), *compared)
    place = CPU if given.device == CPU and stacks(objective) else torch.device("meta")
    with warnings.catch_warnings(), place, torch.random.fork_rng(devices=()):
        warnings.simplefilter("ignore")  # of slow operations, which training tells
        try:
            tensors = (*objective.parameters(), *objective.buffers())
            copy = deepcopy(objective, {id(t): _copied(t, place) for t in tensors})
            copy.train().begin(1)
        except Exception:
            return
        criterion = next((module for module in copy.modules() if isinstance(module, Criterion)), None)
        index = torch.zeros(2, size, dtype=torch.int64)
        targets = torch.zeros(2, size, *given.shape[2:], dtype=given.dtype)
        x = torch.zeros(2, size, *([views] if views > 1 else []), *facts["input_shape"])
        batch = Batch(x, targets, index, {name: torch.stack([d, d]).to(place) for name, d in drawn.items()})
        if criterion is not None:
            of_one = [size] if kind == "scores" else [*[2] * (kind in OF_VIEWS), outputs]
            logits = torch.zeros(2, size, *of_one)
            _step("loss", recipe.loss, criterion, (logits, batch), (size,))
        _step("method", recipe.method, copy.method, (batch,), (size,))
        _step("risk", recipe.risk, copy.risk, (torch.zeros(2, size), batch), ())
        _check_test_inputs(recipe.model, copy, facts["input_shape"], wired.prepared.split.test_x.shape[1:])


def _check_test_inputs(model: Node, objective: Objective, shape: tuple[int, ...], test_shape: tuple[int, ...]) -> None:
    """Where test inputs are larger than those for training, can the network see them?"""
    if test_shape == shape:
        return
    try:
        with torch.no_grad():
            objective.eval().predict(torch.zeros(2, *test_shape))
    except Exception as error:
        raise ConfigError(
            f"model ({model['_target_']}): cannot see test inputs of shape {tuple(test_shape)}, where those for "
            f"training have {shape} ({first_line(error)})"
        ) from error


def _check_decoded(
    node: Node, decode: Callable[[Tensor], Any], predicted: tuple[int, ...], wanted: tuple[int, ...]
) -> None:
    """Two predictions (2, H) must say something of two targets (2, D): metrics would stretch what does not."""
    name = f"loss ({node['_target_']})"
    try:
        with torch.no_grad():
            said = decode(torch.zeros(2, *predicted))
            point = said if isinstance(said, Tensor) else getattr(said, "point", None)
    except Exception as error:
        if exhausted(error):
            raise
        raise ConfigError(f"{name}: {_line(error)}: {first_line(error)}") from error
    if not isinstance(point, Tensor):
        raise ConfigError(f"{name}: decode gives {type(said).__name__}; see losses/regression/_predictive.py")
    if point.shape != (2, *wanted):
        shape = tuple(point.shape)
        raise ConfigError(f"{name}: outputs and decode make {shape} of 2 examples; it must be {(2, *wanted)}")


def _step(group: str, node: Node, part: nn.Module, given: tuple[Any, ...], shape: tuple[int, ...]) -> None:
    """What stands for two seeds in `given` goes to two of the part, or the first to one where it is not stackable."""
    name = f"{group} ({node['_target_']})"
    try:
        found = tuple(Stack([part] * (2 if stacks(part) else 1))(*given).shape[1:])
    except torch.linalg.LinAlgError:  # type: ignore[attr-defined]  # of zeros, as of singular matrices
        return
    except Exception as error:
        if exhausted(error):
            raise
        for said, reason in REFUSED.items():
            if "vmap" in str(error) and said in str(error):
                raise ConfigError(f"{name}: {_line(error)} {reason}") from error
        if ONE_EXAMPLE in str(error):
            raise ConfigError(
                f"batch_size={given[-1].labels.shape[1]}: leaves BatchNorm one value a channel, which has no variance; "
                "it must be larger, or the model without BatchNorm"
            ) from error
        if any(lack in str(error).lower() for lack in LACKING):
            return
        raise ConfigError(f"{name}: {_line(error)}: {first_line(error)}") from error
    if found != shape:
        wanted = "one loss an example" if shape else "one number"
        raise ConfigError(
            f"{name} gives shape {found} for {given[-1].labels.shape[1]} examples; it must be {wanted}, {shape}"
        )


def _line(error: Exception) -> str:
    """Where in a part it happened: the last line of the traceback that is not torch's."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if not f.filename.startswith(torch.__path__[0])]
    return f"line {frames[-1].lineno} of {'/'.join(Path(frames[-1].filename).parts[-2:])}"


def _copied(tensor: Tensor, place: torch.device) -> Tensor:
    """A tensor or parameter like it, with the same contents where the place has any."""
    copy = tensor.detach().to(place, copy=True)
    return nn.Parameter(copy, tensor.requires_grad) if isinstance(tensor, nn.Parameter) else copy
