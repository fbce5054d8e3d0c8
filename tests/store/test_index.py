"""An index spares reading, and is never believed: after whatever change the store is seen as it is without one."""

import os
import shutil
import time
from collections import Counter
from pathlib import Path

import pytest

from runner.comparison import results
from runner.store import index, record
from runner.store.index import NAME
from runner.store.seal import checksum, sealed, sealed_yaml, unsealed, unsealed_yaml
from runner.store.store import Store
from runner.store.sweeps import states
from tests.stores import small


@pytest.fixture
def store(tmp_path, monkeypatch):
    """A store with an index of all that is whole in it; small and new ones have none."""
    monkeypatch.setattr(index, "LEAST", 1)
    monkeypatch.setattr(index, "SLACK", -60.0)
    made = Store(small(tmp_path / "store"))
    made.keep_sweep("all", [{"cell": c.path.name, "name": "", "seeds": c.seeds()} for c in made.cells()])
    seen(tmp_path / "store")
    assert (tmp_path / "store" / NAME).exists()
    return tmp_path / "store"


def seen(root):
    """{(cell, seed): its state}, and what is left out, as the status has them."""
    found, left = states(Store(root))
    its = {(c["cell"], seed): s for sweep in found for c in sweep["cells"] for seed, s in c["seeds"].items()}
    return its, sorted(left)


def truth(root, monkeypatch):
    """The same without an index."""
    with monkeypatch.context() as patch:
        patch.setattr(index, "NAME", "nothing.json")
        patch.setattr(index, "LEAST", 10**9)
        return seen(root)


def reads(monkeypatch, root):
    """How many files of seeds the status reads."""
    counted = Counter()
    with monkeypatch.context() as patch:
        whole = record.read
        patch.setattr(record, "read", lambda file: counted.update([Path(file).parent.name]) or whole(file))
        seen(root)
    return counted


def other_bytes(file, change):
    """Change a file in its place, and set its times back."""
    before = file.stat()
    with file.open("r+b") as stream:
        old = stream.read()
        stream.seek(0)
        stream.write(change(old))
        stream.truncate()
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))


def swap_digits(text):
    """Other contents of the same size."""
    return text.translate(bytes.maketrans(b"12", b"21"))


def resealed(folder):
    """Another accuracy in status.json, rightly sealed: not what rows.jsonl comes to."""
    kept = unsealed((folder / "status.json").read_bytes())
    del kept["checksum"]
    kept["selected"]["last"]["test/accuracy"] = 0.25
    other_bytes(folder / "status.json", lambda _: sealed(kept).encode())


def other_data(folder):
    """A cell of other data than its seeds."""
    file = folder.parent / "config.yaml"
    kept = unsealed_yaml(file.read_bytes())
    del kept["checksum"]
    file.write_text(sealed_yaml(kept | {"data_sha256": "other"}))


def renamed_over(folder):
    """Another file, of the same size and time, in the place of rows.jsonl."""
    file, fresh = folder / "rows.jsonl", folder / "fresh"
    fresh.write_bytes(swap_digits(file.read_bytes()))
    shutil.copystat(file, fresh)
    fresh.replace(file)


def exchanged(folder):
    other = folder.with_name("seed=1")
    folder.rename(folder.with_name("aside"))
    other.rename(folder)
    folder.with_name("aside").rename(other)


def linked(folder):
    """A link to a copy that is changed."""
    file, elsewhere = folder / "rows.jsonl", folder.parents[3] / "elsewhere"
    shutil.copy2(file, elsewhere)
    other_bytes(elsewhere, swap_digits)
    file.unlink()
    file.symlink_to(elsewhere)


def piped(folder):
    (folder / "provenance.json").unlink()
    os.mkfifo(folder / "provenance.json")


def restored(folder):
    """Damaged, seen to be, and put back from a copy."""
    file = folder / "rows.jsonl"
    copy = folder.parents[3] / "copy"
    shutil.copy2(file, copy)
    file.write_bytes(b"")
    assert "damaged" in str(seen(folder.parents[2]))
    shutil.copy2(copy, file)


def half_written(folder):
    """What a killed writer of an index leaves."""
    (folder.parents[2] / f".{NAME}.77").write_text('{"checksum": "')


DAMAGES = {
    "rows edited, times set back": lambda folder: other_bytes(folder / "rows.jsonl", swap_digits),
    "provenance edited, times set back": lambda folder: other_bytes(
        folder / "provenance.json", lambda t: t[:-1] + b" "
    ),
    "status edited, times set back": lambda folder: other_bytes(folder / "status.json", swap_digits),
    "status sealed anew": resealed,
    "rows sorted": lambda folder: other_bytes(folder / "rows.jsonl", lambda text: bytes(sorted(text))),
    "rows longer": lambda folder: other_bytes(folder / "rows.jsonl", lambda text: text + b"\n"),
    "rows empty": lambda folder: other_bytes(folder / "rows.jsonl", lambda _: b""),
    "rows removed": lambda folder: (folder / "rows.jsonl").unlink(),
    "rows another file": renamed_over,
    "rows a changed link": linked,
    "provenance a pipe": piped,
    "status removed": lambda folder: (folder / "status.json").unlink(),
    "two seeds exchanged": exchanged,
    "data": other_data,
}
OTHERS = {
    "seed removed": shutil.rmtree,
    "seed emptied": lambda folder: [file.unlink() for file in folder.iterdir()],
    "seed added": lambda folder: shutil.copytree(folder, folder.with_name("seed=99")),
    "seed begun anew": lambda folder: (folder / "status.json").write_text(sealed({"state": "running"})),
    "rows restored": restored,
    "rows touched": lambda folder: (folder / "rows.jsonl").touch(),
    "half an index": half_written,
    "cell renamed": lambda folder: folder.parent.rename(folder.parent.with_name("f" * 20)),
    "cell removed": lambda folder: shutil.rmtree(folder.parent),
}


@pytest.mark.parametrize("change", DAMAGES | OTHERS)
def test_after_a_change_the_store_is_seen_as_it_is(store, change, monkeypatch):
    folder = Store(store).cells()[0].seed(0).path
    before = seen(store)
    assert before == truth(store, monkeypatch)
    (DAMAGES | OTHERS)[change](folder)
    now = seen(store)
    assert now == truth(store, monkeypatch)
    assert now[0].get((folder.parent.name, 0), {}).get("state") == "damaged" or change not in DAMAGES
    assert seen(store) == now  # and again, from an index that was written since


def test_whole_seeds_are_not_read_again(store, monkeypatch):
    assert not reads(monkeypatch, store)
    folder = Store(store).cells()[0].seed(0).path
    (folder / "rows.jsonl").touch()
    assert reads(monkeypatch, store).keys() == {"seed=0"}
    assert not reads(monkeypatch, store)


def forged(store, **said):
    kept = unsealed((store / NAME).read_bytes())
    del kept["checksum"]
    (store / NAME).write_text(sealed(kept | said))


def entries(store):
    return unsealed((store / NAME).read_bytes())["cells"]


WRONG = (None, 3, "done", [], [None], {}, ["done", "1111", ""], ["done", "9", "0"], [[], {}, []], ["lost", "0000", "0"])


def test_what_an_index_says_is_not_believed(store, monkeypatch):
    known, expected = entries(store), truth(store, monkeypatch)
    for wrong in WRONG:
        forged(store, cells=wrong)
        assert seen(store) == expected
        forged(store, cells=dict.fromkeys(known, wrong))
        assert seen(store) == expected
        forged(store, cells={c: its | {"seeds": wrong} for c, its in known.items()})
        assert seen(store) == expected
        forged(store, cells={c: its | {"seeds": dict.fromkeys(its["seeds"], wrong)} for c, its in known.items()})
        assert seen(store) == expected


@pytest.mark.parametrize(
    "text", [b"", b"{}", b'{"checksum": "00000000", "cells": {}}', b"\xff" * 99, b"[" * 9999], ids=range(5)
)
def test_an_index_that_is_damaged_is_made_anew(store, text, monkeypatch):
    (store / NAME).write_bytes(text)
    assert len(reads(monkeypatch, store)) > 1
    assert not reads(monkeypatch, store)


@pytest.mark.parametrize("seconds", [-index.DAY - 1, 3600, "now", None])
def test_an_index_counts_for_a_day(store, seconds, monkeypatch):
    since = time.time() + seconds if isinstance(seconds, float | int) else seconds
    forged(store, cells={cell: its | {"since": since} for cell, its in entries(store).items()})
    assert len(reads(monkeypatch, store)) > 1
    assert not reads(monkeypatch, store)


def test_an_index_of_other_code_does_not_count(store, monkeypatch):
    forged(store, code=checksum(b"another"))
    assert len(reads(monkeypatch, store)) > 1


def test_an_index_of_a_copy_does_not_count(store, tmp_path, monkeypatch):
    shutil.copytree(store, tmp_path / "copy")
    assert len(reads(monkeypatch, tmp_path / "copy")) > 1


def test_what_changed_just_now_has_no_entry(tmp_path, monkeypatch):
    """A later change might have the same time."""
    monkeypatch.setattr(index, "LEAST", 1)
    small(tmp_path)
    seen(tmp_path)
    assert not (tmp_path / NAME).exists()


def test_few_seeds_have_no_index(tmp_path, monkeypatch):
    monkeypatch.setattr(index, "SLACK", -60.0)
    small(tmp_path)
    seen(tmp_path)
    assert not (tmp_path / NAME).exists()


def test_where_nothing_can_be_written_there_is_no_index(store, monkeypatch):
    def full(*_, **__):
        raise OSError("No space left on device")

    (store / NAME).unlink()
    expected = truth(store, monkeypatch)
    with monkeypatch.context() as patch:
        patch.setattr(index, "replace", full)
        assert seen(store) == expected
        patch.setattr(index, "TemporaryFile", full)
        assert seen(store) == expected
    assert not (store / NAME).exists()


def test_a_report_reads_all_and_its_damage_ends_the_index(store, monkeypatch):
    """What a disk lost without a word: contents that differ, and nothing that says so."""
    folder = Store(store).cells()[0].seed(0).path
    known = {file: index._times(str(file)) for file in store.rglob("*")}
    monkeypatch.setattr(index, "_times", lambda file: known.get(Path(file)))
    (store / NAME).unlink()
    seen(store)
    other_bytes(folder / "rows.jsonl", swap_digits)
    assert seen(store)[0][folder.parent.name, 0] == {"state": "done"}
    found = {each.cell: each.outcomes for each in results.read(store)}
    assert found[folder.parent.name][0].state == "damaged"
    assert not (store / NAME).exists()
    assert seen(store)[0][folder.parent.name, 0]["state"] == "damaged"
