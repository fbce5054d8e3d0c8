"""The whole flow, top to bottom: dataset -> protocol -> loader -> stacked objective -> loop -> rows."""

import json
import resource
import time
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache, partial
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from datasets.split import Split, fingerprint
from runner.build import bind, build
from runner.errors import ConfigError
from runner.loader import Loader
from runner.metrics import chunks, joined, memory, outcomes, quality
from runner.objective import Objective
from runner.protocol import Labelled, audit, protocol
from runner.seeds import generator
from runner.stack import Stack, seeded
from runner.train import train

CHUNK = 2048  # examples evaluated at a time: the logits of a whole test set never exist at once

Node = Mapping[str, Any]


class Started(NamedTuple):
    """Seed `seed` begins; `facts` is what it is trained on, for its provenance."""

    seed: int
    facts: dict[str, Any]


class Row(NamedTuple):
    """What was measured of one seed after some epoch: epoch, step, seconds, then metrics as split/name."""

    seed: int
    values: dict[str, float]


class Ended(NamedTuple):
    """Seed `seed` is over: state is "done", or "diverged" with its cause; `facts` is what it took."""

    seed: int
    state: str
    cause: str | None
    facts: dict[str, Any]


def run(
    *,
    dataset: Node,
    model: Node,
    loss: Node,
    optimizer: Node,
    schedule: Node,
    noise_type: Node,
    imbalance_type: Node,
    method: Node,
    regularizer: Node,
    risk: Node,
    noise: float,
    imbalance: float,
    noise_seed: int | None,
    epochs: int,
    batch_size: int,
    grad_clip: float | None,
    val_fraction: float,
    eval_every: int,
    eval_train: int | None,
    seeds: Sequence[int],
    device: str,
    compile: bool,
    data_root: str,
    download: bool,
) -> Iterator[Started | Row | Ended]:
    """Train the seeds as one stack. Arguments are the keys of conf/config.yaml, with seeds by name."""
    began = time.perf_counter()
    build("optimizer", optimizer, params=[nn.Parameter(torch.zeros(1))])  # its own checks, before anything else
    place = resolve_device(device)
    split, data_hash = load(dataset, data_root, download)
    k = len(split.classes)
    try:
        labels = protocol(
            split,
            seeds,
            noise=noise,
            noise_type=bind("noise_type", noise_type),
            noise_seed=noise_seed,
            imbalance=imbalance,
            imbalance_type=bind("imbalance_type", imbalance_type),
            val_fraction=val_fraction,
        )
    except ValueError as error:
        raise ConfigError(str(error)) from error
    training, validation = (part.to(place) for part in labels)
    n = training.place.shape[1]
    facts = {"num_train": n, "num_classes": k, "input_shape": tuple(split.x.shape[1:])}

    def objective(seed: int) -> Objective:
        network = seeded(partial(build, "model", model, **facts), generator("init", seed))
        parts = {"network": network, "loss": build("loss", loss, **facts)}
        parts["regularizer"] = build("regularizer", regularizer, **facts)
        return Objective(build("method", method, **parts), build("risk", risk))

    copies = [objective(seed) for seed in seeds]
    draws = copies[0].method.draws
    stack = Stack(copies, compile=compile).to(place)
    split = split.to(place)
    loader = Loader(split, training, seeds, batch_size, draws)
    descent = build("optimizer", optimizer, params=stack.parameters())
    looked_at = torch.randperm(n, generator=generator("eval_train"))[:eval_train].to(place)
    watched = Labelled(*(part[:, looked_at] for part in training))

    def evaluate(stack: Stack) -> dict[str, Tensor]:
        found = {f"train/{m}": v for m, v in memory(_seen(stack, loader, watched), watched.given, watched.true).items()}
        if validation.place.shape[1]:
            seen = _seen(stack, loader, validation)
            found |= {f"val/{m}": v for m, v in quality(seen, validation.given, k).items()}
        test_y = split.test_y.expand(len(seeds), -1)
        parts = [
            outcomes(stack.predict(loader.normalised(split.test_x[c]), shared=True), test_y[:, c])
            for c in chunks(len(split.test_y), CHUNK)
        ]
        return found | {f"test/{m}": v for m, v in quality(joined(parts), test_y, k).items()}

    for i, seed in enumerate(seeds):
        audited = {"train": audit(labels[0], i, k), "val": audit(labels[1], i, k) if val_fraction else None}
        yield Started(seed, {"data_sha256": data_hash, "device": str(place), "stack": list(seeds), "labels": audited})

    def ended(seed: int, state: str, cause: str | None) -> Ended:
        return Ended(seed, state, cause, {"seconds": time.perf_counter() - began, "peak_memory_bytes": _peak(place)})

    going = dict(enumerate(seeds))
    steps = train(
        stack,
        loader,
        descent,
        bind("schedule", schedule),
        evaluate,
        epochs=epochs,
        eval_every=eval_every,
        grad_clip=grad_clip,
    )
    for progress in steps:
        where = {"epoch": progress.epoch, "step": progress.step, "seconds": time.perf_counter() - began}
        measured = {"train/objective": progress.objective, **progress.metrics}
        table = {name: values.tolist() for name, values in measured.items()}
        broken, lost_nll = progress.broken.tolist(), (~progress.metrics["test/nll"].isfinite()).tolist()
        for i, seed in list(going.items()):
            if broken[i] or lost_nll[i]:
                at = f"the objective at step {broken[i]}" if broken[i] else f"the test NLL after step {progress.step}"
                yield ended(going.pop(i), "diverged", f"{at} is not finite")
            else:
                values = {name: row[i] for name, row in table.items() if row[i] == row[i]}  # nan is: does not apply
                yield Row(seed, where | values)
    for seed in going.values():
        yield ended(seed, "done", None)


def _seen(stack: Stack, loader: Loader, examples: Labelled) -> Any:
    """Outcomes, for their given labels, of examples that differ from seed to seed."""
    return joined(
        outcomes(
            stack.predict(loader.normalised(loader.split.x[examples.place[:, c]]), shared=False), examples.given[:, c]
        )
        for c in chunks(examples.place.shape[1], CHUNK)
    )


def stack_size(
    stack: str | int, count: int, *, dataset: Node, model: Node, device: str, data_root: str, download: bool
) -> int:
    """How many of `count` seeds to train as one stack.

    "auto" is all of them, except for networks with convolutions on a CPU: under vmap these become grouped
    convolutions, which a CPU computes more slowly than one seed after another.
    """
    if stack != "auto":
        return min(int(stack), count)
    split, _ = load(dataset, data_root, download)
    with torch.device("meta"):
        network = build("model", model, input_shape=tuple(split.x.shape[1:]), num_classes=len(split.classes))
    convolves = any(isinstance(m, nn.modules.conv._ConvNd) for m in network.modules())
    return 1 if convolves and resolve_device(device).type == "cpu" else count


def resolve_device(name: str) -> torch.device:
    """The device called `name`; "auto" is the GPU if there is one. Raises ConfigError if it is not there."""
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    try:
        device = torch.device(name)
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError) as error:
        problem = str(error).splitlines()[0]
        raise ConfigError(
            f"exec.device={name}: not usable here ({problem}); choices: auto, cpu, cuda, cuda:<n>"
        ) from error
    return device


def load(dataset: Node, data_root: str, download: bool) -> tuple[Split, str]:
    """A data set and the hash of all its numbers; the last one is remembered, for the next cell often asks again."""
    return _load(json.dumps(dataset), data_root, download)


@lru_cache(maxsize=1)
def _load(dataset: str, data_root: str, download: bool) -> tuple[Split, str]:
    split = build("dataset", json.loads(dataset), data_root=data_root, download=download)
    return split, fingerprint(split.x, split.y, split.test_x, split.test_y)


def _peak(device: torch.device) -> int:
    """Bytes: the most that torch held on the GPU, or that this process ever held in main memory."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
