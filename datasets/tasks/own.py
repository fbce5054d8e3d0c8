"""The task that a data set comes with."""

from datasets.split import Split


def own(split: Split) -> Split:
    """The same."""
    return split
