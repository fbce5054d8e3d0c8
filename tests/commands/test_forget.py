"""Cells are removed as they are asked for, and never while somebody is at work on one."""

import pytest

from runner.console.errors import ConfigError
from runner.forget import main
from runner.store.lease import Worker
from runner.store.store import Store

QUICK = ["dataset=blobs", "epochs=2"]


@pytest.fixture
def cells(go, tmp_path):
    """Cells of two losses and three seeds; what asks for the store."""
    return [go(f"loss={loss}", "seeds=3") for loss in ("ce", "gce")], f"store={tmp_path}"


def test_a_cell_goes_with_all_of_its_seeds(cells, capsys, go):
    (ce, gce), store = cells
    main([*QUICK, "loss=gce", store, "dry=true"])
    assert capsys.readouterr().out == f"{gce.path}: 3 seeds would be removed\n"
    assert gce.seeds() == [0, 1, 2]
    main([*QUICK, "loss=gce", store])
    assert capsys.readouterr().out == f"{gce.path}: 3 seeds removed\n"
    assert not gce.path.exists()
    assert ce.seeds() == [0, 1, 2]
    assert list((ce.store.root / "workers").iterdir()) == []
    assert go("loss=gce").seed(0).finished


def test_a_grid_goes_as_it_was_asked_for(cells):
    (ce, gce), store = cells
    main(["-m", *QUICK, "loss=ce,gce,mae", "seed=0,1", store])
    assert not ce.path.exists()
    assert not gce.path.exists()


def test_nothing_goes_while_somebody_is_at_work(cells):
    (ce, gce), store = cells
    other = Store(ce.store.root)
    other.worker = Worker(ce.store.root / "workers")
    record = other.named(gce.path.name).seed(7).claim()
    with pytest.raises(ConfigError, match="seed=7: a process is at work on it; nothing was removed"):
        main(["-m", *QUICK, "loss=ce,gce", store])
    assert ce.seeds() == [0, 1, 2]
    assert not list(ce.path.glob("seed=*/lease-*"))
    record.abandon()
    main(["-m", *QUICK, "loss=ce,gce", store])
    assert not gce.path.exists()


def test_what_is_not_there_or_cannot_be_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="none of these cells is in it"):
        main([*QUICK, f"store={tmp_path}"])
    with pytest.raises(ConfigError, match="--all: there is no such option"):
        main(["--all"])
    with pytest.raises(ConfigError, match="did you mean gce"):
        main(["loss=gcee"])
