"""`python -m bench [question ...]`: measure, show, and put into docs/results/bench.md. Without questions, all of them.

A question is a file of this folder with a docstring that says what is asked and `measure(folder) -> list[Figure]`; it
runs in a process of its own, in an empty folder.
"""

import json
import os
import platform
import subprocess
import sys
import tempfile
from dataclasses import asdict
from datetime import date
from importlib import import_module
from pathlib import Path

from bench import cost
from bench.measure import Figure, markdown
from runner.console.questions import asked
from runner.store.files import save

HERE = Path(__file__).parent
PAGE = HERE.parent / "docs" / "results" / "bench.md"
STORED = HERE.parent / "docs" / "results" / "data" / "bench.json"
HELPERS = ("__init__", "__main__", "measure", "bare", "beside", "processes", "cost")
QUESTIONS = sorted(file.stem for file in HERE.glob("*.py") if file.stem not in HELPERS)


def main() -> None:
    questions = asked(__doc__, QUESTIONS)
    stored = json.loads(STORED.read_text(encoding="utf-8")) if STORED.exists() else {}
    for question in questions:
        print(f"{question} ...", file=sys.stderr, flush=True)
        with tempfile.TemporaryDirectory() as folder:
            code = "import sys; from bench.__main__ import one; one(*sys.argv[1:])"
            done = subprocess.run(
                [sys.executable, "-c", code, question, folder], stdout=subprocess.PIPE, text=True, check=True
            )
        figures = json.loads(done.stdout.splitlines()[-1])
        if not figures:
            print("this machine has nothing to measure it on; what is stored stays", file=sys.stderr)
            continue
        stored[question] = {"machine": machine(), "figures": figures}
        print(table(stored[question]["figures"]), flush=True)
        save(STORED, json.dumps(stored, indent=1, sort_keys=True) + "\n")
    save(PAGE, page(stored))
    save(cost.PAGE, cost.rendered(cost.PAGE.read_text(encoding="utf-8")))


def one(question: str, folder: str) -> None:
    """What the process of one question does: its last line has the figures."""
    figures = import_module(f"bench.{question}").measure(Path(folder))
    print(json.dumps([asdict(figure) for figure in figures]))


def machine() -> str:
    import torch

    model = next((line.split(":")[1].strip() for line in _cpuinfo() if line.startswith("model name")), "")
    gpu = torch.cuda.get_device_name() if torch.cuda.is_available() else "no GPU"
    cores = f"{os.cpu_count()} cores {model}".strip()
    return f"{date.today()}, {cores}, {gpu}, Python {platform.python_version()}, torch {torch.__version__}"


def _cpuinfo() -> list[str]:
    file = Path("/proc/cpuinfo")
    return file.read_text(encoding="utf-8").splitlines() if file.exists() else []


def table(figures: list[dict[str, object]]) -> str:
    rows = [Figure(**figure).cells() for figure in figures]  # type: ignore[arg-type]
    return markdown([["measured", "value", "bar", ""], *rows])


def page(stored: dict[str, dict[str, object]]) -> str:
    """docs/results/bench.md of all that is stored."""
    parts = ["# What Seedwise costs\n\n`make bench` measures this anew; ratios are of one run on one machine.\n"]
    for question, kept in sorted(stored.items()):
        asked = import_module(f"bench.{question}").__doc__ or ""
        picture = f"![{question}]({question}.svg)\n\n" if PAGE.with_name(f"{question}.svg").exists() else ""
        parts.append(f"## {asked.strip()}\n\n{picture}{table(kept['figures'])}\n\n{kept['machine']}.\n")  # type: ignore[arg-type]
    return "\n".join(parts)


if __name__ == "__main__":
    main()
