"""A report put somewhere: a page for the browser, pictures for a paper, a run of W&B."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runner.comparison.chosen_tables import Asked
from runner.comparison.page import Drawn, page
from runner.comparison.panels import Layout, Panel
from runner.comparison.pictures import pictures
from runner.comparison.results import Result, chosen
from runner.comparison.tables import FIELDS, lines
from runner.compose.wandb_environment import told
from runner.console import drawing
from runner.console.errors import ConfigError, first_line, writing
from runner.console.fitted import Width, fitted, width_of, without_heading
from runner.console.say import note
from runner.store.files import save

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FORMATS: dict[str, Callable[["Figure"], bytes]] = {
    "svg": lambda figure: drawing.svg(figure).encode(),
    "pdf": drawing.pdf,
    "png": drawing.png,
    "pgf": drawing.pgf,
}
PHONE = Width(3.4)  # 326 px, which a window of 360 has room for
USUAL = ("svg", "pdf", "png")
CONFIG = ("store", "metric", "at", "rows", "cols", "where", "baseline", "diverged", "level", "family")


def publish(
    found: Sequence[Panel], results: Sequence[Result], layout: Layout, options: Mapping[str, Any], asked: Asked
) -> None:
    """Write what `options` ask for: page=, pictures=, wandb=.

    Args:
        found: the panels of `results` in this layout.
        options: of runner.report.
        asked: how its tables are made.
    """
    kept = chosen(results, layout.where)
    with drawing.style():
        drawn = {panel.title: pictures(panel, kept, options["level"]) for panel in found}
        if options["pictures"] is not None:
            form = {"width": options["width"], "captions": options["captions"], "endings": options["endings"] or USUAL}
            with writing(f"pictures={options['pictures']}"):
                keep_pictures(drawn, Path(options["pictures"]), **form)
        if options["page"] is not None:
            svgs = {title: {name: _for_page(figure) for name, figure in its.items()} for title, its in drawn.items()}
            file = Path(options["page"]) / "index.html"
            made = page(kept, layout, asked, svgs, folder=file.parent)
            with writing(f"page={options['page']}"):
                save(file, made)
            note(file)
        if options["wandb"] != "disabled":
            try:
                _log(found, drawn, options)
            except KeyboardInterrupt:
                raise
            except BaseException as error:  # SystemExit among them: whatever it is, it is wandb's
                raise ConfigError(f"wandb={options['wandb']}: W&B did not take it ({first_line(error)})") from error


def _for_page(figure: "Figure") -> Drawn:
    return Drawn(drawing.svg(figure), drawing.svg(fitted(figure, PHONE)))


def keep_pictures(
    drawn: Mapping[str, Mapping[str, "Figure"]],
    folder: Path,
    *,
    width: str = "",
    captions: bool = True,
    endings: Sequence[str] = USUAL,
) -> None:
    """Write figures, {what they are of: {name: figure}}, as files; numbered where they are of several.

    Args:
        width: of runner.console.fitted.width_of; by default as wide as what is drawn.
        captions: within the figures? Else each is a text file beside its figure.
        endings: of FORMATS.
    """
    made: dict[Path, bytes] = {}  # all of them, before one takes the place of another from before
    for number, its in enumerate(drawn.values()):
        for name, figure in its.items():
            stem = f"{name}-{number}" if len(drawn) > 1 else name
            shown = fitted(figure, width_of(width)) if width else figure
            if not captions:
                shown, said = without_heading(shown)
                made[folder / f"{stem}.txt"] = f"{said}\n".encode()
            made |= {folder / f"{stem}.{ending}": FORMATS[ending](shown) for ending in endings}
    for file, picture in made.items():
        save(file, picture)
        if file.suffix == f".{endings[0]}":
            note(file)


def _log(found: Sequence[Panel], drawn: Mapping[str, Mapping[str, "Figure"]], options: Mapping[str, Any]) -> None:
    """Tables and pictures as one run, of the job type "report" beside those of "train"."""
    import io

    import wandb
    from PIL import Image

    with wandb.init(
        mode=options["wandb"],
        project=told("PROJECT", "seedwise"),
        dir=folder if (folder := Path(options["store"])).is_dir() else None,
        job_type="report",
        name=f"report {options['metric']}",
        config={name: options[name] for name in CONFIG},
        settings=wandb.Settings(console="off", silent=True),
    ) as run:
        rows = [[line.get(field) for field in FIELDS] for line in lines(found, options["level"], options["family"])]
        logged: dict[str, Any] = {"results": wandb.Table(columns=list(FIELDS), data=rows)}
        for title, its in drawn.items():
            for name, figure in its.items():
                image = Image.open(io.BytesIO(drawing.png(figure)))
                logged[f"{title}/{name}" if title else name] = wandb.Image(image)
        run.log(logged)
