"""The means of `make bench`; what it measures is no matter of tests."""

import math

import pytest
import torch

from bench import gpu, growth
from bench.bare import contenders, split
from bench.beside import beside
from bench.measure import Figure

BLOBS = ["dataset=blobs", "exec.device=cpu"]


def test_epochs_take_turns():
    counted = {"runs": 0}

    def contender():
        while True:
            counted["runs"] += 1
            yield 1000.0

    took = beside([*BLOBS, "epochs=5", "seeds=2"], {"idle": contender})
    assert counted["runs"] == 5
    assert 0 < took.runner < took.before
    assert took.others == {"idle": 1000.0}
    assert took.ratio("idle") == pytest.approx(took.runner / 1000, rel=1e-9)


def test_a_bare_loop_learns():
    """What one is measured against does the job."""
    data = split(BLOBS)
    made = []

    def make():
        made.append(torch.nn.Linear(8, 4))
        return made[-1]

    before = torch.nn.functional.cross_entropy
    loops = contenders(data, 64, make)
    for name in ("tests", "trains"):
        loop = loops[name]()
        assert all(next(loop) > 0 for _ in range(5))
        assert before(made[-1](data.test_x), data.test_y) < math.log(4)


def test_an_exponent_is_a_slope_of_logarithms():
    assert growth.slope([growth.Point(n, 3.0 * n**2, 0) for n in (1, 2, 4, 8, 16)]) == pytest.approx(2)


def test_without_a_gpu_there_is_nothing_to_measure_on_one(tmp_path, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert gpu.measure(tmp_path) == []


@pytest.mark.parametrize(("side", "met"), [("at most", False), ("at least", True)])
def test_a_bar_is_met_or_missed(side, met):
    assert Figure("a ratio", 3.0, "", (side, 2.0)).met is met
