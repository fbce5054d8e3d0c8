"""Claims as files: conf/claim/<name>.yaml names a paper, arms and what is expected of them.

    about: NCE+RCE is better than cross-entropy when 60% of the labels are wrong
    paper: "Ma et al., Normalized Loss Functions for Deep Learning with Noisy Labels, ICML 2020"
    published: "CIFAR-10: 79.20 ± 0.06 against 39.16 ± 0.50"
    family: apl
    grid: [noise=0.6]                     # overrides of every arm
    arms:                                 # overrides of each; a difference is the first less the second
      nce_rce: [loss=nce_rce]
      ce: [loss=ce]
    expect: {form: better}                # a form, and what it is told
    metric: test/accuracy                 # from here to seeds: what is left out is as here
    at: last
    level: 0.05
    seeds: 12
    scales:                               # overrides, and seeds where they are others; any names
      smoke: {overrides: [dataset=blobs, epochs=2], seeds: 3}
      laptop: {overrides: [dataset=digits]}
    tuned: {trials: 10, overrides: [val_fraction=0.1], space: {optimizer.lr: "log(1e-3,1)"}}    # optional
    multiverse: {model: [mlp, linear], batch_size: [32, 128]}                                     # optional

What each form is told is in FORMS below; runner/replication/verdict.py says what it means.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml

from runner.compose.command_line import CONF
from runner.console.errors import ConfigError, first_line, nearest
from runner.nodes.group import known
from runner.nodes.signature import check
from runner.replication.claim import Claim, Scale, Tuned
from runner.tasks.families import MOST
from runner.tasks.selection import RULES

FOLDER = CONF / "claim"
Margin = Annotated[float, "(0, inf)"]
Count = Annotated[int, "[1, inf)"]
FORMS: dict[str, dict[str, Any]] = {  # {form: {what it is told: its type}}
    "better": {"by": float},
    "trend": {"over": str, "values": list[float], "by": float},
    "crossing": {"over": str, "values": list[float]},
    "bound": {"least": float},
    "equal": {"margin": Margin},
    "ranking": {"published": dict, "tau": Annotated[float, "[0, 1)"]},
    "calibrated": {"margin": Margin, "error": str},
}
UNSAID = {"by": 0.0, "error": "test/ece", "tau": 0.5}  # a tau of which three pairs in four stand as published
ARMS = {"bound": 1, "ranking": None}  # how many a form has, where that is not two; None for any number
KINDS: dict[str, Any] = {
    "about": str, "paper": str, "published": str, "family": str, "grid": list[str], "arms": dict, "expect": dict,
    "metric": str, "at": Literal[tuple(RULES)], "level": Annotated[float, "(0, 1)"], "seeds": Count, "scales": dict,
    "tuned": dict, "multiverse": dict,
}  # fmt: skip
LEFT_OUT: dict[str, Any] = {"grid": [], "metric": "test/accuracy", "at": "last", "level": 0.05, "seeds": 12}


def names() -> list[str]:
    """Of all claims that there are."""
    return sorted(file.stem for file in FOLDER.glob("*.yaml"))


def chosen(words: Sequence[str]) -> list[Claim]:
    """The claims that bear these names or belong to these families; "all" is every one. Raises ConfigError."""
    every = {name: load(name) for name in names()}
    families = {claim.family for claim in every.values()}
    for word in words:
        if word not in {"all", *every, *families}:
            raise ConfigError(
                f"{word}: there is no such claim or family; {nearest(word, ['all', *every, *families], MOST)}"
            )
    return [claim for claim in every.values() if {"all", claim.name, claim.family} & set(words)]


def load(name: str) -> Claim:
    """The claim of this name. Raises ConfigError: there is none, or its file is not as it should be."""
    file = FOLDER / f"{name}.yaml"
    if name not in names():
        raise ConfigError(f"{name}: there is no such claim; {nearest(name, names())}")
    return read(file)


def read(file: Path) -> Claim:
    """A claim from its file, checked. Raises ConfigError."""
    try:
        return claim_of(file.stem, yaml.safe_load(file.read_text(encoding="utf-8")))
    except yaml.YAMLError as error:
        raise ConfigError(f"{file}: not understood ({first_line(error)})") from error
    except ConfigError as error:
        raise ConfigError(f"{file}: {error}") from error


def said(claim: Claim) -> dict[str, Any]:
    """What a file of this claim would say, nothing left out: `claim_of` makes the same claim of it."""
    return {key: value for key, value in asdict(claim).items() if key != "name" and value not in (None, {})}


def claim_of(name: str, said: Any) -> Claim:
    """The claim of this name that a file says so. Raises ConfigError."""
    given = LEFT_OUT | known("", said, KINDS, optional=(*LEFT_OUT, "tuned", "multiverse"))
    arms = {str(arm): check(f"arms.{arm}", overrides, list[str]) for arm, overrides in given["arms"].items()}
    expect = _expectation(given["expect"])
    asked = ARMS.get(expect["form"], 2)
    if asked is not None and len(arms) != asked:
        raise ConfigError(f"arms: {', '.join(arms) or 'none'}: expect.form={expect['form']} has {asked}")
    if expect["form"] == "ranking" and set(expect["published"]) != set(arms):
        raise ConfigError(f"expect.published: must have the arms: {', '.join(arms)}")
    scales = {str(scale): scale_of(str(scale), parts, given["seeds"]) for scale, parts in given["scales"].items()}
    tuned = _tuned(given["tuned"]) if "tuned" in given else None
    for key, values in given.get("multiverse", {}).items():
        check(f"multiverse.{key}", values, list[Any])
    del given["seeds"]  # each scale has its own by now
    return Claim(name=name, **{**given, "arms": arms, "expect": expect, "scales": scales, "tuned": tuned})


def _expectation(said: Mapping[str, Any]) -> dict[str, Any]:
    form = said.get("form")
    if form not in FORMS:
        raise ConfigError(f"expect.form={form}: {nearest(str(form), FORMS)}")
    told = known("expect.", {k: v for k, v in said.items() if k != "form"}, FORMS[form], optional=tuple(UNSAID))
    if "published" in told:
        told["published"] = {a: check(f"expect.published.{a}", v, float) for a, v in told["published"].items()}
    if "values" in told and (len(told["values"]) < 2 or told["values"] != sorted(set(told["values"]))):
        raise ConfigError(
            f"expect.values={told['values']}: must be two or more that ascend, from the low to the high end"
        )
    return {"form": form} | {key: value for key, value in UNSAID.items() if key in FORMS[form]} | told


def scale_of(name: str, said: Any, seeds: int) -> Scale:
    """A scale of this name, of so many seeds unless it says otherwise."""
    parts = known(f"scales.{name}.", said, {"overrides": list[str], "seeds": Count}, optional=("seeds",))
    return Scale(parts["overrides"], parts.get("seeds", seeds))


def _tuned(said: Any) -> Tuned:
    parts = known("tuned.", said, {"trials": Count, "overrides": list[str], "space": dict}, ())
    return Tuned(parts["trials"], parts["overrides"], {str(key): str(form) for key, form in parts["space"].items()})
