"""The order in which trials are drawn and begun, whatever the number of workers.

Objectives take turns: the first trial of each, then the second of each. A trial is drawn, and begun, once those that
its draw learns from have ended (`learnt_from` in space.py). So as many are trained at once as there are workers while
draws are at random, and then one of each objective, or as many as a population has.
"""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from runner.comparison.results import result
from runner.comparison.tuning import ENDED, GRADIENTS, Search
from runner.compose.cell_config import CellConfig, command
from runner.console.say import complain
from runner.launch.plan import Planned, plan
from runner.launch.sweep import sweep, wait_for_others
from runner.launch.workers import workers
from runner.tuning.contender import Contender, judged, taken
from runner.tuning.space import drawn, learnt_from
from runner.tuning.training import came_to, check_begun, unended

if TYPE_CHECKING:
    from optuna.study import Study
    from optuna.trial import FrozenTrial

AHEAD = 2  # trials a worker that are drawn: while it trains one, the next waits for it


class _Attempt(NamedTuple):
    """A trial on its way: of which objective, which number, and its cell."""

    place: int
    number: int
    values: Mapping[str, Any]
    cell: CellConfig
    title: str


class Turns:
    """`count` trials of each objective, each in its journal once it and all before it have ended.

    Attributes:
        waiting: (number, place of the objective) of those that are not drawn yet.
        open: {path of a cell that is being trained: the trials that have it}, which are several where choices are few.
        unclear: cells that are over here, and not ended, for another process has them.
        ended: by objective, {number: a trial that waits in memory for those before it}.
    """

    def __init__(
        self,
        contenders: Sequence[Contender],
        studies: "Sequence[Study]",
        count: int,
        search: Search,
        pool: Mapping[str, Any],
    ):
        self.contenders = contenders
        self.studies = studies
        self.count = count
        self.search = search
        self.pool = pool
        self.ahead = AHEAD * len(workers(self.pool).environments)
        missing = [range(self._kept(place), count) for place in range(len(studies))]
        self.waiting = deque(
            (number, place) for number in range(count) for place, its in enumerate(missing) if number in its
        )
        self.open: dict[Path, list[_Attempt]] = {}
        self.unclear: list[Planned] = []
        self.ended: list[dict[int, FrozenTrial]] = [{} for _ in studies]

    def train(self) -> None:
        """Train what is missing, but for trials whose process dies, and those that have to wait for these.

        Raises:
            ConfigError: one cannot be trained, or is by another process.
        """
        cells = self._begin()
        while cells or self.unclear:
            refused = sweep(cells, self.pool, self._over, expected=len(self.waiting) + len(cells))
            check_begun([*refused, *wait_for_others(self.unclear, self.pool)])
            unclear, self.unclear = self.unclear, []
            for planned in unclear:
                self._end(planned)
            cells = self._begin()
        for attempt, *_ in self.open.values():
            complain(f"{attempt.title}: its process died; the same command tries it again")

    def _begin(self) -> list[Planned]:
        """The trials that are next, as far as they can be drawn, and there is something to train."""
        ready: list[Planned] = []
        while self.waiting and not self.unclear and len(self.open) < self.ahead:
            number, place = self.waiting[0]
            if self._kept(place) < learnt_from(self.search.sampler, number):
                break
            self.waiting.popleft()
            attempt = self._drawn(number, place)
            (planned,) = plan([attempt.cell])
            beside = self.open.setdefault(planned.cell.path, [])
            beside.append(attempt)
            if len(beside) > 1:
                continue
            if planned.todo:
                ready.append(replace(planned, name=attempt.title))
            elif "elsewhere" in planned.states.values():
                self.unclear.append(planned)
            else:
                self._end(planned)
        return ready

    def _over(self, planned: Planned) -> list[Planned]:
        """All that is done here of a cell is over; what is next."""
        if unended(result(planned.cell, planned.states)):
            self.unclear.append(planned)
        else:
            self._end(planned)
        return self._begin()

    def _end(self, planned: Planned) -> None:
        for attempt in self.open.pop(planned.cell.path):
            self._keep(attempt)

    def _kept(self, place: int) -> int:
        """How many trials of an objective are in its journal."""
        return len(self.studies[place].get_trials(deepcopy=False))

    def _drawn(self, number: int, place: int) -> _Attempt:
        contender = self.contenders[place]
        values = drawn(contender.space, contender.defaults, self.search, self.studies[place], number)
        said = "defaults" if number == 0 else " ".join(f"{key}={value}" for key, value in values.items())
        title = f"{contender.name}, trial {number + 1} of {self.count}: {said}"
        return _Attempt(place, number, values, contender.at(values) if number else contender.cell, title)

    def _keep(self, attempt: _Attempt) -> None:
        """A trial has ended: into its journal, after all those before it."""
        from optuna.trial import TrialState, create_trial

        its, space = came_to(attempt.cell, attempt.title), self.contenders[attempt.place].space
        inside = {key: searched for key, searched in space.items() if searched.holds(attempt.values[key])}
        value = judged(its, self.search)
        self.ended[attempt.place][attempt.number] = create_trial(
            state=TrialState.COMPLETE if isfinite(value) else TrialState.PRUNED,  # which samplers take for the worst
            value=value if isfinite(value) else None,
            params={key: attempt.values[key] for key in inside},  # of defaults outside the space no sampler can learn
            distributions={key: searched.distribution for key, searched in inside.items()},
            user_attrs={
                "state": max((outcome.state for outcome in its.outcomes.values()), key=ENDED.index),
                "command": command(attempt.cell.overrides),
                "cell": its.cell,
                GRADIENTS: taken(its),
            },
        )
        while (kept := self.ended[attempt.place].pop(self._kept(attempt.place), None)) is not None:
            self.studies[attempt.place].add_trial(kept)
