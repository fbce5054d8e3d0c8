"""What do two workers bring to tuning?

Two losses with twelve trials each (the sampler is tpe, ten of the twelve at random) and their final comparison with
four seeds, on the handwritten digits; whole commands, and the same command once all of it is done.
"""

from pathlib import Path

from bench.measure import Figure, command


def measure(folder: Path) -> list[Figure]:
    one, two = (command(tuned(folder, jobs), folder / "log").wall for jobs in (1, 2))
    again = command(tuned(folder, 2), folder / "log").wall
    return [
        Figure("tuning with one worker", one, "s"),
        Figure("tuning with two workers", two, "s"),
        Figure("one worker over two", one / two, "times", ("at least", 1.5)),
        Figure("the same once all is done", again, "s", ("at most", 8)),
    ]


def tuned(folder: Path, jobs: int) -> list[str]:
    """A command that tunes into a store of its own."""
    said = ["loss=ce,gce", "noise=0.4", "val_fraction=0.1", "seeds=2", "exec.wandb.mode=disabled", "exec.progress=none"]
    space = ["space.optimizer.lr=log(1e-3,1)", "space.loss.q=uniform(0.1,1)"]
    return ["runner.tune", *said, *space, "trials=12", "final.seeds=4", f"jobs={jobs}", f"store={folder / str(jobs)}"]
