"""Every kind of file and folder of a store, damaged in every way, before every program (tests/damage.py)."""

import shutil

import pytest

from runner import lease, session
from runner.command_line import asked
from runner.store import Store
from tests import damage

SHOWN = 20  # violations that are told of


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A store with all that one may hold; {kind: its place}, what it says once all of it is done, a cell's name."""
    folder = tmp_path_factory.mktemp("whole")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WANDB_MODE", "disabled")
        patch.chdir(folder)
        damage.build(folder)
        kinds, there = damage.kinds(), set(damage.shown("store"))
        (cell,) = asked([*damage.CE, "store=store"], multirun=False)
        done = tmp_path_factory.mktemp("done") / "copy"
        shutil.copytree(folder, done, symlinks=True)
        patch.chdir(done)
        assert damage.call("runner.__main__", [*damage.CUT, "store=store"]).code == 0
        known = damage.truth() | {"there": there}
    return folder, kinds, known, Store("store").cell(cell.identity, {}).path.name


@pytest.mark.parametrize("name", damage.PROGRAMS)
def test_nothing_wrong_is_shown_of_a_damaged_store(name, whole, tmp_path, monkeypatch, capsys):
    folder, kinds, known, cell = whole
    monkeypatch.setenv("WANDB_MODE", "disabled")
    monkeypatch.setattr(lease, "STALE", 0.0)  # a beat that cannot be read is waited for
    monkeypatch.setattr(session, "LOOK", 0.0)
    tried, found = 0, []
    for kind, place in kinds.items():
        ways = damage.FOLDER_DAMAGES if (folder / place).is_dir() else damage.FILE_DAMAGES
        for way, spoil in ways.items():
            case = tmp_path / "case"
            shutil.copytree(folder, case, symlinks=True)
            monkeypatch.chdir(case)
            spoil(place)
            tried += 1
            found += [f"{kind}, {way}: {why}" for why in damage.violations(damage.PROGRAMS[name], place, known, cell)]
            monkeypatch.chdir(tmp_path)
            shutil.rmtree(case)
    with capsys.disabled():
        print(f"\n{name}: {tried} damaged stores, {len(found)} violations")
    assert found[:SHOWN] == []
