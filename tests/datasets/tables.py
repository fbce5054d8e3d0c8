"""Tables and texts as small files."""

import pandas as pd
import pytest

from runner.console.errors import ConfigError
from runner.nodes.build import build
from tests.zoo import node

ROWS = 40
PEOPLE = pd.DataFrame(
    {
        "steps": [i * i % 37 for i in range(ROWS)],
        "age": [20.0 + i if i % 8 else None for i in range(ROWS)],
        "town": ["Bern", "Oslo", None, "Rome"] * (ROWS // 4),
        "member": [i % 3 == 0 for i in range(ROWS)],
        "bought": [["yes", "no"][i % 5 == 0] for i in range(ROWS)],
    }
)
REVIEWS = pd.DataFrame(
    {
        "text": [["a very good film", "a very bad film", "NA", "?"][i % 4] for i in range(ROWS)],
        "label": [["good", "bad"][i % 2] for i in range(ROWS)],
    }
)


def write(frame, file):
    if file.suffix == ".parquet":
        frame.to_parquet(file)
    else:
        frame.to_csv(file, index=False, sep="\t" if ".tsv" in file.name else ",")
    return file.name


def tabular(root, source, **changed):
    asked_for = node("tabular", "dataset") | {"source": source, "target": "bought"} | changed
    return build("dataset", asked_for, data_root=str(root), download=False)


def text(root, source, **changed):
    asked_for = node("text", "dataset") | {"source": source} | changed
    return build("dataset", asked_for, data_root=str(root), download=False)


def refusal(load, *args, **changed):
    with pytest.raises(ConfigError) as error:
        load(*args, **changed)
    assert "\n" not in str(error.value)
    return str(error.value)
