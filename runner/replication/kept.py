"""Evidence in a file, a line each. A line carries its claim, or its table, and is judged by that whatever the file in
conf/ says by then (runner/replication/changed.py)."""

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import MISSING, dataclass, replace
from math import isnan, nan
from pathlib import Path
from typing import Annotated, Any, Generic, Literal

from runner.comparison.entry import RULES_OF_DIVERGED
from runner.comparison.results import short
from runner.comparison.tuning import Tuning, tuning_of
from runner.comparison.tuning import written as written_tuning
from runner.compose.options import option
from runner.console.errors import ConfigError, nearest
from runner.console.say import complain
from runner.nodes.group import known
from runner.nodes.signature import check
from runner.replication import claim_file, kept_examples, published
from runner.replication.claim import Claim, Place, Values
from runner.replication.claim_file import Count
from runner.replication.evidence import A, Asks, Evidence, Judgement, judged, judgement
from runner.replication.published import Published
from runner.replication.verdict import VERDICTS
from runner.store.packed import keep_lines, kept_lines
from runner.store.seal import DamagedError
from runner.store.shapes import seed_of
from runner.tasks.metric import Metric, declarations, written

FIELDS: dict[str, Any] = {
    "scale": str, "seeds": Count | None, "universe": list[str], "tuned": dict, "values": dict, "metrics": dict,
    "diverged": Literal[RULES_OF_DIVERGED], "others": dict, "diverged_seeds": list, "steepness": dict,
    "seconds": Annotated[float, "[0, inf)"], "origins": list[str] | None, "changes": Annotated[int, "[0, inf)"],
    "examples": dict, "untold": str, "look": Count, "came_to": Any,
}  # fmt: skip
ATTRIBUTES = {"steepness": "initial_gradient_norms"}  # of keys that are named otherwise than what they hold
OF_EXAMPLES: dict[str, Any] = {"examples": {}, "untold": ""}  # of what is judged over seeds alone, left out
UNSAID: dict[str, Any] = {"diverged_seeds": [], "origins": None, "look": 1, **OF_EXAMPLES}  # of older lines
CAME_TO = {"verdict": Literal[VERDICTS], "together": Count}


@dataclass(frozen=True)
class Kind(Generic[A]):
    """What a file of evidence is of.

    Attributes:
        word: "claim" or "table"; the key of a line that has it, and its folder in conf/.
        said: what a file of it would say.
        of: it, of its name and what a file says.
        part: as much of it as evidence rests on.
        names, load: what files there are today, and what is in one.
    """

    word: str
    said: Callable[[A], dict[str, Any]]
    of: Callable[[str, Any], A]
    part: Callable[[A, Evidence[A]], A]
    names: Callable[[], list[str]]
    load: Callable[[str], A]


CLAIMS: Kind[Claim] = Kind(
    "claim",
    claim_file.said,
    claim_file.claim_of,
    lambda claim, its: claim.with_seeds(its.seeds).part(its.scale, universe=bool(its.universe), tuned=bool(its.tuned)),
    claim_file.names,
    claim_file.load,
)
TABLES: Kind[Published] = Kind(
    "table",
    published.said,
    published.table_of,
    lambda table, its: table.part(its.scale),
    published.names,
    published.load,
)


@dataclass(frozen=True)
class KeptFile:
    """The options of a table on a page: the file that has its evidence."""

    from_: Path = option(MISSING, "a file that keeps the evidence")


def keep_claims(found: Sequence[Evidence[Claim]], file: Path) -> None:
    """Write a line for each, of numbers to nine significant digits, with what all in the file come to together.

    What the file has of other claims stays.
    """
    if _nothing_new(found, file):
        return
    rounded = _beside_others([_rounded(each) for each in found], file)
    both = zip(rounded, judged(rounded), strict=True)
    judged_all = [replace(each, came_to=judgement(each, its) if its else None) for each, its in both]
    keep_lines(file, [_line(CLAIMS, each) for each in judged_all])


def keep_tables(found: Sequence[Evidence[Published]], file: Path) -> None:
    """Write a line for each, of numbers to nine significant digits."""
    if not _nothing_new(found, file):
        keep_lines(file, [_line(TABLES, _rounded(each)) for each in found])


def kept_claims(file: Path, option: str = "from") -> list[Evidence[Claim]]:
    """What was written. Raises ConfigError that names the option and the line where it is no such file."""
    return _kept(CLAIMS, file, option)


def kept_tables(file: Path) -> list[Evidence[Published]]:
    """What was written. Raises ConfigError that names the line where it is no such file."""
    return _kept(TABLES, file, "from")


def _beside_others(found: Sequence[Evidence[Claim]], file: Path) -> list[Evidence[Claim]]:
    """Of each claim of the file, in its order, what was found now or else what was kept, and then what is new."""
    now, then = _by_name(found), _by_name(kept_claims(file, "keep") if file.is_file() and file.stat().st_size else [])
    new = {name for name, its in now.items() if name not in then or any(map(_measured, its))}
    return [each for name in {**then, **now} for each in (now[name] if name in new else then[name])]


def _by_name(found: Sequence[Evidence[Claim]]) -> dict[str, list[Evidence[Claim]]]:
    names = dict.fromkeys(each.asked.name for each in found)
    return {name: [each for each in found if each.asked.name == name] for name in names}


def _rounded(each: Evidence[A]) -> Evidence[A]:
    return replace(each, values=short(each.values), initial_gradient_norms=short(each.initial_gradient_norms))


def _measured(each: Evidence[A]) -> bool:
    return any(by_seed for places in each.values.values() for by_seed in places.values())


def _nothing_new(found: Sequence[Evidence[A]], file: Path) -> bool:
    """Was nothing measured, while a file that is there has something? It is said: what was kept stays."""
    if any(_measured(each) for each in found):
        return False
    if there := file.is_file() and file.stat().st_size > 0:
        complain(f"keep={file}: nothing was measured, and what was kept before stays as it is")
    return there


def _line(kind: Kind[A], each: Evidence[A]) -> dict[str, Any]:
    values = {
        metric: [[*place, _null_for_nan(by_seed)] for place, by_seed in its.items()]
        for metric, its in each.values.items()
    }
    asked = {"name": each.asked.name, **kind.said(each.asked)}
    kept = {key: getattr(each, ATTRIBUTES.get(key, key)) for key in FIELDS} | {
        "values": values,
        "metrics": written(each.metrics),
    }
    kept["diverged_seeds"] = [[*place, list(seeds)] for place, seeds in each.diverged_seeds.items()]
    kept["tuned"] = {arm: written_tuning(its) for arm, its in each.tuned.items()}
    kept["examples"] = kept_examples.written(each.examples)
    kept = {key: its for key, its in kept.items() if key not in OF_EXAMPLES or its}
    return {kind.word: asked} | kept | {"came_to": each.came_to and each.came_to._asdict()}


def _null_for_nan(by_seed: Mapping[int, float]) -> dict[int, float | None]:
    return {seed: None if isnan(value) else value for seed, value in by_seed.items()}


def _kept(kind: Kind[A], file: Path, option: str) -> list[Evidence[A]]:
    found: dict[str, Evidence[A]] = {}
    try:
        for number, line in kept_lines(file):
            try:
                each = _evidence(kind, line)
                if (same := _how(each)) in found:
                    raise ConfigError(f"a line before it is of the same {kind.word}, asked the same way")
            except ConfigError as error:
                raise ConfigError(f"{option}={file}: line {number}: {error}") from error
            found[same] = each
    except DamagedError as error:
        raise ConfigError(f"{option}={file}: {error}; it is used whole or not at all") from error
    if not found:
        raise ConfigError(f"{option}={file}: there is nothing in it")
    return list(found.values())


def _how(each: Evidence[A]) -> str:
    """What was asked, and how, as one text."""
    return json.dumps([each.asked.name, each.scale, each.seeds, each.universe, bool(each.tuned), each.diverged])


def _evidence(kind: Kind[A], line: Any) -> Evidence[A]:
    """Of a line. Raises ConfigError for what it cannot say."""
    said = UNSAID | known("", line, {kind.word: dict, **FIELDS}, optional=tuple(UNSAID))
    own = said.pop(kind.word)
    name = check(f"{kind.word}.name", own.pop("name", None), str)
    try:
        asked = kind.of(name, own)
    except ConfigError as error:
        raise ConfigError(f"{kind.word}: {error}") from error
    if said["scale"] not in asked.scales:
        raise ConfigError(f"scale={said['scale']}: {name} has {nearest(said['scale'], asked.scales)}")
    tuned = {arm: _tuning(f"tuned.{arm}", arm, its, asked) for arm, its in said["tuned"].items()}
    _same("tuned", tuned or asked.arms, asked.arms)
    places = list(asked.cells(said["scale"]))
    values = {metric: _places(f"values.{metric}", its, places) for metric, its in said["values"].items()}
    _same("values", values, asked.metrics)
    _same("metrics", said["metrics"], asked.metrics)
    metrics = _declarations(said["metrics"])
    _within(values, metrics)
    came_to = said["came_to"]
    return Evidence(
        asked,
        said["scale"],
        values,
        metrics,
        seeds=said["seeds"],
        universe=said["universe"],
        tuned=tuned,
        diverged=said["diverged"],
        others=_group("others", said["others"], Count),
        diverged_seeds=_diverged_seeds(said["diverged_seeds"], places),
        seconds=said["seconds"],
        initial_gradient_norms=_group("steepness", said["steepness"], float),
        origins=said["origins"],
        changes=said["changes"],
        examples=kept_examples.read(said["examples"], values),
        untold=said["untold"],
        look=said["look"],
        came_to=None if came_to is None else Judgement(**known("came_to.", came_to, CAME_TO, ())),
    )


def _tuning(key: str, arm: str, said: Any, asked: Asks) -> Tuning:
    """How an arm was tuned. Older lines say what was selected and no more; the space stands in the claim."""
    if not (isinstance(asked, Claim) and asked.tuned):
        raise ConfigError(f"{key}: {asked.name} does not say how it is tuned")
    if isinstance(said, list):
        chosen = check(key, said, list[str])
        space = {name: asked.tuned.space.get(name, "") for name in (each.partition("=")[0] for each in chosen)}
        said = written_tuning(Tuning(arm, chosen, space, asked.tuned.overrides))
    its = tuning_of(f"{key}.", said)
    if its.trials and len(its.trials) != asked.tuned.trials:
        raise ConfigError(f"{key}.trials: are {len(its.trials)}, and not the {asked.tuned.trials} that it asks for")
    for name, text in its.space.items():
        if asked.tuned.space.get(name) != text:
            raise ConfigError(f"{key}.space.{name}={text}: is not the space of the claim")
    return its


def _declarations(said: Mapping[str, Any]) -> dict[str, Metric]:
    try:
        return declarations(said)
    except ValueError as error:
        raise ConfigError(f"metrics: declare none as runner/tasks/metric.py does ({error})") from error


def _within(values: Values, metrics: Mapping[str, Metric]) -> None:
    for name, by_place in values.items():
        for (arm, where), by_seed in by_place.items():
            for seed, value in by_seed.items():
                if not (isnan(value) or metrics[name].holds(value)):
                    place = ", ".join(filter(None, (arm, where)))
                    said = f"{value} of {place}, seed {seed}, is not what it declares ({metrics[name].described})"
                    raise ConfigError(f"values.{name}: {said}")


def _places(key: str, said: Any, places: Sequence[Place]) -> dict[Place, dict[int, float]]:
    """{place: {seed: value}} of [[arm, where, {seed: value}], ...], in the order in which the claim has its places;
    null is a nan."""
    if not isinstance(said, list) or not all(isinstance(part, list) and len(part) == 3 for part in said):
        raise ConfigError(f"{key}: must be a list of arm, where, and values by seeds")
    found = {(str(arm), str(where)): _group(f"{key}.{arm}", by_seed, float | None) for arm, where, by_seed in said}
    _same(key, found, places)
    return {
        place: {_seed(key, seed): nan if value is None else value for seed, value in found[place].items()}
        for place in places
    }


def _diverged_seeds(said: Any, places: Sequence[Place]) -> dict[Place, list[int]]:
    """{place: seeds} of [[arm, where, [seed, ...]], ...], of some of these places."""
    key, found = "diverged_seeds", {}
    for part in said:
        if not isinstance(part, list) or len(part) != 3:
            raise ConfigError(f"{key}: must be a list of arm, where, and seeds")
        place = str(part[0]), str(part[1])
        if place not in places:
            raise ConfigError(f"{key}: is of {_listed([place])}, and not of {_listed(places)}")
        found[place] = check(f"{key}.{place[0]}", part[2], list[Annotated[int, "[0, inf)"]])
    return found


def _seed(key: str, text: str) -> int:
    try:
        return seed_of(text)
    except ValueError as error:
        raise ConfigError(f"{key}: {error}") from error


def _group(key: str, said: Any, kind: Any) -> dict[str, Any]:
    if not isinstance(said, Mapping):
        raise ConfigError(f"{key}: must be a group of keys")
    return {name: check(f"{key}.{name}", value, kind) for name, value in said.items()}


def _same(key: str, found: Collection[Any], asked: Collection[Any]) -> None:
    if set(found) != set(asked):
        raise ConfigError(f"{key}: is of {_listed(found)}, and not of {_listed(asked)}")


def _listed(places: Collection[Any]) -> str:
    return ", ".join(" ".join(filter(None, p)) if isinstance(p, tuple) else p for p in places) or "nothing"
