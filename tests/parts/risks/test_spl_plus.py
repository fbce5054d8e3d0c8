"""SPL+: its step, its limit, and what is refused."""

import pytest
import torch
from torch import tensor

from runner.compose.command_line import compose_cells
from runner.console.errors import ConfigError
from runner.data.loader import Batch
from runner.objective.objective import Objective
from runner.stack.stack import Stack
from tests.objectives import first, same
from tests.parts.risk_values import Linear, risk, stepped


def test_spl_plus_takes_the_step_that_solves_its_model():
    """A batch of one, checked against a numerical solution (Nelder-Mead)."""
    said = {"level": 0.9, "step": 0.3, "threshold_step": 0.3}
    method = Linear(tensor([[0.6, -0.8]], dtype=torch.float64), tensor([1.7], dtype=torch.float64))
    made = risk("spl_plus", said, method=method).double()
    made.threshold.fill_(0.4)
    _, (gradient, _) = Stack([Objective(method, made, 1)])._differentiated(tensor([[0.0]]))
    w = tensor([0.5, -1.0], dtype=torch.float64) - 0.3 * gradient
    torch.testing.assert_close(w, tensor([0.02, -0.36], dtype=torch.float64), rtol=0, atol=1e-9)
    assert made.threshold.item() == pytest.approx(0.9, abs=1e-9)


@pytest.mark.parametrize(
    ("loss", "eta", "threshold"),
    # by hand, s = 0.1, s_a = 0.5, |g|^2 = 4, a = 0: min(max((l + 0.5) / 0.9, 0), 2), then 0.5 (eta - 1)
    [(-0.7, 0.0, -0.5), (0.85, 1.5, 0.25), (9.0, 2.0, 0.5)],
)
def test_spl_plus_has_two_steps_and_two_ends(loss, eta, threshold):
    said = {"level": 0.5, "step": 0.1, "threshold_step": 0.5}
    objective, value, gradient = stepped("spl_plus", [[2.0]], [loss], said)
    assert gradient.item() == pytest.approx(2 * eta)
    assert value.item() == pytest.approx(eta * loss)
    assert objective.risk.threshold.item() == pytest.approx(threshold)


def test_spl_plus_averages_the_steps_of_a_batch():
    said = {"level": 0.5, "step": 0.1, "threshold_step": 0.5}
    both, _, gradient = stepped("spl_plus", [[2.0], [-2.0]], [0.85, 9.0], said)
    assert gradient.item() == pytest.approx((2 * 1.5 - 2 * 2.0) / 2)
    assert both.risk.threshold.item() == pytest.approx((0.25 + 0.5) / 2)


def test_spl_plus_of_level_zero_and_small_steps_is_the_mean():
    plain, batch = first()
    ours, _ = first("risk=spl_plus", "risk.level=0", "risk.step=1e-6", "risk.threshold_step=0.1")
    seen, expected = (Stack([o])._differentiated(Batch(*(t[None] for t in batch[:3]), {})) for o in (ours, plain))
    same(seen, expected)
    assert ours.risk.threshold == 0


def test_spl_plus_takes_its_step_from_the_optimizer():
    config = compose_cells(["risk=spl_plus", "optimizer.lr=0.03"], multirun=False)[0].config
    assert config["risk"]["step"] == config["risk"]["threshold_step"] == 0.03


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ("risk=spl_plus risk.level=1", r"risk.level=1: must be a number in \[0, 1\)"),
        ("risk=spl_plus risk.step=0", r"risk.step=0: must be a number in \(0, inf\)"),
        ("risk=spl_plus risk.threshold_step=0", r"risk.threshold_step=0: must be a number in \(0, inf\)"),
    ],
)
def test_what_cannot_be_is_refused(said, message):
    with pytest.raises(ConfigError, match=message):
        compose_cells(said.split(), multirun=False)
