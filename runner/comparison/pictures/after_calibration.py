"""Reliability diagrams of what a calibrator makes of predictions."""

from matplotlib.figure import Figure

from runner.comparison.panels import Panel
from runner.comparison.pictures import Kept
from runner.comparison.pictures.calibration import reliability


def after_calibration(panel: Panel, kept: Kept, level: float) -> Figure | None:
    """As the picture `calibration`, of predictions after a calibrator; rows without one are not drawn.

    The calibrator was fitted to validation examples. Points nearer to the diagonal than there say that it helped.
    """
    return reliability(panel, kept, "calibrated_reliability", "after the calibrator: calibration")
