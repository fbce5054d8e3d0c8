"""Where a report is put: a page, pictures, W&B."""

import json
import subprocess
import sys
from statistics import fmean

import pytest

from runner.report import main
from tests.stores import ACCURACY, small


@pytest.fixture
def store(tmp_path):
    return small(tmp_path / "store")


def test_pictures_are_written_in_three_formats(store, tmp_path, capsys):
    main([f"store={store}", f"pictures={tmp_path / 'pictures'}"])
    found = {file.name for file in (tmp_path / "pictures").iterdir()}
    assert {f"against_noise.{ending}" for ending in ("svg", "pdf", "png")} <= found
    assert "against_noise.svg" in capsys.readouterr().err
    assert (tmp_path / "pictures" / "against_noise.pdf").read_bytes().startswith(b"%PDF")


def test_the_page_has_tables_and_pictures(store, tmp_path):
    main([f"store={store}", f"page={tmp_path / 'page'}", "baseline=gce"])
    page = (tmp_path / "page" / "index.html").read_text()
    assert r"92.00 \u00b1 2.00" in page
    assert "data:image/svg+xml;base64," in page
    main([f"store={store}", f"page={tmp_path / 'again'}", "baseline=gce"])
    assert (tmp_path / "again" / "index.html").read_text() == page


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")  # of wandb's own making
def test_wandb_gets_the_report_as_one_run(store, monkeypatch):
    monkeypatch.setenv("WANDB_MODE", "offline")
    main([f"store={store}", "wandb=offline"])
    (file,) = store.glob("wandb/offline-run-*/*.wandb")
    command = [sys.executable, "-m", "wandb", "leet", "inspect", "--json", file]
    said = subprocess.run(command, capture_output=True, text=True, check=True, stdin=subprocess.DEVNULL).stdout
    records = [json.loads(line) for line in said.splitlines()]
    (run,) = (record["run"] for record in records if record["type"] == "run")
    assert run["job_type"] == "report"
    media = file.parent / "files" / "media"
    assert list((media / "images").glob("against_noise*.png"))
    (table,) = (media / "table").glob("results*.json")
    kept = json.loads(table.read_text())
    place = kept["columns"].index("mean")
    assert sorted(row[place] for row in kept["data"]) == pytest.approx(
        sorted(fmean(values) for values in ACCURACY.values())
    )
