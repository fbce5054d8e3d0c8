"""Entropy-SGD."""

import pytest
import torch

from runner.parts.optimizers.entropy_sgd import EntropySGD
from tests.parts.optimizers.bowls import Bowls, assert_seeds_are_kept_apart, descend
from tests.parts.optimizers.logistic import VALUES, expected, iterates
from tests.zoo import node

CASES = ["entropy_sgd_logit_L3", "entropy_sgd_logit_L4_momentum_wd", "entropy_sgd_quad_L5"]
SAID = {"lr": "lr", "momentum": "momentum", "weight_decay": "weight_decay", "L": "inner_steps", "inner_lr": "inner_lr"}
SAID |= {"beta1": "average", "g0": "gamma", "g1": "growth", "eps": "noise"}


@pytest.mark.parametrize("name", CASES)
def test_iterates(name, monkeypatch):
    """With the noise that the other program drew."""
    case = VALUES[name]
    noises = torch.tensor(case["inputs"]["noise"], dtype=torch.float64)
    monkeypatch.setattr(EntropySGD, "normal", lambda self, step, i, weights: [noises[step, i]])
    numbers = {ours: case["inputs"][theirs] for theirs, ours in SAID.items()}
    torch.testing.assert_close(iterates(case, "entropy_sgd", **numbers), expected(case), rtol=1e-12, atol=1e-12)


def test_without_a_walk_it_is_sgd():
    ours, _ = descend("entropy_sgd", [0, 1], inner_steps=0, momentum=0.0, weight_decay=0.1)
    theirs, _ = descend("sgd", [0, 1], momentum=0.0, weight_decay=0.1)
    for p, q in zip(ours.parameters, theirs.parameters, strict=True):
        torch.testing.assert_close(p, q, rtol=1e-12, atol=1e-12)


def test_a_step_takes_a_gradient_for_each_of_its_batches():
    bowls, optimizer = descend("entropy_sgd", [0], 3, inner_steps=7)
    assert (bowls.asked, optimizer.batches) == (21, 7)


def test_each_step_of_the_walk_has_a_batch_of_its_own_while_there_are_any(monkeypatch):
    """Here there are two; the first gradient is there before the step."""
    asked, answer = [], Bowls.__call__
    monkeypatch.setattr(Bowls, "__call__", lambda self, i=0: asked.append(i) or answer(self, i))
    descend("entropy_sgd", [0], 1, inner_steps=5)
    assert asked == [0, 1, 0, 1, 0]


def test_gamma_grows_where_the_paper_says_so():
    """From the second step on."""

    def after(steps, scope):
        return descend("entropy_sgd", [0], steps, inner_steps=4, growth=9.0, scope=scope)[0].parameters

    same = [
        all(torch.equal(p, q) for p, q in zip(after(steps, "paper"), after(steps, "released"), strict=True))
        for steps in (1, 2)
    ]
    assert same == [True, False]


def test_noise_is_of_the_seed_the_step_and_the_step_within():
    _, optimizer = descend("entropy_sgd", [3, 4], 0)
    weight = optimizer.param_groups[0]["params"][0]
    draws = [optimizer.normal(step, i, [weight])[0] for step, i in ((0, 0), (0, 1), (1, 0))]
    assert len({tuple(seed.flatten().tolist()) for draw in draws for seed in draw}) == 6
    assert torch.equal(optimizer.normal(0, 0, [weight])[0], draws[0])


def test_seeds_are_kept_apart_in_much_noise():
    assert_seeds_are_kept_apart("entropy_sgd", noise=0.1, scope="paper", inner_steps=5)


def test_within_another_one_it_has_its_batches():
    _, around = descend("ortho_grad", [0], 0, base=node("entropy_sgd", "optimizer") | {"inner_steps": 3})
    assert around.batches == 3
