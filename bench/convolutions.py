"""What do several seeds of a network with convolutions cost on a CPU?

The network of the MNIST protocol, batches of 128. First a step (gradients alone) by ways to compute several seeds, for
each seed, over that of a bare loop; all with as many threads. Then the whole of four seeds of two epochs on
Fashion-MNIST: one command, which trains one seed a core, over four bare loops one after another, each with all cores.
"""

import time
from collections.abc import Callable
from functools import partial
from itertools import islice
from pathlib import Path
from statistics import median

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from bench.measure import Figure, command

SEEDS, EPOCHS, BATCH = 4, 2, 128


def measure(folder: Path) -> list[Figure]:
    from bench.bare import FASHION, contenders, split

    took = {name: median(seconds) for name, seconds in in_turn(ways()).items()}
    steps = [Figure(f"a step: {name}, over the bare one", took[name] / took["bare"]) for name in took if name != "bare"]
    bare = contenders(split(FASHION), BATCH, network)["tests"]()
    epochs = list(islice(bare, EPOCHS))
    said = [*FASHION, "model=cnn", f"epochs={EPOCHS}", f"seeds={SEEDS}", "exec.wandb.mode=disabled"]
    ours = command(["runner", *said, f"store={folder / 'store'}"], folder / "log").wall
    return [
        Figure("a step of a bare loop", took["bare"], "s"),
        *steps,
        Figure("four bare loops of two epochs, by one of them", SEEDS * sum(epochs), "s"),
        Figure("one command of four seeds over these", ours / (SEEDS * sum(epochs)), "", ("at most", 0.6)),
    ]


def network() -> nn.Module:
    from runner.parts.models.cnn import CNN

    return CNN((1, 28, 28), 10, width=32, norm="batch", activation="relu", head="linear")


class Loss(nn.Module):
    """A network's mean cross-entropy."""

    def __init__(self, network: nn.Module):
        super().__init__()
        self.network = network

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        return F.cross_entropy(self.network(x), y)


class Unfolded(nn.Module):
    """A convolution as the product of its weights with the patches of its input, im2col."""

    def __init__(self, convolution: nn.Conv2d):
        super().__init__()
        self.weight = convolution.weight
        self.size, self.padding = convolution.kernel_size, convolution.padding

    def forward(self, x: Tensor) -> Tensor:
        patches = F.unfold(x, self.size, padding=self.padding)  # type: ignore[arg-type]
        return (self.weight.flatten(1) @ patches).view(len(x), -1, *x.shape[2:])


def unfolded(network: nn.Module) -> nn.Module:
    for name, child in network.named_children():
        if isinstance(child, nn.Conv2d):
            setattr(network, name, Unfolded(child))
        else:
            unfolded(child)
    return network


def ways() -> dict[str, tuple[Callable[[], object], int]]:
    """{name: (a step, of how many seeds)}."""
    from runner.stack.stack import Stack

    def step(
        seeds: int, change: Callable[[nn.Module], nn.Module] = lambda network: network, *, compile: bool = False
    ) -> tuple[Callable[[], object], int]:
        stack = Stack([Loss(change(network())) for _ in range(seeds)], compile=compile, constant=True).train()
        return partial(stack.backward, torch.randn(seeds, BATCH, 1, 28, 28), torch.randint(10, (seeds, BATCH))), seeds

    def bare() -> None:
        loss.zero_grad()
        loss(x, y).backward()

    def last(network: nn.Module) -> nn.Module:
        return network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    loss, x, y = Loss(network()), torch.randn(BATCH, 1, 28, 28), torch.randint(10, (BATCH,))
    return {
        "bare": (bare, 1),
        "one seed": step(1),
        "one seed, channels-last": step(1, last),
        "one seed, channels-last, compiled": step(1, last, compile=True),
        "a stack of four, which is one of groups": step(4),
        "a stack of four by im2col": step(4, unfolded),
    }


def in_turn(steps: dict[str, tuple[Callable[[], object], int]]) -> dict[str, list[float]]:
    """Seconds of ten steps of each for one seed, after three."""
    seconds: dict[str, list[float]] = {name: [] for name in steps}
    for _ in range(13):
        for name, (step, seeds) in steps.items():
            began = time.perf_counter()
            step()
            seconds[name].append((time.perf_counter() - began) / seeds)
    return {name: taken[3:] for name, taken in seconds.items()}
