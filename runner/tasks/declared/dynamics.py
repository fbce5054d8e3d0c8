"""Steps of a process: features of a state and of the next one, and what an operator between them tells."""

from math import inf

from runner.tasks.declared.regression import UNIT
from runner.tasks.metric import Metric
from runner.tasks.task import Task

LEADING = 3  # eigenvalues that are measured

DYNAMICS = Task(
    name="dynamics",
    target="real",
    standardised=False,
    paired=True,
    baseline="dpnets",
    measures="runner.parts.measures.dynamics.Dynamics",
    quality=(
        Metric("eigenvalue_error", "lower", 0.0, inf, ""),
        Metric("forecast_rmse", "lower", 0.0, inf, UNIT),
        *(
            Metric(f"{part}_{k}", "higher", -inf, inf, "")
            for k in range(1, LEADING + 1)
            for part in ("real", "imaginary")
        ),
    ),
    label_noise=(),
)
