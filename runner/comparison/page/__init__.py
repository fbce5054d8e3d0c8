"""The report as one page: tables to filter and to sort, the seeds behind each number, pictures; no network is asked.

All numbers are computed here, for every metric and every rule of runner/tasks/selection.py, and stand in the page as
JSON; its script shows and sorts them. Tests take time, so † and differences to the baseline are there for TESTED and
for the metric that was asked for; the other metrics have means, standard deviations, ranks and seeds.
"""

import json
import re
from base64 import b64encode
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from importlib.resources import files
from math import isnan
from os.path import relpath
from pathlib import Path
from string import Template
from typing import Any, NamedTuple
from urllib.parse import quote

from runner.comparison.chosen_tables import Asked
from runner.comparison.compare import Family, families
from runner.comparison.panels import Layout, Panel, panels
from runner.comparison.results import DIGITS, Outcome, Result, chosen, in_order, metrics, of_one_kind, runs, varying
from runner.comparison.tables import differences, means
from runner.console.escape import nested, xml
from runner.console.table import Table
from runner.store.record import FINISHED
from runner.store.store import Store
from runner.tasks.selection import RULES, when

TESTED = (
    "test/accuracy", "test/balanced_accuracy", "test/worst_class_recall", "test/nll", "test/ece", "test/brier",
    "test/aurc", "val/accuracy", "train/memorised", "train/accuracy_true",
)  # fmt: skip
PHONE = "40rem"  # the widest window that is shown the narrow pictures, as in page.css
NAMED = 12  # values of a key that the heading lists


class Drawn(NamedTuple):
    """A picture as SVG, for a desk and for a phone."""

    wide: str
    narrow: str


def page(
    results: Sequence[Result],
    layout: Layout,
    asked: Asked,
    pictures: Mapping[str, Mapping[str, Drawn]],
    *,
    folder: Path | None = None,
) -> str:
    """One HTML document that holds everything, and is the same for the same store.

    Args:
        layout: what is shown first; its rows, columns and `where` hold for all that can be chosen in the page.
        asked: how tables are made. A family that is the report's is of one metric and one rule: of all comparisons that
            the page shows at once.
        pictures: {title of a panel: {name: as SVG}}.
        folder: where the page will lie: audits are linked from there; by default the store's folder.

    Raises:
        ConfigError: see panels.panels.
    """
    found = in_order(of_one_kind(chosen(results, layout.where), layout.metric))
    layout = layout.on(found)
    content: dict[str, Any] = _content(found, replace(layout, where=""), asked, folder)
    holes = {
        "style": _part("page.css"),
        "script": _part("page.js"),
        "data": _json(nested(content)),
        "store": _store(found),
        "panels": "\n".join(_section(i, p, layout, pictures) for i, p in enumerate(content["panels"])),
    }
    return Template(_part("page.html")).substitute(holes)


def _part(name: str) -> str:
    return (files(__package__) / name).read_text(encoding="utf-8")


def _json(content: Any) -> str:
    """JSON that can stand within <script>: nothing in it ends the element or begins a comment."""
    text = json.dumps(content, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _content(found: Sequence[Result], layout: Layout, asked: Asked, folder: Path | None) -> dict[str, Any]:
    first = panels(found, layout)
    measured = sorted({*metrics(found), layout.metric})
    there = {rule for each in found for outcome in each.outcomes.values() for rule in outcome.rows} | {layout.at}
    rules = {rule: when(rule, first[0].primary) for rule in RULES if rule in there}
    tested = {*TESTED, layout.metric}
    places = {each.cell: i for i, each in enumerate(found)}
    shown: list[dict[str, Any]] = [_frame(panel, places) for panel in first]
    for metric in measured:
        for rule in rules:
            its = panels(found, replace(layout, metric=metric, at=rule))
            for frame, view in zip(shown, _views(its, asked, tested=metric in tested), strict=True):
                frame["views"].setdefault(metric, {})[rule] = view
    settings = [{key: _said(value) for key, value in each.settings.items()} for each in found]
    shared = {k: v for k, v in settings[0].items() if all(other.get(k) == v for other in settings)}
    cells = [_cell(each, own, shared, measured, folder) for each, own in zip(found, settings, strict=True)]
    shown_first = {"metric": layout.metric, "at": layout.at}
    return {
        "asked": shown_first,
        "metrics": measured,
        "rules": rules,
        "shared": shared,
        "cells": cells,
        "panels": shown,
    }


def _frame(panel: Panel, places: Mapping[str, int]) -> dict[str, Any]:
    """What of a panel is the same for every metric: its names, and which cell is where."""
    cells = [[panel.entry(row, column).result for column in panel.columns] for row in panel.rows]
    return {
        "title": panel.title,
        "heading": panel.heading,
        "why": panel.why,
        "rows": list(panel.rows),
        "baseline": panel.baseline,
        "when": panel.when,
        "cells": [[places[each.cell] if each else None for each in line] for line in cells],
        "views": {},
    }


def _views(found: Sequence[Panel], asked: Asked, *, tested: bool) -> Iterator[dict[str, Any]]:
    """The numbers of each panel under one metric and rule."""
    compared = families(found, asked.level, asked.family) if tested else [None] * len(found)
    for panel, family in zip(found, compared, strict=True):
        yield _view(panel, asked, family)


def _view(panel: Panel, asked: Asked, family: Family | None) -> dict[str, Any]:
    table = means(panel, asked.level, tested=family is not None, took=asked.took)
    compared = differences(panel, asked.level, asked.detect, family) if family else None
    return {
        **_table(table),
        "bold": [[cell.bold for cell in line] for line in table.body],
        "means": [[_number(panel.entry(row, column).mean) for column in panel.columns] for row in panel.rows],
        "higher": panel.declared.higher,
        "scale": panel.scale,
        "digits": panel.digits,
        "unit": panel.declared.shown_unit,
        "remarks": list(_remarks(panel, compared)),
        "differences": _table(compared) if compared and compared.body else None,
    }


def _table(table: Table) -> dict[str, Any]:
    body = [[cell.text for cell in line] for line in table.body]
    return {"caption": table.caption, "header": list(table.header), "body": body}


def _remarks(panel: Panel, compared: Table | None) -> Iterator[str]:
    if not panel.most:
        yield f"No seed has a value of {panel.metric} here. Open a cell to see what became of its seeds."
        return
    if panel.most == 1:
        yield "With one seed there is no spread, and no test can tell a difference from chance."
    if len(panel.rows) == 1:
        yield "There is one row, and nothing to compare it with."
    elif compared is None:
        yield f"The page has no tests of this metric; python -m runner.report metric={panel.metric} makes them."
    elif not compared.body:
        yield f"No row has a value beside one of the baseline, {panel.baseline}."


def _cell(
    result: Result, settings: Mapping[str, str], shared: Mapping[str, str], metrics: Sequence[str], folder: Path | None
) -> dict[str, Any]:
    return {
        "cell": result.cell,
        "dataset": result.choices.get("dataset", ""),
        "own": {key: value for key, value in settings.items() if key not in shared},
        "commands": list(_commands(result)),
        "seeds": [
            {"seed": seed, "state": outcome.state, **_kept(result, seed, outcome, folder)}
            for seed, outcome in result.outcomes.items()
        ],
        "values": {
            rule: [[_number(o.rows.get(rule, {}).get(name)) for name in metrics] for o in result.outcomes.values()]
            for rule in RULES
            if any(rule in o.rows for o in result.outcomes.values())
        },
    }


def _kept(result: Result, seed: int, outcome: Outcome, folder: Path | None) -> dict[str, str]:
    """Why a seed has no values, and where its audit is; as far as its store says so."""
    if result.folder is None:
        return {}
    root = result.folder.parent.parent
    found = {"cause": outcome.cause} if outcome.cause else {}
    if (root / "audits").is_dir() and outcome.state in FINISHED:
        audit = Path(Store(root).named(result.cell).seed(seed).provenance().get("audit", ".."))
        if ".." not in audit.parts and not audit.is_absolute() and (root / audit).is_dir():
            found["audit"] = quote(Path(relpath(root / audit, folder or root)).as_posix(), safe="/=") + "/"
    return found


def _commands(result: Result) -> Iterator[str]:
    """What asks for the cell's seeds, one command for each run of them."""
    return (result.ask(each) for each in runs(result.outcomes)) if result.command else iter(())


def _said(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, default=str)


def _number(value: float | None) -> float | None:
    return None if value is None or isnan(value) else float(f"{value:.{DIGITS}g}")


def _store(found: Sequence[Result]) -> str:
    """What the page is of, in words."""
    states = Counter(outcome.state for each in found for outcome in each.outcomes.values())
    counted = ", ".join(
        f"{count} {state}" for state, count in sorted(states.items(), key=lambda s: (s[0] != "done", s))
    )
    total = states.total()
    said = (
        f"{len(found)} cell{'s' * (len(found) != 1)}, {total} seed{'s' * (total != 1)}: {counted or 'none asked for'}."
    )
    lines = [f"<p>{xml(said)}</p>"]
    for key in varying(found):
        values = list(dict.fromkeys(_said(each.settings[key]) for each in found if key in each.settings))
        more = f" and {len(values) - NAMED} more" if len(values) > NAMED else ""
        lines.append(f"<div><dt>{xml(key)}</dt><dd>{xml(', '.join(values[:NAMED]) + more)}</dd></div>")
    return lines[0] + (f"<dl>{''.join(lines[1:])}</dl>" if lines[1:] else "")


def _section(place: int, panel: Mapping[str, Any], layout: Layout, pictures: Mapping[str, Mapping[str, Drawn]]) -> str:
    title = panel["heading"] or "All results"
    why = f"<p>A table of its own: {xml(panel['why'])}.</p>" if panel["why"] else ""
    drawn = "\n".join(_picture(name, drawn, title) for name, drawn in pictures.get(panel["title"], {}).items())
    said = f"Of {layout.metric} {panel['when']}, all rows and data sets; what is chosen above does not change them."
    if drawn:
        drawn = f'<div class="pictures"><h3>Pictures</h3><p class="caption">{xml(said)}</p>{drawn}</div>'
    return (
        f'<section class="panel" data-panel="{place}"><h2>{xml(title)}</h2>{why}'
        f'<div class="tables"></div>{drawn}</section>'
    )


def _picture(name: str, drawn: Drawn, title: str) -> str:
    """An <img>, in which the ids of one picture are not those of another; its size is known before it is drawn."""
    said = name.replace("_", " ")
    heading, alt = xml(said[:1].upper() + said[1:]), xml(f"{said}: {title}")
    narrow = f'<source media="(max-width: {PHONE})" srcset="{_data(drawn.narrow)}" {_size(drawn.narrow)}>'
    shown = f'<img alt="{alt}" {_size(drawn.wide)} src="{_data(drawn.wide)}">'
    return f'<figure><h4>{heading}</h4><div class="card"><picture>{narrow}{shown}</picture></div></figure>'


def _size(svg: str) -> str:
    """Its width and height in pixels, as attributes."""
    size = re.search(r'<svg\b[^>]*?\bviewBox="[-\d.]+ [-\d.]+ ([\d.]+) ([\d.]+)"', svg)
    width, height = (round(float(each) * 4 / 3) for each in size.groups()) if size else (640, 480)
    return f'width="{width}" height="{height}"'


def _data(svg: str) -> str:
    return f"data:image/svg+xml;base64,{b64encode(svg.encode()).decode()}"
