"""A change that moves numbers names anew the cells whose numbers it moved, and no other."""

from pathlib import Path

import pytest

from runner.command_line import asked
from runner.comparison.panels import Layout, panels
from runner.comparison.results import read
from runner.numbers import CHANGES, numbers_of
from runner.store import digest
from tests.stores import keep

UNTOUCHED = {  # their names from before any change
    "loss=gce noise=0.6": "512208fa3e10a05e",
    "loss=ldam imbalance=50": "8b9d21edcefa3315",
    "loss=gce_truncated loss.start=40": "1f38a9445a2c3e64",
    "method=kd loss=ldam loss.drw_from=null": "7e26671aedaf2a5b",
    "loss=logit_clip loss@loss.base=gce": "672aeb0dbb87e309",
    "loss=circle model=cnn": "15ad23d8e7046f71",
    "loss=ce model.head=equiangular": "42bcc75fac3a7c6e",
    "method=selmix val_fraction=0.1": "2d46dbb387db298a",
    "method=mixup method.alpha=0": "d26f083d20b123fb",
    "method=crosssplit method.correction_only=true": "425ecd50a44a30c8",
    "method=adamixup": "0369185a9751f0ed",
}
TOUCHED = {  # likewise; and how many changes there are since
    "loss=ldam model.head=cosine imbalance=50": ("84a9b50b25565f1a", 1),
    "method=kd model.head=cosine": ("5c9290418b050d89", 1),
    "loss=ldam sampler=class_balanced": ("b2822453bd263795", 1),
    "method=kd loss=ldam": ("1eeef45a8c15a5ea", 1),
    "loss=logit_clip loss@loss.base=ldam method=mixup": ("cd39caa189679394", 2),
    "method=self_distillation loss=gce_truncated loss.start=40 sampler=square_root": ("1572ccf00c7d5feb", 1),
    "loss=ldam sampler=class_balanced model.head=cosine": (None, 2),
    "method=selmix val_fraction=0.1 method.warmup=0.29 epochs=100": (None, 1),
    "method=mixup": (None, 1),
    "method=regmixup": (None, 1),
    "method=manifold_mixup": (None, 1),
    "method=crosssplit": (None, 1),
}


def cell(overrides):
    return asked(overrides.split(), multirun=False)[0]


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
    changelog = (Path(__file__).resolve().parents[1] / "CHANGELOG.md").read_text()
    lines = [line for line in changelog.replace("\n  ", " ").splitlines() if line.startswith("- **[numbers]**")]
    assert len(lines) == len(CHANGES)
    for change, line in zip(CHANGES, lines, strict=True):
        assert change.what in line


def test_results_of_before_a_change_stand_apart_and_those_after_beside_the_untouched(tmp_path):
    ldam = {"loss": "ldam", "model": {"_target_": "runner.models.mlp.MLP", "head": "cosine"}}
    keep(tmp_path, [0.5, 0.6], loss="ce")
    keep(tmp_path, [0.7, 0.8], **ldam)
    keep(tmp_path, [0.8, 0.9], **ldam, numbers=1)
    found = panels(read(tmp_path), Layout(rows="loss"))
    assert {panel.title: sorted(panel.rows) for panel in found} == {"numbers=0": ["ce", "ldam"], "numbers=-1": ["ldam"]}
    assert all("other numbers" in panel.why for panel in found)
    (now,) = panels(read(tmp_path), Layout(rows="loss", where="numbers=0"))
    assert (now.rows, now.why) == (["ce", "ldam"], "")
