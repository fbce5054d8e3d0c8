"""Vectors of two groups of people, made so that a classifier treats the groups differently, by a known amount."""

from typing import Annotated

import torch
from torch import Generator, Tensor

from datasets.split import Split

INFORMED = 4  # numbers that tell of the class; as many do not


def biased_numbers(
    *,
    num_train: Annotated[int, "[8, 10000000]"],
    num_test: Annotated[int, "[8, 10000000]"],
    minority: Annotated[float, "(0, 1)"],
    base_rates: list[Annotated[float, "(0, 1)"]],
    distance: Annotated[float, "[0, inf)"],
    noise: list[Annotated[float, "(0, inf)"]],
    shown: bool,
) -> Split:
    """An example is of group 1 with probability `minority`, else of group 0, and of class 1 with its group's base rate.
    Four of its eight numbers are normal around plus or minus distance / 4 by class, so that the classes' means are
    `distance` apart, with the deviation of the group; four are noise of deviation 1. `shown` replaces the last of
    these by the group, +1 or -1. `domain` and `test_domain` are the group.

    A group's Bayes rule predicts class 1 more often the larger its base rate: where rates differ, no rule that is right
    as often as can be gives both groups the same rate of it. Ours, after the simulations of the field; no paper's.

    Args:
        num_train: N.
        num_test: M, drawn alike.
        minority: probability of group 1.
        base_rates: of class 1, in each of the two groups.
        distance: between the means of the classes.
        noise: deviation of the informed numbers, in each of the two groups.
        shown: is the group an input?
    Raises:
        ValueError: not two base rates, or not two deviations.
    """
    for key, numbers in (("base_rates", base_rates), ("noise", noise)):
        if len(numbers) != 2:
            raise ValueError(f"{key}={numbers}: must be two numbers, of group 0 and of group 1")
    draw = torch.Generator().manual_seed(0)

    def part(count: int) -> tuple[Tensor, Tensor, Tensor]:
        return _drawn(count, minority, torch.tensor(base_rates), distance, torch.tensor(noise), shown, draw)

    (x, y, group), (test_x, test_y, test_group) = part(num_train), part(num_test)
    return Split(
        x, y, test_x, test_y, ("no", "yes"), torch.zeros(1), torch.ones(1), domain=group, test_domain=test_group
    )  # fmt: skip


def _drawn(
    count: int, minority: float, rates: Tensor, distance: float, noise: Tensor, shown: bool, draw: Generator
) -> tuple[Tensor, Tensor, Tensor]:
    group = (torch.rand(count, generator=draw) < minority).long()
    y = (torch.rand(count, generator=draw) < rates[group]).long()
    x = torch.randn(count, 2 * INFORMED, generator=draw)
    centre = (2 * y - 1) * distance / (2 * INFORMED**0.5)
    x[:, :INFORMED] = centre[:, None] + noise[group][:, None] * x[:, :INFORMED]
    if shown:
        x[:, -1] = 2.0 * group - 1
    return x, y, group
