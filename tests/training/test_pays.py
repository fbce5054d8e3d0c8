"""Whether a stack is compiled, and stays so, by what its epochs take."""

import time
from types import SimpleNamespace

import pytest

from runner.training import pays
from runner.training.pays import compiled_if_it_pays


class Stacked:
    """Notes what it is told."""

    def __init__(self):
        self.compiled, self.told = False, []

    def compute(self, *, compile):
        self.compiled = compile
        self.told.append(compile)


def followed(monkeypatch, seconds, *, epochs):
    """What a stack whose epochs take these seconds was told, after which of them, and what was said."""
    clock, stack, lines = [0.0], Stacked(), []
    monkeypatch.setattr(time, "perf_counter", lambda: clock[0])

    def steps():
        for epoch, took in enumerate(seconds, start=1):
            clock[0] += took
            yield SimpleNamespace(epoch=epoch)

    when = []
    for progress in compiled_if_it_pays(steps(), stack, epochs, lines.append):
        when.append((progress.epoch, list(stack.told)))
        clock[0] += 100  # rows are written meanwhile, which is no part of an epoch
    return when, lines


def test_nothing_is_compiled_for_a_short_time(monkeypatch):
    when, lines = followed(monkeypatch, [30, 1, 1, 1, 1], epochs=60)
    assert when[-1] == (5, [])
    assert lines == ["exec.compile=auto: 58 s are to come, and compiling does not pay"]


def test_what_gets_faster_stays_compiled(monkeypatch):
    when, lines = followed(monkeypatch, [30, 2, 11.5, 1.5, 1.5], epochs=60)
    assert when == [(1, []), (2, []), (3, [True]), (4, [True]), (5, [True])]
    assert lines == [
        "exec.compile=auto: 116 s are to come, and compiling may pay",
        "exec.compile=auto: compiled in 10 s; an epoch takes 0.75 of what it took",
    ]


def test_what_does_not_goes_on_as_before(monkeypatch):
    when, _ = followed(monkeypatch, [30, 2, 12, 2, 2], epochs=60)
    assert when[-1] == (5, [True, False])


@pytest.mark.parametrize("seeds", [[0], [0, 1]])
def test_a_run_that_compiles_on_its_way_is_the_run_but_for_rounding(compose, measured, monkeypatch, seeds):
    from runner.training.run import run
    from tests.training.test_run import close

    lines = []
    monkeypatch.setattr(pays, "PAYS", 0.0)
    said = ["epochs=5", "noise=0.4", "loss=elr"]
    automatic = measured(run(**compose(*said, "exec.compile=auto", seeds=seeds), say=lines.append))
    assert len(lines) == 2
    close(automatic, measured(run(**compose(*said, seeds=seeds))), 1e-3)


def test_what_changes_from_epoch_to_epoch_is_not_compiled(compose, measured):
    from runner.training.run import run

    lines = []
    said = compose("method=co_teaching", "method.ramp_epochs=1", "epochs=3", "exec.compile=auto")
    assert measured(run(**said, say=lines.append))
    assert lines == []
