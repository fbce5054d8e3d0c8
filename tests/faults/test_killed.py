"""Hit at any moment, again and again, a sweep comes to the same end as if nothing had been."""

import random
import signal

import pytest

from tests.faults.hits import finished, hit, left_behind, runs_after_a_while, workers

GRID = ("loss=ce,gce", "noise=0,0.3,0.6", "optimizer.lr=0.05,0.1", "seeds=3", "epochs=60", "exec.checkpoint_every=2")


@pytest.fixture(scope="module")
def kept():
    return {}


@pytest.fixture
def undisturbed(kept, sweep, stored, tmp_path):
    """The rows of a sweep that nobody hit, trained once for all tests."""
    if not kept:
        child = sweep(tmp_path / "whole", *GRID)
        assert child.wait() == 0, child.said.read_text()
        kept.update({key[0] + key[1]: rows for key, rows in stored(tmp_path / "whole").items()})
    return kept


@pytest.mark.parametrize(("number", "hits"), [(signal.SIGKILL, 30), (signal.SIGTERM, 10), (signal.SIGINT, 10)])
def test_nothing_is_lost_and_nothing_is_done_twice(number, hits, sweep, undisturbed, stored, tmp_path):
    chance = random.Random(int(number))
    turn = starts = rounds = 0
    while turn < hits:
        store, before = tmp_path / f"round {rounds}", {}
        rounds += 1
        code = None
        while code != 0:
            child = sweep(store, *GRID)
            starts += 1
            while turn < hits and runs_after_a_while(child, chance, workers, child.pid):
                turn += 1
                if hit(child, number, chance, turn):
                    break
            code = child.wait()
            said = child.said.read_text()
            assert code in (0, 1, 130, -number), said
            if number != signal.SIGINT:  # it may come as Python starts
                assert "Traceback" not in said
            now = finished(store)
            assert before.items() <= now.items()
            before = now
        assert {key[0] + key[1]: rows for key, rows in stored(store).items()} == undisturbed
        assert len(before) == 2 * len(undisturbed)
        assert left_behind(store) == []
    print(f"seed {int(number)}: {turn} hits, {starts} starts, {rounds} sweeps, {len(undisturbed)} seeds each")
