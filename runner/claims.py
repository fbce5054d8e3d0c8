"""Claims put to the test: `python -m runner.claims [claim or family ...]`; all of them without a word.

    python -m runner.claims                     train what the store lacks, and print the ledger
    python -m runner.claims apl --plan          what it would take, and nothing is trained
    python -m runner.claims apl_symmetric tuned=true multiverse=true

--plan         what it would take
--json         the ledger for programs
scale=laptop   smoke (seconds), laptop, second (another small data set) or paper: each claim says what that is
seeds=         how many, where it is not as many as a claim says: more of them for what is undecided
store=         where runs are kept: results/claims
tuned=         true: also with each arm tuned by the same number of trials, where a claim says how
multiverse=    true: also under the other choices that a claim declares
train=         false: from what is in the store alone
keep=          a file that keeps the evidence; from= makes the ledger of such a file, without any store
jobs=auto      cells trained at once
"""

import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

import yaml
from rich.console import Console

from runner import ledger, plan, trials
from runner.claim import Claim, Place
from runner.claim_file import chosen
from runner.command_line import CONF, Asked, asked
from runner.comparison.results import Result, result
from runner.comparison.sheet import wide_console
from runner.errors import ConfigError, nearest, program, writing
from runner.evidence import Evidence, evidence, keep, kept
from runner.signature import check, value_of
from runner.store import FINISHED

OPTIONS: dict[str, tuple[Any, Any]] = {
    "scale": (str, "laptop"),
    "seeds": (Annotated[int, "[2, inf)"] | None, None),
    "store": (str | None, None),
    "tuned": (bool, False),
    "multiverse": (bool, False),
    "train": (bool, True),
    "keep": (str | None, None),
    "from": (str | None, None),
    "jobs": (Literal["auto"] | Annotated[int, "[1, inf)"], "auto"),
}
FLAGS = ("--plan", "--json")


class Study(NamedTuple):
    """One finding in the making: a claim at its defaults, tuned, or in one universe; `cells` is of each place."""

    claim: Claim
    universe: Sequence[str]
    tuned: Mapping[str, Sequence[str]]
    cells: Mapping[Place, Asked]


def main(arguments: Sequence[str]) -> None:
    """Plan, train, judge. Exit status: 0 all is judged, 1 seeds failed, 2 wrongly asked, 130 interrupted."""
    options, flags, words = parse(arguments, OPTIONS, FLAGS)
    options["store"] = options["store"] or "results/claims"
    if options["from"] is not None:
        _show(kept(Path(options["from"])), flags)
        return
    claims = [claim.with_seeds(options["seeds"]) for claim in chosen(words)]
    _check_scale(claims, options["scale"])
    try:
        studies = list(_studies(claims, options))
        planned = plan.plan(cell for study in studies for cell in study.cells.values())
        if options["train"] or "--plan" in flags:
            plan.show(planned, Console(stderr="--plan" not in flags))
        if "--plan" in flags:
            return
        if options["train"]:
            train(planned, options["jobs"])
    except KeyboardInterrupt:
        print("seedwise: interrupted; the same command goes on from there", file=sys.stderr)
        sys.exit(130)
    found = [_evidence(study, options["scale"]) for study in studies]
    if options["keep"] is not None:
        with writing(f"keep={options['keep']}"):
            keep(found, Path(options["keep"]))
    _show(found, flags)
    sys.exit(int(any(state not in FINISHED for each in found for state in each.others)))


def parse(
    arguments: Sequence[str], names: Collection[str], flags: Collection[str]
) -> tuple[dict[str, Any], set[str], list[str]]:
    """Options of OPTIONS by name, flags and words. Raises ConfigError for what is none of these `names` and `flags`."""
    options = {name: OPTIONS[name][1] for name in names}
    said, words = set(), []
    for argument in arguments:
        name, sign, value = argument.partition("=")
        if argument.startswith("-"):
            if argument not in flags:
                raise ConfigError(f"{argument}: there is no such option; {nearest(argument, flags)}")
            said.add(argument)
        elif sign:
            if name not in names:
                raise ConfigError(f"{argument}: there is no such option; {nearest(name, names)}")
            options[name] = check(name, value_of(value), OPTIONS[name][0])
        else:
            words.append(argument)
    return options, said, words


def _check_scale(claims: Sequence[Claim], scale: str) -> None:
    known = {name for claim in claims for name in claim.scales}
    if scale not in known:
        raise ConfigError(f"scale={scale}: {nearest(scale, known)}")


def _studies(claims: Sequence[Claim], options: Mapping[str, Any]) -> Iterator[Study]:
    """Every finding that is asked for. Arms are tuned on the way, where that is asked for."""
    scale = options["scale"]
    own = [f"store={options['store']}", "exec.wandb.mode=disabled"]
    for claim in claims:
        if scale not in claim.scales:
            print(f"{claim.name} has no scale {scale}: left out", file=sys.stderr)
            continue
        cells = claim.cells(scale)
        yield Study(claim, (), {}, composed(claim.name, cells, own))
        for universe in claim.universes() if options["multiverse"] else ():
            yield Study(claim, universe, {}, composed(claim.name, claim.cells(scale, universe), own))
        if options["tuned"] and claim.tuned:
            from runner.equal_footing import selected

            best = selected(claim, scale, own)
            both = {(arm, where): [*said, *best[arm]] for (arm, where), said in cells.items()}
            yield Study(claim, (), best, composed(claim.name, both, own))


def composed(name: str, cells: Mapping[Place, Sequence[str]], own: Sequence[str]) -> dict[Place, Asked]:
    """The cells of a claim or table of this name, with overrides of our own. Raises ConfigError that names it."""
    try:
        return {place: asked([*said, *own], multirun=False)[0] for place, said in cells.items()}
    except ConfigError as error:
        raise ConfigError(f"{name}: {error}") from error


def train(planned: Sequence[plan.Planned], jobs: str | int) -> None:
    """Train what is to do in worker processes; what cannot be begun is said."""
    from runner.sweep import sweep, wait_for_others

    settings = yaml.safe_load((CONF / "hydra" / "launcher" / "pool.yaml").read_text(encoding="utf-8")) | {"jobs": jobs}
    for error in [*sweep(planned, settings), *wait_for_others(planned, settings)]:
        print(f"seedwise: {error}", file=sys.stderr)


def _evidence(study: Study, scale: str) -> Evidence:
    results = {place: found(cell) for place, cell in study.cells.items()}
    return evidence(study.claim, scale, results, universe=study.universe, tuned=study.tuned)


def found(cell: Asked) -> Result:
    """What the store has of the seeds that a cell asks for."""
    return result(*trials.kept(cell))


def _show(found: Sequence[Evidence], flags: set[str]) -> None:
    if "--json" in flags:
        print(ledger.as_json(found))
    else:
        ledger.sheet(found).show(wide_console())


def markdown(arguments: Sequence[str]) -> str:
    """The ledger of a file of evidence, from=. Raises ConfigError where it is none."""
    options, _, _ = parse(arguments, ["from"], flags=())
    found = kept(Path(options["from"] or ""))
    return "\n\n".join(sheet.markdown() for sheet in (ledger.sheet(found), ledger.steepness(found)) if sheet.body)


if __name__ == "__main__":
    program(main)
