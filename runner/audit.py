"""What seeds would be trained on, without training: `python -m runner.audit dataset=cifar10 noise=0.4 ...`.

The command line is the runner's, `python -m runner --help`; with -m, what it lists is swept. For each seed a table is
printed, and <store>/audits/<hash>/seed=<n>/ gets the record that a training run keeps in the seed's provenance, and
pictures: transition matrix, class sizes, flipped examples.
"""

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.table import Table

from runner.command_line import Asked, asked
from runner.config import data_question, seeds_of
from runner.console import Plain
from runner.errors import ConfigError, program
from runner.say import note
from runner.store import Store, digest

if TYPE_CHECKING:
    from runner.protocol import Prepared


def main(arguments: Sequence[str]) -> None:
    """Audit every cell that the arguments ask for."""
    flags = [argument for argument in arguments if argument.startswith("-")]
    if set(flags) - {"-m", "--multirun"}:
        raise ConfigError(f"{flags[0]}: there is no such option; overrides as for python -m runner, and -m for a grid")
    cells = asked([argument for argument in arguments if argument not in flags], multirun=bool(flags))
    for store in {cell.config["store"] for cell in cells}:
        Store(store).check_writable()
    for cell in {digest(data_question(cell.config)): cell for cell in cells}.values():
        _audit(cell)


def _audit(cell: Asked) -> None:
    from runner.prepare import prepare
    from runner.protocol import audited

    question, settings = data_question(cell.config), cell.config["exec"]
    seeds = seeds_of(cell.config)
    where = {key: settings[key] for key in ("data_root", "download")}
    prepared, data_hash = prepare(**question, **where, seeds=seeds)
    said = " ".join(o for o in cell.overrides if not o.startswith(("exec.", "store=", "seed"))) or "default run"
    console = Plain()
    for line in prepared.read:
        console.print(line, soft_wrap=True)
    for i, seed in enumerate(seeds):
        record = {"data_sha256": data_hash, "read": list(prepared.read), **audited(prepared, i)}
        files = {"audit.json": json.dumps({"question": question, "seed": seed, **record}, indent=1)}
        folder = Store(cell.config["store"]).keep_audit(question, seed, files | _pictures(prepared, i))
        console.print(_table(f"{said}, seed {seed}", cell.config["noise"], prepared.split.classes, record))
        console.print(_summary(record))
        console.print(f"saved in {folder}\n", soft_wrap=True)


def _pictures(prepared: "Prepared", seed_place: int) -> dict[str, str | bytes]:
    try:
        from runner.audit_pictures import pictures
    except ModuleNotFoundError:
        note("no pictures without matplotlib: .venv/bin/pip install -e .")
        return {}
    return pictures(prepared, seed_place)


def _table(title: str, rate: float, classes: Sequence[str], record: Mapping[str, Any]) -> Table:
    train, val = record["train"], record["val"]
    counts = {
        "source": record["source_class_counts"],
        "train": train["class_counts"],
        "val": val["class_counts"],
        "labelled": train["given_counts"],
    }
    if not val["examples"]:
        del counts["val"]
    table = Table("class", title=title, title_justify="left", title_style="bold")
    for name in (*counts, "wrong"):
        table.add_column(name, justify="right")
    table.add_column("mostly taken for")
    for k, (name, row) in enumerate(zip(classes, train["transition"], strict=True)):
        share, other = max((share, classes[j]) for j, share in enumerate(row) if j != k)
        mostly = f"{other} {share:.1%}" if share else ""
        table.add_row(name, *(str(part[k]) for part in counts.values()), f"{train['noise_rates'][k]:.1%}", mostly)
    table.add_section()
    sums = (str(sum(part)) for part in counts.values())
    table.add_row("all", *sums, f"{train['noise_rate']:.1%}", f"(noise={rate:g})")
    return table


def _summary(record: Mapping[str, Any]) -> str:
    train = record["train"]
    lines = [f"{train['outside']} training inputs are of no class (open-set noise)"] if train["outside"] else []
    if record["val"]["examples"]:
        lines.append(f"{record['val']['noise_rate']:.1%} of the validation labels are wrong")
    hashes = f"data {record['data_sha256'][:16]}, training labels {train['labels_sha256'][:16]} (SHA-256)"
    return "\n".join([*lines, hashes])


if __name__ == "__main__":
    program(main)
