"""Are two objectives alike, within a margin?"""

import numpy as np
from numpy.typing import ArrayLike

from runner.statistics.sign_flip import sign_flip_p


def equivalence_p(differences: ArrayLike, margin: float) -> float:
    """p of two one-sided sign-flip tests (TOST; Schuirmann, 1987) of differences (n,) against +-margin.

    A p of at most a level says that the mean difference lies within the margin, at that level.

    >>> equivalence_p([0.001, -0.002, 0.0, 0.001, -0.001], margin=0.01)
    0.03125

    Raises:
        ValueError: margin, in the unit of the differences, is not above 0.
    """
    if not margin > 0:
        raise ValueError(f"margin={margin} must be above 0")
    x = np.asarray(differences, dtype=np.float64)
    above, below = sign_flip_p(x + margin, "greater"), sign_flip_p(margin - x, "greater")
    return max(above, below)
