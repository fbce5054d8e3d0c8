"""Halves of pairs and blocks of them, and both critics: whom they compare with whom."""

import pytest
import torch

from runner.parts.methods.critics import halves, in_blocks
from tests.objectives import first, near

CRITICS = ["separable_critic", "joint_critic"]
SMALL = ["dataset=gaussian_pairs", "dataset.num_train=64", "dataset.num_test=64", "dataset.dim=3", "batch_size=8"]


def objective_of(critic, *more):
    return first(*SMALL, f"method={critic}", "model.width=8", *more)


def test_a_half_has_zeros_for_the_other():
    x = torch.randn(5, 2, 3, generator=torch.Generator().manual_seed(0))
    one, other = halves(x)
    assert torch.equal(one + other, x)
    assert not one[:, 1].any()
    assert not other[:, 0].any()


def test_the_last_block_lacks_what_there_is_not():
    blocks = in_blocks(torch.arange(10.0).view(5, 2), 3)
    assert blocks.shape == (2, 3, 2)
    assert torch.equal(blocks.flatten(0, 1)[:5], torch.arange(10.0).view(5, 2))
    assert blocks[1, 2].isnan().all()


@pytest.mark.parametrize("critic", CRITICS)
def test_a_batch_is_scored_as_a_block_is(critic):
    """Entry i, j is the score of the first half of i and the second of j: what is minimised is of these scores."""
    objective, batch = objective_of(critic)
    scores = objective.predict(batch.x)
    assert scores.shape == (8, 8)
    expected = objective.method.loss.loss(scores, batch.labels, batch.index)
    near(objective.method(batch), expected.expand(8))
    moved = batch.x.clone()
    moved[3, 0] += 1
    moved[5, 1] += 1
    changed = (objective.predict(moved) - scores).abs() > 1e-9
    expected = torch.zeros(8, 8, dtype=torch.bool)
    expected[3], expected[:, 5] = True, True
    assert torch.equal(changed, expected)


@pytest.mark.parametrize("critic", CRITICS)
def test_a_block_knows_nothing_of_others(critic):
    objective, batch = objective_of(critic, "method.block=3")
    scores = objective.predict(batch.x)
    assert scores.shape == (8, 3)
    near(scores[:6], torch.cat([objective.predict(batch.x[:3]), objective.predict(batch.x[3:6])]))
    assert torch.equal(scores[6:].isnan(), torch.tensor([[False, False, True]] * 2))


def test_penalties_see_the_network_of_the_first_half():
    objective, batch = objective_of("separable_critic", "regularizer=vne")
    plain, _ = objective_of("separable_critic")
    features = objective.method.towers.network.features(halves(batch.x)[0])
    penalty = objective.method.regularizer(torch.zeros(8), features, None, batch)
    near(objective.method(batch), plain.method(batch) + penalty)


@pytest.mark.parametrize("critic", CRITICS)
def test_an_evaluation_does_not_part_a_block(compose, measured, critic, monkeypatch):
    """However many examples are looked at at once, estimates are of the same blocks."""
    from runner.training import run

    found = []
    for chunk in (4096, 20):
        monkeypatch.setattr(run, "evaluation_chunk", lambda network, device, chunk=chunk: chunk)
        said = [*SMALL, "dataset.dim=2", "model.width=8", f"method={critic}", "epochs=1"]
        found.append(measured(run.run(**compose(*said, seeds=[0, 1]))))
    (rows, others) = found
    for key, row in rows.items():
        assert others[key] == pytest.approx(row, abs=1e-5, nan_ok=True)


def test_too_few_test_pairs_for_a_block_are_refused(compose):
    from runner.console.errors import ConfigError
    from runner.training.run import run

    with pytest.raises(ConfigError, match=r"method: compares 8 examples with each other, and there are 5 of test"):
        list(run(**compose(*SMALL, "dataset.num_test=5", seeds=[0])))
