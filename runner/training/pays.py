"""Whether compiling pays is measured: what it would save must be more than it takes."""

import time
from collections.abc import Callable, Iterator

from runner.stack.stack import Stack
from runner.training.loop import Progress

PAYS = 60.0  # seconds to come: compiling takes ten, and saves from a tenth (on a CPU) to most of the rest (on a GPU)


def compiled_if_it_pays(
    steps: Iterator[Progress], stack: Stack, epochs: int, say: Callable[[str], None]
) -> Iterator[Progress]:
    """The progress of a stack that is compiled after its second epoch if more than PAYS seconds are to come, and stays
    so if an epoch then takes less time.

    The first epoch is not counted: much in it is done for the first time. So is the first one after compiling.

    Args:
        epochs: of all training.
        say: prints a line.
    """
    seconds: list[float] = []
    began = time.perf_counter()
    for progress in steps:
        seconds.append(time.perf_counter() - began)
        yield progress
        if len(seconds) == 2:
            to_come = seconds[1] * (epochs - progress.epoch)
            pays = to_come > PAYS
            say(
                f"exec.compile=auto: {to_come:.0f} s are to come, and compiling {'may pay' if pays else 'does not pay'}"
            )
            if pays:
                stack.compute(compile=True)
        elif len(seconds) == 4 and stack.compiled:
            share, took = seconds[3] / seconds[1], seconds[2] - seconds[3]
            say(f"exec.compile=auto: compiled in {took:.0f} s; an epoch takes {share:.2f} of what it took")
            if share >= 1:
                stack.compute(compile=False)
        began = time.perf_counter()
