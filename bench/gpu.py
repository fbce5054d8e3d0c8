"""What does a GPU make of it?

Images a second on CIFAR-10, in bfloat16 with channels-last, of the 8-layer network and ResNet-34 of the noisy-label
protocol: the runner at S seeds, compiled, beside a bare compiled loop with the data on the device, and beside the usual
DataLoader with PIL transforms; then the network of the MNIST protocol, on 5,000 of its images, with CUDA graphs at 16
seeds. Without a GPU there is nothing to measure.
"""

import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from bench.measure import Figure

FOLDER = Path("data/cifar10_jpeg")  # train/<class>/*.jpg and test/<class>/*.jpg, in place of torchvision's files
DATA = ["dataset=image_folder", f"dataset.root={FOLDER}", "dataset.size=32"] if FOLDER.exists() else ["dataset=cifar10"]
CIFAR = [*DATA, "batch_size=128", "precision=bf16", "augment=standard"]
SEEDS = (1, 4, 16)
PEAK = 989e12  # dense bf16 operations a second of an H100, from NVIDIA's data sheet
PROTOCOL = 120  # epochs


def measure(folder: Path) -> list[Figure]:
    import torch

    if not torch.cuda.is_available():
        return []
    return [*cifar("cnn8"), *cifar("resnet34"), *mnist()]


def cifar(name: str) -> Iterator[Figure]:
    from bench.bare import loaders, split
    from bench.beside import beside
    from runner.nodes.build import build

    said = [*CIFAR, f"model={name}"]
    data = split(said)
    make = partial(build, "model", node(said), input_shape=tuple(data.x.shape[1:]), num_classes=10)
    ours = [*said, "eval_every=1000", "exec.compile=true"]
    one = beside([*ours, "epochs=4"], {"bare": lambda: compiled_loop(data, make)})
    train, _ = loaders(data, 128)
    usual = next(usual_loop(train, make))
    n = len(data.x)
    speed = {1: n / one.runner} | {s: s * n / epoch([*ours, f"seeds={s}", "exec.stack=16"]) for s in SEEDS[1:]}
    for s, images in speed.items():
        yield Figure(f"{name}, {s} seeds", images, "images a second")
    yield Figure(f"{name}, one seed over a bare compiled loop", 1 / one.ratio("bare"), "", ("at least", 0.9))
    yield Figure(f"{name}, one seed over DataLoader and PIL", speed[1] / (n / usual), "", ("at least", 5))
    share = 100 * speed[16] * 3 * operations(make(), data.x.shape[1:]) / PEAK
    yield Figure(f"{name}, 16 seeds: share of an H100's peak bf16 rate", share, "%")
    for seeds in (1, 3):
        took = PROTOCOL * (one.runner if seeds == 1 else epoch([*ours, "seeds=3", "exec.stack=3"]))
        yield Figure(f"{name}, {PROTOCOL} epochs, {seeds} seeds, from the seconds of one", took, "s")


def mnist() -> Iterator[Figure]:
    said = ["dataset=mnist5k", "model=cnn", "batch_size=128", "eval_every=1000", "exec.compile=reduce-overhead"]
    one, sixteen = epoch(said), epoch([*said, "seeds=16"])
    yield Figure("MNIST protocol, seeds an hour at 16 over at one", 16 * one / sixteen, "", ("at least", 6))


def epoch(said: list[str]) -> float:
    """Seconds of one epoch of the whole stack, after a first that compiles."""
    from bench.keeping import events

    rows = ["eval_every=1", "eval_train=1"]
    return list(events([*said, *rows, "epochs=3"]))[-1]


def node(said: list[str]) -> dict[str, Any]:
    from bench.beside import config

    return config(said).recipe.model


def compiled_loop(data: Any, make: Callable[[], Any]) -> Iterator[float]:
    """A loop by hand: data on the device, autocast, channels-last, torch.compile, a crop and a flip for each batch."""
    import torch
    import torch.nn.functional as F

    from bench.bare import sgd

    x, y = data.x.cuda(), data.y.cuda()
    mean, std = data.mean.cuda(), data.std.cuda()
    plain = make().cuda().to(memory_format=torch.channels_last)
    model, optimizer = torch.compile(plain), sgd(plain)
    while True:
        torch.cuda.synchronize()
        began = time.perf_counter()
        for batch in torch.randperm(len(x), device="cuda").split(128)[:-1]:
            seen = (F.pad(x[batch].float(), (4, 4, 4, 4))[..., 2:34, 2:34] - mean) / std
            seen = torch.where(torch.rand(len(batch), 1, 1, 1, device="cuda") < 0.5, seen.flip(-1), seen)
            with torch.autocast("cuda", torch.bfloat16):
                logits = model(seen.contiguous(memory_format=torch.channels_last))
            optimizer.zero_grad()
            F.cross_entropy(logits.float(), y[batch]).backward()
            optimizer.step()
        torch.cuda.synchronize()
        yield time.perf_counter() - began


def usual_loop(train: Any, make: Callable[[], Any]) -> Iterator[float]:
    """As the published repositories have it: PIL images from a DataLoader, float32, no compilation."""
    import torch
    import torch.nn.functional as F

    from bench.bare import sgd

    model = make().cuda()
    optimizer = sgd(model)
    while True:
        began = time.perf_counter()
        for x, y in train:
            loss = F.cross_entropy(model(x.cuda()), y.cuda())
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        torch.cuda.synchronize()
        yield time.perf_counter() - began


def operations(model: Any, shape: Any) -> int:
    """Of one image's forward pass, as torch counts them."""
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    with FlopCounterMode(display=False) as counter, torch.no_grad():
        model.eval()(torch.zeros(1, *shape))
    return counter.get_total_flops()
