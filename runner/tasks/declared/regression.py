"""Numbers: D real targets an example."""

from math import inf

from runner.tasks.metric import Metric, share
from runner.tasks.task import HELD_OUT, Extra, Task

UNIT = "target units"

QUALITY = (
    Metric("rmse", "lower", 0.0, inf, UNIT),
    Metric("mae", "lower", 0.0, inf, UNIT),
    Metric("r2", "higher", -inf, 1.0, ""),
    Metric("spearman", "higher", -1.0, 1.0, ""),
    Metric("worst_decile_rmse", "lower", 0.0, inf, UNIT),
    Metric("crps", "lower", 0.0, inf, UNIT),
    Metric("nlpd", "lower", -inf, inf, "nats"),
    share("quantile_calibration_error", "lower"),
    Metric("sharpness", "lower", 0.0, inf, UNIT),
)
REGRESSION = Task(
    name="regression",
    target="real",
    baseline="mse",
    measures="runner.parts.measures.regression.Regression",
    quality=QUALITY,
    calibrated=QUALITY,
    extras=(Extra("calibration", HELD_OUT, (Metric("l2_calibration_error", "lower", 0.0, inf, UNIT),)),),
    label_noise=(
        Metric("rmse_given", "lower", 0.0, inf, UNIT),
        Metric("rmse_true", "lower", 0.0, inf, UNIT),
        share("memorised", "lower"),
        share("flip_auroc", "higher"),
    ),
    bounded=("rmse",),
)
