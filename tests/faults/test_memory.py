"""A cell that wants more memory than there is."""

import resource

from runner.store.store import Store

ROOM = 16 << 30  # bytes of addresses, of which the libraries take several GiB
MANY = 4_000_000_000  # examples, of which the labels alone take 32 GB


def test_a_cell_without_memory_fails_with_its_cause_and_the_others_are_done(sweep, tmp_path):
    store = tmp_path / "store"
    child = sweep(store, f"dataset.num_train=512,{MANY},256", "seeds=2", "epochs=2", "hydra.launcher.jobs=1")
    resource.prlimit(child.pid, resource.RLIMIT_AS, (ROOM, ROOM))  # the workers inherit it: none of them is there yet
    assert child.wait() == 1, child.said.read_text()
    assert f"dataset.num_train={MANY} epochs=2 seed=1 seeds=1" in child.said.read_text()  # to try it again
    causes = {}
    for cell in Store(store).root.glob("cells/*"):
        for seed in (0, 1):
            status = Store(store).named(cell.name).seed(seed).status()
            causes.setdefault((status["state"], status["cause"]), []).append(seed)
    assert len(causes.pop(("done", None))) == 4
    (((state, cause), seeds),) = causes.items()
    assert (state, seeds) == ("failed", [0, 1])
    assert "memory" in cause
