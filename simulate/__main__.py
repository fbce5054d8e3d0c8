"""`python -m simulate [question ...]`: simulate, show, and put into docs/results/simulate.md. Without questions, all.

A question is a file of this folder with a docstring that says what is asked and `measure() -> list[Rate]`. Random
numbers have fixed seeds, so the same version of numpy gives the same rates.
"""

import json
import sys
from dataclasses import asdict
from importlib import import_module
from pathlib import Path
from typing import Any

from runner.console.questions import asked
from runner.store.files import save
from simulate.rates import ERRORS, Rate, table

HERE = Path(__file__).parent
PAGE = HERE.parent / "docs" / "results" / "simulate.md"
STORED = HERE.parent / "docs" / "results" / "data" / "simulate.json"
HELPERS = ("__init__", "__main__", "rates", "scatter")
QUESTIONS = sorted(file.stem for file in HERE.glob("*.py") if file.stem not in HELPERS)


def main() -> None:
    questions = asked(__doc__, QUESTIONS)
    stored = json.loads(STORED.read_text(encoding="utf-8")) if STORED.exists() else {}
    for question in questions:
        print(f"{question} ...", file=sys.stderr, flush=True)
        found = import_module(f"simulate.{question}").measure()
        print(table(found), flush=True)
        stored[question] = [asdict(each) for each in found]
        save(STORED, json.dumps(stored, indent=1, sort_keys=True) + "\n")
    save(PAGE, page(stored))


def page(stored: dict[str, list[dict[str, Any]]]) -> str:
    """All that is stored, as Markdown."""
    parts = [
        "# How often the statistics are wrong",
        "`make simulate` makes this page. In each simulation the truth is known. A rate is bold if it breaks its "
        f"promise by more than {ERRORS:g} standard errors of the simulation.",
    ]
    for question in sorted(stored):
        found = [rate_of(each) for each in stored[question]]
        title, _, text = (import_module(f"simulate.{question}").__doc__ or "").partition("\n")
        many = " to ".join(f"{n:,}" for n in sorted({each.repetitions for each in found})[::-1][:2][::-1])
        parts += [f"## {title}", text.strip(), table(found), f"{many} simulations for each rate."]
    return "\n\n".join(filter(None, parts)) + "\n"


def rate_of(kept: dict[str, Any]) -> Rate:
    """As it was before it was JSON."""
    return Rate(**kept | {"promise": kept["promise"] and tuple(kept["promise"])})


if __name__ == "__main__":
    main()
