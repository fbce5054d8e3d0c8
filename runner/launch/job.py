"""What Hydra runs for each cell; it carries the plan to our sweeper, and back what could not be begun."""

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from hydra.core.hydra_config import HydraConfig

from runner.compose.cell_config import CellConfig
from runner.compose.command_line import choices_of, plain
from runner.console.errors import ConfigError
from runner.console.say import complain
from runner.launch.plan import Planned, Refused
from runner.launch.tracking import begin
from runner.launch.workers import usual_settings
from runner.store.store import cell_of

if TYPE_CHECKING:
    from omegaconf import DictConfig


class Job:
    """Called with the configuration of a cell, it trains it.

    Attributes:
        planned: what a command asks for.
        refused: cells that could not be begun, and why. Those of other processes stay there.
    """

    def __init__(self, planned: Sequence[Planned]):
        self.planned = list(planned)
        self.refused: list[Refused] = []

    def __call__(self, config: "DictConfig") -> None:
        jobs = HydraConfig.get()
        resolved = plain(config)
        self.train(CellConfig(resolved, choices_of(jobs.runtime.choices, resolved), list(jobs.overrides.task)))

    def __getstate__(self) -> dict[str, Any]:
        """Launchers of other machines pickle it for each cell, without what the others are."""
        return {"planned": [], "refused": []}

    def train_alone(self) -> None:
        """Train the only cell of a command: seed by seed in processes of their own, where that takes less time."""
        (planned,) = self.planned
        with _imports(planned.config):
            from runner.launch.session import one_by_one
            from runner.launch.sweep import train_grid

        if one_by_one(planned.config, len(planned.todo)):
            self.refused += train_grid([replace(planned, config=planned.config.in_chunks(1))], usual_settings())
        else:
            self.train(planned.config)

    def train(self, config: CellConfig) -> None:
        """Train the seeds of a cell that its store does not have yet."""
        with _imports(config):
            from runner.launch.session import run_cell

        try:
            run_cell(config, config.title)
        except ConfigError as error:
            complain(error)
            self.refused.append(Refused(cell_of(config).path, error))


@contextmanager
def _imports(config: CellConfig) -> Iterator[None]:
    """Import what training needs, while W&B's client starts."""
    begin(config.exec.wandb)
    with uncollected():
        yield


@contextmanager
def uncollected() -> Iterator[None]:
    """Import without looking for garbage: what is imported stays, and looking through it takes a fifth of a run."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
