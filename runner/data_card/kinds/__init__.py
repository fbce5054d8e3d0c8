"""Which kind of targets a seed has."""

from collections.abc import Callable

from runner.data.protocol import Prepared
from runner.data.targets import CandidateSets, Classes, Densities, Labels, Numbers, Targets
from runner.data_card.kinds.classes import ShownClasses, ShownSets
from runner.data_card.kinds.kind import Shown
from runner.data_card.kinds.labels import ShownLabels
from runner.data_card.kinds.numbers import ShownNumbers
from runner.data_card.kinds.pairs import ShownPairs

KINDS: dict[type[Targets], Callable[[Prepared, int], Shown]] = {
    Classes: ShownClasses,
    CandidateSets: ShownSets,
    Numbers: ShownNumbers,
    Densities: ShownPairs,
    Labels: ShownLabels,
}


def shown(prepared: Prepared, seed_place: int) -> Shown:
    """What an audit says of a seed's targets."""
    return KINDS[type(prepared.targets)](prepared, seed_place)
