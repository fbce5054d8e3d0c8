"""What a method asks a loss of kind "recovered" to recover: numbers, or bits."""

from runner.contracts.loss import said
from runner.objective.criterion import Criterion


def check_bits(loss: Criterion, asked: bool) -> None:
    """Raise ValueError where a loss is of bits and numbers are asked for, or the other way round: see
    Loss.of_bits."""
    if said(loss.loss, "of_bits") != asked:
        what = "bits, for which there is loss=logistic" if asked else "numbers, and this is a loss of bits"
        raise ValueError(f"loss={type(loss.loss).__name__}: what is to be recovered are {what}")
