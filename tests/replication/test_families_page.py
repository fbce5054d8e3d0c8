"""docs/families.md says of each claim what its kept seeds come to, and names tests that there are."""

import re

import pytest

from runner.replication.evidence import judged
from runner.replication.kept import kept_claims
from tests.zoo import ROOT

PAGE = (ROOT / "docs" / "families.md").read_text()
SAID = dict(re.findall(r"`(\w+)` (holds|reversed|undecided)", PAGE))
FAMILIES = ("preference", "language", "density", "transport", "flow_networks", "single_tasks")


@pytest.mark.parametrize("family", FAMILIES)
def test_verdicts_are_those_of_the_kept_seeds(family):
    kept = kept_claims(ROOT / "docs" / "results" / "data" / f"claims_{family}.jsonl")
    found = [each for each in kept if not each.universe and not each.tuned]
    verdicts = {
        each.asked.name: "undecided" if finding is None else finding.verdict(each.asked.level)
        for each, finding in zip(found, judged(found), strict=True)
    }
    assert {name: SAID.get(name) for name in verdicts} == verdicts


def test_no_verdict_is_of_a_claim_that_is_not_there():
    there = {file.stem for file in (ROOT / "conf" / "claim").glob("*.yaml")}
    assert set(SAID) <= there


def test_the_tests_that_it_names_are_there():
    named = re.findall(r"\(\.\./(tests/[\w/]+\.py)\)", PAGE)
    assert named
    assert [name for name in named if not (ROOT / name).exists()] == []
