"""Results for an analysis of one's own: a line a seed and metric, settings as columns (tidy data; Wickham, 2014)."""

import csv
import io
import json
from collections.abc import Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from runner.comparison.results import Result, declared, metrics
from runner.console.errors import ConfigError
from runner.console.escape import csv_cell
from runner.store.files import save

ENDINGS = (".csv", ".parquet")
SEED = ("cell", "seed", "state", "metric", "value", "better", "unit")  # what each line begins with


def tidy(results: Sequence[Result], at: str, only: Sequence[str] = ()) -> list[dict[str, Any]]:
    """A line for each seed and metric; of a seed without values one line, which has neither metric nor value.

    A line has what SEED names, then the settings of its cell, which all lines have: None where a cell lacks one. A
    setting that is named like one of SEED's is named "setting.<name>". Values are as measured: a share is no
    percentage, and a seed that diverged has none, whatever a report counts it as.

    Args:
        at: of runner/tasks/selection.py's RULES, which row of a seed counts.
        only: metrics; by default all.
    """
    keys = list(dict.fromkeys(key for each in results for key in each.settings))
    known = {name: declared(results, name) for name in only or metrics(results)}
    made = []
    for each in results:
        settings = {f"setting.{key}" if key in SEED else key: each.settings.get(key) for key in keys}
        for seed, outcome in each.outcomes.items():
            row = outcome.rows.get(at, {})
            head = {"cell": each.cell, "seed": seed, "state": outcome.state}
            its = [
                {"metric": name, "value": float(row[name]), "better": metric.better, "unit": metric.unit}
                for name, metric in known.items()
                if name in row
            ] or [dict.fromkeys(("metric", "value", "better", "unit"))]
            made += [head | line | settings for line in its]
    return made


def keep_tidy(lines: Sequence[dict[str, Any]], file: Path) -> None:
    """Write lines of the same columns, by the file's ending as CSV or Parquet. Raises ConfigError: see parquet()."""
    save(file, _parquet(lines) if file.suffix == ".parquet" else _csv(lines))


def _csv(lines: Sequence[dict[str, Any]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(map(csv_cell, lines[0] if lines else SEED))
    writer.writerows([csv_cell(_text(value)) for value in line.values()] for line in lines)
    return out.getvalue()


def _text(value: Any) -> Any:
    """A list or a mapping as JSON, and a truth value as YAML writes it; all else as it is."""
    return json.dumps(value, default=str) if isinstance(value, list | dict | tuple | bool) else value


def parquet() -> Any:
    """pyarrow, its module of Parquet loaded. Raises ConfigError where it is not installed."""
    try:
        import_module("pyarrow.parquet")
        return import_module("pyarrow")
    except ImportError as error:
        raise ConfigError(
            "tidy=FILE.parquet: needs the package pyarrow, which cannot be imported: "
            ".venv/bin/pip install -e '.[data]'; tidy=FILE.csv has the same lines"
        ) from error


def _parquet(lines: Sequence[dict[str, Any]]) -> bytes:
    """Numbers and truth values as such; a column of several kinds is one of texts."""
    pyarrow = parquet()
    names = list(lines[0]) if lines else SEED
    columns = {name: list(_alike([line[name] for line in lines])) for name in names}
    out = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.table(columns), out)
    return out.getvalue()


def _alike(values: Sequence[Any]) -> Iterator[Any]:
    kinds = {type(value) for value in values if value is not None}
    if kinds == {int, float}:
        return (None if value is None else float(value) for value in values)
    if len(kinds) == 1 and kinds <= {int, float, bool, str}:
        return iter(values)
    return (value if value is None or isinstance(value, str) else str(_text(value)) for value in values)
