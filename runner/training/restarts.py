"""A schedule that begins again, for methods that train one network after the other."""

from collections.abc import Callable, Sequence

from runner.objective.phases import phase_at


def restarting(schedule: Callable[[float, int], float], starts: Sequence[int]) -> Callable[[float, int], float]:
    """The schedule, from its start to its end in each phase: between each two of the epochs `starts`, the first 0.

    >>> falling = restarting(lambda t, epochs: 1 - t / epochs, [0, 4])
    >>> [falling(t, 6) for t in (1.0, 4.0, 5.0, 6.0)]
    [0.75, 0.0, 0.5, 0.0]
    """

    def restarted(t: float, epochs: int) -> float:
        phase = phase_at(t, starts, epochs)
        return schedule(t - phase.start, phase.epochs)

    return restarted
