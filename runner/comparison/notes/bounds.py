"""Whether a calibrator had to be stopped, from what is stored of its seeds."""

from collections.abc import Sequence

from runner.store.record import Record


def at_bound(records: Sequence[Record]) -> str:
    """A warning about the seeds of a cell whose calibrator has no best fit within its bounds, "" if there are none."""
    stopped = sum(record.final_diagnostics().get("calibrator_at_bound", False) for record in records)
    return f"the calibrator of {stopped} of {len(records)} seeds has no best fit within its bounds" if stopped else ""
