"""Weights & Biases as a mirror: rows go to the store first, and nothing is read back from here.

One W&B run a seed, the cell as its group. wandb is imported only when its mode is not "disabled", and whatever goes
wrong there, whatever it raises, is said once and costs the mirror, never a result. Ctrl-C is the user's and goes on.
What ends the whole process (os._exit, a crash of compiled code) nothing in it can catch: see docs/recipes.md.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from pathlib import Path
from secrets import token_hex
from typing import Any

from runner.compose.schema import Wandb
from runner.console.errors import first_line
from runner.store.record import Record


class Tracker:
    """The open W&B runs of one stack.

    Args:
        settings: exec.wandb: mode, project, entity, group, tags.
        folder: where wandb puts its own files.
        say: prints a line.
    """

    def __init__(self, settings: Wandb, folder: Path, say: Callable[[str], None]):
        self.settings = settings
        self.off = settings.mode == "disabled"
        self.folder = folder
        self.say = say
        self.runs: dict[int, Any] = {}

    def start(self, record: Record, label: str) -> None:
        if self.off:
            return
        with self._forgiving():
            import wandb

            mode: Any = self.settings.mode  # the schema has seen to it
            self.runs[record.seed] = wandb.init(
                mode=mode,
                project=self.settings.project,
                entity=self.settings.entity,
                group=self.settings.group or record.cell.path.name,
                tags=self.settings.tags,
                name=f"{label} seed={record.seed}",
                id=token_hex(4),
                resume="never",
                job_type="train",
                config=deepcopy({**record.cell.question, "seed": record.seed, "choices": dict(record.cell.choices)}),
                dir=self.folder,
                reinit="create_new",
                settings=wandb.Settings(console="off", silent=True),
            )
            self.runs[record.seed].define_metric("*", step_metric="epoch")

    def log(self, seed: int, row: Mapping[str, Any]) -> None:
        if seed in self.runs:
            with self._forgiving():
                self.runs[seed].log(dict(row))

    def finish(self, seed: int, *, failed: bool) -> None:
        if seed in self.runs:
            with self._forgiving():
                self.runs.pop(seed).finish(exit_code=int(failed))

    @contextmanager
    def _forgiving(self) -> Iterator[None]:
        try:
            yield
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # SystemExit among them: whatever it is, it is wandb's
            self.off = True
            self.runs.clear()
            self.say(f"W&B records no more of this run ({first_line(error)}); the store does")
