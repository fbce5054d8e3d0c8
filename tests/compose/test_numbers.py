"""A change that moves numbers names anew the cells whose numbers it moved, and no other."""

from pathlib import Path

import pytest

from runner.comparison.panels import Layout, panels
from runner.comparison.results import read
from runner.compose.command_line import compose_cells
from runner.compose.identity import digest
from runner.compose.numbers import CHANGES, numbers_of
from tests.stores import keep

UNTOUCHED = {  # their names from before any change
    "loss=gce noise=0.6": "a8ada22bed55ad2ca9f1",
    "loss=ldam imbalance=50": "2d5cf8e3fdc3b97551aa",
    "loss=gce_truncated loss.start=40": "3302a317601380a192d7",
    "method=kd loss=ldam loss.drw_from=null": "04e4c88d8995bed35d2a",
    "loss=logit_clip loss@loss.base=gce": "14c95db8c9fdc578e68f",
    "loss=circle model=cnn": "e7a1ab38363e479902bc",
    "loss=ce model.head=equiangular": "4e35b4e38da11a7bad95",
    "method=selmix val_fraction=0.1": "40dae1a855dcc7fe6c6e",
    "method=mixup method.alpha=0": "278bc24440fb9224637e",
    "method=crosssplit method.correction_only=true": "0a49d6d721e003533ed4",
    "method=adamixup": "a93b4eaf09151b7e5fb5",
    "dataset=tabular dataset.source=iris val_fraction=0.1": "3b2443acb5c9deaa394d",
    "dataset=environment_folders dataset.root=pacs dataset.held_out=art val_fraction=0.1": "a339b7edf58b574acf34",
    "dataset=pasted_digits dataset.apart=5": "a54b1cb2187fe17bc58f",
    "dataset=rotated_digits dataset.validated_on=oracle": "090c2a510b3b244d3aad",
}
TOUCHED = {  # likewise; and how many changes there are since
    "loss=ldam model.head=cosine imbalance=50": ("44e7e06785bd63276164", 1),
    "method=kd model.head=cosine": ("47ac2f80b3686f9489a0", 1),
    "loss=ldam sampler=class_balanced": ("fbad92a9d6286bc7b6b9", 1),
    "method=kd loss=ldam": ("60675e096dbf6d881f3d", 1),
    "loss=logit_clip loss@loss.base=ldam method=mixup": ("230013c3eaf265e48616", 2),
    "method=self_distillation loss=gce_truncated loss.start=40 sampler=square_root": ("abb961a2be73946befdb", 1),
    "loss=ldam sampler=class_balanced model.head=cosine": (None, 2),
    "method=selmix val_fraction=0.1 method.warmup=0.29 epochs=100": (None, 1),
    "method=mixup": (None, 1),
    "method=regmixup": (None, 1),
    "method=manifold_mixup": (None, 1),
    "method=crosssplit": (None, 1),
    "dataset=boxes noise=0.2": (None, 1),
    "task=representation measure=[few_labels,geometry]": (None, 1),
    "dataset=environment_folders dataset.root=pacs dataset.held_out=art dataset.validated_on=seed": (None, 1),
    "dataset=pasted_digits dataset@dataset.source=mnist5k": (None, 1),
    "dataset=tabular dataset.source=a.csv dataset.environment=b dataset.held_out=c dataset.validated_on=oracle": (
        None,
        1,
    ),
}


def cell(overrides):
    return compose_cells(overrides.split(), multirun=False)[0]


@pytest.mark.parametrize(("overrides", "name"), UNTOUCHED.items())
def test_what_no_change_touches_keeps_its_name(overrides, name):
    assert cell(overrides).identity["numbers"] == 0
    assert digest(cell(overrides).identity) == name


@pytest.mark.parametrize(("overrides", "before"), TOUCHED.items())
def test_what_a_change_touches_is_named_anew(overrides, before):
    identity = cell(overrides).identity
    name, changes = before
    assert identity["numbers"] == changes
    assert digest(identity) != name
    assert name is None or digest(identity | {"numbers": 0}) == name


def test_a_configuration_of_before_may_lack_keys():
    assert numbers_of({}) == 0
    assert numbers_of({"model": {"head": "cosine"}, "loss": None}) == 1


def test_every_change_has_its_line_in_the_changelog():
    changelog = (Path(__file__).resolve().parents[2] / "CHANGELOG.md").read_text()
    lines = [line for line in changelog.replace("\n  ", " ").splitlines() if line.startswith("- **[numbers]**")]
    assert len(lines) == len(CHANGES)
    for change, line in zip(CHANGES, lines, strict=True):
        assert change.what in line


def test_results_of_before_a_change_stand_apart_and_those_after_beside_the_untouched(tmp_path):
    ldam = {"loss": "ldam", "model": {"part": "model/MLP", "head": "cosine"}}
    keep(tmp_path, [0.5, 0.6], loss="ce")
    keep(tmp_path, [0.7, 0.8], **ldam)
    keep(tmp_path, [0.8, 0.9], **ldam, numbers=1)
    found = panels(read(tmp_path), Layout(rows="loss"))
    assert {panel.title: sorted(panel.rows) for panel in found} == {"numbers=0": ["ce", "ldam"], "numbers=-1": ["ldam"]}
    assert all("other numbers" in panel.why for panel in found)
    (now,) = panels(read(tmp_path), Layout(rows="loss", where="numbers=0"))
    assert (now.rows, now.why) == (["ce", "ldam"], "")
