"""Is this objective better than that one? `python -m runner.report`, from a store alone; nothing is trained here.

python -m runner.report                                        what varies in results/, as tables
python -m runner.report metric=test/nll rows=loss cols=noise where='dataset=digits,noise=0.2|0.6' baseline=gce
python -m runner.report format=latex > table.tex               or markdown, or csv with every number
python -m runner.report page=results/report pictures=figures   a page for the browser, pictures for a paper
python -m runner.report tidy=results.parquet                   every seed and metric, for an analysis of one's own
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from shutil import which
from typing import Annotated, Literal

from runner.comparison.chosen_tables import NAMES, PRINTED, USUAL, Asked, show, tables
from runner.comparison.compare import FAMILIES, REPORT
from runner.comparison.entry import RULES_OF_DIVERGED, WORST
from runner.comparison.equal import at_equal, equal_of
from runner.comparison.evaluations import at_equal_evaluations
from runner.comparison.examples import OVER
from runner.comparison.followed import check_followed
from runner.comparison.panels import Layout, panels
from runner.comparison.results import Result, chosen, known_of, pack, read, unbegun
from runner.comparison.tables import as_csv
from runner.comparison.tidy import ENDINGS, keep_tidy, parquet, tidy
from runner.compose.options import option, parse, said
from runner.compose.program import program
from runner.compose.wandb_environment import MODES
from runner.console.errors import ConfigError, writing
from runner.console.plain import wide_console
from runner.console.say import complain, say
from runner.console.typeset import FITS, latex
from runner.store.folders import writable_file, writable_folder
from runner.tasks.selection import RULES

NAMED = 6  # cells that are planned, up to which each is named


@dataclass(frozen=True)
class Options:
    """What a report can be asked for."""

    store: str = option("results", "a store, or a file made by pack=")
    metric: str = option("", "a number of a row, test/nll; by default the primary one of the results' task")
    at: Annotated[str, Literal[tuple(RULES)]] = option("last", "which row of a seed counts")
    per: Annotated[str, Literal["epochs", "evaluations"]] = option(
        "epochs", "evaluations: seeds are compared when each has taken as many gradients as the one with the fewest"
    )
    equal: str = option(
        "",
        "test/kl=0.5|1|2: the metric where another one has these values, on the lines between results that differ in "
        "the arguments of their loss alone",
    )
    rows: str = option("", "keys, with commas between them")
    cols: str = option("", "keys likewise; what else varies makes columns, or tables of its own")
    where: str = option("", "conditions that results have to meet: dataset=digits,noise=0.2|0.6")
    baseline: str = option("", "the row that others are compared with; by default ce")
    tuned: bool = option(
        False, "each result stands for what tuning selected: what was searched names no rows, columns and tables"
    )
    diverged: Annotated[str, Literal[RULES_OF_DIVERGED]] = option(
        WORST, "a diverged seed counts as the worst value of its metric, or is left out, as every table says"
    )
    over: Annotated[str, Literal[OVER]] = option(
        OVER[0],
        "what intervals and tests of differences are over: seeds, on one fixed test set; test examples, for these "
        "seeds; or both",
    )
    level: Annotated[float, "(0, 1)"] = option(0.05, "of tests and intervals")
    detect: Annotated[float, "(0, inf)"] | None = option(
        None,
        'the difference that "n for" is about, of a share 2 or 0.02 for two points; by default a hundredth of a share, '
        "a tenth of other metrics",
    )
    family: Annotated[str, Literal[FAMILIES]] = option(
        REPORT, "p (Holm) is corrected for all comparisons of the report, of each table (panel) or of each column"
    )
    rope: Annotated[float, "(0, inf)"] | None = option(
        None,
        "half the width of the region of practical equivalence, as shown: points of a share; by default a point, or a "
        "tenth of other metrics",
    )
    gamma: float | None = option(
        None,
        "what is good enough for show=aggregates, as shown: points of a share; by default the best possible",
    )
    correlation: Annotated[float, "[0, 1)"] = option(
        0.0,
        "of the differences of two seeds on one data set, for show=hierarchical: 0 on one fixed test set, 1/k for k "
        "folds",
    )
    show: list[Annotated[str, Literal[NAMES]]] | None = option(
        None,
        "which tables: datasets has the average over data sets and tests over these, rules has last, best_val and "
        "best_test side by side, tuning says how rows were tuned, a line each, "
        'seeds has the commands that train as many as "n for" says, distance how far each is from the best '
        "possible value where that is known, multiverse how probably a row is better over all that columns vary, "
        "sensitivity on which keys the metric depends, robust has medians, which seeds that collapse do not move, "
        "practical if differences are large enough to matter, hierarchical if they would be on a data set to come, "
        "aggregates has a number over all columns, improvement how probably a run of one row is better",
    )
    took: bool = option(
        True,
        "with the columns of seconds, memory and first gradients, which are of whole runs: never at equal evaluations",
    )
    format: Annotated[str, Literal["terminal", "markdown", "latex", "csv"]] = option(
        "terminal", "of the tables; csv has every number"
    )
    fit: Annotated[str, Literal[FITS]] = option(
        "auto",
        "of format=latex: resize makes tables as narrow as the text, long lets them go on over pages, plain does "
        "neither; auto chooses by a table's size",
    )
    page: Path | None = option(None, "a folder, for index.html")
    pictures: Path | None = option(None, "a folder, for SVG, PDF and PNG of each")
    width: str = option(
        "",
        "of pictures, in inches or as wide as a column: icml, icml_page, neurips, iclr, jmlr, ieee, elsevier, nature",
    )
    captions: bool = option(True, "within pictures; else as text files beside them")
    endings: list[Annotated[str, Literal["svg", "pdf", "png", "pgf"]]] | None = option(
        None, "of the files of pictures, with commas between them; pgf is for LaTeX, and needs one"
    )
    wandb: Annotated[str, Literal[MODES]] = option("disabled", "tables and pictures as one W&B run")
    pack: Path | None = option(
        None, "a file, .jsonl or .jsonl.gz: the results themselves, small enough to be checked in; store= reads it"
    )
    tidy: Path | None = option(
        None,
        "a file, .csv or .parquet, for an analysis of one's own: a line for each seed and metric, with all settings",
    )
    only: list[str] | None = option(
        None, "the metrics that pack= and tidy= keep, with commas between them; by default all"
    )
    examples: bool = option(False, "pack= keeps what became of each test example, too, for over=")

    @property
    def layout(self) -> Layout:
        keys = (self.rows, self.cols, self.where)
        made = Layout(self.metric, self.at, *keys, baseline=self.baseline, over=self.over)
        return replace(made, diverged=self.diverged, tuned=self.tuned)

    @property
    def tables(self) -> Asked:
        took = self.took and self.per == "epochs" and not self.equal
        return Asked(**{each.name: getattr(self, each.name) for each in fields(Asked)} | {"took": took})


def main(arguments: Sequence[str]) -> None:
    """Print the tables that the arguments ask for, or put them where they say."""
    options = _asked(arguments)
    results = read(options.store)
    if options.pack is not None:
        with writing(f"pack={options.pack}"):
            kept = chosen(results, options.where)
            pack(kept, options.pack, options.only or (), by_example=options.examples)
        return
    if options.tidy is not None:
        kept = chosen(results, options.where)
        with writing(f"tidy={options.tidy}"):
            keep_tidy(tidy(kept, options.at, known_of(kept, options.only or ())), options.tidy)
        return
    results, layout = _compared(options, results)
    found = panels(results, layout)
    _warn(unbegun(options.store))
    if {options.page, options.pictures} != {None} or options.wandb != "disabled":
        from runner.comparison.publish import publish

        publish(found, results, layout, asdict(options), options.tables)
        return
    if options.format == "csv":
        say(as_csv(found, options.level, options.family).rstrip("\n"), lines=True)
    elif options.format == "terminal":
        show(found, options.show, wide_console(), options.tables)
    else:
        made = tables(found, options.show or PRINTED, options.tables)
        say(
            latex(made, options.fit) if options.format == "latex" else "\n\n".join(each.markdown() for each in made),
            lines=True,
        )


def _asked(arguments: Sequence[str]) -> Options:
    """What the arguments say. Raises ConfigError where it cannot be done, or something would be passed over."""
    options, _ = parse(Options, arguments)
    _check_places(options)
    check_followed(said(options), USUAL if options.format == "terminal" else PRINTED)
    _check_pictures(options)
    return options


def _compared(options: Options, results: list[Result]) -> tuple[list[Result], Layout]:
    """The results that are compared, and how they are laid out."""
    if options.equal:
        if options.per != "epochs":
            raise ConfigError(f"equal={options.equal}: goes with per=epochs alone, not with per={options.per}")
        kept = at_equal(chosen(results, options.where), equal_of(options.equal), options.metric, options.at)
        return kept, replace(options.layout, where="", equal=options.equal)
    if options.per == "epochs":
        return results, options.layout
    cut, least = at_equal_evaluations(chosen(results, options.where))
    return cut, replace(options.layout, within=least)


def _check_places(options: Options) -> None:
    """Raise ConfigError where something cannot be written, or would be passed over."""
    folders = {name: place for name in ("page", "pictures") if (place := getattr(options, name)) is not None}
    for name, place in folders.items():
        writable_folder(name, place)
    files = {name: place for name in ("pack", "tidy") if (place := getattr(options, name)) is not None}
    for name, file in files.items():
        writable_file(name, file)
        for other, place in (folders | files).items():
            if other != name:
                raise ConfigError(f"{other}={place}: {name}={file} goes without it")
    if options.tidy is not None and options.tidy.suffix not in ENDINGS:
        raise ConfigError(f"tidy={options.tidy}: must end with {' or '.join(ENDINGS)}")
    if options.tidy is not None and options.tidy.suffix == ".parquet":
        parquet()


def _check_pictures(options: Options) -> None:
    """Raise ConfigError where pictures cannot be drawn as is asked."""
    if options.width:
        from runner.console.fitted import width_of

        try:
            width_of(options.width)
        except ValueError as error:
            raise ConfigError(f"width={options.width}: must be {error}") from error
    if "pgf" in (options.endings or ()) and which("pdflatex") is None:
        raise ConfigError("endings=pgf: needs pdflatex, which tells how wide a text is, and there is none")


def _warn(cells: Mapping[str, str]) -> None:
    if cells:
        names = ", ".join(list(cells.values())[:NAMED])
        more = f" and {len(cells) - NAMED} more" if len(cells) > NAMED else ""
        planned = f"{len(cells)} cell{'s' * (len(cells) != 1)}"
        complain(f"planned, not begun, and in no table: {planned} ({names}{more})")


def markdown(arguments: Sequence[str]) -> str:
    """The tables that the arguments ask for."""
    options = _asked([*arguments, "format=markdown"])
    found = panels(*_compared(options, read(options.store)))
    return "\n\n".join(table.markdown() for table in tables(found, options.show or PRINTED, options.tables))


if __name__ == "__main__":
    program(main, Options)
