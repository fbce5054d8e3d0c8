"""Stand-ins for wandb that break in every way at every call: what is stored is the same as without them."""

import json
import sys
from types import ModuleType, SimpleNamespace

import pytest

from runner import report
from runner.compose.command_line import compose_cells
from runner.console.errors import ConfigError
from runner.launch import session
from runner.store.store import Store
from tests.stores import small


class UnheardError(BaseException):
    """No Exception, and not to be caught by those who catch these."""


class MuteError(Exception):
    def __str__(self):
        raise ValueError("it cannot say what it is")


KINDS = {
    "empty": Exception(),
    "two lines": RuntimeError("\nno such host\nat all"),
    "os": OSError(),
    "exit": SystemExit(0),
    "stopped": GeneratorExit(),
    "unheard": UnheardError(),
    "mute": MuteError(),
}
CALLS = ("Settings", "init", "define_metric", "log", "finish")


def standing_in(call, error):
    """A module of the name of wandb in which one call raises."""

    def calls(name, given=None):
        def called(*_, **__):
            if name == call:
                raise error
            return given

        return called

    run = SimpleNamespace(**{name: calls(name) for name in ("define_metric", "log", "finish")})
    module = ModuleType("wandb")
    module.Settings, module.init = calls("Settings"), calls("init", run)
    return module


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
def mirrored(tmp_path):
    return lambda: recorded(tmp_path / "mirrored", "exec.wandb.mode=offline")


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    return recorded(tmp_path_factory.mktemp("alone"), "exec.wandb.mode=disabled")


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("kind", KINDS)
def test_whatever_it_raises_the_record_is_the_same(kind, call, mirrored, alone, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "wandb", standing_in(call, KINDS[kind]))
    assert mirrored() == alone
    said = [line for line in capsys.readouterr().err.splitlines() if line.startswith("W&B")]
    cause = "no such host" if kind == "two lines" else type(KINDS[kind]).__name__
    assert said == [f"W&B records no more of this run ({cause}); the store does"] * 2  # a run of each stack


@pytest.mark.parametrize("text", [None, "raise SystemExit(3)", "raise ImportError", "1 +"])
def test_whether_it_can_be_imported_or_not(text, mirrored, alone, monkeypatch, tmp_path):
    """None: it is not installed."""
    monkeypatch.delitem(sys.modules, "wandb", raising=False)
    if text is None:
        monkeypatch.setitem(sys.modules, "wandb", None)
    else:
        (tmp_path / "wandb.py").write_text(text)
        monkeypatch.syspath_prepend(tmp_path)
    assert mirrored() == alone


def test_what_it_does_to_the_configuration_stays_with_it(mirrored, alone, monkeypatch):
    module = standing_in(None, None)
    begin = module.init

    def spoiling(**arguments):
        arguments["config"]["loss"]["_target_"] = "spoiled"
        arguments["config"].clear()
        return begin()

    module.init = spoiling
    monkeypatch.setitem(sys.modules, "wandb", module)
    assert mirrored() == alone


@pytest.mark.parametrize("call", CALLS)
def test_ctrl_c_is_the_users_and_goes_on(call, mirrored, monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "wandb", standing_in(call, KeyboardInterrupt()))
    with pytest.raises(KeyboardInterrupt):
        mirrored()
    states = [json.loads(file.read_text())["state"] for file in tmp_path.glob("mirrored/cells/*/seed=0/status.json")]
    assert states == ["done" if call == "finish" else "planned"]


def test_a_package_that_is_not_there_has_no_version(monkeypatch):
    from runner.launch import provenance

    monkeypatch.setattr(provenance, "PACKAGES", ("torch", "no-such-package"))
    kept = provenance._of.__wrapped__(())["packages"]
    assert kept["torch"]
    assert kept["no-such-package"] is None


@pytest.mark.parametrize("kind", KINDS)
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
