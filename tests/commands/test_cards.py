"""The cards are in step with the zoo, and say what is so."""

import pytest

from runner.cards import main
from runner.catalog.loss_cards import DOCS, card, draw, index, needs, page, traits
from runner.catalog.loss_families import FAMILIES
from runner.console.errors import ConfigError
from tests.zoo import BINARY, EVERY_LOSS, LOSSES, losses_for

STALE = "`make cards` writes the cards"


def folder(name):
    return DOCS / card(name).family.folder


@pytest.mark.parametrize("family", FAMILIES.values(), ids=FAMILIES)
def test_there_is_a_card_for_every_loss_of_a_family_and_no_other(family):
    its, place = {name for name in EVERY_LOSS if card(name).family == family}, DOCS / family.folder
    assert its
    assert {f.stem for f in place.glob("*.md")} - {"README"} == its, STALE
    assert {f.stem for f in place.glob("*.svg")} == (its - BINARY if family.pictured else set())


def test_losses_of_a_task_are_a_family():
    for task in ("candidates", "multilabel", "boxes"):
        assert {card(name).family for name in losses_for(task)} - {FAMILIES["regression"]} == {FAMILIES[task]}
    assert {card(name).family for name in LOSSES} == {FAMILIES["classification"]}
    assert card("nnpu").family == FAMILIES["set"]


@pytest.mark.parametrize("name", EVERY_LOSS)
def test_a_card_is_what_would_be_written_now(name):
    """But for the table of computed figures, which another machine may round differently."""

    def told(text):
        return [line for line in text.splitlines() if not line.startswith("|")]

    found = {"needs": ""} if name in BINARY else {"bounded": ""}
    file = folder(name) / f"{name}.md"
    assert file.exists(), STALE
    assert told(file.read_text()) == told(page(card(name), found)), STALE


@pytest.mark.parametrize("name", EVERY_LOSS)
def test_the_index_lists_it(name):
    assert f"| [`{name}`]({name}.md) | {card(name).title} |" in (folder(name) / "README.md").read_text(), STALE


def test_traits_are_found_not_told():
    assert traits(card("mae").node)["symmetric"] == "yes"
    assert traits(card("gce").node)["bounded"] == "at most 1.429, at least 0"
    assert traits(card("elr").node)["bounded"] == "unbounded, at least -1.069"
    assert traits(card("log_taylor").node)["bounded"].endswith("e-07")
    assert traits(card("ce").node)["convex in the logits"] == "no counterexample"
    assert traits(card("gce").node)["convex in the logits"] == "no"
    assert traits(card("elr").node)["state"] == "yes"
    assert needs(card("elr").node) == ["a place for every training example"]


def test_traits_of_other_tasks_are_found_not_told():
    mse, gaussian, bins, quantiles = (
        traits(card(name).node) for name in ("mse", "gaussian_nll", "hl_gauss", "quantile")
    )
    assert (mse["predicts"], mse["numbers of the head"]) == ("a number", "1 a target")
    assert mse["bounded"] == "below"
    assert mse["convex in the predictions"] == "no counterexample"
    assert gaussian["predicts"] == "a normal distribution"
    assert gaussian["convex in the predictions"] == "no"
    assert (bins["predicts"], bins["numbers of the head"]) == ("a histogram", "51 a target")
    assert quantiles["predicts"] == "quantiles"
    assert traits(card("giou").node)["bounded"] == "above and below"
    assert traits(card("upu").node)["bounded"] == "no"
    assert traits(card("proden").node)["state"] == "yes"
    assert traits(card("bag_instance").node)["each example alone"] == "no"
    assert traits(card("cs_divergence").node)["needs"] == "the inputs"
    assert traits(card("nt_xent").node)["bounded"] == "above and below"


@pytest.mark.parametrize("name", ["gce", "hl_gauss", "em", "cc", "giou"])
def test_pictures_come_out_the_same(name, tmp_path):
    for file in ("a.svg", "b.svg"):
        draw(card(name), tmp_path / file)
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()


def test_one_card_is_printed(capsys):
    main(["loss=gce"])
    assert "generalized cross-entropy" in capsys.readouterr().out.lower()
    main(["loss=huber"])
    assert "random batches" in capsys.readouterr().out
    with pytest.raises(ConfigError, match="did you mean gce"):
        main(["loss=gcee"])


def test_the_index_has_a_row_a_loss():
    cards = [card("ce"), card("gce")]
    text = index(cards, {c.name: {} for c in cards})
    assert text.startswith("# The 2 losses of classes\n")
    assert index(cards[:1], {"ce": {}}).startswith("# The 1 loss of classes\n")
    assert text.count("| [`") == 2
