"""The whole flow, top to bottom: dataset -> protocol -> loader -> stacked objective -> loop -> rows."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import torch
from torch import nn

from datasets.split import Split
from runner.build import bind, build
from runner.device import (
    evaluation_chunk,
    keep_freed_memory,
    placed,
    resolve_device,
    restart_peak_memory,
    stack_size,
    streams,
)
from runner.evaluate import Evaluator, Test, shots, some
from runner.events import Ended, Portrait, Row, Saved, Started, events
from runner.inputs import Inputs
from runner.loader import Loader
from runner.objective import Objective
from runner.precision import computing_in
from runner.prepare import Node, load, prepare
from runner.protocol import audited, confusion, given_counts, transition
from runner.seeds import generator
from runner.stack import Stack, seeded
from runner.train import Training, train


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
    regularizer: Node,
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
    resume: Mapping[str, Any] | None = None,
    stopping: Callable[[], bool] = lambda: False,
) -> Iterator[Started | Row | Portrait | Ended | Saved]:
    """Train the seeds as one stack. Arguments are the keys of conf/config.yaml, with seeds by name.

    Args:
        resume: the state of an earlier Saved of the same stack, from where to go on.
        stopping: is it to stop? Then it ends with Saved after the epoch in hand.
    Raises:
        ConfigError: before the first event, for what cannot be as asked.
        Stopped: it was to stop.
    """
    began = time.perf_counter()
    build("optimizer", optimizer, params=[nn.Parameter(torch.zeros(1))])  # torch checks its arguments before we begin
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
    facts = _shape(split) | {"num_train": examples.place.shape[1], "epochs": epochs}
    k = len(split.classes)

    def objective(i: int, seed: int) -> Objective:
        counts, shares = given_counts(prepared.train, i, k).float(), transition(confusion(prepared.train, i, k))
        own = facts | {"class_counts": counts, "transition": shares}
        parts = {
            "network": computing_in(
                precision, seeded(partial(build, "model", model, **facts), generator("init", seed))
            ),
            "loss": build("loss", loss, **own),
            "regularizer": build("regularizer", regularizer, **own),
        }
        return Objective(build("method", method, **parts, **own), build("risk", risk))

    copies = [objective(i, seed) for i, seed in enumerate(seeds)]
    ahead = workers if streams(stream, split.x.nbytes + split.test_x.nbytes, place) else 0
    inputs, test_inputs = (Inputs(x, split.mean, split.std, place, ahead) for x in (split.x, split.test_x))
    loader = Loader(
        inputs,
        examples,
        seeds,
        batch_size,
        bind("sampler", sampler, num_classes=k),
        build("augment", augment, **facts),
        copies[0].method.draws,
    )
    sizes = shots(prepared.class_sizes, few_shot, many_shot) if prepared.thinned else {}
    test = Test(test_inputs, split.test_y, split.test_domain, sizes)
    chunk = max(evaluation_chunk(copies[0], place) // len(seeds), 1)
    stack = Stack(placed(copies, place, channels_last), compile=compile)
    del copies
    training = Training(stack, loader, build("optimizer", optimizer, params=stack.parameters(), fused=True))
    over: list[int] = []
    if resume is not None:
        training.restore(resume["training"])
        began -= resume["seconds"]
        over = resume["ended"]
    evaluator = Evaluator(inputs, some(examples, eval_train), validation, test.to(place), k, chunk)
    steps = train(
        training,
        bind("schedule", schedule),
        evaluator,
        epochs=epochs,
        eval_every=eval_every,
        grad_clip=grad_clip,
    )
    for i, seed in enumerate(seeds):
        if seed not in over:
            made_of = {"data_sha256": data_hash, **audited(prepared, i)}
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
        checkpoint_every=checkpoint_every,
        stopping=stopping,
    )


def automatic_stack(
    asked: str | int, seeds: int, *, dataset: Node, classes: list[int] | None, model: Node, device: str, **where: Any
) -> int:
    """How many of `seeds` to train as one stack: see stack_size. `where` is data_root and download."""
    place = resolve_device(device)
    split, _ = load(dataset, classes, **where)
    with torch.device("meta"):
        network = build("model", model, **_shape(split))
    return stack_size(asked, seeds, network, place)


def _shape(split: Split) -> dict[str, Any]:
    return {"num_classes": len(split.classes), "input_shape": tuple(split.x.shape[1:])}
