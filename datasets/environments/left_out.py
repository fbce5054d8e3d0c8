"""Training on some environments, testing on the one that was left out, and three ways to choose a model meanwhile."""

import re
from collections.abc import Sequence
from difflib import get_close_matches
from typing import NamedTuple

import torch
from torch import Tensor

from datasets.holdout import holdout
from datasets.split import Split

OTHERWISE = ("training", "oracle", "seed")  # what validated_on may be besides the name of an environment
OF_SEED = re.compile(r"seed/(\d+)")  # as no folder is called


class LeaveOut(NamedTuple):
    """Which environment is left out, and what models are chosen by.

    Attributes:
        held_out: the name of the environment that is tested on. A share of it, `oracle_share` of each class, is never
            tested on, however models are chosen, so that all ways are tested on the same examples.
        validated_on: "training": val_fraction of the environments that are trained on, the only way that asks for no
            more data. "seed": one of these environments as a whole, which is not trained on, each seed the next one;
            over as many seeds as there are environments it is leave-one-environment-out. It is replaced by of_seed
            before a data set is made. Its name: always that one.
            "oracle": the share of the environment that is left out, which no one has in practice.
        oracle_share: in (0, 1).

    Source: Gulrajani and Lopez-Paz, "In Search of Lost Domain Generalization", ICLR 2021, section 3: training-domain
    validation, leave-one-domain-out cross-validation, and test-domain validation (oracle); its code has shares of 0.2.
    """

    held_out: str
    validated_on: str
    oracle_share: float


def leaving(held_out: str | int | float, validated_on: str | int | float, oracle_share: float) -> LeaveOut:
    """The same of names that may be numbers."""
    return LeaveOut(named(held_out), named(validated_on), oracle_share)


def of_seed(key: int) -> str:
    """What validated_on="seed" is of one seed, so that a data set knows what this seed is not trained on.

    >>> of_seed(3)
    'seed/3'
    """
    return f"seed/{key}"


def named(number: str | int | float) -> str:
    """The name of an environment that is a number, such as degrees.

    >>> named(15.0), named("photo")
    ('15', 'photo')
    """
    return number if isinstance(number, str) else f"{number:g}"


def names_of(key: str, numbers: Sequence[float]) -> list[str]:
    """The names of environments that each have a number.

    Raises:
        ValueError: fewer than two, or two of one name.
    """
    names = [named(number) for number in numbers]
    if len(names) < 2 or len(set(names)) < len(names):
        raise ValueError(f"{key}={numbers}: must be two or more different numbers")
    return names


def left_out(whole: Split, names: Sequence[str], how: LeaveOut) -> Split:
    """The examples of all environments but one for training, those of that one for testing.

    Args:
        whole: all examples as training examples, with their `domain`; its test part is not looked at.
        names: of the E environments.
        how: see LeaveOut.
    Returns:
        A Split; its `domain` numbers the environments that are trained on from 0, in their order.
    Raises:
        ValueError: there is no such environment, or no other one is left to train on.
    """
    assert whole.domain is not None
    tested = numbered(names, how.held_out, "held_out")
    others = [k for k in range(len(names)) if k != tested]
    part = _validated(names, others, how.validated_on)
    if len(others) < (1 if how.validated_on in ("training", "oracle") else 2):
        raise ValueError(f"held_out={how.held_out}: of {len(names)} environments too few are left to train on")
    given = whole.y if whole.given is None else whole.given
    of_tested = (whole.domain == tested).nonzero()[:, 0]
    rest, oracle = (of_tested[part] for part in holdout(given[of_tested], how.oracle_share, whole.classes))
    train = (whole.domain != tested).nonzero()[:, 0]
    if how.validated_on == "oracle":
        train = torch.cat([train, oracle])
    number = torch.full((len(names),), len(others)).index_copy(0, torch.tensor(others), torch.arange(len(others)))
    domain = number[whole.domain[train]]
    numbers, _ = whole.numbers()
    return whole._replace(
        x=whole.x[train],
        y=whole.y[train],
        given=None if whole.given is None else whole.given[train],
        test_x=whole.x[rest],
        test_y=given[rest],
        domain=domain,
        source_index=numbers[train],
        validation=None if part is None else (domain == part).long() - 1,
        read=(*whole.read, _said(names, others, how, len(rest))),
    )


def numbered(names: Sequence[str], asked: str, key: str, besides: Sequence[str] = ()) -> int:
    """The number of the environment of a name.

    Raises:
        ValueError: there is none.
    """
    if asked not in names:
        near = get_close_matches(asked, [*besides, *names], 1)
        nearest = f"; the nearest is {near[0]}" if near else ""
        raise ValueError(f"{key}={asked}: must be one of {', '.join([*besides, *names])}{nearest}")
    return list(names).index(asked)


def fitted(split: Split) -> Tensor:
    """Places of the examples that statistics are of: those for training, but for what `validation` says is held out.
    Of what val_fraction holds out nothing is known yet, it is among them."""
    held = torch.zeros(len(split.y), dtype=torch.bool) if split.validation is None else split.validation >= 0
    return (~held).nonzero()[:, 0]


def _validated(names: Sequence[str], others: Sequence[int], by: str) -> int | None:
    """Which environment models are chosen by, numbered as `domain` is; None where it is none of its own."""
    if by == "training":
        return None
    if by == "oracle":
        return len(others)
    if turn := OF_SEED.fullmatch(by):
        return int(turn[1]) % len(others)
    own = numbered(names, by, "validated_on", OTHERWISE)
    if own not in others:
        raise ValueError(f"validated_on={by}: is the environment that is held out; oracle is its name")
    return others.index(own)


def _said(names: Sequence[str], others: Sequence[int], how: LeaveOut, tested: int) -> str:
    by = {
        "training": "val_fraction of them",
        "oracle": f"{how.oracle_share:g} of the environment that is left out, which no one has in practice",
    }.get(how.validated_on, f"the environment {how.validated_on}")
    if OF_SEED.fullmatch(how.validated_on):
        by = "one of them, each seed the next"
    trained = ", ".join(names[k] for k in others)
    return f"environments: {trained} for training, {how.held_out} for testing ({tested} examples), validation by {by}"
