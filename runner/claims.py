"""Claims put to the test: `python -m runner.claims claim or family ...`; without a word, which there are.

    python -m runner.claims apl                 train what the store lacks, and print the ledger
    python -m runner.claims apl --plan          what it would take, and nothing is trained
    python -m runner.claims apl_symmetric tuned=true multiverse=true
    python -m runner.claims all                 every claim: hours

--plan         what it would take
--json         the ledger for programs
scale=laptop   smoke (seconds), laptop, second (another small data set) or paper: each claim says what that is
seeds=         how many, where it is not as many as a claim says: more of them for what is undecided
store=         where runs are kept: results/claims
tuned=false    true: also with each arm tuned by the same number of trials, where a claim says how
multiverse=false   true: also under the other choices that a claim declares
train=true     false: from what is in the store alone
keep=          a file that keeps the evidence; from= makes the ledger of such a file, without any store
diverged=worst a diverged seed counts as the worst value of the metric; exclude: it is left out, and the ledger says so
jobs=auto      cells trained at once
"""

import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

import yaml

from runner.comparison.entry import RULES_OF_DIVERGED, WORST
from runner.comparison.results import Result, damaged, result, whole
from runner.comparison.tuning import Tuning
from runner.compose.cell_config import CellConfig
from runner.compose.command_line import CONF, compose_cells, quoted
from runner.compose.schema import Threads
from runner.console.errors import ConfigError, nearest, program, tell, writing
from runner.console.listing import listed
from runner.console.plain import Plain
from runner.console.say import complain, note, say
from runner.launch import plan
from runner.nodes.signature import check, shown, value_of
from runner.replication import ledger
from runner.replication.claim import Claim, Place
from runner.replication.claim_file import chosen
from runner.replication.evidence import Asks, Evidence, evidence
from runner.replication.kept import keep_claims, kept_claims
from runner.replication.tuned_arms import contending, selected
from runner.store.folders import writable_file
from runner.store.left_out import tell as tell_left_out
from runner.store.record import FINISHED
from runner.tasks.metric import known
from runner.tuning import trials

OPTIONS: dict[str, tuple[Any, Any]] = {
    "scale": (str, "laptop"),
    "seeds": (Annotated[int, "[2, 10000]"] | None, None),
    "store": (str | None, None),
    "tuned": (bool, False),
    "multiverse": (bool, False),
    "train": (bool, True),
    "keep": (str | None, None),
    "from": (str | None, None),
    "diverged": (Literal[RULES_OF_DIVERGED], WORST),
    "jobs": (Literal["auto"] | Threads, "auto"),
}
TEXTS = ("scale", "store", "keep", "from")
FLAGS = ("--plan", "--json")
FEW = 5  # claims that are named where something is said of them


class Study(NamedTuple):
    """One finding in the making: a claim at its defaults, tuned, or in one universe; `cells` is of each place.

    While trials are `lacking`, it is not known which cells a tuned claim has; where those of an arm are fruitless, it
    has none.
    """

    claim: Claim
    universe: Sequence[str]
    tuned: Mapping[str, Tuning]
    cells: Mapping[Place, CellConfig]
    lacking: int = 0


def main(arguments: Sequence[str]) -> None:
    """Plan, train, judge. Exit status: 0 all is judged, 1 seeds failed, 2 wrongly asked, 130 interrupted."""
    options, flags, words = parse(arguments, OPTIONS, FLAGS)
    options["store"] = options["store"] or "results/claims"
    if options["keep"] is not None:
        writable_file("keep", options["keep"])
    if options["from"] is not None:
        alone("from", arguments, "--json")
        _show(kept_claims(Path(options["from"])), flags)
        return
    if not arguments:
        listed((f"{claim.name} ({claim.family})", claim.about, claim.paper) for claim in chosen(["all"]))
        return
    if not words:
        raise ConfigError(f"{' '.join(arguments)}: of which claims? name some or a family, or say all")
    claims = [claim.with_seeds(options["seeds"]) for claim in chosen(words)]
    for claim in claims:
        check_metrics(claim)
    _check_scale(claims, options["scale"])
    _say_what_is_not_declared(claims, options)
    try:
        studies = list(_studies(claims, options, train=options["train"] and "--plan" not in flags))
        lacking = sum(study.lacking for study in studies)
        left = f"{lacking} trial{'s' * (lacking != 1)}, and what they select"
        planned = plan.plan(cell for study in studies for cell in study.cells.values())
        if options["train"] and "--plan" not in flags:
            plan.check_stores(planned)
        if options["train"] or "--plan" in flags:
            plan.show(planned, Plain(stderr="--plan" not in flags))
        if "--plan" in flags:
            if lacking:
                say(f"and {left}")
            return
        if options["train"]:
            train(planned, options["jobs"])
    except KeyboardInterrupt:
        complain("interrupted; the same command goes on from there")
        sys.exit(130)
    if lacking:
        note(f"not in the store: {left}")
    found, refused = _evidences(studies, options)
    if options["keep"] is not None:
        with writing(f"keep={options['keep']}"):
            keep_claims(found, Path(options["keep"]))
    _show(found, flags)
    tell(refused)
    sys.exit(2 if refused else int(any(state not in FINISHED for each in found for state in each.others)))


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
            if not value:
                raise ConfigError(f"{argument}: says nothing; without it, it is {shown(OPTIONS[name][1])}")
            options[name] = value if name in TEXTS else check(name, value_of(value), OPTIONS[name][0])
        else:
            words.append(argument)
    return options, said, words


def alone(option: str, arguments: Sequence[str], *besides: str) -> None:
    """Raise ConfigError where something stands beside an option that is enough, but for flags that may."""
    others = [said for said in arguments if not said.startswith(f"{option}=") and said not in besides]
    if others:
        also = f" but {', '.join(besides)}" if besides else ""
        raise ConfigError(f"{' '.join(others)}: {option}= shows what a file keeps, and takes nothing else{also}")


def check_metrics(asks: Asks) -> None:
    """Raise ConfigError where a claim or a table asks for what training does not measure."""
    for name in asks.metrics:
        known(name, f"{asks.name}: metric")


def _check_scale(claims: Sequence[Claim], scale: str) -> None:
    known = {name for claim in claims for name in claim.scales}
    if scale not in known:
        raise ConfigError(f"scale={scale}: {nearest(scale, known)}")


def _say_what_is_not_declared(claims: Sequence[Claim], options: Mapping[str, Any]) -> None:
    declared = {"tuned": lambda claim: claim.tuned, "multiverse": lambda claim: claim.multiverse}
    for what, its in declared.items():
        without = [claim.name for claim in claims if options[what] and not its(claim)]
        if without:
            names = ", ".join(without) if len(without) <= FEW else f"{len(without)} of the {len(claims)} claims"
            note(f"{what}=true: not declared by {names}")


def _studies(claims: Sequence[Claim], options: Mapping[str, Any], *, train: bool) -> Iterator[Study]:
    """Every finding that is asked for. Where arms are to be tuned they are on the way, if it is to train."""
    scale = options["scale"]
    own = [quoted("store", options["store"]), "exec.wandb.mode=disabled"]
    there = [claim for claim in claims if scale in claim.scales]
    for claim in claims:
        if claim not in there:
            note(f"{claim.name} has no scale {scale}: left out")
    studies = [
        Study(claim, universe, {}, composed(claim.name, claim.cells(scale, universe), own))
        for claim in there
        for universe in [(), *(claim.universes() if options["multiverse"] else ())]
    ]
    tuned = [claim for claim in there if options["tuned"] and claim.tuned]
    contenders = {claim.name: contending(claim, scale, own) for claim in tuned}  # all, before one is trained
    for claim in there:
        yield from (study for study in studies if study.claim is claim)
        if claim in tuned:
            best, lacking = selected(claim, contenders[claim.name], train=train)
            cells = {} if lacking or any(its.fruitless for its in best.values()) else claim.cells(scale)
            both = {(arm, where): [*said, *best[arm].chosen] for (arm, where), said in cells.items()}
            yield Study(claim, (), best, composed(claim.name, both, own), lacking)


def composed(name: str, cells: Mapping[Place, Sequence[str]], own: Sequence[str]) -> dict[Place, CellConfig]:
    """The cells of a claim or table of this name, with overrides of our own. Raises ConfigError that names it."""
    try:
        return {place: compose_cells([*said, *own], multirun=False)[0] for place, said in cells.items()}
    except ConfigError as error:
        raise ConfigError(f"{name}: {error}") from error


def train(planned: Sequence[plan.Planned], jobs: str | int) -> None:
    """Train what is to do in worker processes; what cannot be begun is said."""
    from runner.launch.sweep import sweep, wait_for_others

    plan.mend(planned)
    settings = yaml.safe_load((CONF / "hydra" / "launcher" / "pool.yaml").read_text(encoding="utf-8")) | {"jobs": jobs}
    tell(each.error for each in [*sweep(planned, settings), *wait_for_others(planned, settings)])


def _evidences(studies: Sequence[Study], options: Mapping[str, Any]) -> tuple[list[Evidence[Claim]], list[ConfigError]]:
    """What can be judged, and why the rest cannot."""
    found, refused = [], []
    for study in studies:
        try:
            found += [] if study.lacking else [_evidence(study, options)]
        except ConfigError as error:
            refused.append(ConfigError(f"{study.claim.name}: {error}"))
    return found, refused


def _evidence(study: Study, options: Mapping[str, Any]) -> Evidence[Claim]:
    results = {place: found(cell) for place, cell in study.cells.items()}
    claim = study.claim.part(options["scale"], universe=bool(study.universe), tuned=bool(study.tuned))
    own = {"seeds": options["seeds"], "universe": study.universe, "tuned": study.tuned, "diverged": options["diverged"]}
    return evidence(claim, options["scale"], results, **own)


def found(cell: CellConfig) -> Result:
    """What the store has of the seeds that a cell asks for; what is damaged of it is named on stderr."""
    its = whole(result(*trials.kept(cell)))
    tell_left_out(damaged([its]))
    return its


def _show(found: Sequence[Evidence[Claim]], flags: set[str]) -> None:
    if "--json" in flags:
        say(ledger.as_json(found), lines=True)
    else:
        ledger.show(found, Plain())


def markdown(arguments: Sequence[str]) -> str:
    """The ledger of a file of evidence, from=. Raises ConfigError where it is none."""
    options, _, _ = parse(arguments, ["from"], flags=())
    found = kept_claims(Path(options["from"] or ""))
    sheets = ledger.sheet(found), ledger.tuning(found), ledger.steepness(found)
    return "\n\n".join(sheet.markdown() for sheet in sheets if sheet.body)


if __name__ == "__main__":
    program(main)
