"""What a data card finds: planted copies, flips, leaks; and that it says what it did not look for."""

import csv
import io
import random

import numpy as np
import pandas as pd
import pytest
import torch

from datasets.split import Split
from runner.audit import main
from runner.data.protocol import Labelled, Prepared, audited
from runner.data.targets import targets_of
from runner.data_card.baseline import FOLDS, sample
from runner.data_card.card import data_card, summary
from runner.data_card.duplicates import duplicates
from runner.data_card.findings import findings
from tests.datasets.tables import tabular, write

N = 120
DRAW = torch.Generator().manual_seed(0)
CLASSES = ("ant", "bee", "cow")
WIDE_MARGIN = 3  # times better than chance
ODD = "<b>|`x`\x1b[31m"


def split_of(n=N, **changed):
    """Three clouds."""
    y, test_y = torch.arange(n) % 3, torch.arange(30) % 3
    x, test_x = (torch.randn(len(part), 4, generator=DRAW) + 4 * part[:, None] for part in (y, test_y))
    return Split(x, y, test_x, test_y, CLASSES, torch.zeros(1), torch.ones(1))._replace(**changed)


def prepared_of(split, given=None):
    places, y = torch.arange(len(split.y))[None], split.y[None]
    train = Labelled(places, y if given is None else given[None], y)
    none = Labelled(*(part[:, :0] for part in train))
    return Prepared(split, train, none, targets_of(split), split.test_y, split.y.bincount(minlength=3), False)


def card(prepared, *, quick=False):
    """The files, and what is found."""
    found = findings(prepared, 0, duplicates(prepared.split), quick=quick)
    record = {"data_sha256": "abc", **audited(prepared, 0)}
    return data_card("a title", prepared, 0, record, found, ()), found


def rows(text):
    return list(csv.DictReader(io.StringIO(text)))


def test_equal_inputs_are_those_that_looking_at_each_pair_finds(monkeypatch):
    monkeypatch.setattr("runner.data_card.duplicates.CHUNK", 7)
    draw = torch.Generator().manual_seed(1)
    x, test_x = (torch.randint(3, (n, 1, 2, 2), generator=draw, dtype=torch.uint8) for n in (N, 30))
    split = split_of(x=x, test_x=test_x)
    found = duplicates(split)
    train, test = (
        [(row.tolist(), int(y)) for row, y in zip(*part, strict=True)]
        for part in ((x, split.y), (test_x, split.test_y))
    )

    def others(part, i, pool):
        return [y for j, (row, y) in enumerate(pool) if row == part[i][0] and (pool is not part or i != j)]

    for its, part, pool in ((found.train, train, train), (found.test, test, test), (found.both, test, train)):
        twins = [others(part, i, pool) for i in range(len(part))]
        assert its.equal.tolist() == [bool(own) for own in twins]
        assert its.unlike.tolist() == [any(y != part[i][1] for y in own) for i, own in enumerate(twins)]
        assert its.unlike.any()


def test_equal_inputs_are_listed_side_by_side():
    split = split_of(source_index=torch.arange(N) + 1000, source_names={1000: "first.png", 1004: "fifth.png"})
    split.x[4] = split.x[0]
    split.test_x[2] = split.x[0]
    files, found = card(prepared_of(split), quick=True)
    listed = [tuple(row.values()) for row in rows(files["duplicates.csv"])]
    assert listed == [
        ("0", "train", "1000", "first.png", "ant"),
        ("0", "train", "1004", "fifth.png", "bee"),
        ("0", "test", "2", "", "cow"),
    ]
    assert "| test examples that equal training examples | 1 | 1 |" in files["card.md"]
    assert summary(found)[0] == (
        "equal inputs: 2 in train, 0 in test, 1 of test that are in train too; 3 of these have another label"
    )


def test_what_the_data_sets_own_labels_say_counts():
    split = split_of()
    split.x[3] = split.x[0]
    assert not duplicates(split).train.unlike.any()
    own = split.y.clone()
    own[3] = 1
    assert duplicates(split._replace(given=own)).train.unlike.nonzero()[:, 0].tolist() == [0, 3]


def noisy_digits(tmp_path, capsys, noise):
    main(["dataset=digits", f"noise={noise}", f"store={tmp_path}"])
    (folder,) = tmp_path.glob("audits/*/seed=0")
    return (folder / "card.md").read_text(), rows((folder / "label_errors.csv").read_text()), capsys.readouterr().out


def test_known_flips_are_found_far_better_than_by_chance(tmp_path, capsys, compose):
    from runner.data.prepare import prepare

    rate = 0.2
    page, suspects, said = noisy_digits(tmp_path / "noisy", capsys, rate)
    cell = compose("dataset=digits", f"noise={rate}")["cell"]
    prepared, _ = prepare(cell.data, [0], cell.exec)
    wrong = prepared.train.given[0] != prepared.train.true[0]
    numbers = prepared.split.source_index[prepared.train.place[0]]
    true = dict(zip(numbers.tolist(), prepared.train.true[0].tolist(), strict=True))
    flipped = set(numbers[wrong].tolist())
    hits = [row for row in suspects if int(row["number"]) in flipped]
    precision, recall = len(hits) / len(suspects), len(hits) / len(flipped)
    assert precision > WIDE_MARGIN * len(flipped) / len(numbers)
    assert recall > WIDE_MARGIN * len(suspects) / len(numbers)
    right = sum(row["suggested"] == str(true[int(row["number"])]) for row in hits)
    assert right > len(hits) / 2
    assert f"{precision:.1%} of these are, and they are {recall:.1%} of all wrong ones" in page
    assert f"labels that are probably wrong: {len(suspects)} of {len(numbers)}" in said
    assert page.count("| 0.") + page.count("| 1.0") < len(suspects), "the page shows the first of them"
    _, clean, _ = noisy_digits(tmp_path / "clean", capsys, 0)
    assert len(clean) * WIDE_MARGIN < len(suspects)


def test_nothing_is_taken_from_the_test_part():
    split = split_of()
    given = split.y.roll(1).where(torch.arange(N) < 9, split.y)
    first = findings(prepared_of(split, given), 0, duplicates(split), quick=False)
    other = split._replace(test_x=split.test_x.flip(0) * 100)
    again = findings(prepared_of(other, given), 0, duplicates(other), quick=False)
    assert first.suspects == again.suspects
    assert first.suspects
    assert {suspect.place for suspect in first.suspects} <= set(range(9))


def test_examples_of_one_group_are_in_one_fold():
    group = torch.arange(N) // 4
    drawn = sample(prepared_of(split_of(group=group)), 0)
    assert len(drawn.folds) == FOLDS
    for train, asked in drawn.folds:
        assert not set(group[train].tolist()) & set(group[asked].tolist())
    with pytest.raises(ValueError, match="or groups"):
        sample(prepared_of(split_of(group=torch.arange(N) % 2)), 0)


def test_an_input_that_open_set_noise_put_there_has_no_number():
    split = split_of()
    prepared = prepared_of(split)
    outside = split._replace(x=torch.cat([split.x, 40 - split.x[:1]]))
    train = prepared.train._replace(place=prepared.train.place.clone(), true=prepared.train.true.clone())
    train.place[0, 0], train.true[0, 0] = N, -1
    files, found = card(prepared._replace(split=outside, train=train))
    assert [suspect.place for suspect in found.suspects] == [0]
    assert rows(files["label_errors.csv"])[0]["number"] == ""


def test_classes_with_few_examples_are_named_and_left_out():
    y = torch.tensor([0, 1] * 50 + [2] * (FOLDS - 1))
    x = torch.randn(len(y), 4, generator=DRAW) + 4 * y[:, None]
    page = card(prepared_of(split_of(x=x, y=y)))[0]["card.md"]
    assert f"Classes with fewer than {FOLDS} examples were left out: cow." in page


def test_of_many_examples_some_are_drawn_and_the_card_says_so(monkeypatch):
    for module in ("baseline", "page"):
        monkeypatch.setattr(f"runner.data_card.{module}.MOST", 60)
    page = card(prepared_of(split_of()))[0]["card.md"]
    assert f"60 of this seed's {N} training examples were looked at, drawn at random." in page


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"x": torch.full((N, 4), np.nan)}, "inputs have values that are not finite"),
        ({"y": torch.zeros(N, dtype=torch.int64)}, f"fewer than two classes have {FOLDS} training examples"),
    ],
)
def test_what_is_not_looked_for_is_said_with_the_reason(changed, why):
    files, found = card(prepared_of(split_of(**changed)))
    assert f"Not looked for: {why}." in files["card.md"]
    assert f"labels that are probably wrong were not looked for: {why}" in summary(found)


def test_without_cleanlab_the_rest_of_the_card_is_made(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "cleanlab.filter", None)
    files, found = card(prepared_of(split_of()))
    assert "label_errors.csv" not in files
    assert found.agreed > 0.9
    assert "cleanlab is not installed: .venv/bin/pip install -e '.[audit]'" in files["card.md"]
    assert "## Equal inputs" in files["card.md"]


@pytest.fixture
def leak(tmp_path):
    """A table whose column `referred` is the class but for some rows, beside two that are of little use."""
    draw = random.Random(0)
    sick = [draw.random() < 0.4 for _ in range(300)]
    frame = pd.DataFrame(
        {
            "age": [40 + 9 * draw.random() + 3 * k for k in sick],
            "referred": [["no", "yes"][k != (draw.random() < 0.02)] for k in sick],
            "ward": [draw.choice("abc") for _ in sick],
            "bought": [["well", "ill"][k] for k in sick],
        }
    )
    return lambda **columns: tabular(tmp_path, write(frame.assign(**columns), tmp_path / "t.csv"))


def test_a_column_that_alone_tells_nearly_all_is_named(leak):
    files, found = card(prepared_of(leak()))
    assert found.telling == ("referred",)
    assert "Alone nearly as telling as all columns: referred." in files["card.md"]
    assert any("referred" in line for line in summary(found))
    assert card(prepared_of(leak(referred="no")))[1].telling == ()


def test_columns_say_where_their_inputs_are(leak, tmp_path):
    towns = [f"town {i % 50}" for i in range(300)]
    age = [None if i % 10 == 0 else str(i) for i in range(300)]
    split = leak(town=towns, age=age)
    kinds = {column.name: column.kind for column in split.columns}
    assert kinds == {"age": "number", "referred": "category", "ward": "category", "town": "category"}
    assert [column.first for column in split.columns] == np.cumsum([0, *(c.width for c in split.columns)])[:-1].tolist()
    assert sum(column.width for column in split.columns) == split.x.shape[1]
    for column in split.columns:
        if column.kind == "category":
            assert (split.x[:, column.first : column.first + column.width].sum(1) == 1).all()
    assert split.columns[0].missing + split.columns[0].test_missing == age.count(None)
    assert split.columns[1].missing == 0


def test_a_quick_card_has_no_baseline(leak):
    files, found = card(prepared_of(leak()), quick=True)
    assert found.sample is None
    assert "tells alone" not in files["card.md"]
    assert files["card.md"].count("--quick leaves it out") == 2


def test_a_card_speaks_of_columns_only_where_there_are_some():
    assert "## Columns" not in card(prepared_of(split_of()))[0]["card.md"]


def test_names_from_outside_are_text():
    split = split_of(classes=(ODD, "=1+1", "cow"), source_names=dict.fromkeys(range(N), ODD))
    split.x[4] = split.x[0]
    given = split.y.roll(1).where(torch.arange(N) < 9, split.y)
    files, _ = card(prepared_of(split, given)._replace(read=(ODD,)))
    page = files["card.md"]
    assert "&#60;b>&#124;&#96;x&#96;" in page
    assert not [markup for markup in ("<b>", "`x`", "\x1b") if markup in page]
    listed = files["label_errors.csv"] + files["duplicates.csv"]
    assert "'=1+1" in listed
    assert "\x1b" not in listed
