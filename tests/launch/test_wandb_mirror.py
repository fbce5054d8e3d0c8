"""Stand-ins for wandb that break in every way at every call: what is stored is the same as without them."""

import sys

import pytest

from runner import report
from runner.compose.command_line import compose_cells
from runner.console.errors import ConfigError
from runner.launch import session, tracking
from runner.store.store import Store
from tests.launch.broken_wandb import CALLS, KINDS, UnheardError, standing_in
from tests.stores import small


def recorded(store, *overrides):
    """Train two seeds, the second in a stack of its own; what the store has of them, but for times and names."""
    said = ["dataset=blobs", "epochs=2", "seeds=2", "exec.stack=1", f"store={store}", *overrides]
    (cell,) = compose_cells([*said, "exec.progress=lines"], multirun=False)
    session.run_cell(cell, "a cell")
    kept = Store(store).cell(cell.identity, cell.choices)
    assert not list(store.glob("workers/*"))
    return [
        (
            record.status()["state"],
            [{key: value for key, value in row.items() if key != "seconds"} for row in record.rows()],
            record.final_diagnostics(),
            (kept.path / "config.yaml").read_text(),
        )
        for record in map(kept.seed, (0, 1))
    ]


@pytest.fixture
def mirrored(tmp_path, monkeypatch):
    """Train beside a module of the name of wandb, which is so many lines of code."""

    def run(text):
        (tmp_path / "wandb.py").write_text(text)
        monkeypatch.syspath_prepend(tmp_path)
        return recorded(tmp_path / "mirrored", "exec.wandb.mode=offline")

    tracking.leave()
    yield run
    tracking.leave()


def module(call, what):
    code = ["from tests.launch.broken_wandb import *", f"its = standing_in({call!r}, {what})"]
    return "\n".join([*code, "Settings, init = its.Settings, its.init"])


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    return recorded(tmp_path_factory.mktemp("alone"), "exec.wandb.mode=disabled")


def told(capsys):
    return [line for line in capsys.readouterr().err.splitlines() if line.startswith("W&B")]


@pytest.mark.parametrize(
    ("kind", "call"), [*((kind, "init") for kind in KINDS), *(("two lines", call) for call in CALLS)]
)
def test_whatever_it_raises_the_record_is_the_same(kind, call, mirrored, alone, capsys):
    assert mirrored(module(call, f"KINDS[{kind!r}]")) == alone
    cause = "no such host" if kind == "two lines" else type(KINDS[kind]).__name__
    assert told(capsys) == [f"W&B records no more of this run ({cause}); the store does"] * 2  # a run of each stack


@pytest.mark.parametrize("call", CALLS)
def test_if_its_process_ends_the_record_is_the_same(call, mirrored, alone, capsys):
    assert mirrored(module(call, "0")) == alone
    assert told(capsys) == ["W&B records no more of this run (its process has ended); the store does"] * 2


@pytest.mark.parametrize("text", ["raise ModuleNotFoundError", "raise SystemExit(3)", "raise ImportError", "1 +"])
def test_whether_it_can_be_imported_or_not(text, mirrored, alone, capsys):
    assert mirrored(text) == alone
    assert len(told(capsys)) == 2


SLOW = """
import time
time.sleep(1)
class Run:
    def define_metric(self, *_, **__): pass
    def log(self, row): told(row["epoch"])
    def finish(self, exit_code): told("end", exit_code)
def told(*what): print(*what, file=open("told", "a"))
def Settings(**_): pass
def init(**_): return Run()
"""


@pytest.fixture
def client(tmp_path, monkeypatch):
    """The process of a client that is slow to start, and writes down what it is told."""
    (tmp_path / "wandb.py").write_text(SLOW)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tracking._Client()


def test_all_that_is_told_arrives_though_it_is_more_than_a_pipe_holds(client, tmp_path):
    client.tell("begin")
    client.tell("start", seed=3, run={})
    for epoch in range(30):
        assert client.tell("log", seed=3, row={"epoch": epoch, "text": "x" * 20_000}) == []
    assert client.unsent
    client.tell("finish", seed=3, exit_code=0)
    client.tell("close")
    assert client.heard(wait=True) == [""]
    client.leave()
    assert (tmp_path / "told").read_text().splitlines() == [*map(str, range(30)), "end 0"]


def test_a_run_that_is_open_as_the_program_ends_has_failed(client, tmp_path):
    client.tell("begin")
    client.tell("start", seed=3, run={})
    client.leave()
    assert (tmp_path / "told").read_text() == "end 1\n"


def test_a_client_that_was_told_nothing_is_not_waited_for(client):
    client.leave()
    assert client.process.returncode < 0


def test_a_package_that_is_not_there_has_no_version(monkeypatch):
    from runner.launch import provenance

    monkeypatch.setattr(provenance, "PACKAGES", ("torch", "no-such-package"))
    kept = provenance._of.__wrapped__(())["packages"]
    assert kept["torch"]
    assert kept["no-such-package"] is None


@pytest.mark.parametrize("kind", sorted(KINDS.keys() - {"interrupted"}))
def test_a_report_that_it_does_not_take_is_refused_in_a_line(kind, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "wandb", standing_in("init", KINDS[kind]))
    with pytest.raises(ConfigError, match=r"^wandb=offline: W&B did not take it \((no such host|\w+)\)$"):
        report.main([f"store={small(tmp_path)}", "wandb=offline", f"page={tmp_path / 'page'}"])
    assert (tmp_path / "page" / "index.html").exists()


@pytest.mark.parametrize("error", [SystemExit(0), UnheardError()])
def test_a_part_that_exits_has_failed(error, tmp_path, go, monkeypatch):
    def leaving(*_, **__):
        raise error
        yield

    monkeypatch.setattr(session, "run", leaving)
    status = go("seeds=2").seed(1).status()
    assert status["state"] == "failed"
    assert status["cause"].startswith(type(error).__name__)
