"""The whole flow, top to bottom: dataset -> protocol -> loader -> stacked objective -> loop -> rows."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import torch
from torch import nn

from datasets.faults import exhausted
from runner.console.errors import ConfigError, first_line
from runner.data.inputs import Inputs
from runner.data.prepare import Node, load, own_split, prepare
from runner.data.protocol import audited
from runner.nodes.build import bind, build
from runner.objective.assemble import (
    Recipe,
    Stored,
    assemble,
    facts_of,
    loader_of,
    main_network,
    nothing_stored,
    shape_of,
)
from runner.training.device import (
    evaluation_chunk,
    keep_freed_memory,
    placed,
    resolve_device,
    restart_peak_memory,
    stack_size,
    streams,
)
from runner.training.dry_step import rehearse
from runner.training.evaluate import Evaluator, Test, shots, some
from runner.training.events import Ended, Network, Portrait, Row, Saved, Started, events
from runner.training.loop import Training, train
from runner.training.restarts import restarting
from runner.training.stack import Stack


def run(
    *,
    dataset: Node,
    classes: list[int] | None,
    model: Node,
    loss: Node,
    optimizer: Node,
    schedule: Node,
    noise_type: Node,
    imbalance_type: Node,
    sampler: Node,
    augment: Node,
    method: Node,
    regularizer: Mapping[str, Node],
    risk: Node,
    noise: float,
    imbalance: float,
    noise_seed: int | None,
    epochs: int,
    batch_size: int,
    precision: str,
    grad_clip: float | None,
    val_fraction: float,
    val_labels: str | bool,
    few_shot: int,
    many_shot: int,
    eval_every: int,
    eval_train: int | None,
    seeds: Sequence[int],
    device: str,
    compile: bool | str,
    channels_last: bool,
    data_root: str,
    download: bool,
    stream: str | bool,
    workers: int,
    checkpoint_every: int | str,
    keep_network: bool,
    stored: Stored = nothing_stored,
    resume: Mapping[str, Any] | None = None,
    stopping: Callable[[], bool] = lambda: False,
) -> Iterator[Started | Row | Portrait | Network | Ended | Saved]:
    """Train the seeds as one stack. Arguments are the keys of conf/config.yaml, with seeds by name.

    Args:
        stored: where the networks of other cells are found.
        resume: the state of an earlier Saved of the same stack, from where to go on.
        stopping: is it to stop? Then it ends with Saved after the epoch in hand.
    Raises:
        ConfigError: before the first event, for what cannot be as asked.
        Stopped: it was to stop.
    """
    check_optimizer(optimizer)
    place = resolve_device(device)
    keep_freed_memory()
    restart_peak_memory(place)
    prepared, data_hash = prepare(
        dataset=dataset,
        classes=classes,
        noise=noise,
        noise_type=noise_type,
        noise_seed=noise_seed,
        imbalance=imbalance,
        imbalance_type=imbalance_type,
        val_fraction=val_fraction,
        val_labels=val_labels,
        seeds=seeds,
        data_root=data_root,
        download=download,
    )
    split = prepared.split
    examples, validation = (part.to(place) for part in (prepared.train, prepared.val))
    facts = facts_of(prepared, epochs)
    k = len(split.classes)
    recipe = Recipe(model, loss, method, regularizer, risk, precision)
    copies = [assemble(recipe, prepared, i, seed, facts, stored) for i, seed in enumerate(seeds)]
    if compile and not (copies[0].constant and recipe.stackable):
        why = "cannot be stacked" if copies[0].constant else "changes from epoch to epoch"
        raise ConfigError(f"exec.compile={compile}: the objective {why}; only false can be")
    if resume is None:
        rehearse(copies[0], recipe, facts, batch_size)
    network, starts = main_network(copies[0]), copies[0].starts
    ahead = workers if streams(stream, split.x.nbytes + split.test_x.nbytes, place) else 0
    inputs, test_inputs = (Inputs(x, split.mean, split.std, place, ahead) for x in (split.x, split.test_x))
    loader = loader_of(
        copies[0], inputs, examples, seeds, facts, batch_size=batch_size, sampler=sampler, augment=augment
    )
    sizes = shots(prepared.class_sizes, few_shot, many_shot) if prepared.thinned else {}
    test = Test(test_inputs, split.test_y, split.test_domain, sizes)
    chunk = max(evaluation_chunk(copies[0], place) // len(seeds), 1)
    stack = Stack(placed(copies, place, channels_last), compile=compile)
    del copies
    training = Training(stack, loader, build("optimizer", optimizer, params=stack.parameters(), fused=True))
    began = time.perf_counter()  # what was loaded and imported before is no cost of the objective
    over: list[int] = []
    if resume is not None:
        training.restore(resume["training"])
        began -= resume["seconds"]
        over = resume["ended"]
    evaluator = Evaluator(inputs, some(examples, eval_train), validation, test.to(place), k, chunk)
    steps = train(
        training,
        restarting(bind("schedule", schedule), starts),
        evaluator,
        epochs=epochs,
        eval_every=eval_every,
        grad_clip=grad_clip,
    )
    for i, seed in enumerate(seeds):
        if seed not in over:
            made_of = {"data_sha256": data_hash, "read": list(prepared.read), **audited(prepared, i)}
            yield Started(seed, made_of | {"device": str(place), "stack": list(seeds)})
    yield from events(
        training,
        steps,
        seeds,
        over=over,
        began=began,
        last=epochs,
        place=place,
        portray=partial(evaluator.portrait, stack),
        network=partial(stack.part, network) if keep_network else None,
        checkpoint_every=checkpoint_every,
        stopping=stopping,
    )


def check_optimizer(node: Node) -> None:
    """Raise ConfigError for arguments that torch refuses, before anything begins."""
    try:
        build("optimizer", node, params=[nn.Parameter(torch.zeros(1))], fused=True)
    except (TypeError, RuntimeError, AttributeError) as error:
        if exhausted(error):
            raise
        raise ConfigError(f"optimizer ({node['_target_']}): {first_line(error)}") from error


def automatic_stack(
    asked: str | int,
    seeds: int,
    *,
    dataset: Node,
    classes: list[int] | None,
    data_root: str,
    download: bool,
    device: str,
    recipe: Recipe,
) -> int:
    """How many of `seeds` to train as one stack: see stack_size; one, where each seed has its own data, or the
    objective cannot be stacked."""
    if own_split(dataset) or not recipe.stackable:
        return 1
    place = resolve_device(device)
    split, _ = load(dataset, classes, data_root, download)
    with torch.device("meta"):
        network = build("model", recipe.model, **shape_of(split))
    return stack_size(asked, seeds, network, place)
