"""What others call things: every word leads to something that is here, and is what is suggested."""

from pathlib import Path

import pytest

from runner.compose.command_line import compose_cells
from runner.compose.schema import GROUPS
from runner.console.errors import ConfigError
from runner.console.synonyms import OTHERS, OTHERWISE, meant

CONF = Path(__file__).resolve().parents[2] / "conf"
CHOICES = {file.stem for group in GROUPS for file in (CONF / group).glob("*.yaml")}


def keys(node):
    """The names of all keys of a configuration."""
    for name, value in node.items():
        yield name
        if isinstance(value, dict):
            yield from keys(value)


def refused(*overrides):
    with pytest.raises(ConfigError) as error:
        compose_cells(overrides, multirun=False)
    return str(error.value)


def test_every_word_leads_to_a_choice_or_a_key_that_there_is():
    known = CHOICES | set(keys(compose_cells([], multirun=False)[0].config))
    assert set(OTHERS) <= known


def test_no_word_leads_to_two():
    words = [word for theirs in OTHERS.values() for word in theirs.split()]
    assert len(words) == len(set(words))
    assert all(meant(word, OTHERS) == ours for ours, theirs in OTHERS.items() for word in theirs.split())


@pytest.mark.parametrize(("key", "other"), OTHERWISE.items())
def test_what_says_it_otherwise_can_be_said(key, other):
    compose_cells(other.split(), multirun=False)
    assert refused(f"{key}=[0.1]").endswith(f"there is no such key; did you mean {other}?")


@pytest.mark.parametrize(
    ("said", "suggested"),
    [
        ("loss=cross_entropy", "ce"),
        ("loss=CE", "ce"),
        ("loss=nll", "ce"),
        ("loss=mse_loss", "mse"),
        ("loss=focal_loss", "focal"),
        ("loss=label_smoothing_ce", "label_smoothing"),
        ("optimizer=SGD", "sgd"),
        ("dataset=CIFAR-10", "cifar10"),
        ("model=ResNet", "resnet18"),
        ("optimizer.learning_rate=1", "lr"),
        ("learning_rate=1", "optimizer.lr"),
        ("lr=1", "optimizer.lr"),
        ("wd=1", "optimizer.weight_decay"),
        ("weight_decay=1", "optimizer.weight_decay"),
        ("max_epochs=1", "epochs"),
        ("num_epochs=1", "epochs"),
        ("batch=1", "batch_size"),
        ("bs=1", "batch_size"),
        ("noise_rate=1", "noise"),
        ("random_seed=1", "seed"),
        ("num_workers=1", "exec.workers"),
        ("data_dir=x", "exec.data_root"),
        ("gpu=0", "exec.device"),
        ("model.hidden_size=1", "width"),
    ],
)
def test_what_others_call_so_is_suggested(said, suggested):
    assert f"did you mean {suggested}?" in refused(said)


def test_every_choice_of_every_group_is_known_however_it_is_written():
    for group in GROUPS:
        for file in (CONF / group).glob("*.yaml"):
            written = file.stem.upper().replace("_", "-")
            assert meant(written, [other.stem for other in (CONF / group).glob("*.yaml")]) == file.stem
