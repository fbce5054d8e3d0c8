"""Notes on by what results were made."""

import pytest

from runner.comparison.notes.origins import notes
from runner.comparison.panels import Layout, panels
from runner.comparison.results import read
from tests.stores import keep


@pytest.mark.parametrize(
    ("asked", "said"),
    [({}, False), ({"resample": "bootstrap"}, True), ({"resample": "folds", "split_seed": 3}, False)],
)
def test_where_each_seed_has_its_own_test_part_the_table_says_so(tmp_path, asked, said):
    keep(tmp_path, [0.5, 0.6], **asked)
    (panel,) = panels(read(tmp_path), Layout())
    assert ("each seed has its own test part" in " ".join(notes(panel))) == said
