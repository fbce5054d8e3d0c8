"""Newton's step along a few eigenvectors."""

import pytest
import torch

from tests.parts.optimizers.bowls import descend, go_on
from tests.parts.optimizers.logistic import VALUES, iterates
from tests.zoo import node

SGD = node("sgd", "optimizer") | {"momentum": 0.0, "weight_decay": 0.0}
BASES = {  # the base of each case, and how the released code couples its numbers to it
    "fosi_sgd_quad": (SGD, {"momentum": 0.0, "dampening": 0.0, "clip": 3.0}),
    "fosi_momentum_quad": (SGD | {"momentum": 0.9}, {"momentum": 0.9, "dampening": 0.0, "clip": 3.0}),
    "fosi_adam_quad": (node("adam", "optimizer"), {"momentum": 0.9, "dampening": 0.9, "clip": 1.0}),
}
OFTEN = {"every": 5, "warm_up": 3}


@pytest.mark.parametrize("name", BASES)
def test_iterates(name):
    case, (base, coupled) = VALUES[name], BASES[name]
    told = case["inputs"]
    numbers = {"k": told["k"], "alpha": told["alpha"], "every": told["T"], "warm_up": told["warm"]} | coupled
    found = iterates(case, "fosi", base=base | {"lr": told["lr"]}, **numbers)
    torch.testing.assert_close(found, torch.tensor(case["expected"]["x"], dtype=torch.float64), rtol=0, atol=1e-13)


def test_without_eigenvectors_it_is_its_base():
    ours, theirs = descend("fosi", [0, 1], k=0, l=0, **OFTEN)[0], descend("sgd", [0, 1])[0]
    for p, q in zip(ours.parameters, theirs.parameters, strict=True):
        torch.testing.assert_close(p, q, rtol=1e-12, atol=1e-12)
    assert ours.asked == 40


def test_with_all_eigenvectors_it_is_newtons_method():
    """One step ends in the minimum of a parabola, whichever of the eigenvalues count as large."""
    case = VALUES["fosi_sgd_quad"]
    a, b = (torch.tensor(case["inputs"][key], dtype=torch.float64) for key in ("A", "b"))
    for k, l in ((4, 0), (1, 3), (0, 4)):
        whole = {"k": k, "l": l, "alpha": 1.0, "momentum": 0.0, "warm_up": 1, "base": SGD}
        first = iterates(case | {"inputs": case["inputs"] | {"steps": 1}}, "fosi", **whole)[0]
        torch.testing.assert_close(first, torch.linalg.solve(a, b), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("seeds", [[0], [0, 1]])
def test_a_set_of_eigenvectors_takes_eight_gradients_for_each(seeds):
    """2 a product, 4 (k + l) products. Bowls have a diagonal Hessian: the eigenvectors are those of its largest
    numbers, as near as so few products come."""
    bowls, optimizer = descend("fosi", seeds, 0, k=2, l=1, every=5, warm_up=3)
    asked, products = [], bowls.products
    bowls.products = lambda vectors, i=0: asked.append(bowls.step) or products(vectors, i)
    go_on(bowls, optimizer, 9)
    assert asked == [2] * 12 + [7] * 12
    assert bowls.asked == 9


def test_what_is_flat_is_left_to_the_base():
    """A parabola without curvature along the last axis: Newton's step there would be without end."""
    case = VALUES["fosi_sgd_quad"]
    a = torch.tensor(case["inputs"]["A"], dtype=torch.float64)
    a[-1] = a[:, -1] = 0.0
    told = case["inputs"] | {"A": a.tolist(), "steps": 1}
    found = iterates(
        case | {"inputs": told}, "fosi", k=4, alpha=1.0, momentum=0.0, warm_up=1, clip=1.0, base=SGD | {"lr": 0.1}
    )[0]
    b = torch.tensor(told["b"], dtype=torch.float64)
    bottom = torch.linalg.solve(a[:3, :3], b[:3])
    torch.testing.assert_close(found[:3], bottom, rtol=1e-10, atol=1e-10)
    torch.testing.assert_close(found[3], told["x0"][3] + 0.1 * b[3], rtol=1e-10, atol=1e-10)


def test_a_schedule_shortens_newtons_step_as_the_bases():
    moves = []
    for factor in (1.0, 0.5):
        bowls, optimizer = descend("fosi", [0, 1], 0, k=2, l=1, warm_up=1, momentum=0.0, base=SGD)
        before = [p.detach().clone() for p in bowls.parameters]
        for group in optimizer.param_groups:
            group["lr"] *= factor
        go_on(bowls, optimizer, 1)
        moves.append([p.detach() - start for p, start in zip(bowls.parameters, before, strict=True)])
    for whole, half in zip(*moves, strict=True):
        torch.testing.assert_close(half, whole / 2, rtol=1e-10, atol=1e-12)
