"""A probe's networks are trained first, and none is looked at that is not what the cell would train now."""

import pytest

from runner.compose.command_line import compose_cells
from runner.console.errors import ConfigError
from runner.launch import session, train_first
from runner.store.store import Store, cell_of

TRAINED = ["dataset=blobs", "epochs=1", "model.depth=2", "model.width=8", "exec.progress=none"]


@pytest.fixture
def of(tmp_path):
    """The cell of a command in a store of its own."""

    def made(*said):
        words = [*TRAINED, "exec.wandb.mode=disabled", f"store={tmp_path}", *said]
        (cell,) = compose_cells(words, multirun=False)
        return cell

    return made


@pytest.fixture
def go(of):
    """The result of a command, and its cell in the store."""

    def ran(*said):
        cell = of(*said)
        return session.run_cell(cell, cell.title), cell_of(cell)

    return ran


def test_a_probe_trains_what_lacks_and_keeps_the_networks(go, of, tmp_path):
    found, cell = go("probe=layer_collapse", "seeds=2")
    assert [each.rows["last"]["probe/nc1"] > 0 for each in found.outcomes.values()] == [True, True]
    trained = cell_of(of("seeds=2"))
    assert trained.path != cell.path
    assert all((trained.path / f"seed={seed}" / "network.pt").exists() for seed in (0, 1))
    assert len(Store(tmp_path).cells()) == 2


def test_what_is_trained_is_not_trained_again(go, of):
    go("seeds=2", "exec.keep_network=true")
    before = cell_of(of()).seed(0).status()
    go("seeds=2", "probe=layer_collapse")
    assert cell_of(of()).seed(0).status() == before


def test_seeds_without_networks_are_refused_before_any_is_trained(go, of):
    go("seed=1", "seeds=1")
    with pytest.raises(ConfigError, match=r"has no network of seed 1; a run with exec.keep_network=true keeps it"):
        go("probe=layer_collapse", "seeds=2")
    assert cell_of(of()).seeds() == [1]
    assert not cell_of(of("probe=layer_collapse")).path.exists()


def test_a_diverged_network_is_a_diverged_seed(go):
    found, _ = go("probe=layer_collapse", "optimizer.lr=1e9", "epochs=3")
    assert found.outcomes[0].state == "diverged"


def test_a_probe_that_does_not_apply_fails_and_leaves_what_was_trained(go, of):
    found, cell = go("probe=layer_collapse", "model.depth=1")
    assert found.outcomes[0].state == "failed"
    assert "no layer before the last" in cell.seed(0).status()["cause"]
    assert cell_of(of("model.depth=1")).seed(0).status()["state"] == "done"


def test_networks_of_other_code_are_refused_unless_that_is_meant(go, monkeypatch):
    go("exec.keep_network=true")
    original = session.sources
    monkeypatch.setattr("runner.store.sources.sources", lambda question: original(question) | {"engine": "another"})
    with pytest.raises(ConfigError, match=r"were trained with other code of engine than there is now"):
        go("probe=layer_collapse")
    found, _ = go("probe=layer_collapse", "exec.mixed_code=true")
    assert found.outcomes[0].state == "done"


def test_networks_of_other_data_are_refused(go, of, monkeypatch):
    go("exec.keep_network=true")
    asked = of("probe=layer_collapse")
    monkeypatch.setattr("runner.probing.seen.prepare", _other_hash(session, asked))
    with pytest.raises(ConfigError, match=r"its networks were trained on other data .*runner.forget dataset=blobs"):
        session.run_cell(asked, "")
    assert not cell_of(asked).seed(0).path.exists()


def _other_hash(session, asked):
    from runner.data.prepare import prepare

    return lambda *where: (prepare(*where)[0], "another")


def test_seeds_of_another_process_are_waited_for(of, monkeypatch):
    asked, turns, slept = of("probe=layer_collapse"), iter([True, True, False]), []
    monkeypatch.setattr(train_first, "_elsewhere", lambda cell, seed: next(turns))
    monkeypatch.setattr(train_first.time, "sleep", slept.append)
    runs = []
    train_first.train_first(asked, lambda cell, title: runs.append(cell.choices["probe"]))
    assert (runs, len(slept)) == (["none"] * 3, 2)


def test_a_probe_of_two_networks_trains_both(of, monkeypatch):
    asked, seeds = of("probe=layer_collapse", "seed=3", "seeds=2"), []
    monkeypatch.setattr(type(asked), "apart", 1000)
    train_first.train_first(asked, lambda cell, title: seeds.append(list(cell.seeds)))
    assert seeds == [[3, 4], [1003, 1004]]
