"""Sharpness-aware minimization."""

import torch

from tests.parts.optimizers.bowls import descend
from tests.parts.optimizers.logistic import VALUES, expected, iterates
from tests.zoo import node

SGD = node("sgd", "optimizer")
PLAIN = SGD | {"lr": 0.3, "momentum": 0.0, "weight_decay": 0.0}


def test_iterates():
    case = VALUES["sam_logit"]
    found = iterates(case, "sam", rho=case["inputs"]["rho"], base=PLAIN)
    torch.testing.assert_close(found, expected(case), rtol=0, atol=4e-9)


def test_without_a_radius_it_is_its_base():
    ours, theirs = descend("sam", [0, 1], rho=0.0)[0], descend("sgd", [0, 1])[0]
    for p, q in zip(ours.parameters, theirs.parameters, strict=True):
        torch.testing.assert_close(p, q, rtol=1e-12, atol=1e-12)


def test_a_step_takes_two_gradients():
    assert descend("sam", [0], steps=3)[0].asked == 6


def test_where_adaptive_it_does_not_know_the_units_of_a_weight():
    """The worst weights near w are w + e with ||e / (|w| + eta)|| = rho."""
    case = VALUES["sam_logit"]
    first = iterates(
        case | {"inputs": case["inputs"] | {"steps": 1}}, "sam", adaptive=True, eta=0.0, rho=0.5, base=PLAIN
    )
    w, x = (torch.tensor(case["inputs"][key], dtype=torch.float64) for key in ("w0", "X"))
    signs = 2 * torch.tensor(case["inputs"]["y"], dtype=torch.float64) - 1

    def slope(at):
        return (-signs * torch.sigmoid(-signs * (x @ at))) @ x / len(x)

    g = slope(w)
    climbed = w + 0.5 * w**2 * g / (w.abs() * g).norm()
    torch.testing.assert_close(first[0], w - 0.3 * slope(climbed), rtol=1e-10, atol=1e-12)
