"""W&B's real client, offline: what it wrote is read back with its own public reader, `wandb leet inspect --json`."""

import json
import subprocess
import sys

import pytest

from runner.compose.command_line import compose_cells
from runner.launch import session, tracking
from runner.store.store import Store


@pytest.fixture
def go(tmp_path):
    def run(*overrides):
        tracking.leave()  # a process of W&B has the environment of when it began
        said = ["dataset=blobs", "epochs=2", f"store={tmp_path}", "exec.progress=lines", "exec.wandb.mode=offline"]
        (cell,) = compose_cells([*said, *overrides], multirun=False)
        session.run_cell(cell, "loss=ce")
        return Store(tmp_path).cell(cell.identity, cell.choices)

    return run


def recorded(root):
    """{seed: {type of record: its contents in order}} of all runs below a folder."""
    found = {}
    for file in root.glob("wandb/offline-run-*/*.wandb"):
        command = [sys.executable, "-m", "wandb", "leet", "inspect", "--json", file]
        lines = subprocess.run(command, capture_output=True, text=True, check=True, stdin=subprocess.DEVNULL).stdout
        kinds = {}
        for line in lines.splitlines():
            record = json.loads(line)
            kinds.setdefault(record["type"], []).append(record.get(record["type"]))
        found[kinds["run"][0]["config"]["update"]["seed"]] = kinds
    return found


def test_a_run_a_seed_with_the_rows_of_the_store(go, tmp_path):
    cell = go("seeds=2", "noise=0.4", "exec.wandb.tags=[first]", "exec.wandb.project=trial")
    found = recorded(tmp_path)
    assert sorted(found) == [0, 1]
    for seed, kinds in found.items():
        run = kinds["run"][0]
        config = run["config"]["update"]
        assert config["noise"] == 0.4
        assert config["loss"] == {"part": "loss/CE"}
        assert config["choices"]["dataset"] == "blobs"
        assert (run["project"], run["tags"], run["job_type"]) == ("trial", ["first"], "train")
        assert run["run_group"] == cell.path.name
        rows = [{k: v for k, v in h["item"].items() if not k.startswith("_")} for h in kinds["history"]]
        assert rows == cell.seed(seed).rows()
        assert kinds["metric"][0]["step_metric"] == "epoch"
        assert kinds["exit"][0]["exit_code"] == 0


def test_a_failed_run_has_exit_code_1(go, tmp_path, monkeypatch):
    original = session.run

    def breaks_after_a_row(cell, seeds, **arguments):
        events = original(cell, seeds, **arguments)
        yield next(events)
        yield next(events)
        raise RuntimeError("broken")

    monkeypatch.setattr(session, "run", breaks_after_a_row)
    assert go().seed(0).status()["state"] == "failed"
    assert recorded(tmp_path)[0]["exit"][0]["exit_code"] == 1


@pytest.mark.programs
def test_disabled_does_not_even_import_it(tmp_path):
    code = "import sys; from runner.__main__ import main\ntry: main()\nexcept SystemExit: print('wandb' in sys.modules)"
    said = ["dataset=blobs", "epochs=1", f"store={tmp_path}", "exec.wandb.mode=disabled"]
    done = subprocess.run([sys.executable, "-c", code, *said], capture_output=True, text=True)
    assert done.stdout.splitlines()[-1] == "False"


def test_the_environment_sets_the_mode_unless_the_key_does(monkeypatch):
    def mode(*overrides):
        return compose_cells(overrides, multirun=False)[0].config["exec"]["wandb"]["mode"]

    monkeypatch.setenv("WANDB_MODE", "disabled")
    assert mode() == "disabled"
    assert mode("exec.wandb.mode=online") == "online"
    monkeypatch.delenv("WANDB_MODE")
    assert mode() == "offline"


def settings(*overrides):
    return compose_cells(overrides, multirun=False)[0].config["exec"]["wandb"]


@pytest.mark.parametrize(
    ("variable", "said", "key", "value"),
    [
        ("WANDB_PROJECT", "noise", "project", "noise"),
        ("WANDB_ENTITY", "team", "entity", "team"),
        ("WANDB_RUN_GROUP", "first", "group", "first"),
        ("WANDB_TAGS", "a, b", "tags", ["a", "b"]),
        ("WANDB_DISABLED", "true", "mode", "disabled"),
    ],
)
def test_the_environment_says_what_a_key_does_not(monkeypatch, variable, said, key, value):
    monkeypatch.delenv("WANDB_MODE")
    before = settings()
    assert before[key] != value
    monkeypatch.setenv(variable, "")
    assert settings() == before
    monkeypatch.setenv(variable, said)
    assert settings() == before | {key: value}
    other = "[c]" if key == "tags" else "online" if key == "mode" else "other"
    assert settings(f"exec.wandb.{key}={other}")[key] == (["c"] if key == "tags" else other)


def test_variables_without_a_place_are_passed_over_and_named(go, tmp_path, monkeypatch, capsys):
    for variable, said in {"WANDB_DIR": str(tmp_path / "w"), "WANDB_RUN_ID": "mine", "WANDB_RESUME": "must"}.items():
        monkeypatch.setenv(variable, said)
    assert go("seeds=2").seed(1).finished
    (line,) = [each for each in capsys.readouterr().err.splitlines() if "WANDB_" in each]
    assert "WANDB_DIR, WANDB_RUN_ID, WANDB_RESUME, in the environment: passed over (W&B's files are in store=" in line
    found = recorded(tmp_path)
    assert sorted(found) == [0, 1]
    assert len({kinds["run"][0]["run_id"] for kinds in found.values()} - {"mine"}) == 2
    go("seeds=3", "exec.wandb.mode=disabled")
    assert "WANDB_" not in capsys.readouterr().err
