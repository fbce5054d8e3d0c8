"""Representations of data sets beside MNIST-1D: what docs/representations.md says of each trains, and is measured."""

import re
from pathlib import Path

import pytest
from PIL import Image

from runner.compose.command_line import compose_cells
from runner.training.events import Ended, Row
from runner.training.run import run

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "representations.md").read_text(encoding="utf-8")
SAID = re.findall(
    r"^ +python -m runner (task=representation dataset=(\w+) .*)$", PAGE.partition("## Data sets")[2], re.M
)


def pictures(root):
    """Two classes of eight images each."""
    for k, name in enumerate(("ant", "bee")):
        (root / name).mkdir(parents=True)
        for i in range(8):
            Image.new("RGB", (9, 9), (20 * i, 200 * k, 40)).save(root / name / f"{i}.png")


def test_the_page_has_them():
    assert {"digits", "mnist5k", "colored_mnist", "image_folder"} <= {name for _, name in SAID}


@pytest.mark.parametrize("said", [said for said, name in SAID if name != "tabular"], ids=lambda said: said.split()[1])
def test_it_trains_for_an_epoch_and_features_are_measured(said, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    pictures(tmp_path / "pictures")
    words = [word for word in said.split() if not word.startswith(("epochs=", "seeds="))]
    small = [*words, "epochs=1", "classes=[0,1]", "exec.download=false"]
    events = list(run(compose_cells(small, multirun=False)[0], [0]))
    (row,) = (event.values for event in events if isinstance(event, Row))
    assert [event.state for event in events if isinstance(event, Ended)] == ["done"]
    assert row["test/feature_std"] > 0
    assert 0 <= row["test/probe_accuracy"] <= 1
    assert row["test/effective_rank"] >= 1
