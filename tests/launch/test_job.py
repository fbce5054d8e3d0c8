"""One cell without a grid: in this process, or seed by seed in processes of their own."""

import pytest

from runner.compose.command_line import compose_cells
from runner.launch import plan, session, sweep
from runner.launch.job import Job

CNN = ["dataset=digits", "classes=[0,1]", "model=cnn", "model.width=4", "epochs=1"]


@pytest.fixture
def job(tmp_path):
    """From a command's words to its job."""

    def planned(*overrides):
        words = [f"store={tmp_path}", "exec.progress=none", "exec.wandb.mode=disabled", *overrides]
        return Job(plan.plan(compose_cells(words, multirun=False)))

    return planned


@pytest.fixture
def ways(monkeypatch):
    """Which way each job that is trained goes, and with what."""
    found = []
    monkeypatch.setattr(session, "cores", lambda: 2)
    monkeypatch.setattr(session, "run_cell", lambda config, title: found.append("here"))
    monkeypatch.setattr(sweep, "train_grid", lambda cells, settings: found.append((cells, settings)) or [])
    return found


def test_networks_that_a_cpu_trains_one_seed_at_a_time_have_a_process_each(job, ways):
    job(*CNN, "seeds=3").train_alone()
    (((planned,), settings),) = ways
    assert [task.config.seeds for _, task in sweep.tasks([planned])] == [range(1), range(1, 2), range(2, 3)]
    assert settings["jobs"] == settings["threads"] == "auto"


@pytest.mark.parametrize(
    "words",
    [
        ["dataset=blobs", "seeds=3"],
        [*CNN, "seeds=1"],
        [*CNN, "seeds=3", "exec.stack=1"],
        ["model=cnn", "dataset=blobs"],
    ],
    ids=["one stack", "one seed", "as was said", "what cannot be"],
)
def test_others_train_in_this_process(job, ways, words):
    job(*words).train_alone()
    assert ways == ["here"]


def test_one_core_is_one_process(job, ways, monkeypatch):
    monkeypatch.setattr(session, "cores", lambda: 1)
    job(*CNN, "seeds=3").train_alone()
    assert ways == ["here"]


def test_either_way_gives_the_same_rows(job, stored, tmp_path):
    apart, here = job(*CNN, "seeds=2"), job(*CNN, "seeds=2", f"store={tmp_path}/here")
    apart.train_alone()
    here.train(here.planned[0].config)
    assert apart.refused == here.refused == []
    assert len(stored(tmp_path)) == 2
    assert stored(tmp_path) == stored(tmp_path / "here")
