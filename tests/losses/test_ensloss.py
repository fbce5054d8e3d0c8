"""EnsLoss: its slopes, what it draws, its limit, and what is refused."""

from functools import partial

import pytest
import torch
import torch.nn.functional as F

from runner.console.errors import ConfigError
from runner.data.loader import Batch
from runner.objective.criterion import Criterion, Penalties
from runner.objective.objective import Objective
from runner.parts.methods.erm import ERM
from runner.parts.risks.mean import Mean
from runner.stack.stack import Stack
from runner.training.run import run
from tests.zoo import make

B = 16
TWO = ["dataset=blobs", "classes=[0,1]", "noise=0.1"]
LAMS = [-1.0, -0.5, 0.0, 1e-9, 0.5, 1.0, None]


def ensloss(lam=0.0):
    return make("ensloss", num_train=B, num_classes=2, lam=lam).loss


def examples(draw=0, scale=1.0, lam=0.0, dtype=torch.float64):
    """Logits (B, 2) that want a gradient, labels (B,), places (B,) and the random numbers that ensloss asks for."""
    g = torch.Generator().manual_seed(draw)
    logits = (scale * torch.randn(B, 2, generator=g, dtype=torch.float64)).to(dtype).requires_grad_()
    labels = (torch.arange(B) % 2)[torch.randperm(B, generator=g)]
    return logits, labels, torch.arange(B), {name: draw(g, B) for name, draw in ensloss(lam).draws.items()}


def slopes(logits, labels, index, drawn, lam=0.0):
    """The derivative of each example's loss by its margin t (z_1 - z_0)."""
    (gradient,) = torch.autograd.grad(ensloss(lam)(logits, labels, index, **drawn).sum(), logits)
    torch.testing.assert_close(gradient[:, 0], -gradient[:, 1])
    return (2 * labels - 1) * gradient[:, 1]


def margins(logits, labels):
    return (2 * labels - 1) * (logits[:, 1] - logits[:, 0]).detach()


@pytest.mark.parametrize("lam", [-1.5, 2.0])
def test_a_lam_out_of_range_is_refused(lam):
    with pytest.raises(ConfigError, match=r"loss\.lam"):
        ensloss(lam)


@pytest.mark.parametrize("lam", LAMS)
def test_every_margin_is_pulled_up_and_the_smallest_most(lam):
    """A convex, calibrated loss: negative slopes that rise with the margin, -1 at the steepest."""
    for draw in range(20):
        logits, labels, index, drawn = examples(draw, lam=lam)
        found = slopes(logits, labels, index, drawn, lam)
        assert (found < 0).all()
        assert (found >= -1 - 1e-6).all()
        in_order = found[margins(logits, labels).argsort()]
        assert (in_order.diff() >= 0).all()


def test_a_large_margin_is_pulled_less():
    """Beyond a margin of 1 by the margin itself: nothing else differs between the two batches."""
    _, labels, index, drawn = examples()
    hot = F.one_hot(labels, 2).double()
    near, far = (slopes((scale * hot).requires_grad_(), labels, index, drawn) for scale in (1.0, 50.0))
    torch.testing.assert_close((far + 1e-6) * 50, near + 1e-6)


def test_lam_zero_is_the_limit_of_small_ones():
    logits, labels, index, drawn = examples()
    torch.testing.assert_close(
        ensloss(1e-9)(logits, labels, index, **drawn), ensloss(0.0)(logits, labels, index, **drawn), rtol=0, atol=1e-8
    )


def test_a_drawn_lam_is_one_number_a_batch_and_stands_for_a_fixed_one():
    logits, labels, index, drawn = examples(lam=None)
    assert drawn["lams"].shape == (B,)
    assert drawn["lams"].unique().numel() == 1
    assert -1 <= drawn["lams"][0] < 1
    fixed = ensloss(drawn["lams"][0].item())(logits, labels, index, normals=drawn["normals"])
    torch.testing.assert_close(ensloss(None)(logits, labels, index, **drawn), fixed)
    assert list(ensloss(0.0).draws) == ["normals"]


def test_only_the_difference_of_the_logits_counts():
    logits, labels, index, drawn = examples()
    single = torch.stack([torch.zeros(B), logits[:, 1] - logits[:, 0]], dim=1)
    loss = partial(ensloss(), labels=labels, index=index, **drawn)
    torch.testing.assert_close(loss(logits), loss(single))
    other_names = ensloss()(logits.flip(1), 1 - labels, index, **drawn)
    torch.testing.assert_close(other_names, loss(logits))


@pytest.mark.parametrize("lam", LAMS)
@pytest.mark.parametrize("scale", [0.0, 60.0, 1e3, 1e4])
def test_finite_at_extreme_logits(scale, lam):
    logits, labels, index, drawn = examples(scale=scale, lam=lam, dtype=torch.float32)
    losses = ensloss(lam)(logits, labels, index, **drawn)
    losses.sum().backward()
    assert losses.shape == (B,)
    assert losses.dtype == torch.float32
    assert losses.isfinite().all()
    assert logits.grad.isfinite().all()


class Given(torch.nn.Module):
    """A network whose input is its logits."""

    def features(self, x):
        return x

    def head(self, features):
        return features


@pytest.mark.parametrize("lam", [0.0, 0.5, None])
def test_a_stack_is_its_seeds(lam):
    """In float64, each seed with draws of its own."""
    rows = [examples(draw, lam=lam) for draw in range(3)]
    logits, labels, index = (torch.stack(t) for t in list(zip(*rows, strict=True))[:3])
    drawn = {name: torch.stack([row[3][name] for row in rows]) for name in rows[0][3]}
    stack = Stack([Objective(ERM(Given(), Criterion(ensloss(lam)), Penalties({})), Mean(), 1) for _ in rows])
    together = stack(Batch(logits, labels, index, drawn))
    alone = torch.stack([ensloss(lam)(*row[:3], **row[3]).mean() for row in rows])
    torch.testing.assert_close(together, alone, rtol=1e-12, atol=1e-12)
    gradients = torch.autograd.grad(together.sum(), logits)[0]
    own = torch.stack(torch.autograd.grad(alone.sum(), [row[0] for row in rows]))
    torch.testing.assert_close(gradients, own, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("lam", ["0", "null"])
def test_ensloss_learns(compose, measured, lam):
    rows = measured(run(**compose(*TWO, "loss=ensloss", f"loss.lam={lam}", "epochs=10", seeds=[0, 1])))
    assert all(row["test/accuracy"] > 0.85 for (_, epoch), row in rows.items() if epoch == 10)


@pytest.mark.parametrize("lam", ["0", "null"])
def test_chunks_make_no_difference(compose, measured, lam):
    """What one seed draws does not depend on which others are about."""
    overrides = [*TWO, "loss=ensloss", f"loss.lam={lam}"]
    together = measured(run(**compose(*overrides, seeds=[5, 6, 7])))
    apart = measured(run(**compose(*overrides, seeds=[6, 7])))
    for key, row in apart.items():
        assert together[key] == pytest.approx(row, rel=1e-4, abs=1e-4)
