"""The cards are in step with the zoo, and say what is so."""

import pytest

from runner.cards import main
from runner.catalog.loss_cards import DOCS, card, draw, index, needs, page, traits
from runner.console.errors import ConfigError
from tests.zoo import BINARY, LOSSES

STALE = "`make cards` writes the cards"


def test_there_is_a_card_for_every_loss_and_no_other():
    assert {f.stem for f in DOCS.glob("*.md")} - {"README"} == set(LOSSES), STALE
    assert {f.stem for f in DOCS.glob("*.svg")} <= set(LOSSES)


@pytest.mark.parametrize("name", LOSSES)
def test_a_card_is_what_would_be_written_now(name):
    """But for the table of computed figures, which another machine may round differently."""

    def told(text):
        return [line for line in text.splitlines() if not line.startswith("|")]

    found = {"needs": ""} if name in BINARY else {"symmetric": ""}
    file = DOCS / f"{name}.md"
    assert file.exists(), STALE
    assert told(file.read_text()) == told(page(card(name), found)), STALE


@pytest.mark.parametrize("name", LOSSES)
def test_the_index_lists_it(name):
    assert f"| [`{name}`]({name}.md) | {card(name).title} |" in (DOCS / "README.md").read_text(), STALE


def test_traits_are_found_not_told():
    assert traits(card("mae").node)["symmetric"] == "yes"
    assert traits(card("gce").node)["bounded"] == "at most 1.429, at least 0"
    assert traits(card("elr").node)["bounded"] == "unbounded, at least -1.069"
    assert traits(card("log_taylor").node)["bounded"].endswith("e-07")
    assert traits(card("ce").node)["convex in the logits"] == "no counterexample"
    assert traits(card("gce").node)["convex in the logits"] == "no"
    assert traits(card("elr").node)["state"] == "yes"
    assert needs(card("elr").node) == ["a place for every training example"]


def test_pictures_come_out_the_same(tmp_path):
    for file in ("a.svg", "b.svg"):
        draw(card("gce"), tmp_path / file)
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()


def test_one_card_is_printed(capsys):
    main(["loss=gce"])
    assert "generalized cross-entropy" in capsys.readouterr().out.lower()
    with pytest.raises(ConfigError, match="did you mean gce"):
        main(["loss=gcee"])


def test_the_index_has_a_row_a_loss():
    cards = [card("ce"), card("gce")]
    text = index(cards, {c.name: {} for c in cards})
    assert text.startswith("# The 2 losses")
    assert text.count("| [`") == 2
