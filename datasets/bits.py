"""Strings of random bits, classified by a rule that a formal language has: made up on the spot."""

from typing import Annotated, Literal

import torch

from datasets.split import Split


def bits(
    *,
    rule: Literal["first", "parity"],
    num_train: Annotated[int, "[1, inf)"],
    num_test: Annotated[int, "[1, inf)"],
    length: Annotated[int, "[1, inf)"],
    test_length: Annotated[int, "[1, inf)"],
) -> Split:
    """Fair bits, float32 (N, n) of 0 and 1, not normalised. A test set of longer strings shows what was learned of the
    rule and what of the length; networks that see inputs of one size alone refuse it.

    Source: FIRST and PARITY of Chiang and Cholak, "Overcoming a Theoretical Limitation of Self-Attention", ACL 2022;
    the released code (ndnlp/parity) draws each string anew, one a step: of length 10 to 100 for FIRST, where those for
    testing have 1,000.

    Args:
        rule: first: the class is the first bit; parity: whether the ones are odd in number.
        num_train: N.
        num_test: M.
        length: n of training strings.
        test_length: n of test strings.
    """
    draw = torch.Generator().manual_seed(0)
    shapes = ((num_train, length), (num_test, test_length))
    x, test_x = (torch.randint(2, shape, generator=draw) for shape in shapes)
    y, test_y = ((each[:, 0] if rule == "first" else each.sum(1) % 2) for each in (x, test_x))
    names = ("0", "1") if rule == "first" else ("even", "odd")
    return Split(x.float(), y, test_x.float(), test_y, names, torch.zeros(1), torch.ones(1))
