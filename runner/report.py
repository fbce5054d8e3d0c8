"""Is this objective better than that one? `python -m runner.report`, from a store alone; nothing is trained here.

    python -m runner.report                                        what varies in results/, as tables
    python -m runner.report metric=test/nll rows=loss cols=noise where='dataset=digits,noise=0.2|0.6' baseline=gce
    python -m runner.report format=latex > table.tex               or markdown, or csv with every number
    python -m runner.report page=results/report pictures=figures   a page for the browser, pictures for a paper

store=      a store, or a file made by pack=
metric=     a number of a row, test/accuracy
at=         which row of a seed counts: last, best_val or best_test
rows=, cols=  keys, comma-separated; what else varies makes columns, or tables of its own
where=      conditions that results have to meet
diverged=   worst: a diverged seed counts as the worst value of its metric; exclude: it is left out, as every table says
baseline=   the row that others are compared with: by default ce
level=      of tests and intervals
detect=     the difference that "n for" is about: by default a hundredth of a share, a tenth of other metrics
show=       means, differences, ranks, rules (last, best_val and best_test side by side), tuning (how rows were tuned,
            a line each), seeds (the commands that train as many as "n for" says)
took=       false: without the columns of seconds, memory and first gradients
format=     terminal, markdown, latex or csv
page=       a folder, for index.html
pictures=   a folder, for SVG, PDF and PNG of each
wandb=      online or offline: tables and pictures as one W&B run
pack=       a file, .jsonl or .jsonl.gz: the results themselves, small enough to be checked in; store= reads it
only=       the metrics that pack= keeps, comma-separated, where it is not to keep all
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from runner.comparison.compare import ranking
from runner.comparison.entry import RULES_OF_DIVERGED, WORST
from runner.comparison.footing import lines, tunings
from runner.comparison.panels import Layout, Panel, panels
from runner.comparison.results import Result, chosen, pack, read, unbegun
from runner.comparison.rules import rules
from runner.comparison.tables import as_csv, differences, means, ranks, seeds
from runner.console.errors import ConfigError, nearest, program, writing
from runner.console.plain import Plain, wide_console
from runner.console.say import complain, say
from runner.console.table import Sheet, latex
from runner.nodes.signature import check, value_of
from runner.store.folders import writable_file, writable_folder
from runner.tasks.selection import RULES

PARTS = ("means", "differences", "ranks", "rules", "tuning", "seeds")
LINES = 40  # comparisons, up to which they are shown unasked
NAMED = 6  # cells that are planned, up to which each is named
OPTIONS: dict[str, tuple[Any, Any]] = {  # {name: (type, value where it is not said)}
    "store": (str, "results"),
    "metric": (str, "test/accuracy"),
    "at": (Annotated[str, Literal[tuple(RULES)]], "last"),
    "rows": (str, ""),
    "cols": (str, ""),
    "where": (str, ""),
    "baseline": (str, ""),
    "diverged": (Annotated[str, Literal[RULES_OF_DIVERGED]], WORST),
    "level": (Annotated[float, "(0, 1)"], 0.05),
    "detect": (Annotated[float, "(0, inf)"] | None, None),
    "show": (str, ""),
    "took": (bool, True),
    "format": (Annotated[str, Literal["terminal", "markdown", "latex", "csv"]], "terminal"),
    "page": (str | None, None),
    "pictures": (str | None, None),
    "wandb": (Annotated[str, Literal["online", "offline", "disabled"]], "disabled"),
    "pack": (str | None, None),
    "only": (str, ""),
}
TEXTS = {"store", "metric", "rows", "cols", "where", "baseline", "show", "page", "pictures", "pack", "only"}


def main(arguments: Sequence[str]) -> None:
    """Print the tables that the arguments ask for, or put them where they say."""
    options = parsed(arguments)
    _check_places(options)
    results = read(options["store"])
    layout = _layout(options)
    if options["pack"] is not None:
        with writing(f"pack={options['pack']}"):
            pack(chosen(results, layout.where), Path(options["pack"]), list(filter(None, options["only"].split(","))))
        return
    found = panels(results, layout)
    _warn(unbegun(options["store"]))
    if {options["page"], options["pictures"]} != {None} or options["wandb"] != "disabled":
        from runner.comparison.publish import publish

        publish(found, results, layout, options)
        return
    if options["format"] == "csv":
        say(as_csv(found, options["level"]).rstrip("\n"), lines=True)
    elif options["format"] == "terminal":
        _print(found, options, wide_console())
    elif options["format"] == "latex":
        say(latex(sheets(found, options)), lines=True)
    else:
        say("\n\n".join(sheet.markdown() for sheet in sheets(found, options)), lines=True)


def parsed(arguments: Sequence[str]) -> dict[str, Any]:
    """The options by name. Raises ConfigError for what is not one, or has no such value."""
    options = {name: default for name, (_, default) in OPTIONS.items()}
    for argument in arguments:
        name, sign, value = argument.partition("=")
        if name not in OPTIONS or not sign:
            raise ConfigError(f"{argument}: there is no such option; {nearest(name, OPTIONS)}")
        options[name] = value if name in TEXTS else check(name, value_of(value), OPTIONS[name][0])
    for part in options["show"].split(",") if options["show"] else ():
        if part not in PARTS:
            raise ConfigError(f"show={options['show']}: there is no table {part!r}; {nearest(part, PARTS)}")
    return options


def _check_places(options: Mapping[str, Any]) -> None:
    """Raise ConfigError where something cannot be written, or would be passed over."""
    for name in ("page", "pictures"):
        if options[name] is not None:
            writable_folder(name, options[name])
    if options["pack"] is not None:
        writable_file("pack", options["pack"])
        for name in ("page", "pictures"):
            if options[name] is not None:
                raise ConfigError(f"{name}={options[name]}: pack={options['pack']} goes without it")
    elif options["only"]:
        raise ConfigError(f"only={options['only']}: says what pack=FILE keeps, and there is none")


def _layout(options: dict[str, Any]) -> Layout:
    names = {
        "metric": "metric",
        "at": "at",
        "rows": "rows",
        "cols": "columns",
        "where": "where",
        "baseline": "baseline",
        "diverged": "diverged",
    }
    return Layout(**{field: options[name] for name, field in names.items()})


def sheets(found: Sequence[Panel], options: dict[str, Any]) -> list[Sheet]:
    """The tables of some panels: those that were asked for, or else the means."""
    parts = options["show"].split(",") if options["show"] else ["means"]
    made = {
        "means": lambda panel: means(panel, options["level"], took=options["took"]),
        "differences": lambda panel: differences(panel, options["level"], options["detect"]),
        "ranks": lambda panel: ranks(panel, options["level"]),
        "rules": rules,
        "tuning": lambda panel: lines(tunings(panel), panel.heading),
        "seeds": lambda panel: seeds(panel, options["level"], options["detect"]),
    }
    return [made[part](panel) for panel in found for part in parts]


def _warn(cells: Mapping[str, str]) -> None:
    if cells:
        names = ", ".join(list(cells.values())[:NAMED])
        more = f" and {len(cells) - NAMED} more" if len(cells) > NAMED else ""
        planned = f"{len(cells)} cell{'s' * (len(cells) != 1)}"
        complain(f"planned, not begun, and in no table: {planned} ({names}{more})")


def _print(found: Sequence[Panel], options: dict[str, Any], console: Plain) -> None:
    for panel in found:
        parts = options["show"] or ",".join(_useful(panel, console))
        for sheet in sheets([panel], options | {"show": parts}):
            if sheet.body:
                sheet.show(console)
            else:
                console.print(f"there is none: {sheet.caption}")


def _useful(panel: Panel, console: Plain) -> list[str]:
    """What a panel is shown by where nothing was asked for."""
    compared = (len(panel.rows) - 1) * len(panel.columns)
    found = ["means"]
    if not compared:
        console.print("there is one row, and nothing to compare it with")
    elif panel.most < 2:
        console.print("no test can tell a difference from chance with less than two seeds")
    elif compared <= LINES:
        found.append("differences")
    else:
        console.print(f"show=differences compares each row with {panel.baseline}, in {compared} lines")
    if ranking(panel).telling:
        found.append("ranks")
    if any(tunings(panel).values()):
        found.append("tuning")
    return found


def markdown(arguments: Sequence[str]) -> str:
    """The tables that the arguments ask for."""
    options = parsed(arguments)
    found: Sequence[Result] = read(options["store"])
    return "\n\n".join(sheet.markdown() for sheet in sheets(panels(found, _layout(options)), options))


if __name__ == "__main__":
    program(main)
