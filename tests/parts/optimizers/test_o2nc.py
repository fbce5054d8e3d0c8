"""Online to non-convex conversion."""

import torch

from runner.parts.optimizers.o2nc import O2NC
from runner.training.optimizer import optimizer_of
from tests.parts.optimizers.bowls import assert_seeds_are_kept_apart, descend
from tests.parts.optimizers.logistic import VALUES, Problem
from tests.zoo import node

CASE = VALUES["o2nc_quad"]


def test_iterates_and_means(monkeypatch):
    """With the shares that the other program drew; its last step is not ours to begin."""
    given, said = CASE["inputs"], CASE["expected"]
    shares = torch.tensor([*given["s"], 0.5], dtype=torch.float64)
    monkeypatch.setattr(O2NC, "share", lambda self, step: shares[step - 1][None])
    problem = Problem(given)
    numbers = {"lr": given["eta"], "radius": given["D"], "block": given["T"]}
    optimizer = optimizer_of(node("o2nc", "optimizer") | numbers, [problem.w], [0])
    found = {"w": [], "x": [], "delta": []}
    means = []
    for step in range(1, len(given["s"]) + 1):
        found["w"].append(problem.w.tolist())
        problem()
        optimizer.step(problem)
        state = optimizer.state[problem.w]
        found["x"].append(state["x"].tolist())
        found["delta"].append(state["move"].tolist())
        if step % given["T"] == 0:
            means += [average.tolist() for _, average in optimizer.evaluated()]
    for name, numbers in found.items():
        torch.testing.assert_close(numbers, said[name], rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(means, said["block_means"], rtol=1e-12, atol=1e-12)


def test_before_a_block_is_whole_the_weights_are_evaluated():
    counts = [len(list(descend("o2nc", [0], steps, block=4)[1].evaluated())) for steps in (3, 4, 5)]
    assert counts == [0, 3, 3]


def test_no_step_is_longer_than_the_radius():
    _, optimizer = descend("o2nc", [0, 1], 10, lr=1.0, radius=0.25)
    lengths = optimizer.axis.norm([state["move"] for state in optimizer.state.values()])
    torch.testing.assert_close(lengths, torch.full((2,), 0.25, dtype=torch.float64))


def test_without_bound_and_at_the_end_of_each_step_it_is_momentum_that_forgets_nothing(monkeypatch):
    monkeypatch.setattr(O2NC, "share", lambda self, step: torch.ones(2))
    ours, _ = descend("o2nc", [0, 1], 10, lr=0.01, radius=1e9)
    theirs, _ = descend("sgd", [0, 1], 10, lr=0.01, momentum=1.0, weight_decay=0.0)
    for p, q in zip(ours.parameters, theirs.parameters, strict=True):
        torch.testing.assert_close(p, q, rtol=1e-9, atol=1e-12)


def test_means_of_seeds_are_kept_apart():
    together, optimizer = descend("o2nc", [0, 1, 2])
    means = {id(p): mean for p, mean in optimizer.evaluated()}
    for seed in range(3):
        others = descend("o2nc", [seed])[1].evaluated()
        for p, (_, mean) in zip(together.parameters, others, strict=True):
            ours = means[id(p)][seed]
            torch.testing.assert_close(ours.mT if ours.dim() == 2 else ours, mean, rtol=1e-9, atol=1e-9)


def test_shares_are_of_the_seed_and_the_step():
    _, optimizer = descend("o2nc", [3, 4], 0)
    shares = torch.stack([optimizer.share(step) for step in range(1, 500)])
    assert len(set(shares.flatten().tolist())) > 990
    assert shares.min() >= 0
    assert shares.max() <= 1
    torch.testing.assert_close(shares.mean().item(), 0.5, rtol=0, atol=0.05)
    assert_seeds_are_kept_apart("o2nc", radius=0.01)
