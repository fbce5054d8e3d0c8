"""Linear warm-up, common to all schedules."""


def ramp(t: float, warmup: float) -> float:
    """1 after `warmup` epochs, before that t / warmup; t is in epochs.

    >>> ramp(0.5, 2.0), ramp(3.0, 2.0), ramp(0.0, 0.0)
    (0.25, 1.0, 1.0)
    """
    return 1.0 if t >= warmup else t / warmup
