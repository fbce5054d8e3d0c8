"""Hydra's launchers besides our own: they get the cells with something left to do, and may break."""

import pytest
from hydra.core.utils import JobReturn, JobStatus

from hydra_plugins.seedwise import CellSweeper
from runner.compose.command_line import compose_cells
from runner.launch import plan
from runner.launch.job import Job
from runner.launch.session import run_cell


class Fake:
    """A launcher that runs nothing."""

    def __init__(self, ends):
        self.ends = ends
        self.got = None

    def launch(self, overrides, first):
        self.got = overrides
        if isinstance(self.ends, Exception):
            raise self.ends
        return [self.ends for _ in overrides]


def ended(status, value):
    job = JobReturn(overrides=[], status=status)
    job.return_value = value
    return job


@pytest.fixture
def sweep(tmp_path, monkeypatch):
    cells = compose_cells(["loss=ce,gce", "dataset=blobs", "epochs=1", f"store={tmp_path}"], multirun=True)

    def go(ends):
        sweeper = CellSweeper(None)
        sweeper.job = Job(plan.plan(cells))
        sweeper.launcher = Fake(ends)
        sweeper.sweep([])
        return sweeper.launcher.got

    go.cells = cells
    return go


GOOD = ended(JobStatus.COMPLETED, None)


def test_a_launcher_gets_the_cells_that_are_not_done(sweep):
    ce, gce = sweep.cells
    assert sweep(GOOD) == [ce.overrides, gce.overrides]
    run_cell(ce, "")
    assert sweep(GOOD) == [gce.overrides]
    run_cell(gce, "")
    assert sweep(GOOD) is None


@pytest.mark.parametrize("ends", [RuntimeError("gone\nfar"), ended(JobStatus.FAILED, RuntimeError("gone\nfar"))])
def test_a_launcher_or_a_job_that_breaks_is_one_line(sweep, ends, capsys):
    with pytest.raises(SystemExit) as stop:
        sweep(ends)
    assert stop.value.code == 1
    line = capsys.readouterr().err.splitlines()[-1]
    assert line.startswith("seedwise: the launcher gave up (RuntimeError: gone far); ")
