"""Tables with a column of environments or groups of people: their numbers, one left out, what is refused."""

import re

import pandas as pd
import pytest
import torch

from datasets.environments.left_out import of_seed
from tests.datasets.tables import refusal, tabular, write

N = 120
PEOPLE = pd.DataFrame(
    {
        "skill": [i * 37 % 101 for i in range(N)],
        "site": [["north", "south", "south", "west"][i % 4] for i in range(N)],
        "year": [2019 + i % 3 for i in range(N)],
        "bought": [["yes", "no"][i % 5 == 0] for i in range(N)],
    }
)
SITES = ["north", "south", "west"]


@pytest.fixture
def table(tmp_path):
    """A function that reads the table with what is said of it."""
    name = write(PEOPLE, tmp_path / "people.csv")
    return lambda **said: tabular(tmp_path, name, **said)


def sites(places):
    return [PEOPLE["site"][place] for place in places]


def test_each_row_has_the_number_of_its_environment_in_their_order(table):
    split, plain = table(environment="site"), table(drop=["site"])
    assert [SITES[number] for number in split.domain] == sites(split.source_index.tolist())
    rest = sorted(set(range(N)) - set(split.source_index.tolist()))
    assert sorted(split.test_domain.tolist()) == sorted(SITES.index(site) for site in sites(rest))
    assert torch.equal(split.x, plain.x)  # it is not learnt from
    assert split.validation is None
    assert plain.domain is None
    north, south, west = split.domain.bincount().tolist()
    assert f"environments of site: north {north}, south {south}, west {west} for training, north " in split.read[-1]


def test_columns_may_list_it_to_be_learnt_from(table):
    assert table(environment="site", columns=["skill", "site"]).x.shape[1] == 1 + len(SITES)


def test_environments_of_numbers_are_in_the_order_of_numbers(tmp_path):
    frame = PEOPLE.assign(degrees=[[0, 15, 105][i % 3] for i in range(N)])
    split = tabular(tmp_path, write(frame, tmp_path / "t.csv"), environment="degrees")
    assert split.domain.tolist() == [i % 3 for i in split.source_index.tolist()]


def test_a_file_of_test_examples_may_have_environments_of_its_own(tmp_path):
    train, test = (
        write(frame, tmp_path / name)
        for frame, name in ((PEOPLE, "a.csv"), (PEOPLE.replace({"site": {"west": "east"}}).assign(skill=1), "b.csv"))
    )
    split = tabular(tmp_path, train, test_source=test, environment="site")
    names = ["east", *SITES]
    assert [names[number] for number in split.domain] == PEOPLE["site"].tolist()
    assert set(split.test_domain.tolist()) == {0, 1, 2}


@pytest.mark.parametrize("left", SITES)
def test_one_environment_is_left_out_of_training(table, left):
    split = table(environment="site", held_out=left)
    assert left not in sites(split.source_index.tolist())
    others = [site for site in SITES if site != left]
    assert [others[number] for number in split.domain] == sites(split.source_index.tolist())
    assert len(split.test_y) == round(0.8 * (PEOPLE["site"] == left).sum())  # the rest is the oracle's
    assert split.test_domain is None
    assert split.validation is None
    assert f"{left} for testing ({len(split.test_y)} examples)" in split.read[-1]


def test_statistics_are_those_of_the_environments_that_are_trained_on(tmp_path):
    frame = PEOPLE.assign(skill=PEOPLE["skill"].where(PEOPLE["site"] != "west", 1e6))
    split = tabular(tmp_path, write(frame, tmp_path / "t.csv"), environment="site", held_out="west", drop=["year"])
    assert split.x.mean().abs() < 1e-6
    assert split.test_x.min() > 1000


@pytest.mark.parametrize(
    ("way", "of"), [(of_seed(2), "north"), (of_seed(3), "south"), ("north", "north"), ("oracle", "west")]
)
def test_models_may_be_chosen_by_an_environment_or_by_the_one_left_out(table, way, of):
    split = table(environment="site", held_out="west", validated_on=way)
    assert set(split.validation.tolist()) == {-1, 0}
    validated = {
        site
        for site, part in zip(sites(split.source_index.tolist()), split.validation.tolist(), strict=True)
        if part == 0
    }
    assert validated == {of}


@pytest.mark.parametrize(
    ("way", "left"), [("oracle", ["north", "south"]), (of_seed(0), ["south"]), ("south", ["north"])]
)
def test_statistics_are_not_of_what_models_are_chosen_by(table, tmp_path, way, left):
    split = table(environment="site", held_out="west", validated_on=way)
    its = PEOPLE[PEOPLE["site"].isin(left)]
    skill = (torch.tensor(PEOPLE["skill"].to_numpy()) - its["skill"].mean()) / its["skill"].std(ddof=0)
    assert torch.allclose(split.x[:, 0], skill[split.source_index].float(), atol=1e-6)


def test_what_a_column_is_taken_for_is_not_of_what_models_are_chosen_by(tmp_path):
    """Words in one environment alone leave another's numbers what they are, and its categories are none."""
    north = PEOPLE["site"] == "north"
    frame = PEOPLE.assign(
        skill=PEOPLE["skill"].astype(str).where(~north, "much"),
        town=["Ely" if its else ["Bath", "Hull", "York"][i % 3] for i, its in enumerate(north)],
    )
    said = {"environment": "site", "held_out": "west", "drop": ["year"]}
    split = tabular(tmp_path, write(frame, tmp_path / "t.csv"), validated_on="north", **said)
    assert {column.name: (column.kind, column.width) for column in split.columns} == {
        "skill": ("number", 1), "town": ("category", 3)
    }  # fmt: skip
    assert (split.x[split.validation == 0, 1:] == 0).all()
    assert len(split.x[split.validation == 0, 0].unique()) == 1


def test_numbers_may_be_predicted_in_an_environment_that_training_has_not_seen(table):
    split = table(environment="year", held_out=2021, target="skill", task="regression")
    assert {PEOPLE["year"][place] for place in split.source_index.tolist()} == {2019, 2020}
    assert split.test_y.shape == (32, 1)


@pytest.mark.parametrize(
    ("said", "line"),
    [
        ({"held_out": "west"}, "held_out=west: environment must name the column that has such values"),
        ({"environment": "bought"}, "environment=bought: is the target"),
        ({"environment": "sit"}, "environment: people.csv has no column sit; did you mean site?"),
        ({"environment": "skill"}, "environment=skill: has 101 different values in people.csv; must have 2 to 100"),
        ({"environment": "site", "held_out": "nort"}, "must be one of north, south, west; the nearest is north"),
        ({"environment": "site", "held_out": "west", "validated_on": "west"}, "is the environment that is held out"),
        ({"environment": "site", "held_out": "west", "fold": 1}, "held_out=west: .* goes without fold=1"),
        ({"environment": "site", "held_out": "west", "group": "year"}, "held_out=west: .* goes without group=year"),
        ({"environment": "site", "held_out": "west", "order": "year"}, "held_out=west: .* goes without order=year"),
    ],
)
def test_what_cannot_be_is_refused(table, said, line):
    assert re.search(line, refusal(lambda: table(**said)))


def test_rows_without_an_environment_and_a_single_one_are_refused(tmp_path):
    gaps = write(PEOPLE.assign(site=PEOPLE["site"].where(PEOPLE["site"] != "west")), tmp_path / "gaps.csv")
    one = write(PEOPLE.assign(site="north"), tmp_path / "one.csv")
    assert "environment=site: no value in 30 of the 120 rows" in refusal(
        tabular, tmp_path, gaps, environment="site", held_out="north"
    )
    assert "has the value north alone in one.csv" in refusal(tabular, tmp_path, one, environment="site")
