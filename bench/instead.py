"""What does the same job cost with what one would otherwise use?

The multilayer perceptron on Fashion-MNIST: a DataLoader with torchvision's transforms in a plain loop, and in
Lightning, against the runner's one seed and ten seeds; every one tests after each epoch. Then the whole of ten seeds of
60 epochs on the digits as ten processes of a bare script, as many at once as there are cores, each on one thread,
against one command.
"""

import time
from collections.abc import Iterator
from functools import partial
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

from bench.measure import Figure, command, spent
from bench.processes import one_a_core


def measure(folder: Path) -> list[Figure]:
    from bench.bare import FASHION, loaders, loop, mlp, split
    from bench.beside import beside

    train, test = loaders(split(FASHION), 128)
    usual = {"usual": lambda: loop(partial(mlp, 784), lambda: train, lambda: test)}
    one = beside([*FASHION, "epochs=4"], usual)
    ten = beside([*FASHION, "epochs=4", "seeds=10"], usual)
    lightning = median(list(in_lightning(train, test, epochs=4))[1:])
    scripts, ours = ten_scripts(folder), command(["runner", "seeds=10", f"store={folder}"], folder / "log").wall
    return [
        Figure("DataLoader in a plain loop: an epoch", one.others["usual"], "s"),
        Figure("over one seed of the runner", 1 / one.ratio("usual"), "times", ("at least", 1.8)),
        Figure("its ten epochs over one of a stack of ten", 10 / ten.ratio("usual"), "times", ("at least", 6)),
        Figure("Lightning: an epoch", lightning, "s"),
        Figure("over one seed of the runner", lightning / one.runner, "times", ("at least", 1.8)),
        Figure("its ten epochs over one of a stack of ten", 10 * lightning / ten.runner, "times", ("at least", 6)),
        Figure("ten processes on the digits", scripts, "s"),
        Figure("over `python -m runner seeds=10`", scripts / ours, "times", ("at least", 6)),
    ]


def in_lightning(train: Any, test: Any, *, epochs: int) -> Iterator[float]:
    """Seconds of each epoch, with its test accuracy, as Lightning's own Trainer runs it."""
    import lightning
    import torch.nn.functional as F
    from torch import Tensor

    from bench.bare import mlp, sgd

    class Module(lightning.LightningModule):
        def __init__(self) -> None:
            super().__init__()
            self.model = mlp(784)

        def training_step(self, batch: tuple[Tensor, Tensor], at: int) -> Tensor:
            loss = F.cross_entropy(self.model(batch[0]), batch[1])
            self.log("loss", loss)
            return loss

        def validation_step(self, batch: tuple[Tensor, Tensor], at: int) -> None:
            self.log("accuracy", (self.model(batch[0]).argmax(1) == batch[1]).float().mean())

        def configure_optimizers(self) -> Any:
            return sgd(self.model)

    class Clock(lightning.Callback):
        def on_train_epoch_start(self, trainer: Any, module: Any) -> None:
            ticks.append(time.perf_counter())

    ticks: list[float] = []
    quiet: dict[str, Any] = {"logger": False, "enable_checkpointing": False, "enable_progress_bar": False}
    trainer = lightning.Trainer(
        max_epochs=epochs, accelerator="cpu", num_sanity_val_steps=0, callbacks=[Clock()], **quiet
    )
    trainer.fit(Module(), train, test)
    ticks.append(time.perf_counter())
    return (after - before for before, after in pairwise(ticks))


SCRIPT = """
import sys
import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch import nn

torch.set_num_threads(1)
torch.manual_seed(int(sys.argv[1]))
x, y = (torch.tensor(a) for a in load_digits(return_X_y=True))
x = ((x - 4.88) / 6.02).float()
test_x, test_y, x, y = x[:360], y[:360], x[360:], y[360:]
model = nn.Sequential(nn.Linear(64, 256), nn.ReLU(), nn.Linear(256, 10))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, weight_decay=5e-4)
for epoch in range(60):
    for batch in torch.randperm(len(x)).split(64):
        loss = F.cross_entropy(model(x[batch]), y[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        print((model(test_x).argmax(1) == test_y).float().mean().item())
"""


def ten_scripts(folder: Path) -> float:
    """Seconds of ten processes, as many at once as there are cores."""
    script = folder / "script.py"
    script.write_text(SCRIPT, encoding="utf-8")
    return spent(lambda: one_a_core([[str(script), str(seed)] for seed in range(10)])).wall
