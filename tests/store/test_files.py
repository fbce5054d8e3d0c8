"""What a user names is written whole or not at all."""

import errno
import os
import random
import re
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from runner import report
from runner.console.errors import ConfigError
from runner.replication.kept import keep_claims, kept_claims
from runner.store import files
from runner.store.files import save
from tests.stores import small

ROOT = Path(__file__).resolve().parents[2]
IN_PLACE = {"files.py", "lease.py", "device.py", "drawing.py"}  # beats, locks, the kernel's files, memory


def full(*_):
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("before", ["an old one", None])
def test_a_disk_that_is_full_leaves_what_there_was(before, tmp_path, monkeypatch):
    file = tmp_path / "kept"
    if before:
        file.write_text(before)
    monkeypatch.setattr(files.os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        save(file, "a new one")
    assert [(each, each.read_text()) for each in tmp_path.iterdir()] == ([(file, before)] if before else [])


WRITING = """
import sys
from itertools import count
from pathlib import Path

from runner.store.files import save

for number in count():
    save(Path(sys.argv[1]), f"{number % 10}" * 2000000)
"""


def test_a_kill_at_any_moment_leaves_the_old_or_the_new(tmp_path):
    file = tmp_path / "kept"
    file.write_text("x" * 2000000)
    chance = random.Random(0)
    for _ in range(10):
        before = file.stat().st_mtime_ns
        child = subprocess.Popen([sys.executable, "-c", WRITING, file], cwd=ROOT)
        while file.stat().st_mtime_ns == before:
            time.sleep(0.001)
        time.sleep(chance.uniform(0, 0.1))
        child.send_signal(signal.SIGKILL)
        child.wait()
        text = file.read_text()
        assert len(text) == 2000000
        assert text == text[0] * 2000000


def test_what_a_link_leads_to_is_written(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere" / "kept")
    for text in ("one", "another"):
        save(tmp_path / "link", text)
        assert (tmp_path / "link").is_symlink()
        assert (tmp_path / "elsewhere" / "kept").read_text() == text


def test_who_may_read_it_stays(tmp_path):
    file = tmp_path / "kept"
    file.write_text("one")
    file.chmod(0o640)
    save(file, "another")
    assert stat.S_IMODE(file.stat().st_mode) == 0o640


def test_a_device_or_a_pipe_is_written_to_and_stays_one(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with subprocess.Popen(["cat", pipe], stdout=subprocess.PIPE) as reader:
        save(pipe, "text")
        assert reader.stdout.read() == b"text"
    assert pipe.is_fifo()
    save(Path(os.devnull), "text")
    assert Path(os.devnull).is_char_device()
    with pytest.raises(OSError, match="No space left"):
        save(Path("/dev/full"), "text")


def test_a_folder_is_no_file_and_stays(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "kept").touch()
    with pytest.raises(IsADirectoryError):
        save(tmp_path / "folder", "text")
    assert (tmp_path / "folder" / "kept").exists()


def test_nothing_is_written_in_place():
    """But for what is none of a user's, and scratch files of the benchmarks."""
    writes = re.compile(r'\.write_text\(|\.write_bytes\(|open\([^)]*"[wx]|savefig\(|to_csv\(')
    found = {file.name for file in (ROOT / "runner").rglob("*.py") if writes.search(file.read_text())}
    assert found == IN_PLACE


@pytest.mark.parametrize("option", ["pack=results.jsonl", "pack=results.jsonl.gz", "page=page", "pictures=pictures"])
def test_a_report_on_a_full_disk_leaves_what_there_was(option, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    small(Path("store"))
    report.main(["store=store", option])

    def there():
        return {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file() and "store" not in file.parts}

    before = there()
    assert before
    monkeypatch.setattr(files.os, "fsync", full)
    with pytest.raises(ConfigError, match=rf"^{option}: cannot be written \(No space left on device\)$"):
        report.main(["store=store", "where=loss=ce", option])
    assert there() == before


def test_evidence_on_a_full_disk_leaves_what_there_was(tmp_path, monkeypatch):
    found = kept_claims(ROOT / "docs" / "results" / "data" / "claims_methods_second.jsonl")
    kept = tmp_path / "kept.jsonl"
    keep_claims(found[:1], kept)
    before = kept.read_bytes()
    monkeypatch.setattr(files.os, "fsync", full)
    with pytest.raises(OSError, match="No space left on device"):
        keep_claims(found[1:], kept)
    assert kept.read_bytes() == before
    assert list(tmp_path.iterdir()) == [kept]


def test_a_file_is_read_whole_whatever_size_it_says(tmp_path, monkeypatch):
    file = tmp_path / "kept"
    for size in (0, 1, 5, 6, 100):
        file.write_bytes(bytes(size))
        assert files.read(file) == bytes(size)
    assert files.read("/proc/self/stat").startswith(b"%d " % os.getpid())  # says that it is empty
    whole, asked = os.read, []
    monkeypatch.setattr(
        files.os, "read", lambda descriptor, most: asked.append(most) or whole(descriptor, min(most, 7))
    )
    assert files.read(file) == bytes(100)
    assert len(asked) == 15


def test_a_file_that_is_as_long_as_it_says_is_read_in_one_call(tmp_path, monkeypatch):
    file = tmp_path / "kept"
    file.write_bytes(b"text")
    whole, asked = os.read, []
    monkeypatch.setattr(files.os, "read", lambda descriptor, most: asked.append(most) or whole(descriptor, most))
    assert files.read(file) == b"text"
    assert len(asked) == 1
