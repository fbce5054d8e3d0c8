"""What do ten seeds cost as one stack, against ten bare loops one after another?

How often faster: ten epochs of the bare loop of the question about one seed, which computes the test accuracy, over one
epoch of a stack of ten. For networks with convolutions, which a CPU trains faster one seed after another, what
`exec.stack=auto` takes over what `exec.stack=1` does, and what a forced stack would.
"""

from functools import partial
from pathlib import Path

from bench.measure import Figure


def measure(folder: Path) -> list[Figure]:
    from bench.bare import FASHION, contenders, mlp, split
    from bench.beside import beside

    digits = contenders(split([]), 64, partial(mlp, 64))
    fashion = contenders(split(FASHION), 128, partial(mlp, 784))
    ten, compiled = ["seeds=10", "epochs=60"], "exec.compile=true"
    eager, graph, again = beside(ten, digits), beside([*ten, compiled], digits), beside([*ten, compiled], digits)
    image = [*FASHION, "seeds=10", "epochs=11"]
    eager_image, graph_image = beside(image, fashion), beside([*image, compiled], fashion)
    return [
        Figure("digits, mlp", 10 / eager.ratio("tests"), "times faster", ("at least", 4)),
        Figure("digits, mlp, compiled", 10 / graph.ratio("tests"), "times faster", ("at least", 8)),
        Figure("its first epoch, with compilation", graph.before, "s"),
        Figure("the first epoch of the same in another cell", again.before, "s"),
        Figure("Fashion-MNIST, mlp", 10 / eager_image.ratio("tests"), "times faster", ("at least", 1.5)),
        Figure("Fashion-MNIST, mlp, compiled", 10 / graph_image.ratio("tests"), "times faster"),
        *either(),
    ]


def either() -> list[Figure]:
    """Four seeds with stack=auto, one after another, and as a forced stack: three rounds in turn, medians."""
    from statistics import median

    jobs = {"mlp": ["epochs=20"], "cnn": ["model=cnn", "epochs=2"]}
    figures = []
    for name, said in jobs.items():
        rounds = [{stack: whole([*said, f"exec.stack={stack}"]) for stack in ("auto", 1, 4)} for _ in range(3)]
        auto = median(each["auto"] / each[1] for each in rounds)
        forced = median(each[4] / each[1] for each in rounds)
        figures += [
            Figure(f"digits, {name}, four seeds: auto over one after another", auto, "", ("at most", 1.05)),
            Figure(f"digits, {name}, four seeds: one stack over one after another", forced),
        ]
    return figures


def whole(said: list[str]) -> float:
    """Seconds of four seeds, from the first step of the first to the last row of the last."""
    import time
    from tempfile import TemporaryDirectory

    from bench.beside import config
    from runner.launch.session import run_cell

    with TemporaryDirectory() as store:
        cell = config([*said, "seeds=4", f"store={store}", "exec.wandb.mode=disabled", "exec.progress=none"])
        began = time.perf_counter()
        run_cell(cell, "bench")
        return time.perf_counter() - began
