"""Momentum with steps in proportion to the weights of each tensor."""

import torch

from tests.parts.optimizers.bowls import descend, follow
from tests.parts.optimizers.logistic import VALUES, expected, iterates


def test_iterates():
    case = VALUES["lars_matrix"]
    said = {key: case["inputs"][key] for key in ("lr", "momentum", "weight_decay", "coefficient")}
    torch.testing.assert_close(iterates(case, "lars", decay="all", **said), expected(case), rtol=1e-12, atol=1e-12)


def test_matrices_do_not_know_the_size_of_their_gradients():
    stream = torch.Generator().manual_seed(0)
    weight, slopes = torch.randn(4, 3, generator=stream), torch.randn(5, 4, 3, generator=stream)
    plain, large = (follow("lars", [weight], [slopes * size], weight_decay=0.0)[0] for size in (1, 100))
    torch.testing.assert_close(plain, large)
    assert not torch.allclose(plain, weight)


def test_biases_are_sgds():
    ours, _ = descend("lars", [0, 1], decay="all", weight_decay=0.1, lr=0.1)
    theirs, _ = descend("sgd", [0, 1], weight_decay=0.1, lr=0.1)
    torch.testing.assert_close(ours.parameters[1], theirs.parameters[1], rtol=1e-9, atol=1e-12)
