"""What does one seed cost, against a loop written by hand?

Seconds an epoch of the runner, which measures some twenty numbers on training and test examples, stores a row and shows
how far it is, over those of a bare loop on the same tensors with the same network, optimizer and threads that computes
the test accuracy. Epochs take turns in one process; medians of the ratios of neighbours.
"""

from collections.abc import Iterator
from functools import partial
from itertools import islice
from pathlib import Path

from bench.measure import Figure


def measure(folder: Path) -> list[Figure]:
    from bench.bare import FASHION, contenders, mlp, split
    from bench.beside import beside
    from runner.parts.models.cnn import CNN

    digits, fashion = split([]), split(FASHION)
    cnn = partial(CNN, (1, 28, 28), 10, width=32, norm="batch", activation="relu", head="linear")
    jobs = {
        "Fashion-MNIST, mlp": ([*FASHION, "epochs=12"], contenders(fashion, 128, partial(mlp, 784)), 1.10),
        "Fashion-MNIST, cnn": ([*FASHION, "model=cnn", "epochs=4"], contenders(fashion, 128, cnn), 1.05),
        "digits, mlp": (["epochs=200"], contenders(digits, 64, partial(mlp, 64)), 1.10),
    }
    figures = []
    for name, (said, others, bar) in jobs.items():
        took = beside(said, others)
        figures += [
            Figure(f"{name}, an epoch", took.runner, "s"),
            Figure(f"{name}, over the bare loop", took.ratio("tests"), "", ("at most", bar)),
            Figure(f"{name}, over a bare loop that measures nothing", took.ratio("trains")),
        ]
    compiled = beside(["epochs=200", "exec.compile=true"], jobs["digits, mlp"][1])
    rarely = beside(["epochs=2000", "eval_every=10"], {"tests": lambda: tens(jobs["digits, mlp"][1]["tests"]())})
    return [
        *figures,
        Figure("digits, mlp, compiled, over the bare loop", compiled.ratio("tests")),
        Figure("digits, mlp, evaluated every tenth epoch, over the bare loop", rarely.ratio("tests")),
    ]


def tens(epochs: Iterator[float]) -> Iterator[float]:
    """Ten epochs as one."""
    while True:
        yield sum(islice(epochs, 10))
