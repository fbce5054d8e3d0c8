"""What does a GPU make of it?

Images a second on CIFAR-10, in bfloat16, of the 8-layer network and ResNet-34 of the noisy-label protocol: the runner
at S seeds, compiled, beside a bare compiled loop with the data on the device and channels-last, and beside the usual
DataLoader with PIL transforms. Each tests after each epoch, and its seconds are of both. Then the network of the MNIST
protocol, on 5,000 of its images, with CUDA graphs at 16 seeds; and whether `exec.stack=auto` keeps a stack of 64 within
the memory of the card: inf, if seeds failed. Without a GPU there is nothing to measure.
"""

import os
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from bench.measure import Figure

FOLDER = Path("data/cifar10_jpeg")  # train/<class>/*.jpg and test/<class>/*.jpg, in place of torchvision's files
DATA = ["dataset=image_folder", f"dataset.root={FOLDER}", "dataset.size=32"] if FOLDER.exists() else ["dataset=cifar10"]
SEEDS = (4, 10, 16)
MANY = 64
PEAK = 989e12  # dense bf16 operations a second of an H100, from NVIDIA's data sheet
PROTOCOL = 120  # epochs


class Setting(NamedTuple):
    """What is measured, and where; `measure` has it as it is meant, and a test a small one for a CPU.

    Attributes:
        device: "cuda" or "cpu".
        images: what a command says of the images and their batches.
        digits: what it says of the MNIST protocol.
        models: the networks that images are for, as a command names them.
        compile: is anything compiled?
    """

    device: str = "cuda"
    images: tuple[str, ...] = (*DATA, "batch_size=128", "precision=bf16", "augment=standard")
    digits: tuple[str, ...] = ("dataset=mnist5k", "model=cnn", "batch_size=128")
    models: tuple[tuple[str, ...], ...] = (("model=cnn8",), ("model=resnet34",))
    compile: bool = True

    def says(self, *more: str, graph: str = "true") -> list[str]:
        return [
            *more,
            f"exec.device={self.device}",
            f"exec.compile={graph if self.compile else 'false'}",
            "eval_train=1",
        ]


def measure(folder: Path) -> list[Figure]:
    import torch

    return list(figures(Setting())) if torch.cuda.is_available() else []


def figures(setting: Setting) -> Iterator[Figure]:
    for model in setting.models:
        yield from images(setting, model)
    yield from digits(setting)
    yield within(setting, setting.models[-1])


def images(setting: Setting, model: tuple[str, ...]) -> Iterator[Figure]:
    """Of one network, at some numbers of seeds and by hand."""
    from bench.bare import loaders, split
    from bench.beside import beside

    said = setting.says(*setting.images, *model)
    data = split(said)
    make = partial(network, said, data)
    bare = partial(by_hand, setting, data, make)
    one = beside([*said, "epochs=4"], {"bare": bare})
    usual = next(usual_loop(setting.device, *loaders(data, 128), make))
    seconds = {1: one.runner} | {s: epoch([*said, f"seeds={s}"]) for s in SEEDS}
    name = model[0].partition("=")[2]
    for s, took in seconds.items():
        yield Figure(f"{name}, {s} seeds", s * len(data.x) / took, "images a second")
    yield Figure(f"{name}, one seed over a bare compiled loop", 1 / one.ratio("bare"), "", ("at least", 0.9))
    yield Figure(f"{name}, one seed over DataLoader and PIL", usual / one.runner, "", ("at least", 5))
    share = 100 * SEEDS[-1] * len(data.x) * 3 * operations(make(), data.x.shape[1:]) / seconds[SEEDS[-1]] / PEAK
    yield Figure(f"{name}, {SEEDS[-1]} seeds: share of an H100's peak bf16 rate", share, "%")
    yield Figure(f"{name}, ten seeds: an epoch", seconds[10], "s")
    yield Figure(f"{name}, ten seeds: {PROTOCOL} epochs, from the seconds of one", PROTOCOL * seconds[10], "s")


def digits(setting: Setting) -> Iterator[Figure]:
    said = setting.says(*setting.digits, graph="reduce-overhead")
    one, sixteen = epoch(said), epoch([*said, "seeds=16"])
    yield Figure("MNIST protocol, seeds an hour at 16 over at one", 16 * one / sixteen, "", ("at least", 6))


def within(setting: Setting, model: tuple[str, ...]) -> Figure:
    """Does a stack that the runner chooses fit the memory?"""
    from bench.beside import config
    from runner.launch.session import run_cell

    with TemporaryDirectory() as store:
        quiet = [f"store={store}", "exec.wandb.mode=disabled", "exec.progress=none", "epochs=1"]
        said = setting.says(*setting.images, *model, f"seeds={MANY}", *quiet)
        outcomes = run_cell(config(said), "bench").outcomes.values()
    fits = all(each.state == "done" for each in outcomes)
    held = max(each.took["peak_memory_bytes"] or 0 for each in outcomes) if fits else float("inf")
    name = f"{model[0].partition('=')[2]}, {MANY} seeds, exec.stack=auto: peak memory"
    return Figure(name, 100 * held / memory(setting.device), "% of all", ("at most", 90))


def memory(device: str) -> int:
    """Bytes that a device has."""
    import torch

    if device == "cpu":
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return torch.cuda.mem_get_info()[1]


def epoch(said: list[str]) -> float:
    """Seconds of one epoch of the whole stack, after two of which the first compiles."""
    from bench.keeping import events

    return list(events([*said, "epochs=3"]))[-1]


def network(said: list[str], data: Any) -> Any:
    """Of one seed, as a command asks for it."""
    from bench.beside import config
    from runner.contracts.make import make
    from runner.objective.assemble import shape_of

    recipe = config(said).recipe
    return make("model", recipe.model, shape_of(data, recipe))


def by_hand(setting: Setting, data: Any, make: Callable[[], Any]) -> Iterator[float]:
    """A loop by hand: data on the device, autocast, channels-last, torch.compile, a crop and a flip for each batch."""
    import torch
    import torch.nn.functional as F

    from bench.bare import sgd

    place = setting.device
    x, y, test_x, test_y, mean, std = (part.to(place) for part in (*data[:4], data.mean, data.std))
    plain = make().to(place, memory_format=torch.channels_last)
    model, optimizer = torch.compile(plain, dynamic=False, disable=not setting.compile), sgd(plain)

    def logits(images: torch.Tensor) -> torch.Tensor:
        with torch.autocast(place, torch.bfloat16):
            return model(((images - mean) / std).contiguous(memory_format=torch.channels_last)).float()

    while True:
        began = time.perf_counter()
        plain.train()
        for batch in torch.randperm(len(x), device=place).split(128):
            seen = crop(x[batch].float())
            flipped = torch.rand(len(batch), 1, 1, 1, device=place) < 0.5
            loss = F.cross_entropy(logits(torch.where(flipped, seen.flip(-1), seen)), y[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        plain.eval()
        with torch.no_grad():
            right = [(logits(images.float()).argmax(1) == labels).sum() for images, labels in chunks(test_x, test_y)]
        float(sum(right))  # waits for the device
        yield time.perf_counter() - began


def crop(images: Any) -> Any:
    """One of the places that random crops have, at the price of any."""
    from torch.nn.functional import pad

    return pad(images, (4, 4, 4, 4))[..., 4:-4, 2:-6]


def chunks(x: Any, y: Any) -> Iterator[tuple[Any, Any]]:
    return zip(x.split(2048), y.split(2048), strict=True)


def usual_loop(device: str, train: Any, test: Any, make: Callable[[], Any]) -> Iterator[float]:
    """As the published repositories have it: PIL images from a DataLoader, float32, no compilation."""
    from bench.bare import loop

    def there(loader: Any) -> Callable[[], Iterator[Any]]:
        return lambda: ((x.to(device), y.to(device)) for x, y in loader)

    return loop(lambda: make().to(device), there(train), there(test))


def operations(model: Any, shape: Any) -> int:
    """Of one image's forward pass, as torch counts them."""
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    with FlopCounterMode(display=False) as counter, torch.no_grad():
        model.eval()(torch.zeros(1, *shape))
    return counter.get_total_flops()
