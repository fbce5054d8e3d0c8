"""What was measured, of all seeds of a store or of a file that a store was packed into, ready to be compared."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from shlex import join
from typing import Any

from runner.comparison.kept_examples import Filed, check_examples, examples
from runner.comparison.tuning import Tuning, tuning_of
from runner.comparison.tuning import written as written_tuning
from runner.compose.calculated import PROBE
from runner.compose.cell_config import without
from runner.compose.identity import digest
from runner.compose.numbers import numbers_of
from runner.console.errors import ConfigError, nearest
from runner.console.escape import shell, words_of
from runner.nodes.signature import number, value_of
from runner.store.cell import Cell, LeftOut
from runner.store.folders import file_at
from runner.store.left_out import tell
from runner.store.packed import keep_lines, kept_lines
from runner.store.record import EXAMPLES, FINISHED, STATES, Record
from runner.store.seal import DamagedError
from runner.store.shapes import ANYTHING, NUMBER, TEXT, Group, List, Shape, check, check_question, check_took, seed_of
from runner.store.sources import name_of
from runner.store.store import Store
from runner.tasks.declared.classification import CLASSIFICATION
from runner.tasks.families import DECLARED, MOST
from runner.tasks.metric import Metric, declarations, shown, written

DATA = "data_sha256"
CODE = "code"
NUMBERS = "numbers"
FILES = "files."  # before the keys of the files that a question names: hashes of their contents
HASH = 12  # digits of one that people read
USUAL = {  # what need not be said of results
    "task": "own", "noise": 0, "noise_type": "symmetric", "imbalance": 1, "imbalance_type": "exponential",
    "classes": None,
    "method": "erm", "regularizer": "none", "risk": "mean", "optimizer": "sgd", "schedule": "cosine",
    "average": "none", "calibrator": "none", "adaptation": "none", "curation": "none", "sampler": "shuffle",
    "augment": "none", "calculation": "none", "probe": "none",
    "noise_seed": None, "init_seed": None, "order_seed": None, "augment_seed": None, "split_seed": None,
    "resample": "none", "val_labels": "given", "precision": "float32", "measure": [], "eval_flips": False,
}  # fmt: skip
LOOKED_ON = ("exec.progress", "exec.wandb")  # words of a command
LINE: dict[str, Shape] = {  # of a packed file
    "cell": TEXT, "choices": Group(TEXT), "question": Group(ANYTHING), "data": TEXT, "command": TEXT, "code": TEXT,
    "metrics": Group(ANYTHING), "seeds": Group(List(ANYTHING)), "examples": Group(ANYTHING),
}  # fmt: skip
MADE: dict[str, Shape] = {"code": TEXT, "parts": Group(TEXT), "same_code": List(TEXT), "machine": TEXT}
OUTCOMES = (*STATES, "stale")
BETWEEN = re.compile(r",(?![^\[\]]*\])")  # conditions: commas, but for those of a list
DIGITS = 9  # significant, of numbers in a packed file


@dataclass(frozen=True)
class Outcome:
    """What became of one seed.

    Attributes:
        state: done, diverged, failed, ... or planned: a sweep asked for it, and it is not there.
        rows: {rule of runner/tasks/selection.py: {metric: value}}, of a seed that is done.
        took: seconds of its stack and how many seeds that had, peak_memory_bytes, gradient_norm_at_start.
        made: by what: "parts", the hash of the engine's code and of each part's; "code", one of all of them;
            "same_code", those that are said to compute the same; "machine", in words. Empty before a seed has ended.
        metrics: {metric: its declaration}, of a seed that has ended.
        cause: why it diverged, failed or is damaged, as far as its store says so; packed files do not keep it.
        examples: what became of each test example (runner/comparison/kept_examples.py); None where it was not kept.
    """

    state: str
    rows: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    took: Mapping[str, float | None] = field(default_factory=dict)
    made: Mapping[str, Any] = field(default_factory=dict)
    metrics: Mapping[str, Metric] = field(default_factory=dict)
    cause: str = field(default="", kw_only=True, compare=False)
    examples: Filed | Mapping[str, Any] | None = field(default=None, kw_only=True, compare=False)


@dataclass(frozen=True)
class Result:
    """All seeds of one cell.

    Attributes:
        cell: the name of its folder.
        choices: {group: name}.
        question: what was asked.
        data: SHA-256 of the data set, "" where it is not known.
        command: what asks for the cell again, without seeds; "" where no seed has begun.
        outcomes: {seed: what became of it}, in order of seeds.
        folder: where its seeds are, None if they come from a packed file.
        code: the hash of the code that trained it, where the cell has seeds of other code as well; else "".
        tuning: by what trials it was selected; None where it was not.
    """

    cell: str
    choices: Mapping[str, str]
    question: Mapping[str, Any]
    data: str
    command: str
    outcomes: Mapping[int, Outcome]
    folder: Path | None = None
    code: str = ""
    tuning: Tuning | None = None

    @cached_property
    def settings(self) -> dict[str, Any]:
        """The choices and all that was asked, by dotted keys: {"loss": "gce", "loss.q": 0.7, "noise": 0.6, ...}.

        "numbers" is 0 where this code gives its numbers, and -1 where a change of runner/compose/numbers.py moved them.
        """
        asked = dict(leaves("", self.question))
        if NUMBERS in asked:
            asked[NUMBERS] -= numbers_of(self.question)
        hashes = {key: value[:HASH] for key, value in asked.items() if key.startswith(FILES)}
        code = {CODE: self.code} if self.code else {}
        return dict(self.choices) | asked | hashes | {DATA: self.data[:HASH]} | code

    def ask(self, seeds: range) -> str:
        """The command that trains these of its seeds, without what was only for who looked on."""
        words = without(words_of(self.command), *LOOKED_ON)
        return join([*words, f"seed={seeds.start}", f"seeds={len(seeds)}"])


def runs(seeds: Collection[int]) -> list[range]:
    """Seeds as runs of consecutive ones.

    >>> runs([5, 0, 1, 2])
    [range(0, 3), range(5, 6)]
    """
    starts = sorted(seed for seed in seeds if seed - 1 not in seeds)
    ends = sorted(seed for seed in seeds if seed + 1 not in seeds)
    return [range(start, end + 1) for start, end in zip(starts, ends, strict=True)]


def leaves(prefix: str, node: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """What a node of a configuration says, by dotted keys."""
    for key, value in node.items():
        if isinstance(value, Mapping):
            yield from leaves(f"{prefix}{key}.", value)
        else:
            yield prefix + key, value


def read(source: str | Path) -> list[Result]:
    """All results of a store, or of a packed file. What a store has that is left out is named on stderr.

    Raises:
        ConfigError: there are none, or the packed file is not whole.
    """
    file = file_at(source)
    found = joined(unpacked(file)) if file else _stored(Store(source))
    if not found:
        raise ConfigError(f"store={source}: there is no result in it; python -m runner puts results there")
    return found


def joined(results: Iterable[Result]) -> list[Result]:
    """Results of which some are of the same cell, as packed files put one behind the other have them: one of each.

    Raises:
        ConfigError: a seed of a cell is there twice, or a part of a cell was selected by other trials.
    """
    found: dict[tuple[str, str], Result] = {}
    for each in results:
        before = found.get((each.cell, each.data), replace(each, outcomes={}))
        if twice := before.outcomes.keys() & each.outcomes.keys():
            raise ConfigError(f"cell {each.cell}: seed {min(twice)} is there twice")
        if before.tuning != each.tuning:
            raise ConfigError(f"cell {each.cell}: not all of its seeds were selected by the same trials")
        outcomes = dict(sorted({**before.outcomes, **each.outcomes}.items()))
        found[each.cell, each.data] = replace(before, outcomes=outcomes, code="")
    return [part for each in found.values() for part in by_code(each)]


def unbegun(source: str | Path) -> dict[str, str]:
    """{cell: its name for people} of those that sweeps planned and of which no seed has begun: no result says so."""
    if file_at(source):
        return {}
    store = Store(source)
    planned = {cell["cell"]: cell["name"] for sweep in store.sweeps() for cell in sweep["cells"]}
    waiting = {cell: name for cell, name in planned.items() if not (store.named(cell).path / "config.yaml").exists()}
    return {cell: name for cell, name in waiting.items() if not store.named(cell).seeds()}


def _stored(store: Store) -> list[Result]:
    planned: dict[str, set[int]] = {}
    for sweep in store.sweeps():
        for cell in sweep["cells"]:
            planned.setdefault(cell["cell"], set()).update(cell["seeds"])
    cells, left = store.survey()
    found = [result(cell, planned.get(cell.path.name, set()) | set(cell.seeds())) for cell in cells]
    if broken := list(damaged(found)):
        store.index.doubt()
    tell([*left, *broken, *_unmeasured(store)])
    return [part for each in found for part in by_code(each)]


def _unmeasured(store: Store) -> Iterator[LeftOut]:
    """The seeds that were begun of cells that have no config.yaml yet, for it is written with the first row."""
    for cell in store.folders():
        if not (cell.path / "config.yaml").exists() and not cell.begun:
            for record in map(cell.seed, cell.seeds()):
                yield LeftOut(record.path, f"{record.standing(record.status()['state'])} before its first row")


def damaged(found: Iterable[Result]) -> Iterator[LeftOut]:
    """The seeds of some results that are damaged."""
    for each in found:
        for seed, outcome in each.outcomes.items():
            if outcome.state == "damaged" and each.folder is not None:
                yield LeftOut(each.folder / f"seed={seed}", outcome.cause)


def result(cell: Cell, seeds: Iterable[int]) -> Result:
    """These seeds of a cell, their rows checked to be what was written."""
    records = [cell.seed(seed) for seed in sorted(seeds)]
    statuses = [record.checked() for record in records]
    said = next((status["command"] for status in statuses if "command" in status), "")
    outcomes = {record.seed: _outcome(record, status) for record, status in zip(records, statuses, strict=True)}
    return Result(cell.path.name, cell.choices, cell.question, cell.data, _seedless(said), outcomes, cell.path)


def _outcome(record: Record, status: Mapping[str, Any]) -> Outcome:
    cause = str(status.get("cause") or "")
    if status["state"] not in FINISHED:
        return Outcome(record.standing(status["state"]), cause=cause)
    rows = status["selected"] if status["state"] == "done" else {}
    code = status.get("code", {})
    made = {"code": name_of(code), "parts": dict(code)}
    made |= {key: status[key] for key in ("same_code", "machine") if key in status}
    its = declarations(status.get("metrics", {}))
    written = status["files"].get(EXAMPLES)
    kept = Filed(f"{record.path}/{EXAMPLES}", *written) if written else None
    return Outcome(status["state"], rows, status["took"], made, its, cause=cause, examples=kept)


def by_code(found: Result) -> list[Result]:
    """A result apart by the code that trained its seeds: itself, but for cells with seeds of unlike code.

    Code that was said to compute the same (exec.mixed_code=true) is not apart. Seeds without an end stand with the
    most.
    """
    groups: list[set[str]] = []
    for outcome in found.outcomes.values():
        if outcome.made:
            its = {outcome.made["code"], *outcome.made.get("same_code", ())}
            its = its.union(*(group for group in groups if group & its))
            groups = [group for group in groups if not group & its] + [its]
    if len(groups) < 2:
        return [found]
    parts = [{s: o for s, o in found.outcomes.items() if o.made and o.made["code"] in group} for group in groups]
    parts.sort(key=len, reverse=True)
    parts[0] |= {seed: outcome for seed, outcome in found.outcomes.items() if not outcome.made}
    codes = [min(outcome.made["code"] for outcome in part.values() if outcome.made) for part in parts]
    return [replace(found, outcomes=part, code=code) for part, code in zip(parts, codes, strict=True)]


def whole(found: Result) -> Result:
    """The result. Raises ConfigError where its seeds were trained with unlike code: they make no one result."""
    if len(parts := by_code(found)) > 1:
        seeds = " and ".join(", ".join(map(str, part.outcomes)) for part in parts)
        raise ConfigError(
            f"{found.folder}: seeds {seeds} were trained with unlike code, and do not make one result; a report shows "
            f"them apart, and after python -m runner.forget the same command trains them anew"
        )
    return found


def _seedless(command: str) -> str:
    return join(without(words_of(shell(command)), "seed", "seeds"))


def pack(results: Sequence[Result], file: Path, only: Collection[str] = (), *, by_example: bool = False) -> None:
    """Write results to one file, a line a cell: small enough to be checked in, and read() gives them back.

    Numbers keep nine significant digits, and commands say no store. Each line begins with its checksum, and says which
    it is of how many, so that none can be changed or lost unnoticed; files that were packed may be put one behind the
    other.

    Args:
        file: compressed, if its name ends with .gz.
        only: the metrics to keep; all, if none is named.
        by_example: keep what became of each test example, too?
    Raises:
        ConfigError: no result has one of these metrics, or seeds of a cell declare one differently.
    """
    only = known_of(results, only)
    lines: list[dict[str, Any]] = []
    of_rows = [*only, "epoch"] if only and by_example else only
    for each in results:
        seeds = {seed: [o.state, _rows(o, of_rows), short(o.took), dict(o.made)] for seed, o in each.outcomes.items()}
        its = {name: declared([each], name) for name in metrics([each]) if not only or name in only}
        head: dict[str, Any] = {"cell": each.cell, "choices": dict(each.choices)}
        head |= {"question": dict(each.question), "data": each.data, "code": each.code}
        head["command"] = join(without(words_of(each.command), "store"))
        head |= {"tuning": written_tuning(each.tuning)} if each.tuning else {}
        head |= {"examples": kept} if by_example and (kept := _examples(each, only)) else {}
        lines.append(head | {"metrics": written(its), "seeds": seeds})
    keep_lines(file, lines)


def known_of(results: Sequence[Result], only: Collection[str]) -> list[str]:
    """The metrics that `only=` names. Raises ConfigError where no result has one of them."""
    known = metrics(results)
    for name in only:
        if name not in known:
            raise ConfigError(f"only={name}: no result has it; {nearest(name, known)}")
    return list(only)


def _examples(result: Result, only: Collection[str]) -> dict[int, Any]:
    """What is kept of the test examples of each seed, of these metrics."""
    found = {}
    for seed, outcome in result.outcomes.items():
        if outcome.examples is not None:
            try:
                kept = examples(outcome.examples)
            except DamagedError as error:
                raise ConfigError(f"cell {result.cell}, seed {seed}: {EXAMPLES} {error}") from error
            its = {
                epoch: {name: v for name, v in by_metric.items() if not only or name in only}
                for epoch, by_metric in kept.epochs.items()
            }
            found[seed] = kept._replace(epochs=its)._asdict()
    return found


def metrics(results: Iterable[Result]) -> list[str]:
    """What can be compared of their rows: what they declare, the primary metric of the test examples first of those."""
    found = (name for each in results for outcome in each.outcomes.values() for name in outcome.metrics)
    return list(dict.fromkeys(found))


def usual_metric(results: Sequence[Result]) -> str:
    """The key of the results that is looked at where nothing else is said, "test/accuracy" where none has ended.

    Raises:
        ConfigError: they have several, for their tasks or probes differ.
    """
    found = {key: each.cell for each in results if (key := usual(each))}
    if len(found) > 1:
        said = ", ".join(f"{key} (cell {cell})" for key, cell in found.items())
        raise ConfigError(
            f"metric: results of different tasks, {said}, are no table; metric={next(iter(found))} or where="
        )
    return next(iter(found), f"test/{CLASSIFICATION.primary}")


def by_usual_metric(results: Sequence[Result]) -> list[list[Result]]:
    """Results that can be in one table, each time: those that have the same metric to be looked at. What has not ended
    stands with the first."""
    groups: dict[str, list[Result]] = {}
    for each in results:
        groups.setdefault(usual(each), []).append(each)
    undone = groups.pop("", [])
    first, *others = groups.values() or [[]]
    return [[*first, *undone], *others]


def usual(result: Result) -> str:
    """The key of a result that is looked at where nothing else is said, "" where no seed of it has ended."""
    return shown(metrics([result]))


def primary_of(results: Sequence[Result]) -> str:
    """Its name alone, "accuracy". Raises ConfigError likewise."""
    return usual_metric(results).partition("/")[2]


def declared(results: Iterable[Result], name: str) -> Metric:
    """How the results declare a metric; where none of them has ended, how training would.

    Raises:
        ConfigError: none declares it, or two declare it differently.
    """
    found: dict[Metric, str] = {}
    others: set[str] = set()
    for each in results:
        for seed, outcome in each.outcomes.items():
            others |= outcome.metrics.keys()
            if name in outcome.metrics:
                found.setdefault(outcome.metrics[name], f"{each.cell}, seed {seed}")
    if len(found) > 1:
        said = "; ".join(f"{metric.described} ({where})" for metric, where in found.items())
        raise ConfigError(f"metric={name}: is declared in {len(found)} ways, which cannot be compared: {said}")
    if not found and (others or name not in DECLARED):
        raise ConfigError(f"metric={name}: no result declares it; {nearest(name, others or DECLARED, MOST)}")
    return next(iter(found), None) or DECLARED[name]


def _rows(outcome: Outcome, only: Collection[str]) -> dict[str, Any]:
    return {
        rule: short({name: value for name, value in row.items() if not only or name in only})
        for rule, row in outcome.rows.items()
    }


def short(value: Any) -> Any:
    """A number, or those in a mapping, to nine significant digits."""
    if isinstance(value, Mapping):
        return {key: short(part) for key, part in value.items()}
    return float(f"{value:.{DIGITS}g}") if isinstance(value, float) else value


def unpacked(file: Path) -> list[Result]:
    """The results of a packed file.

    Such a file is evidence that somebody else may hold against a table: it is read whole or not at all, where a store
    can do without what is damaged and train it anew.

    Raises:
        ConfigError: a line is damaged or lacks.
    """
    try:
        return [_result(number, kept) for number, kept in kept_lines(file)]
    except DamagedError as error:
        raise ConfigError(f"store={file}: {error}; it is used whole or not at all") from error


def _result(number: int, kept: dict[str, Any]) -> Result:
    """What this line of a packed file keeps. Raises DamagedError."""
    try:
        check(kept, LINE, LINE.keys() - {"code", "examples"})
        check_question(kept["question"])
        its = declarations(kept.pop("metrics"))
        tuning = tuning_of("tuning.", kept.pop("tuning")) if "tuning" in kept else None
        by_example = {seed_of(seed): each for seed, each in kept.pop("examples", {}).items()}
        seeds = {seed_of(seed): _packed(parts) for seed, parts in kept.pop("seeds").items()}
        seeds |= {seed: replace(seeds[seed], examples=_checked(each)) for seed, each in by_example.items()}
        outcomes = {seed: replace(o, metrics=its) if o.state in FINISHED else o for seed, o in seeds.items()}
        result = Result(**kept | {"command": shell(kept["command"])}, outcomes=outcomes, tuning=tuning)
    except DamagedError as error:
        raise DamagedError(f"line {number} is not a packed result: it {error}") from error
    except (ValueError, TypeError, KeyError) as error:
        raise DamagedError(f"line {number} is not a packed result ({error})") from error
    except ConfigError as error:
        raise DamagedError(f"line {number}: {error}") from error
    if (named := digest(result.question)) != result.cell:
        raise DamagedError(f"line {number} is of cell {named}, and not of {result.cell}")
    return result


def _checked(written: Any) -> Any:
    """What a line has of the test examples of a seed. Raises DamagedError."""
    check_examples(written)
    return written


def _packed(parts: Sequence[Any]) -> Outcome:
    """Of one seed: its state, the rows that count, what it took and by what it was made. Raises DamagedError."""
    found = Outcome(*parts)
    check(vars(found), {"state": TEXT, "rows": Group(Group(NUMBER))})
    if found.state not in OUTCOMES or (found.rows and found.state != "done"):
        raise DamagedError(f"says what never was of a seed that is {found.state}")
    check_took(found.took)
    check({"made": found.made}, {"made": Group(ANYTHING)})
    check(found.made, MADE, ("code",) if found.made else ())
    return found


def chosen(results: Sequence[Result], where: str) -> list[Result]:
    """Those that meet every condition of "dataset=digits,noise=0.2|0.6,classes=[3,5]".

    Raises:
        ConfigError: a condition has no known key, or one of its values none of the results that meet the others.
    """
    kept = list(results)
    conditions = [part.partition("=") for part in BETWEEN.split(where) if part]
    for key, sign, values in conditions:
        if not sign:
            raise ConfigError(f"where={key}: a condition is key=value, as in where=dataset=digits,noise=0.2|0.6")
        known = {name for each in results for name in each.settings}
        if key not in known:
            raise ConfigError(f"where={key}={values}: no result has {key}; {nearest(key, known)}")
        there, before = [each for each in kept if key in each.settings], kept
        kept = [each for each in there if any(_is(each.settings[key], value) for value in values.split("|"))]
        if not kept:
            raise ConfigError(f"where={key}={values}: there is no such result; {_hint(before, key, values)}")
    for key, _, values in conditions:
        for value in values.split("|"):
            if not any(_is(each.settings[key], value) for each in kept):
                raise ConfigError(
                    f"where={key}={values}: there is no result with {value}; {_hint(results, key, value)}"
                )
    return kept


def of_one_kind(results: Sequence[Result], metric: str) -> list[Result]:
    """Seeds that were trained, or what a probe measured of networks: what a metric is of, and by default the first.

    Args:
        metric: as in rows.jsonl; "" where none is asked for.
    """
    if metric.startswith(f"{PROBE}/"):
        kept = [each for each in results if metric in metrics([each])]
    else:
        kept = [each for each in results if each.settings.get(PROBE, "none") == "none"]
    return kept or list(results)


def _is(setting: Any, said: str) -> bool:
    """Is a setting what a word of a condition says? Numbers are compared as numbers: 0.001 is 1e-3, but not true."""
    value = value_of(said)
    if isinstance(setting, str):
        return setting == said
    if isinstance(setting, bool) or isinstance(value, bool):
        return setting is value
    if isinstance(setting, int | float):
        with suppress(ValueError):
            return setting == float(said)
    return bool(setting == value)


def _hint(results: Sequence[Result], key: str, said: str) -> str:
    """What there is instead; the nearest of it only of texts, for the nearest text is not the nearest number."""
    there = {str(each.settings[key]) for each in results if key in each.settings}
    return nearest(said if isinstance(value_of(said), str) else "", there)


def varying(results: Sequence[Result]) -> list[str]:
    """The keys in which results differ, groups first: "loss", "loss.epsilon", "noise".

    What belongs to a choice (loss.epsilon to loss, the contents of a file to its name, the data to the data set) counts
    where results of the same choice differ in it.
    """
    table = [each.settings for each in results]
    found: list[str] = []
    for key in dict.fromkeys(key for row in table for key in row):
        owners = [other for other in found if _belongs(key, other)]
        values: dict[tuple[str, ...], set[str]] = {}
        for row in table:
            values.setdefault(tuple(_told(row, owner) for owner in owners), set()).add(_told(row, key))
        if any(len(different) > 1 for different in values.values()):
            found.append(key)
    return found


def _told(settings: Mapping[str, Any], key: str) -> str:
    """A setting, other than any that is another: null is not a key that is not there, and "1" not 1."""
    return repr(settings[key]) if key in settings else ""


def _belongs(key: str, other: str) -> bool:
    if key == DATA:
        return other.partition(".")[0] in ("dataset", "classes")
    key = key.removeprefix(FILES)
    return key == other or key.startswith(f"{other}.")


def shared(results: Sequence[Result], besides: Collection[str] = ()) -> str:
    """The settings that all results share, without those of `besides`: "digits, mlp, 60 epochs".

    Data set, model, loss and epochs, and what is not as USUAL; of no noise the type is not said.
    """
    settings = [each.settings for each in results]
    alike = {
        key: value
        for key, value in settings[0].items()
        if key not in besides and all(key in other and other[key] == value for other in settings)
    }
    parts = [str(alike[key]) for key in ("dataset", "model", "loss") if key in alike]
    if "epochs" in alike:
        parts.append(f"{alike['epochs']} epoch{'s' * (alike['epochs'] != 1)}")
    for key, usual in USUAL.items():
        amount = key.removesuffix("_type")
        without = amount != key and alike.get(amount) == USUAL[amount]
        if alike.get(key, usual) != usual and not without:
            parts.append(setting(key, alike[key]))
    return ", ".join(parts)


def setting(key: str, value: Any) -> str:
    """As on a command line.

    >>> setting("noise", 0.6), setting("classes", [3, 5]), setting("optimizer.lr", 1e30)
    ('noise=0.6', 'classes=[3,5]', 'optimizer.lr=1e30')
    """
    if isinstance(value, str):
        return f"{key}={value}"
    return f"{key}={number(value) if isinstance(value, float) else str(value).replace(', ', ',')}"


def in_order(results: Iterable[Result]) -> list[Result]:
    """By the values of what varies, numbers by size."""
    found = list(results)
    keys = varying(found)

    def rank(each: Result) -> list[tuple[bool, float, str]]:
        values = [each.settings.get(key) for key in keys]
        return [(isinstance(v, str), v if isinstance(v, int | float) else 0.0, str(v)) for v in values]

    return sorted(found, key=rank)
