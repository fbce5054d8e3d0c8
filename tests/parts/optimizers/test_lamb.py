"""Adam with steps in proportion to the weights of each tensor."""

import torch

from tests.parts.optimizers.bowls import descend
from tests.parts.optimizers.logistic import VALUES, expected, iterates


def test_iterates():
    case = VALUES["lamb_matrix"]
    said = {key: case["inputs"][key] for key in ("lr", "eps", "weight_decay")}
    torch.testing.assert_close(iterates(case, "lamb", decay="all", **said), expected(case), rtol=1e-12, atol=1e-12)


def test_a_step_of_each_matrix_is_as_long_as_lr_times_the_matrix():
    before, after = (descend("lamb", [0], steps, lr=0.03)[0].parameters for steps in (0, 1))
    lengths = [((q - p).norm() / p.norm()).item() for p, q in zip(before, after, strict=True)]
    torch.testing.assert_close([lengths[0], lengths[2]], [0.03, 0.03])


def test_biases_are_adamws():
    ours, _ = descend("lamb", [0, 1], decay="all", weight_decay=0.1)
    theirs, _ = descend("adamw", [0, 1], weight_decay=0.1, lr=0.01, eps=1e-6)
    torch.testing.assert_close(ours.parameters[1], theirs.parameters[1], rtol=1e-9, atol=1e-12)
