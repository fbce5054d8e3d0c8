"""How many workers a sweep has, and with how many threads each: measured of the machine, and said."""

import os
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import yaml

from runner.compose.command_line import CONF
from runner.launch import pool

POOL = CONF / "hydra" / "launcher" / "pool.yaml"


class Workers(NamedTuple):
    """What a sweep is given.

    Attributes:
        environments: variables of each worker.
        threads: of each.
    """

    environments: Sequence[Mapping[str, str]]
    threads: int

    @property
    def said(self) -> str:
        """Them in a line, and what makes them slow: more threads than cores, or a machine that others use."""
        jobs, cores, load = len(self.environments), pool.cores(), os.getloadavg()[0]
        line = f"{_counted(jobs, 'worker')} with {_counted(self.threads, 'thread')} each, on {_counted(cores, 'core')}"
        if jobs * self.threads > cores:
            return f"{line}, which is fewer than the threads: they wait for each other"
        return f"{line} that other work keeps busy (load {load:.1f})" if load > cores / 2 else line


def usual_settings() -> dict[str, Any]:
    """The settings of a pool where nothing is said of them."""
    found: dict[str, Any] = yaml.safe_load(POOL.read_text(encoding="utf-8"))
    return found


def workers(settings: Mapping[str, Any], most: int | None = None) -> Workers:
    """Those of a sweep. Threads decide how sums are rounded: neither `jobs` nor what else the machine does counts.

    Args:
        settings: of conf/hydra/launcher/pool.yaml.
        most: how many tasks there are, where that is known: no more workers than these.
    """
    _, threads, environments = pool.automatic_jobs(None if settings["threads"] == "auto" else settings["threads"])
    if settings["jobs"] != "auto":
        environments = [environments[i % len(environments)] for i in range(settings["jobs"])]
    return Workers(environments[:most], threads)


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'s' * (count != 1)}"
