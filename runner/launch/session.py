"""Train the seeds of a cell that the store does not have yet."""

import io
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any, NamedTuple

import torch

from runner.comparison.results import Result, result, whole
from runner.compose.cell_config import CellConfig
from runner.compose.fit import unfit
from runner.compose.wandb_environment import passed_over
from runner.console.errors import ConfigError, first_line, named
from runner.data.prepare import hash_of_test, own_split
from runner.launch.hardware import age, hardware, hardware_name
from runner.launch.pool import cores
from runner.launch.progress import Screen
from runner.launch.provenance import provenance
from runner.launch.signals import Stopping
from runner.launch.tracking import Tracker
from runner.launch.train_first import check_data, train_first
from runner.nodes.parts import admit
from runner.store.cell import Cell
from runner.store.checkpoint import Checkpoint
from runner.store.networks import stored_network
from runner.store.record import FINISHED, LeaseLostError, Record
from runner.store.seal import DamagedError
from runner.store.sources import name_of, same_code, sources
from runner.store.store import audit_folder, cell_of
from runner.training.by_example import ByExample
from runner.training.calculate import calculate, probe
from runner.training.device import resolve_device
from runner.training.events import Ended, FinalDiagnostics, Network, Row, Saved, Started
from runner.training.looking_on import looking_on
from runner.training.run import automatic_stack, run

LAUNCH = age()  # seconds until all was imported; a worker has them of the process that it was forked from
LOOK = 1.0  # seconds between looks at a worker of which it is not known whether it is alive


def one_by_one(config: CellConfig, seeds: int) -> bool:
    """Do so many seeds of a cell train sooner as many at once as there are cores, each alone and on one thread?

    So it is where a CPU trains them one after another (see stack_size): two threads take more than half as long for a
    seed as one thread, since they wait for each other at every kernel.
    """
    if config.exec.stack != "auto" or seeds < 2 or cores() < 2:
        return False
    if config.probes:  # what takes long is to train its networks
        return one_by_one(config.probed, seeds)
    with suppress(Exception):  # training will meet it too, and keeps what it was
        return resolve_device(config.exec.device).type == "cpu" and automatic_stack(config, seeds) == 1
    return False


def run_cell(config: CellConfig, title: str, make_screen: Callable[[str, str, int, int], Any] = Screen) -> Result:
    """Train, stack by stack, the seeds of a cell that the store does not have yet.

    A stack that was cut short goes on from its checkpoint. What goes wrong while a stack trains is in the status of its
    seeds, and other stacks go on.

    Args:
        title: what to call the cell on the screen.
        make_screen: where to show how far it is.
    Returns:
        What the store now has of these seeds.
    Raises:
        ConfigError: it cannot be done as asked; nothing was written. Or the store has these seeds of unlike code.
        KeyboardInterrupt: it was interrupted, or asked to stop; the same command goes on from there.
    """
    admit(config.exec.own)  # a worker has not composed it
    asked = config.seeds
    cell = cell_of(config)
    mended = cell.mend()
    states = {seed: cell.seed(seed).checked() for seed in asked}
    lacking = [seed for seed, status in states.items() if status["state"] not in FINISHED]
    if lacking and config.probes:
        train_first(config.of_seeds(range(lacking[0], lacking[-1] + 1)), partial(run_cell, make_screen=make_screen))
    with (
        make_screen(config.exec.progress, title, len(lacking), config.epochs) as screen,
        Stopping() as stopping,
    ):
        if mended:
            screen.say(mended)
        for seed, status in states.items():
            if status["state"] == "damaged":
                screen.say(f"seed {seed} is trained anew: {status['cause']}")
        if len(lacking) < len(asked):
            screen.say(f"{len(asked) - len(lacking)} of {len(asked)} seeds are in {cell.path} already")
        if warning := same_code(cell, config.command, mixed=config.exec.mixed_code or not lacking):
            screen.say(warning)
        if lacking:
            heads = unfit(config.recipe.model, config.recipe.loss) if config.trains else ()
            for line in (*heads, *passed_over(config.exec.wandb.mode)):
                screen.say(line)
        job = _Job(cell, config, title, screen, stopping)
        while lacking:
            for stack in job.stacks(lacking):
                job.train(stack)
            lacking = [seed for seed in lacking if seed not in job.tried and not cell.seed(seed).finished]
            if not any(cell.seed(seed).held is None for seed in lacking):
                break
            time.sleep(LOOK)  # until it is known of every holder whether it is alive
        if lacking:
            screen.say(f"seeds {_listed(lacking)} are left to another process, which trains them")
    return whole(result(cell, asked))


class _Stack(NamedTuple):
    """Seeds to train together, from where a checkpoint of them stands if there is one."""

    seeds: Sequence[int]
    checkpoint: Checkpoint | None = None


class _Job:
    """What is left to do of a cell.

    Attributes:
        tried: the seeds that were trained here, with whatever end.
        free: since when no stack trains here.
        start: seconds from then until the stack in hand trained: to load data, to build, to try a step.
        examples: the test examples of the stack in hand.
        test: the hash of these.
    """

    def __init__(self, cell: Cell, config: CellConfig, title: str, screen: Any, stopping: Stopping):
        self.cell = cell
        self.title = title
        self.config = config
        self.screen = screen
        self.stopping = stopping
        self.tried: set[int] = set()
        self.free = time.perf_counter()
        self.start = 0.0
        self.code = sources(cell.question)
        self.device = "cpu"
        self.examples = ByExample(config.task, ())
        self.test = ""

    def stacks(self, lacking: Sequence[int]) -> list[_Stack]:
        """The seeds in stacks: as they were where a checkpoint can be continued, for a stack goes on as a whole."""
        found, left = [], list(lacking)
        for checkpoint in self.cell.checkpoints():
            seeds = checkpoint.facts.get("seeds", [])
            if not seeds:
                self.screen.say(f"{checkpoint.file} is damaged, and is of no use")
            unfinished = {seed for seed in seeds if not self.cell.seed(seed).finished}
            if unfinished and unfinished <= set(left):
                found.append(_Stack(seeds, checkpoint))
                left = [seed for seed in left if seed not in unfinished]
        if left:
            try:
                size = automatic_stack(self.config, len(left))
            except ConfigError:
                raise
            except Exception:  # so will training, which keeps what it was
                size = len(left)
            found += [_Stack(left[start : start + size]) for start in range(0, len(left), size)]
        return found

    def train(self, stack: _Stack) -> None:
        """Train what of a stack is not finished and can be claimed."""
        lacking = [record for seed in stack.seeds if not (record := self.cell.seed(seed)).finished]
        records = _claimed(lacking)
        whole = len(records) == len(lacking)
        if stack.checkpoint and not whole:
            for record in records:
                record.abandon()
            return
        if not records:
            return
        self.tried |= {record.seed for record in records}
        state = self._resumable(stack.checkpoint, records) if stack.checkpoint else None
        seeds = stack.seeds if state else [record.seed for record in records]
        tracker = Tracker(self.config.exec.wandb, self.cell.store.root, self.screen.say)
        rows = stack.checkpoint.facts["rows"] if stack.checkpoint and state else {}
        self.examples = ByExample(self.config.task, seeds, state.get("examples") if state else None)
        try:
            with self._ending(records, tracker), looking_on(self.examples.see):
                self._follow(seeds, records, tracker, state, {int(seed): size for seed, (size, _) in rows.items()})
        finally:
            tracker.close()
        self.free = time.perf_counter()
        self.cell.drop_checkpoints()

    def _resumable(self, checkpoint: Checkpoint, records: Sequence[Record]) -> dict[str, Any] | None:
        """The state of a checkpoint, None where it or the rows that belong to it are not as they were."""
        try:
            state = checkpoint.state()
            if state is None:
                raise ValueError("it is damaged")
            if checkpoint.facts.get("sources") != self.code:
                raise ValueError("it was kept by other code than is there now")
            for record in records:
                if not record.begins_with(*checkpoint.facts["rows"][str(record.seed)]):
                    raise ValueError(f"rows of seed {record.seed} are not what was written")
            return dict(torch.load(io.BytesIO(state), map_location="cpu", weights_only=True))
        except Exception as error:  # whatever a damaged file leads to
            seeds = _listed([record.seed for record in records])
            self.screen.say(
                f"{checkpoint.file} is of no use ({first_line(error)}); seeds {seeds} are trained from their start"
            )
            return None

    def _follow(
        self,
        seeds: Sequence[int],
        records: Sequence[Record],
        tracker: Tracker,
        state: dict[str, Any] | None,
        rows: Mapping[int, int],
    ) -> None:
        """Put what happens to the seeds where it belongs; `rows` is how much of each seed's is of before."""
        by_seed = {record.seed: record for record in records}
        epoch = state["training"]["epoch"] if state else 0
        for event in self._events(seeds, state):
            if isinstance(event, Saved):
                self._save(seeds, records, event)
                continue
            if event.seed not in by_seed:
                continue  # finished elsewhere since the checkpoint, which goes on as a whole
            record = by_seed[event.seed]
            match event:
                case Started():
                    self._start(record, event, epoch, rows.get(event.seed, 0))
                    tracker.start(record, self.title)
                    self.screen.begin(event.seed)
                case Row():
                    record.append(event.values)
                    self.examples.row(event.seed, event.values)
                    tracker.log(event.seed, event.values)
                    self.screen.row(event.seed, event.values)
                case FinalDiagnostics():
                    record.keep_diagnostics(event.values)
                    record.keep_examples(self.examples.written(event.seed, self.test))
                case Network():
                    record.keep_network(_saved(event.numbers))
                case Ended():
                    own = self._made_by(record)
                    facts = event.facts | {"launch_seconds": LAUNCH, "start_seconds": self.start}
                    record.end(event.state, facts, metrics=event.metrics, cause=event.cause, **own)
                    tracker.finish(event.seed, failed=False)
                    self.screen.leave(event.seed)
                    if event.cause:
                        self.screen.say(f"seed {event.seed} {event.state}: {event.cause}")

    def _events(self, seeds: Sequence[int], state: dict[str, Any] | None) -> Iterator[Any]:
        """What happens to the seeds, whatever it is that is done."""
        networks, asked = partial(stored_network, self.cell.store), self.config
        if asked.calculates:
            return calculate(asked, seeds, self.stopping)
        if asked.probes:
            return probe(asked, seeds, networks, self.stopping)
        return run(asked, seeds, stored=networks, resume=state, stopping=self.stopping, say=self.screen.say)

    def _start(self, record: Record, event: Started, epoch: int, rows: int) -> None:
        self.start = time.perf_counter() - self.free
        if self.config.probes:
            check_data(self.config, event.facts["data_sha256"])
        self.cell.write(event.facts["data_sha256"])
        self.device = event.facts["device"]
        self.screen.read(event.facts["read"])
        facts = self._made_with() | event.facts | {"continued_after_epoch": epoch or None}
        if self.config.trains:
            if not self.test or own_split(self.config.data):
                self.test = hash_of_test(self.config.data, self.config.exec, event.seed)
            facts["audit"] = str(audit_folder(self.config.data_identity, record.seed))
        record.start(facts, self.config.command_of(record.seed), rows=rows)

    def _save(self, seeds: Sequence[int], records: Sequence[Record], event: Saved) -> None:
        going = [record for record in records if record.open]
        for record in going:
            record.flush()
        rows = {record.seed: record.so_far() for record in going}
        facts = {"epoch": event.epoch, "rows": rows, "sources": self.code}
        self.cell.keep_checkpoint(seeds, facts, _saved(event.state | {"examples": self.examples.state()}))

    def _made_with(self) -> dict[str, Any]:
        return provenance(self.cell.choices) | {"sources": self.code, "machine": hardware(self.device)}

    def _made_by(self, record: Record) -> dict[str, Any]:
        """What of it a report asks: the code, the code that is said to compute the same, and the machine."""
        said = self.config.exec.mixed_code
        others = (self.cell.seed(seed) for seed in self.cell.seeds() if seed != record.seed) if said else ()
        same = {name_of(other.status().get("code", {})) for other in others if other.finished}
        return {"code": self.code, "same_code": sorted(same), "machine": hardware_name(hardware(self.device))}

    @contextmanager
    def _ending(self, records: Sequence[Record], tracker: Tracker) -> Iterator[None]:
        """However a stack ends, each of its seeds has an end: as it was, or failed, or (interrupted) as if planned."""
        try:
            yield
        except ConfigError:
            for record in records:
                record.abandon()
            raise
        except LeaseLostError as error:
            self.screen.say(str(error))
            self._drop(records, tracker)
        except BaseException as error:
            failed = not isinstance(error, KeyboardInterrupt)  # SystemExit, too, is a part's doing
            cause = named(error) if failed else "interrupted"
            going = [record for record in records if record.open]
            self.screen.say(f"seeds {_listed([record.seed for record in going])}: {cause}")
            try:
                for record in going:
                    if not record.started:
                        record.start(self._made_with(), self.config.command_of(record.seed))
                    trace: dict[str, Any] = {"traceback": traceback.format_exc()} if failed else {}
                    record.end("failed" if failed else "planned", {}, cause=cause, **trace)
                    tracker.finish(record.seed, failed=True)
            except (
                OSError,
                LeaseLostError,
                DamagedError,
            ) as another:  # a full disk: what could be said of it cannot be written
                self.screen.say(f"and this cannot be kept: {another}")
                self._drop(records, tracker)
            if not failed:
                raise

    def _drop(self, records: Sequence[Record], tracker: Tracker) -> None:
        for record in records:
            if record.open:
                with suppress(OSError):
                    record.abandon()
                tracker.finish(record.seed, failed=True)


def _claimed(records: Sequence[Record]) -> list[Record]:
    """Those that could be claimed; none, if the store cannot be written to. Raises ConfigError then."""
    found: list[Record] = []
    try:
        for record in records:
            if record.claim():
                found.append(record)
    except ConfigError:
        for record in found:
            record.abandon()
        raise
    return found


def _saved(state: Any) -> bytes:
    stream = io.BytesIO()
    torch.save(state, stream)
    return stream.getvalue()


def _listed(seeds: Sequence[int]) -> str:
    return ", ".join(map(str, seeds))
