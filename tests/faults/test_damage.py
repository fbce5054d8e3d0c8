"""Every kind of file and folder of a store, damaged in every way, before every program that comes across it
(tests/damage.py): a quarter of an hour, and more where others are at work."""

import re
import shutil

import pytest

from runner.compose.command_line import compose_cells
from runner.launch import session
from runner.store import lease
from runner.store.store import Store
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
        kinds, there = damage.kinds(), damage.truth()["there"]
        (cell,) = compose_cells([*damage.CE, "store=store"], multirun=False)
        done = tmp_path_factory.mktemp("done") / "copy"
        shutil.copytree(folder, done, symlinks=True)
        patch.chdir(done)
        name = Store("store").cell(cell.identity, {}).path.name
        for to_come in (damage.CUT, [*damage.STUDENT, f"method.teacher_cell={name}"]):
            assert damage.call("runner.__main__", [*to_come, "store=store"]).code == 0
        known = damage.truth() | {"there": there}
    return folder, kinds, known, name


@pytest.mark.parametrize("kind", damage.KINDS)
def test_nothing_wrong_is_shown_of_a_damaged_store(kind, whole, tmp_path, monkeypatch, capsys):
    folder, kinds, known, cell = whole
    monkeypatch.setenv("WANDB_MODE", "disabled")
    monkeypatch.setattr(lease, "STALE", 0.0)  # a beat that cannot be read is waited for
    monkeypatch.setattr(session, "LOOK", 0.0)
    place = kinds[kind]
    ways = damage.FOLDER_DAMAGES if (folder / place).is_dir() else damage.FILE_DAMAGES
    programs = {name: program for name, program in damage.PROGRAMS.items() if re.search(program.reads, kind)}
    tried, found = 0, []
    for way, spoil in ways.items():
        case, copy = tmp_path / "case", tmp_path / "copy"
        damage.copied(folder, case)
        monkeypatch.chdir(case)
        lost = damage.spoilt(place, spoil, known["there"])
        found += [f"{way}: {why}" for why in damage.wrong(known, "store")] if damage.shown("store") else []
        for name, program in programs.items():
            monkeypatch.chdir(tmp_path)
            damage.copied(case, copy)
            monkeypatch.chdir(copy)
            tried += 1
            found += [f"{way}, {name}: {why}" for why in damage.violations(program, lost, known, cell)]
            shutil.rmtree(copy)
        monkeypatch.chdir(tmp_path)
        shutil.rmtree(case)
    with capsys.disabled():
        print(f"\n{kind}: {len(ways)} damages before {len(programs)} programs, {tried} cases, {len(found)} violations")
        print(*found[:SHOWN], sep="\n")
    assert found == []
