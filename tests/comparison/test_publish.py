"""Where a report is put: a page, pictures, W&B."""

import json
import re
import shutil
import subprocess
import sys
from statistics import fmean

import pytest

from runner.console.errors import ConfigError
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


def test_pictures_are_as_wide_as_a_column_and_text_stays_text(store, tmp_path):
    place = tmp_path / "pictures"
    main([f"store={store}", f"pictures={place}", "width=icml", "captions=false", "endings=svg,png"])
    assert {file.suffix for file in place.iterdir()} == {".svg", ".png", ".txt"}
    svg = (place / "against_noise.svg").read_text()
    assert float(re.search(r'<svg [^>]*width="([\d.]+)pt"', svg)[1]) == 3.25 * 72
    texts = re.findall(r"<text[^>]*>([^<]*)</text>", svg)
    assert "ce" in texts
    assert not any("interval over seeds" in text for text in texts)
    assert "interval over seeds" in (place / "against_noise.txt").read_text()


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="no LaTeX is installed")
def test_pgf_is_what_latex_draws(store, tmp_path):
    place = tmp_path / "pictures"
    main([f"store={store}", f"pictures={place}", "endings=pgf"])
    (place / "t.tex").write_text(
        r"\documentclass{article}\usepackage{pgf}\begin{document}\input{against_noise.pgf}\end{document}"
    )
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "t.tex"]
    made = subprocess.run(command, cwd=place, capture_output=True, check=False)
    assert made.returncode == 0, made.stdout.decode(errors="replace")[-1500:]


def test_how_pictures_are_drawn_is_refused_where_it_cannot_be(store, tmp_path, monkeypatch):
    monkeypatch.setattr("runner.report.which", lambda name: None)
    for wrong in (["width=icmll"], ["width=0.1"], ["width=nan"], ["endings=pgf"], ["endings=jpg"]):
        with pytest.raises(ConfigError, match=wrong[0].partition("=")[0]):
            main([f"store={store}", f"pictures={tmp_path / 'none'}", *wrong])
    for wrong in ("width=3", "captions=false", "endings=svg"):
        with pytest.raises(ConfigError, match="it is for pictures="):
            main([f"store={store}", wrong])
    assert not (tmp_path / "none").exists()


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
