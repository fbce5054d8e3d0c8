"""The whole flow, top to bottom: dataset -> protocol -> loader -> stacked objective -> loop -> rows."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from datasets.split import Split
from runner.compose.cell_config import CellConfig
from runner.console.errors import ConfigError
from runner.contracts.adaptation import Adaptation
from runner.contracts.calibrator import Calibrator
from runner.contracts.make import bound, make
from runner.contracts.measures import Known
from runner.data.inputs import Inputs
from runner.data.prepare import load, own_split
from runner.data.protocol import Prepared, audited, call
from runner.data.streams import keys
from runner.nodes.build import target
from runner.objective.assemble import Stored, decoding, main_network, nothing_stored, shape_of, stackable
from runner.objective.objective import Objective
from runner.stack.stack import Stack
from runner.tasks.bins import MOST_OF_FRONT
from runner.tasks.families import TASKS
from runner.tasks.task import Task
from runner.training.adapted import Streams, streams
from runner.training.device import (
    evaluation_chunk,
    keep_freed_memory,
    placed,
    resolve_device,
    restart_peak_memory,
    stack_size,
)
from runner.training.dry_step import take_dry_step
from runner.training.evaluate import Evaluator, Test, some
from runner.training.events import Course, Ended, FinalDiagnostics, Network, Row, Saved, Started, events
from runner.training.loop import Progress, Training, train
from runner.training.optimizer import check_optimizer, keeps_seeds_apart, optimizer_of
from runner.training.pays import compiled_if_it_pays
from runner.training.restarts import restarting
from runner.training.wiring import Wired, wire


def run(
    cell: CellConfig,
    seeds: Sequence[int],
    *,
    stored: Stored = nothing_stored,
    resume: Mapping[str, Any] | None = None,
    stopping: Callable[[], bool] = lambda: False,
    say: Callable[[str], None] = lambda line: None,
) -> Iterator[Started | Row | FinalDiagnostics | Network | Ended | Saved]:
    """Train some seeds of a cell as one stack.

    Args:
        stored: where the networks of other cells are found.
        resume: the state of an earlier Saved of the same stack, from where to go on.
        stopping: is it to stop? Then it ends with Saved after the epoch in hand.
        say: prints a line.
    Raises:
        ConfigError: before the first event, for what cannot be as asked.
        Stopped: it was to stop.
    """
    check_optimizer(cell.training)
    place = resolve_device(cell.exec.device)
    keep_freed_memory()
    restart_peak_memory(place)
    wired = wire(cell, seeds, place, stored)
    first = wired.objectives[0]
    _check_compile(cell, first)
    _check_adapts(cell.training.adaptation, first)
    if resume is None:
        take_dry_step(first, cell.recipe, wired, cell.training.batch_size)
    network, starts, decode = main_network(first), first.starts, decoding(first, place)
    together, bits = first.method.together, first.method.bits
    _check_together(together, wired.prepared)
    chunk = max(evaluation_chunk(first, place) // len(seeds) // together, 1) * together
    copies, constant = placed(wired.objectives, place, cell.exec.channels_last), _constant(cell, first)
    stack = Stack(copies, compile=cell.exec.compiled, constant=constant)
    wired.objectives.clear()  # the stack has copies
    del first
    asked = cell.training
    optimizer = optimizer_of(asked.optimizer, list(stack.parameters()), keys(seeds, asked.augment_seed))
    share = bound("average", asked.average)
    training = Training(stack, wired.loader, optimizer, epochs=asked.epochs, grad_clip=asked.grad_clip, share=share)
    began = time.perf_counter()  # what was loaded and imported before is no cost of the objective
    over: list[int] = []
    if resume is not None:
        training.restore(resume["training"])
        began -= resume["seconds"]
        over = resume["ended"]
    task = TASKS[wired.prepared.targets.task]
    evaluator = _evaluator(cell, wired, seeds, place, chunk, decode, bits)
    steps = _steps(cell, training, starts, evaluator, say)
    yield from _started(wired, seeds, over, place)
    yield from events(
        Course(training, seeds, over, began, asked.epochs, place, cell.exec.checkpoint_every, task, evaluator.declared),
        steps,
        diagnose=partial(evaluator.final_diagnostics, stack),
        network=partial(stack.part, network) if cell.exec.keep_network else None,
        stopping=stopping,
    )


def _steps(
    cell: CellConfig, training: Training, starts: Sequence[int], evaluator: Evaluator, say: Callable[[str], None]
) -> Iterator[Progress]:
    """The loop, which compiles its steps where that was left to it."""
    asked = cell.training
    schedule = restarting(bound("schedule", asked.schedule), starts)
    between = evaluator.between if "online" in asked.measure else None
    steps = train(training, schedule, evaluator, eval_every=asked.eval_every, between=between)
    if cell.exec.compile == "auto" and training.stack.constant:
        return compiled_if_it_pays(steps, training.stack, asked.epochs, say)
    return steps


def _started(wired: Wired, seeds: Sequence[int], over: Sequence[int], place: torch.device) -> Iterator[Started]:
    """What each seed that is not over is made of."""
    prepared = wired.prepared
    for i, seed in enumerate(seeds):
        if seed not in over:
            made_of = {"data_sha256": wired.data_hash, "read": list(prepared.read), **audited(prepared, i)}
            yield Started(seed, made_of | {"device": str(place), "stack": list(seeds)})


def _check_together(together: int, prepared: Prepared) -> None:
    """Raise ConfigError where there are fewer examples to measure on than a method predicts together."""
    for part, count in (("test", len(prepared.test)), ("validation", prepared.val.place.shape[1])):
        if 0 < count < together:
            raise ConfigError(f"method: compares {together} examples with each other, and there are {count} of {part}")


def _constant(cell: CellConfig, objective: Objective) -> bool:
    """Does every step compute the same, but for numbers?"""
    return objective.constant and stackable(cell.recipe)


def _check_compile(cell: CellConfig, objective: Objective) -> None:
    if cell.exec.compiled and not _constant(cell, objective):
        why = "cannot be stacked" if objective.constant else "changes from epoch to epoch"
        raise ConfigError(f"exec.compile={cell.exec.compile}: the objective {why}; it must be false or auto")


def _evaluator(
    cell: CellConfig,
    wired: Wired,
    seeds: Sequence[int],
    place: torch.device,
    chunk: int,
    decode: Callable[[Tensor], Any],
    bits: float | None,
) -> Evaluator:
    """Of training examples, validation examples and the test set; `chunk` examples of each seed at once, `bits` of what
    the method stores of one."""
    prepared, training = wired.prepared, cell.training
    split, targets = prepared.split, prepared.targets
    if training.eval_flips and split.x.dim() != 4:
        shape = tuple(split.x.shape[1:])
        raise ConfigError(f"eval_flips=true: is for images, this data set has inputs of shape {shape}; use false")
    task = TASKS[targets.task]
    _check_environments(task, training.measure, split)
    known = Known(
        num_classes=len(split.classes),
        class_sizes=prepared.class_sizes.to(place) if prepared.thinned else None,
        few_shot=training.few_shot,
        many_shot=training.many_shot,
        mean=_on(targets.mean, place),
        scale=_on(targets.scale, place),
        decode=decode,
        optimum=split.optimum,
        measure=training.measure,
        bits=bits,
    )
    measures = call(target({"_target_": task.measures}), **vars(known))
    test_inputs = Inputs(split.test_x, split.mean, split.std, place, wired.ahead, prepared.mask)
    test = Test(test_inputs, prepared.test.to(place), _on(split.test_domain, place))
    examples = some(wired.examples, training.eval_train)
    begun_by = keys(seeds, cell.recipe.init_seed)
    validation, calibrator = prepared.val.to(place), _calibrator(training.calibrator, begun_by, prepared, place, decode)
    adaptation = _adaptation(training.adaptation, len(split.classes), keys(seeds, training.augment_seed))
    return Evaluator(
        inputs=wired.inputs,
        watched=examples,
        validation=validation,
        domain=_on(split.domain, place),
        test=test,
        measures=measures,
        calibrator=calibrator,
        streams=_streams(adaptation, test, keys(seeds, training.order_seed)),
        declared=task.on(split.optimum),
        chunk=chunk,
        flips=training.eval_flips,
    )


def _check_environments(task: Task, measure: Sequence[str], split: Split) -> None:
    asked = [extra.name for extra in task.extras if extra.of_environments and extra.name in measure]
    if asked and split.test_domain is None:
        raise ConfigError(f"measure=[{asked[0]}]: this data set says of no test example which environment it is from")
    there = max(len(each.unique()) for each in (split.domain, split.test_domain) if each is not None) if asked else 0
    if "front" in asked and there > MOST_OF_FRONT:
        raise ConfigError(
            f"measure=[front]: must be of at most {MOST_OF_FRONT} environments; this data set has {there}"
        )


def _adaptation(node: Mapping[str, Any], num_classes: int, drawn_by: Sequence[int]) -> Adaptation:
    made: Adaptation = make("adaptation", node, {"num_classes": num_classes, "seeds": drawn_by})
    return made


def _streams(adaptation: Adaptation, test: Test, ordered_by: Sequence[int]) -> Streams | None:
    """What networks adapt to: a stream of each environment of the test examples, or one where they have none."""
    domain = torch.zeros_like(test.targets) if test.domain is None else test.domain
    return streams(adaptation, domain, ordered_by) if adaptation.measured else None


def _check_adapts(node: Mapping[str, Any], objective: Objective) -> None:
    """Raise ConfigError where a network has no BatchNorm, and needs it to adapt."""
    norms = any(isinstance(module, nn.modules.batchnorm._BatchNorm) for module in objective.modules())
    if target(node).needs_batch_norm and not norms:
        raise ConfigError(
            f"adaptation ({node['_target_']}): adapts BatchNorm, and this model has none; must be one that has, "
            "such as model=cnn, model=cnn1d, or model=mlp with model.norm=batch"
        )


def _calibrator(
    node: Mapping[str, Any],
    seeds: Sequence[int],
    prepared: Prepared,
    place: torch.device,
    decode: Callable[[Tensor], Any],
) -> Calibrator:
    """Of predictions. Raises ConfigError where it has no examples to be fitted on."""
    counts = torch.stack([prepared.targets.sizes(given) for given in prepared.train.given])
    given = {"class_counts": counts.float().to(place), "seeds": seeds, "decode": decode}
    made: Calibrator = make("calibrator", node, given)
    if made.fitted_on == "validation" and not prepared.val.place.shape[1]:
        raise ConfigError(f"calibrator ({node['_target_']}): there are no validation examples; a larger val_fraction")
    return made


def _on(tensor: Tensor | None, place: torch.device) -> Tensor | None:
    return None if tensor is None else tensor.to(place)


def automatic_stack(cell: CellConfig, seeds: int) -> int:
    """How many of `seeds` to train as one stack: see stack_size; one, where each seed has its own data, or the
    objective cannot be stacked, or nothing is trained."""
    if not cell.trains:
        return 1
    if own_split(cell.data) or not stackable(cell.recipe) or not keeps_seeds_apart(cell.training.optimizer):
        return 1
    place = resolve_device(cell.exec.device)
    split, _ = load(cell.data, cell.exec)
    with torch.device("meta"):
        network = make("model", cell.recipe.model, shape_of(split, cell.recipe))
    return stack_size(cell.exec.stack, seeds, network, place)
