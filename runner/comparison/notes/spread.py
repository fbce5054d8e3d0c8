"""What to say of a comparison whose differences have a scatter for which its interval was not made."""

from collections.abc import Sequence

from runner.comparison.compare import Comparison, gaps
from runner.comparison.panels import Panel
from runner.statistics.collapses import far


def spread(panel: Panel, found: Sequence[Comparison]) -> list[str]:
    """Remarks on comparisons in which seeds are far from the rest, and on those whose differences are all equal."""
    made = [each for each in found if each.made]
    apart = [(each.row, each.column) for each in made if far(gaps(panel, each))]
    equal = [(each.row, each.column) for each in made if each.paired.n > 1 and each.paired.sd == 0]
    said = []
    if apart:
        said.append(
            f"seeds are far from the rest, and the interval may hold the mean in 70% of all cases only (show=robust): "
            f"{panel.places(apart)}"
        )
    if equal:
        said.append(f"equal in all seeds, which are too few to tell how the difference varies: {panel.places(equal)}")
    return said
