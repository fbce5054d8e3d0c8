"""What a command came to: a table, warnings, and what failed."""

from collections import defaultdict
from collections.abc import Sequence

from runner.comparison.notes.bounds import at_bound
from runner.comparison.notes.chance import at_chance
from runner.comparison.panels import Layout, panels
from runner.comparison.results import Result, by_code, by_usual_metric, result
from runner.comparison.tables import everything, means
from runner.console.escape import shell
from runner.console.plain import wide_console
from runner.console.say import complain, note
from runner.launch.plan import SHOWN, Planned
from runner.store.record import FINISHED
from runner.store.sources import outdated

HELD = 3  # the exit status where nothing failed, and not everything is done


def show(planned: Sequence[Planned], *, told: bool = False) -> int:
    """Show what the store now holds of all that was asked, which seeds other code trained, which never left chance,
    whose calibrator stands at a bound, and what failed, each cause once.

    Args:
        told: has the training, in this process, already named the seeds of other code?
    Returns:
        The exit status: 1 where something failed, HELD where another process still trains some of it, else 0.
    """
    found = [result(each.cell, sorted(each.states)) for each in planned]
    _tables([part for each in found for part in by_code(each)])
    if not told:
        _other_code(planned)
    for each in planned:
        records = [each.cell.seed(seed) for seed in sorted(each.states)]
        for line in filter(None, (at_chance(records), at_bound(records))):
            complain(f"{each.config.title}: {line}")
    failed, held = _unfinished(planned, found)
    return 1 if failed else HELD if held else 0


def _tables(found: Sequence[Result]) -> None:
    """Of a grid over several tasks, calculations or probes, those of each apart."""
    console = wide_console()
    for alike in by_usual_metric(found):
        if len(alike) > 1:
            for panel in panels(alike, Layout()):
                means(panel).show(console)
        else:
            everything(alike[0]).show(console)


def _other_code(planned: Sequence[Planned]) -> None:
    warnings = list(filter(None, (outdated(each.cell, each.config.command) for each in planned)))
    for warning in warnings[:SHOWN]:
        complain(warning)
    if more := warnings[SHOWN:]:
        complain(f"and {len(more)} more cells, for the same reason")


def _unfinished(planned: Sequence[Planned], found: Sequence[Result]) -> tuple[bool, int]:
    """Name what failed, and say how many seeds another process has.

    Args:
        found: what was read of each that is planned; its finished seeds are not read again.
    Returns:
        Whether something failed, and that number.
    """
    failed, held = defaultdict(list), 0
    for each, its in zip(planned, found, strict=True):
        for seed in (seed for seed, outcome in its.outcomes.items() if outcome.state not in FINISHED):
            record = each.cell.seed(seed)
            status = record.checked()
            if status["state"] == "damaged":
                each.cell.store.index.doubt()
            if status["state"] in FINISHED:
                continue
            if record.held:
                held += 1
            else:
                failed[status.get("cause") or f"left {status['state']}"].append(status)
    for cause, statuses in failed.items():
        trace = next((status["traceback"] for status in statuses if "traceback" in status), "")
        complain(f"{len(statuses)} failed: {cause}")
        if trace:
            note(trace.rstrip(), lines=True)
        for status in statuses:
            if again := shell(status.get("command")):
                note(f"  to try again: {again}")
    if held:
        complain(
            f"{held} seed{'s' * (held != 1)} left to another process, which trains them; the same command asks again"
        )
    return bool(failed), held
