"""The laws are shipped: a part of one's own is held to them by a command."""

import sys

import pytest

from runner import check
from runner.catalog import objective_laws
from runner.catalog.loss_laws import laws_for
from runner.console.errors import ConfigError

LOSS = """
import torch
from torch import nn


class Own(nn.Module):
    {said}

    def forward(self, logits, labels, index):
        losses = nn.functional.cross_entropy(logits, labels, reduction="none")
        return {body}
"""


LABELS = 'losses = nn.functional.cross_entropy(logits, labels, reduction="none")\n        '


@pytest.fixture
def checked(tmp_path, monkeypatch, capsys):
    """Check a loss of an own package: the exit status, and {law: the verdict}."""
    monkeypatch.chdir(tmp_path)

    def check_(package, body, *said, attributes="", text=LOSS):
        (tmp_path / f"{package}.py").write_text(text.format(body=body, said=attributes))
        monkeypatch.syspath_prepend(tmp_path)
        with pytest.raises(SystemExit) as end:
            check.main([f"exec.own=[{package}]", "loss=ce", f"loss._target_={package}.Own", *said])
        lines = capsys.readouterr().out.splitlines()
        return end.value.code, dict(line.split(": ", 1) for line in lines if ": " in line)

    return check_


def test_a_sound_loss_of_an_own_package_holds_every_law(checked):
    code, found = checked("own_sound", "losses")
    assert code == 0
    assert set(found.values()) == {"holds"}
    assert len(found) == len(laws_for("classification", "example")) + len(objective_laws.LAWS)


@pytest.mark.parametrize(
    ("attributes", "broken", "kept"),
    [
        ('fits = ("regression",)', "loss examples do not mix", "loss one loss an example"),
        ('fits = ("multilabel",)', "loss right is better than unsure than wrong", "loss finite at extremes"),
        ('fits = ("candidates",)', "loss classes are only names", "loss a stack is its seeds"),
        ('kind = "set"', "loss the order of a batch is nothing", "loss one number of a batch"),
    ],
)
def test_the_laws_are_those_of_what_the_loss_says(checked, attributes, broken, kept):
    """A loss with a bug, in a setting that nobody said."""
    text = LOSS.replace(LABELS, "")
    bodies = {
        "regression": "(logits - labels).square().mean(-1) * (1 + labels.mean())",
        "multilabel": "(logits * labels).mean(-1)",
        "candidates": "-(labels * logits.log_softmax(-1)).sum(-1) * (1 + labels[:, 0])",
        "set": "nn.functional.cross_entropy(logits, labels) + logits.diff(dim=0).square().mean()",
    }
    what = next(word for word in bodies if word in attributes)
    code, found = checked(f"own_{what}", bodies[what], attributes=attributes, text=text)
    assert code == 1
    assert found[broken].startswith("does not hold")
    assert found[kept] == "holds"


@pytest.mark.parametrize(
    "said", [["loss=huber"], ["loss=bce"], ["loss=cc"], ["loss=giou"], ["loss=upu", "classes=[0,1]"]]
)
def test_a_loss_of_every_task_is_checked_where_it_fits(said, capsys):
    with pytest.raises(SystemExit) as end:
        check.main(said)
    assert end.value.code == 0, capsys.readouterr().out


def test_a_loss_that_mixes_examples_is_told_and_may_be_excepted(checked):
    code, found = checked("own_mixing", "losses + losses.mean()")
    broken = {law for law, verdict in found.items() if verdict != "holds"}
    assert (code, broken) == (1, {"loss examples do not mix"})
    code, found = checked("own_mixing", "losses + losses.mean()", "except=loss_examples_do_not_mix")
    assert (code, found["loss examples do not mix"]) == (0, "not tried, broken by design")


def test_what_is_not_a_number_in_training_is_told(checked):
    code, found = checked("own_falling", "losses * torch.where(losses.detach() < 0.3, torch.nan, 1.0)", "epochs=8")
    assert code == 1
    assert found["training stays finite"].startswith("does not hold (seed 3 is diverged")


@pytest.mark.parametrize(
    ("said", "line"),
    [
        ("except=loss_examples_do_not_mx", "did you mean loss_examples_do_not_mix"),
        ("loss=cee", "there is no such loss; did you mean ce"),
        ("loss=ensloss", "needs two classes, for example classes="),
    ],
)
def test_what_cannot_be_checked_is_refused(said, line):
    with pytest.raises(ConfigError, match=line):
        check.main([said])


def test_what_torch_cannot_stack_breaks_a_law_and_the_others_are_tried(checked):
    code, found = checked("own_branching", "losses if losses.mean() > 0 else -losses")
    assert code == 1
    assert found["it goes on after a checkpoint"].startswith("does not hold (loss (own_branching.Own): ")
    assert found["loss one loss an example"] == "holds"


@pytest.mark.parametrize(
    ("package", "code", "line"),
    [
        ("own_plain", "class Own:\n    pass\n", "must be an nn.Module, and is Own"),
        ("own_mute", "from torch import nn\nclass Own(nn.Module):\n    pass\n", "lacks forward"),
    ],
)
def test_what_is_no_loss_is_refused(package, code, line, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / f"{package}.py").write_text(code)
    with pytest.raises(ConfigError, match=rf"^loss \({package}\.Own\): {line}"):
        check.main([f"exec.own=[{package}]", "loss=ce", f"loss._target_={package}.Own"])


def test_without_assertions_no_law_would_be_one(program_without_assertions):
    assert "takes the assertions out of the laws" in program_without_assertions


@pytest.fixture
def program_without_assertions(tmp_path):
    import subprocess

    said = [sys.executable, "-O", "-m", "runner.check", "loss=ce"]
    done = subprocess.run(said, capture_output=True, text=True)
    assert done.returncode == 2
    return done.stderr


def test_an_own_objective_of_scores_is_held_to_the_laws_of_scores(checked):
    """What is minimised and what is reported may differ; here a reported constant is noticed."""
    body = "nn.functional.cross_entropy(logits, torch.arange(len(logits)))"
    report = "\n\n    def decode(self, scores):\n        return {}"
    said = 'fits = ("mutual_information",)\n    kind = "scores"' + report
    text = LOSS.replace(LABELS, "")
    sound = said.format("scores.diagonal(dim1=-2, dim2=-1).mean(-1) - scores.mean((-2, -1))")
    code, found = checked("own_scores", body, attributes=sound, text=text)
    assert code == 0
    assert len(found) == len(laws_for("mutual_information", "scores")) + len(objective_laws.LAWS)
    code, found = checked("own_constant", body, attributes=said.format("scores.sum((-2, -1)) * 0"), text=text)
    assert code == 1
    assert found["loss an estimate of several batches is theirs"] != "holds"
