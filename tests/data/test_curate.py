"""Curations within a run: what each seed is trained and tested on."""

import pytest
import torch

from runner.compose.command_line import compose_cells
from runner.console.errors import ConfigError
from runner.training.run import run
from runner.training.wiring import wire
from tests.zoo import ROOT

NAMES = sorted(file.stem for file in (ROOT / "conf" / "curation").glob("*.yaml"))
SMALL = {
    "gio": ["curation.share=0.3", "curation.components=4"],
    "random": ["curation.share=0.3"],
    "quick_selection": ["curation.features=3", "curation.epochs=3", "curation.hidden=20"],
    "salm": ["curation.rounds=2", "curation.eps=0.5"],
}


def said(name):
    return [f"curation={name}", *SMALL.get(name, [])]


@pytest.fixture
def rows(compose, measured):
    return lambda *overrides, seeds=(0, 1): measured(run(**compose(*overrides, seeds=seeds)))


@pytest.fixture
def wired(compose):
    return lambda *overrides, seeds=(0, 1): wire(compose(*overrides)["cell"], seeds)


@pytest.mark.parametrize("name", NAMES)
def test_a_stack_is_its_seeds(rows, name):
    together, alone = (rows(*said(name), "val_fraction=0.2", seeds=seeds) for seeds in ([0, 1, 2], [2]))
    for at, row in alone.items():
        assert together[at] == pytest.approx(row, rel=1e-4, abs=1e-6)


@pytest.mark.parametrize("name", [name for name in NAMES if name != "none"])
def test_it_makes_a_difference(rows, name):
    assert rows(*said(name)) != rows()


def test_a_selection_is_of_each_seeds_own_examples_with_their_labels(wired):
    whole, part = wired("noise=0.4").prepared, wired("noise=0.4", *said("random")).prepared
    for i in range(2):
        labels = dict(zip(whole.train.place[i].tolist(), whole.train.given[i].tolist(), strict=True))
        places = part.train.place[i].tolist()
        assert len(set(places)) == round(0.3 * len(labels))
        assert part.train.given[i].tolist() == [labels[place] for place in places]
    assert not torch.equal(part.train.place[0], part.train.place[1])


def test_what_is_not_seen_is_0_for_training_validation_and_test(wired):
    made = wired("val_fraction=0.2", *said("quick_selection"))
    mask = made.prepared.mask
    assert mask.sum(1).tolist() == [3, 3]
    batch = next(iter(made.loader))
    assert torch.equal((batch.x != 0).any(1), mask)
    seen = made.inputs.normalised(made.prepared.split.test_x[:50])
    assert torch.equal((seen != 0).any(1), mask)


def test_changed_inputs_are_for_training_alone(wired):
    plain, made = wired("val_fraction=0.2"), wired("val_fraction=0.2", *said("salm"))
    count = len(plain.prepared.split.x)
    assert len(made.prepared.split.x) == count + 2 * plain.prepared.train.place.shape[1]
    assert torch.equal(made.prepared.split.x[:count], plain.prepared.split.x)
    assert torch.equal(made.prepared.val.place, plain.prepared.val.place)
    for i in range(2):
        before = plain.prepared.split.x[plain.prepared.train.place[i]]
        after = made.prepared.split.x[made.prepared.train.place[i]]
        change = ((after - before) / plain.prepared.split.std).abs()
        assert 0 < change.max() <= 0.5 + 1e-5


def test_changed_inputs_are_of_the_environment_and_number_of_those_they_are_made_of(wired):
    where = ["dataset=colored_mnist", "dataset@dataset.source=mnist5k", "risk=group_dro", "risk.groups=domains"]
    plain, made = wired(*where), wired(*where, "curation=salm", "curation.rounds=1", "curation.steps=1")
    for i, (before, after) in enumerate(zip(plain.objectives, made.objectives, strict=True)):
        assert torch.equal(before.risk.domain, after.risk.domain)
        places = (each.prepared.train.place[i] for each in (plain, made))
        numbers = [each.prepared.split.numbers()[0][its] for each, its in zip((plain, made), places, strict=True)]
        assert torch.equal(*numbers)


OPEN = ["dataset=digits", "noise_type=open_set", "dataset@noise_type.source=digits", "noise=0.4"]


def test_a_selection_of_examples_some_of_which_are_of_no_class(wired):
    made = wired(*OPEN, *said("random")).prepared
    assert (made.train.true < 0).any()
    assert made.train.given.shape == (2, round(0.3 * len(made.split.y)))


def test_inputs_made_of_those_of_no_class_are_of_no_class(wired):
    whole, made = wired(*OPEN).prepared, wired(*OPEN, *said("salm")).prepared
    assert torch.equal(whole.train.true, made.train.true)


def test_validation_inputs_that_a_method_is_given_are_masked_too(wired):
    made = wired("val_fraction=0.3", "method=proxy_prox", *said("quick_selection"))
    for mask, objective in zip(made.prepared.mask, made.objectives, strict=True):
        assert not objective.method.held_x[:, ~mask].any()
        assert objective.method.held_x[:, mask].any()


@pytest.mark.parametrize(
    ("overrides", "line"),
    [
        (["curation=random", "curation.share=0.001"], "curation: a selection of .* leaves class .* without a training"),
        (["curation=quick_selection", "curation.features=8"], "curation.features=8: an input has 8 numbers; fewer"),
        (["curation=gio", "curation.lr=1e30"], "curation.lr=1e.30: a search leaves the range of numbers; a smaller"),
        (["curation=gio", "curation.k=22"], "curation.k=22: the subset begins with curation.uniform=20 points; k is"),
    ],
)
def test_what_cannot_be_is_refused_before_training(compose, overrides, line):
    with pytest.raises(ConfigError, match=line):
        next(run(**compose(*overrides)))


def test_what_needs_classes_is_refused_where_there_are_none():
    with pytest.raises(
        ConfigError, match=r"^curation=salm with dataset=diabetes: salm is of classes, this is regr.*gio"
    ):
        compose_cells(["dataset=diabetes", "curation=salm"], multirun=False)


def test_what_needs_a_label_is_refused_where_training_is_told_sets():
    with pytest.raises(ConfigError, match=r"^curation=salm with .*noise_type=candidates: salm is of classes, .*random"):
        compose_cells(["dataset=blobs", "noise_type=candidates", "loss=cc", "curation=salm"], multirun=False)


def test_a_cell_without_one_keeps_its_name():
    (usual,), (other,) = (compose_cells(["dataset=blobs", *o], multirun=False) for o in ([], ["curation=random"]))
    assert "curation" not in usual.identity
    assert "curation" in other.identity
