"""Labels that are probably wrong: confident learning (Northcutt et al., JAIR 2021), as cleanlab has it."""

from typing import NamedTuple

import numpy as np

from runner.data_card.baseline import Sample


class Suspect(NamedTuple):
    """A training example of a seed.

    Attributes:
        place: which it is.
        given: its label.
        suggested: the likeliest class.
        confidence: the probability of that.
    """

    place: int
    given: int
    suggested: int
    confidence: float


def suspects(sample: Sample, probabilities: np.ndarray) -> tuple[Suspect, ...]:
    """Those whose label is the least probable first.

    Raises:
        ModuleNotFoundError: cleanlab is not installed.
    """
    from cleanlab.filter import find_label_issues

    order = find_label_issues(sample.given, probabilities, return_indices_ranked_by="self_confidence", n_jobs=1)
    classes, likely = sample.classes, probabilities.argmax(1)
    return tuple(
        Suspect(int(sample.place[i]), classes[sample.given[i]], classes[likely[i]], float(probabilities[i].max()))
        for i in order
    )
