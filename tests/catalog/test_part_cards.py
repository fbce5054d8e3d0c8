"""The pages of methods, regularizers and risks are in step with them, and say what is so."""

import pytest

from runner.cards import main
from runner.catalog.part_cards import COST, DOCS, GROUPS, findings, index, names, page, part
from runner.console.errors import ConfigError

STALE = "`make cards` writes the pages"
EVERY = [(group, name) for group in GROUPS for name in names(group)]


def test_there_is_a_page_for_every_part_and_no_other():
    assert len({name for _, name in EVERY}) == len(EVERY), "they share a folder"
    assert {f.stem for f in DOCS.iterdir()} - {"README"} == {name for _, name in EVERY}, STALE


@pytest.mark.parametrize(("group", "name"), EVERY)
def test_a_page_is_what_would_be_written_now(group, name):
    known = part(group, name)
    file = DOCS / f"{name}.md"
    assert file.exists(), STALE
    assert file.read_text() == page(known, findings(known)), STALE


def test_the_index_is_what_would_be_written_now():
    parts = [part(*each) for each in EVERY]
    assert (DOCS / "README.md").read_text() == index(parts, {p.name: findings(p) for p in parts}), STALE


def test_costs_are_counted():
    assert findings(part("method", "logit_adjusted"))[COST] == "1"
    assert findings(part("method", "regmixup"))[COST] == "2"
    assert findings(part("method", "co_teaching"))["trained numbers, for one of plain training"] == "2"


def test_one_page_is_printed(capsys):
    main(["risk=cvar"])
    assert "conditional value at risk" in capsys.readouterr().out.lower()
    with pytest.raises(ConfigError, match="method=mixupp: did you mean mixup"):
        main(["method=mixupp"])
    with pytest.raises(ConfigError, match="model=mlp: "):
        main(["model=mlp"])


@pytest.mark.parametrize(
    ("name", "loss"),
    [
        ("byol", "nt_xent"), ("simsiam", "nt_xent"), ("mlc", "nt_xent"), ("embedding", "contrastive"),
        ("next_state", "dpnets"), ("minde", "reconstruction"), ("wpc", "infonce"), ("mixup", "ce"),
    ],
)  # fmt: skip
def test_a_part_is_looked_at_with_the_baseline_of_its_task_where_that_is_of_its_kind(name, loss):
    assert part("method", name).loss == loss
