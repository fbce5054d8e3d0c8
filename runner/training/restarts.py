"""A schedule that begins again, for methods that train one network after the other."""

import inspect
from collections.abc import Callable, Sequence

from torch import Tensor

from runner.objective.phases import phase_at

Factor = float | Tensor  # of the learning rate, (S,) where each seed has its own


def restarting(schedule: Callable[..., Factor], starts: Sequence[int]) -> Callable[[float, int, Tensor], Factor]:
    """The schedule, from its start to its end in each phase: between each two of the epochs `starts`, the first 0.

    Gives a function of the epochs gone by, all epochs, and the objective (S, E) of past ones.

    >>> import torch
    >>> falling = restarting(lambda t, epochs: 1 - t / epochs, [0, 4])
    >>> [falling(t, 6, torch.zeros(1, 0)) for t in (1.0, 4.0, 5.0, 6.0)]
    [0.75, 0.0, 0.5, 0.0]
    """
    remembers = "history" in inspect.signature(schedule).parameters

    def restarted(t: float, epochs: int, history: Tensor) -> Factor:
        phase = phase_at(t, starts, epochs)
        past = {"history": history[:, phase.start :]} if remembers else {}
        return schedule(t - phase.start, phase.epochs, **past)

    return restarted
