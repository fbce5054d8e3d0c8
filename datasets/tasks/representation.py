"""Features of inputs, which a probe is fitted on. Classes are for the probe, unless a loss of classes is asked for."""

from datasets.split import Split


def representation(split: Split) -> Split:
    """The same examples, of which features are evaluated."""
    return split._replace(task="representation")
