"""Is a difference to the baseline large enough to matter?"""

import pytest

from runner.comparison.beyond_means.practical import practical
from runner.comparison.chosen_tables import Asked, tables
from runner.comparison.panels import Layout, panels
from runner.comparison.results import read
from runner.statistics.equivalence import equivalence_p
from runner.statistics.multiple import holm
from tests.stores import keep

CE = [0.90, 0.91, 0.92, 0.93, 0.89, 0.90, 0.91, 0.92]
NEAR = [0.001, -0.002, 0.0, 0.001, -0.001, 0.002, 0.0, -0.001]
FAR = [0.03, 0.04, 0.05, 0.02, 0.04, 0.03, 0.05, 0.04]


@pytest.fixture
def panel(tmp_path):
    keep(tmp_path, CE, loss="ce")
    keep(tmp_path, [a + b for a, b in zip(CE, NEAR, strict=True)], loss="gce")
    keep(tmp_path, [a + b for a, b in zip(CE, FAR, strict=True)], loss="sce")
    (found,) = panels(read(tmp_path), Layout())
    return found


def cells(table):
    return {
        line[0].text: dict(zip(table.header[2:], [cell.text for cell in line[2:]], strict=True)) for line in table.body
    }


def test_a_row_is_alike_or_better(panel):
    found = cells(practical(panel))
    assert float(found["gce"]["P(alike)"]) > 0.99
    assert float(found["sce"]["P(better)"]) > 0.99
    assert found["sce"]["wins"] == "100% [63%, 100%]"
    assert found["sce"]["ASO"] == "0.00"
    assert {found[row]["n"] for row in found} == {"8"}


def test_p_is_corrected_for_all_rows(panel):
    found = cells(practical(panel, rope=1))
    corrected = holm([equivalence_p(NEAR, 0.01), equivalence_p(FAR, 0.01)])
    assert [found[row]["p (alike)"] for row in ("gce", "sce")] == [f"{p:.2g}" for p in corrected]


def test_p_is_corrected_over_the_family_that_is_asked_for(tmp_path):
    """Of two columns with two comparisons each."""
    for noise in (0.0, 0.4):
        keep(tmp_path, CE, loss="ce", noise=noise)
        for loss, apart in (("gce", NEAR), ("sce", FAR)):
            keep(tmp_path, [a + b for a, b in zip(CE, apart, strict=True)], loss=loss, noise=noise)
    found = panels(read(tmp_path), Layout())
    p = equivalence_p(NEAR, 0.01)
    for family, size in (("report", 4), ("panel", 4), ("column", 2)):
        (table,) = tables(found, ["practical"], Asked(family=family))
        assert f"corrected for {size} comparisons of" in table.caption
        assert {line[3].text for line in table.body if line[0].text == "gce"} == {f"{size * p:.2g}"}


def test_a_region_is_in_points(panel):
    """Within five points all are alike, within a twentieth of one none is."""
    wide, narrow = practical(panel, rope=5), practical(panel, rope=0.05)
    assert "alike: within 5 points" in wide.caption.replace("Alike", "alike")
    assert float(cells(wide)["sce"]["P(alike)"]) > 0.9 > float(cells(narrow)["gce"]["P(alike)"])


def test_where_less_is_better_less_is_better(tmp_path):
    keep(tmp_path, CE, loss="ce", metric="test/nll")
    keep(tmp_path, [value - 0.5 for value in CE], loss="gce", metric="test/nll")
    (found,) = panels(read(tmp_path), Layout(metric="test/nll"))
    (line,) = cells(practical(found)).values()
    assert (line["P(better)"], line["wins"][:4], line["ASO"]) == ("1.00", "100%", "0.00")
