"""Losses on the same batches as those of solo-learn, lightly and pytorch-metric-learning, by values that these gave."""

import pytest

from tests.packages.compare import BATCHES, KEPT, OURS, PAGE, page, pairs

APART = {  # (what is kept, batch): there the package does something else, as docs/packages.md says
    ("MultiSimilarityLoss, MultiSimilarityMiner epsilon=0.1", "even"),
    ("MultiSimilarityLoss, MultiSimilarityMiner epsilon=0.1", "uneven"),
    ("MultiSimilarityLoss, MultiSimilarityMiner epsilon=0.1", "pairs"),
    ("SmoothAPLoss", "uneven"),
    ("SmoothAPLoss", "pairs"),
}
PAIRS = list(pairs())


@pytest.mark.parametrize("batch", BATCHES)
@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: f"{pair.package}, {pair.objective}")
def test_value_and_gradient_are_those_of_the_package_or_are_known_to_differ(pair, batch):
    known = (pair.objective, batch) in APART
    assert pair.equal(batch) is not known


def test_packages_are_named_with_their_versions():
    assert {each["package"].rpartition(" ")[0] for each in KEPT["values"]} == {
        "solo-learn",
        "lightly",
        "pytorch-metric-learning",
    }
    assert {pair.ours.loss for pair in PAIRS} == {ours.loss for ours in OURS.values()}


def test_the_page_is_what_its_command_gives():
    before = PAGE.read_text(encoding="utf-8")
    assert page(before) == before
