"""Ratios of self-consistency: 1 and 2 of exact critics, what is compared with what, and who has none."""

import pytest
import torch
from torch import nn

from datasets.pairs.gaussian import rho_of
from runner.compose.fit import MisfitError
from runner.console.errors import ConfigError
from runner.parts.measures.mutual_information import MutualInformation
from tests.objectives import first, near

SMALL = ["dataset=gaussian_pairs", "dataset.num_train=64", "dataset.num_test=64", "dataset.dim=3", "batch_size=8"]
OWN = ["method=self_consistency", "model.width=8"]


class Exact(nn.Module):
    """Log density ratios of Gaussian pairs, of the parts (of u, of v) that belong together."""

    def __init__(self, mi, dim, parts):
        super().__init__()
        self.mi, self.rho, self.parts = mi, rho_of(mi, dim), parts

    def forward(self, u, v):
        left = 1 - self.rho**2
        one, other = [], []
        for i, j in self.parts:
            x, y = u[:, i], v[:, j]
            alone = [-(self.rho**2) * z.square().sum(1, keepdim=True) / (2 * left) for z in (x, y)]
            one += [self.rho / left * x, alone[0] + self.mi, torch.ones_like(alone[0])]
            other += [y, torch.ones_like(alone[1]), alone[1]]
        return u.flatten(1), torch.cat(one, 1), torch.cat(other, 1)


def exact(*said):
    """As `first`, with exact critics of pairs with 1 nat between two and two numbers."""
    objective, batch = first(*SMALL[:1], *OWN, *said)
    objective.method.critics = nn.ModuleList(Exact(1.0, 2, parts) for parts in ([(0, 1)], [(0, 1)], [(0, 0), (1, 1)]))
    return objective, batch


def test_of_exact_critics_they_are_one_and_two():
    asked = ["dataset.dim=2", "dataset.mi=1", "dataset.num_train=20480", "batch_size=20480", "method.block=512"]
    objective, batch = exact(*asked, "loss=dv")
    scores = objective.predict(batch.x)[None]
    assert scores.shape == (1, 20480, 3, 256)
    measures = MutualInformation(objective.method.losses[0].loss.decode, {"estimate": 1.0}, ["consistency"])
    found = measures.quality(measures.outcomes(scores, batch.labels[None]), batch.labels[None])
    assert found["estimate"].item() == pytest.approx(1.0, abs=0.05)
    assert found["processing_ratio"].item() == pytest.approx(1.0, abs=1e-6)
    assert found["additivity_ratio"].item() == pytest.approx(2.0, abs=0.05)


def by_hand(*estimates, block=2):
    """Metrics of scores whose blocks have these estimates, one of each critic."""
    scores = torch.stack([mean * torch.eye(block) for mean in estimates], 1).repeat(2, 1, 1)[None]
    measures = MutualInformation(lambda s: s.diagonal(dim1=-2, dim2=-1).mean(-1), {}, ["consistency"])
    return measures.quality(measures.outcomes(scores, torch.zeros(1, 4, 1)), torch.zeros(1, 4, 1))


def test_ratios_are_of_mean_estimates():
    found = by_hand(2.0, 3.0, 3.0)
    expected = {"processing_ratio": 1.5, "additivity_ratio": 1.5, "processing_error": 0.5, "additivity_error": 0.5}
    assert {name: found[name].item() for name in expected} == expected


@pytest.mark.parametrize("estimate", [0.0, -1.0])
def test_of_no_information_there_is_no_ratio(estimate):
    assert by_hand(estimate, 3.0, 3.0)["additivity_ratio"].isnan().all()


@pytest.mark.parametrize("loss", ["infonce", "mine", "smile"])
def test_a_batch_is_scored_as_a_block_is(loss):
    """What is minimised is the loss of each critic's scores of the first half of the batch, all three together."""
    objective, batch = first(*SMALL, *OWN, f"loss={loss}")
    scores = objective.predict(batch.x)
    assert scores.shape == (8, 3, 4)
    each = [one.loss for one in objective.method.losses]
    labels, index = batch.labels[:4], batch.index[:4]
    expected = [one(scores[:4, i], labels, index) for i, one in enumerate(each)]
    near(first(*SMALL, *OWN, f"loss={loss}")[0].method(batch), sum(expected).expand(8))


@pytest.mark.parametrize(("half", "axis"), [(0, 0), (1, 1)])
def test_two_pairs_at_a_time_share_none_with_others(half, axis):
    """Pair 5 is beside pair 1 alone: its halves are in one row or column of each of the two comparisons."""
    objective, batch = first(*SMALL, *OWN)
    moved = batch.x.clone()
    moved[5, half] += 1
    changed = (objective.predict(moved) - objective.predict(batch.x)).abs() > 1e-9
    rows = changed.unflatten(0, (2, 4)).movedim(2, 0)  # (3 critics, 2 blocks, 4, 4)
    expected = torch.zeros(3, 2, 4, 4, dtype=torch.bool)
    expected.select(axis + 2, 1)[:, 1] = True
    expected.select(axis + 2, 1)[2, 0] = True
    assert torch.equal(rows, expected)


@pytest.mark.parametrize("left_over", [1, 4, 5, 7])
def test_pairs_that_are_left_over_do_not_count(left_over):
    """Blocks are of 8 pairs, and half a block has nobody beside it."""
    asked = ["dataset.dim=2", "dataset.mi=1", "dataset.num_train=64", "dataset.num_test=64"]
    objective, batch = exact(*asked, "batch_size=64", "method.block=8")
    measures = MutualInformation(objective.method.losses[0].loss.decode, {}, ["consistency"])

    def ratios(count):
        targets = batch.labels[None, :count]
        found = measures.quality(measures.outcomes(objective.predict(batch.x[:count])[None], targets), targets)
        return torch.stack([found["processing_ratio"], found["additivity_ratio"]])

    torch.testing.assert_close(ratios(24 + left_over), ratios(24), equal_nan=False)


@pytest.mark.parametrize("dataset", ["blob_pairs", "student_pairs"])
def test_halves_may_be_pictures_and_numbers_with_heavy_tails(compose, measured, dataset):
    from runner.training.run import run

    said = [f"dataset={dataset}", "dataset.num_train=6400", "dataset.num_test=256", "dataset.mi=6", "batch_size=64"]
    row = measured(run(**compose(*said, *OWN, "measure=[consistency]", "epochs=1", seeds=[0])))[0, 1]
    for name, ideal in {"processing": 1, "additivity": 2}.items():
        assert row[f"test/{name}_error"] == pytest.approx(abs(row[f"test/{name}_ratio"] - ideal))


def test_an_odd_block_has_no_two_halves(compose):
    from runner.training.run import run

    with pytest.raises(ConfigError, match=r"block=7: must be even"):
        list(run(**compose(*SMALL, *OWN, "method.block=7", seeds=[0])))


def test_a_method_with_one_estimate_has_no_ratio(compose):
    line = r"measure=\[consistency\] with method=separable_critic: .*; what fits: self_consistency"
    with pytest.raises(MisfitError, match=line):
        compose(*SMALL, "measure=[consistency]")
