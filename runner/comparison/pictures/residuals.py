"""How far predictions of numbers are off, and where."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from runner.comparison.panels import Panel
from runner.comparison.pictures import Kept
from runner.comparison.pictures.predicted_against_true import grid
from runner.console.drawing import GREY
from runner.statistics.values import Array


def residuals(panel: Panel, kept: Kept, level: float) -> Figure | None:
    """Prediction minus true number against the prediction, of up to 200 test examples, at the last epoch.

    Each dot is an example, predicted by one seed; all seeds are drawn. Around the grey line the prediction is right. A
    slope or a bend is something that the network has not learnt; a funnel is noise that grows with the number.
    """

    def draw(axis: Axes, true: Array, predicted: Array, colour: str) -> None:
        axis.axhline(0, color=GREY, lw=0.8, zorder=0)
        axis.scatter(predicted, predicted - true, s=4, color=colour, alpha=0.3, lw=0)

    return grid(panel, kept, draw, ("predicted", "residual"), "residuals of the test set")
