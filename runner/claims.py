"""Claims put to the test: `python -m runner.claims claim or family ...`; without a word, which there are.

python -m runner.claims apl                 train the seeds that the store does not have yet, and print the ledger
python -m runner.claims apl --plan          what it would take, and nothing is trained
python -m runner.claims apl_symmetric tuned=true multiverse=true
python -m runner.claims all                 every claim: hours
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from runner.comparison.entry import RULES_OF_DIVERGED, WORST
from runner.compose.options import NAMES, alone, flag, option, parse
from runner.compose.program import program
from runner.compose.schema import Threads
from runner.console.errors import ConfigError, tell, writing
from runner.console.listing import listed
from runner.console.plain import Plain
from runner.console.say import complain, note, say
from runner.replication import ledger, tuned_words
from runner.replication.claim import Claim
from runner.replication.claim_file import chosen
from runner.replication.evidence import Evidence, from_seed
from runner.replication.kept import KeptFile, keep_claims, kept_claims
from runner.replication.studies import Study, carry_out, check_claims, evidences, planned_studies
from runner.store.files import save
from runner.store.folders import writable_file
from runner.store.record import FINISHED

FIRST = "judge by the seeds from this one on alone: earlier ones may have chosen what is asked"


@dataclass(frozen=True)
class Options:
    """How claims are put to the test."""

    plan: bool = flag("what it would take, and nothing is trained", "--plan")
    json: bool = flag("the ledger for programs", "--json")
    scale: str = option("laptop", "smoke (seconds), laptop, second (another small data set) or paper")
    seeds: Annotated[int, "[2, 10000]"] | None = option(
        None, "how many, where it is not as many as a claim says; more of them for what is undecided"
    )
    store: str = option("results/claims", "where runs are kept")
    tuned: bool = option(False, "also with each arm tuned by the same number of trials, where a claim says how")
    multiverse: bool = option(False, "also under the other choices that a claim declares")
    train: bool = option(True, "what the store lacks, which is left out otherwise")
    keep: Path | None = option(None, "a file that keeps the evidence, beside that of other claims")
    from_: Path | None = option(None, "such a file, of which the ledger is made without any store")
    picture: Path | None = option(None, "a file, as SVG: the arms of claims that look along a key, against it")
    first: Annotated[int, "[0, 10000]"] = option(0, FIRST)
    diverged: Annotated[str, Literal[RULES_OF_DIVERGED]] = option(
        WORST, "a diverged seed counts as the worst value of the metric, or is left out, as the ledger says"
    )
    over: Annotated[str, Literal["seeds", "both"]] = option(
        "seeds", "what claims are judged over: seeds, on one fixed test set; or seeds and test examples, both"
    )
    jobs: Literal["auto"] | Threads = option("auto", "cells trained at once")


@dataclass(frozen=True)
class KeptClaims(KeptFile):
    """The options of a ledger on a page."""

    first: Annotated[int, "[0, 10000]"] = option(0, FIRST)


def main(arguments: Sequence[str]) -> None:
    """Plan, train, judge. Exit status: 0 all is judged, 1 seeds failed, 2 wrongly asked, 130 interrupted."""
    options, words = parse(Options, arguments, NAMES)
    if options.from_ is not None:
        alone("from", arguments, "--json", f"first={options.first}", f"picture={options.picture}")
        _show(kept_claims(options.from_), options)
        return
    if options.picture is not None:
        writable_file("picture", options.picture)
    if options.keep is not None:
        writable_file("keep", options.keep)
        if options.keep.is_file() and options.keep.stat().st_size:
            kept_claims(options.keep, "keep")  # that it can be read is known before hours of training
    if not arguments:
        listed((f"{claim.name} ({claim.family})", claim.about, claim.paper) for claim in chosen(["all"]))
        return
    if not words:
        raise ConfigError(f"{' '.join(arguments)}: of which claims? name some or a family, or say all")
    claims = [claim.with_seeds(options.seeds) for claim in chosen(words)]
    check_claims(claims, options.scale, tuned=options.tuned, multiverse=options.multiverse)
    try:
        studies = _trained(claims, options)
    except KeyboardInterrupt:
        complain("interrupted; the same command goes on from there")
        sys.exit(130)
    if not options.plan:
        _judge(studies, options)


def _trained(claims: Sequence[Claim], options: Options) -> list[Study]:
    """What is asked for: planned, and trained where it is to be."""
    train = options.train and not options.plan
    also: dict[str, Any] = {
        "tuned": options.tuned,
        "multiverse": options.multiverse,
        "train": train,
        "jobs": options.jobs,
    }
    studies = list(planned_studies(claims, options.scale, options.store, **also))
    cells = [cell for study in studies for cell in study.cells.values()]
    carry_out(cells, train=options.train, only_plan=options.plan, jobs=options.jobs)
    if lacking := sum(study.lacking for study in studies):
        left = f"{lacking} trial{'s' * (lacking != 1)}, and what they select"
        if options.plan:
            say(f"and {left}")
        else:
            note(f"not in the store: {left}")
    return studies


def _judge(studies: Sequence[Study], options: Options) -> None:
    """Print the ledger of what there is, and end with the status of it."""
    found, refused = evidences(
        studies, options.scale, options.store,
        seeds=options.seeds, diverged=options.diverged, over=options.over, first=options.first,
    )  # fmt: skip
    if options.keep is not None:
        with writing(f"keep={options.keep}"):
            keep_claims(found, options.keep)
    _show(found, options)
    tell(refused)
    sys.exit(2 if refused else int(any(state not in FINISHED for each in found for state in each.others)))


def _show(found: Sequence[Evidence[Claim]], options: Options) -> None:
    judged = [from_seed(each, options.first) for each in found]
    if options.picture is not None:
        _draw(judged, options.picture)
    if options.json:
        say(ledger.as_json(judged), lines=True)
    else:
        ledger.show(judged, Plain())


def _draw(judged: Sequence[Evidence[Claim]], file: Path) -> None:
    """Raises ConfigError: none of the claims looks along a key, or the file cannot be written."""
    from runner.console.drawing import style, svg
    from runner.replication.pictures.along import along

    with style():
        figure = along(judged)
        if figure is None:
            raise ConfigError(f"picture={file}: no claim that was measured looks along a key")
        with writing(f"picture={file}"):
            save(file, svg(figure))


def markdown(arguments: Sequence[str]) -> str:
    """The ledger of a file of evidence, from=. Raises ConfigError where it is none."""
    options, _ = parse(KeptClaims, arguments)
    found = [from_seed(each, options.first) for each in kept_claims(options.from_)]
    tables = ledger.table(found), tuned_words.table(found), ledger.initial_gradient_norms(found)
    return "\n\n".join(table.markdown() for table in tables if table.body)


if __name__ == "__main__":
    program(main, Options)
