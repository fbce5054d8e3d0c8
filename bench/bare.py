"""What one would write by hand instead: a network, torch's SGD, and tensors that are there already."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

if TYPE_CHECKING:  # scripts of bench/peer/ use what is below, and are not to wait for imports of the runner
    from bench.beside import Contender
    from bench.peer.cell import Digits
    from datasets.split import Split

FASHION = ["dataset=fashion_mnist", "batch_size=128"]
Batches = Callable[[], Iterable[tuple[Tensor, Tensor]]]


def split(said: Sequence[str]) -> "Split":
    """The data set that a command line names."""
    from bench.beside import config
    from runner.data.prepare import load

    cell = config(said)
    return load(cell.data, cell.exec)[0]


def tensors(data: "Split", batch_size: int) -> tuple[Batches, Batches]:
    """Training batches in a new order each time, and test batches; all of it normalised beforehand."""
    x, test_x = ((part.float() - data.mean) / data.std for part in (data.x, data.test_x))

    def train() -> Iterator[tuple[Tensor, Tensor]]:
        return ((x[batch], data.y[batch]) for batch in torch.randperm(len(x)).split(batch_size))

    def test() -> Iterator[tuple[Tensor, Tensor]]:
        return zip(test_x.split(batch_size), data.test_y.split(batch_size), strict=True)

    return train, test


def mlp(pixels: int) -> nn.Module:
    """The default network, for ten classes."""
    return nn.Sequential(nn.Flatten(), nn.Linear(pixels, 256), nn.ReLU(), nn.Linear(256, 10))


def sgd(model: nn.Module) -> torch.optim.SGD:
    return torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, weight_decay=5e-4)


def loop(make: Callable[[], nn.Module], train: Batches, test: Batches | None) -> Iterator[float]:
    """Seconds of one epoch after the other, each with the accuracy on the test set if there is one."""
    model = make()
    optimizer = sgd(model)
    while True:
        began = time.perf_counter()
        model.train()
        for x, y in train():
            loss = F.cross_entropy(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        if test:
            accuracy(model, test)
        yield time.perf_counter() - began


@torch.no_grad()
def accuracy(model: nn.Module, test: Batches) -> float:
    model.eval()
    right = [((model(x).argmax(1) == y).sum().item(), len(y)) for x, y in test()]
    return sum(n for n, _ in right) / sum(n for _, n in right)


def contenders(data: "Split", batch_size: int, make: Callable[[], nn.Module]) -> dict[str, "Contender"]:
    """The loop that tests after each epoch, and the one that only trains."""
    train, test = tensors(data, batch_size)
    return {"tests": lambda: loop(make, train, test), "trains": lambda: loop(make, train, None)}


def loaders(data: "Split | Digits", batch_size: int) -> tuple[Any, Any]:
    """The usual: a data set of PIL images, transforms for one at a time, and two DataLoaders without workers."""
    from datasets.vision import torchvision

    v2 = import_module(f"{torchvision.__name__}.transforms.v2")  # torchvision alone does not import it
    steps = [v2.ToImage(), v2.ToDtype(torch.float32, scale=True)]
    look = v2.Compose([*steps, v2.Normalize(data.mean.flatten() / 255, data.std.flatten() / 255)])
    train, test = Pictures(data.x, data.y, look), Pictures(data.test_x, data.test_y, look)
    load = torch.utils.data.DataLoader
    return load(train, batch_size, shuffle=True), load(test, batch_size)


class Pictures(torch.utils.data.Dataset[tuple[Tensor, int]]):
    """As torchvision's data sets are: an image for PIL, then what is to be done with it."""

    def __init__(self, x: Tensor, y: Tensor, look: Callable[[Any], Tensor]):
        self.x, self.y, self.look = x.movedim(1, -1).squeeze(-1).numpy(), y.tolist(), look

    def __len__(self) -> int:
        return len(self.y)

    def __getitem__(self, i: int) -> tuple[Tensor, int]:
        from PIL import Image

        return self.look(Image.fromarray(self.x[i])), self.y[i]
