"""How Hydra runs our grids: a sweeper that has each cell once, and a launcher in whose processes cells may die.

Hydra finds plugins by importing whatever is in hydra_plugins, so that nothing heavy is imported here.
"""

import sys
from collections.abc import Sequence
from textwrap import shorten
from typing import Any

from hydra.plugins.launcher import Launcher
from hydra.plugins.sweeper import Sweeper
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig, OmegaConf


class CellSweeper(Sweeper):
    """The grid that runner/__main__.py has composed and planned, given to the launcher.

    Any launcher will do: Hydra's own and its plugins get the overrides of each cell, with something left to do.
    """

    def __init__(self, params: Any):
        self.params = params

    def setup(self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig) -> None:
        from hydra.core.plugins import Plugins

        self.job: Any = task_function  # runner/launch/job.py
        self.launcher: Any = Plugins.instance().instantiate_launcher(
            hydra_context=hydra_context, task_function=task_function, config=config
        )

    def sweep(self, arguments: list[str]) -> Any:
        if isinstance(self.launcher, PoolLauncher):
            return self.launcher.train(self.job)
        todo = [list(planned.config.overrides) for planned in self.job.planned if planned.todo]
        return self._launch(todo) if todo else []

    def _launch(self, todo: list[list[str]]) -> list[Any]:
        try:
            return [job.return_value for job in self.launcher.launch(todo, 0)]  # which raises what the job raised
        except Exception as error:  # a job was cancelled, a node died: each launcher has its own
            cause = shorten(f"{type(error).__name__}: {error}", 300)
            from runner.console.say import complain

            complain(f"the launcher gave up ({cause}); the same command does what is missing")
            sys.exit(1)


class PoolLauncher(Launcher):
    """runner/sweep.py. Arguments are those of conf/hydra/launcher/pool.yaml."""

    def __init__(self, **settings: Any):
        self.settings = settings

    def setup(self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig) -> None:
        self.settings = dict(OmegaConf.to_container(config.hydra.launcher, resolve=True))  # type: ignore[arg-type]

    def train(self, job: Any) -> None:
        from runner.launch.sweep import train_grid

        job.refused.extend(train_grid(job.planned, self.settings))

    def launch(self, job_overrides: Sequence[Sequence[str]], initial_job_idx: int) -> Any:
        raise ValueError("hydra/launcher=pool needs hydra/sweeper=cells")
