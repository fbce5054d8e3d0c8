"""Functional entropy: its values, its gradient, and what is refused."""

import pytest
import torch
from torch import nn

from runner.console.errors import ConfigError
from runner.parts.regularizers.functional_entropy import score
from tests.objectives import cell_of, first
from tests.parts.penalties import penalty_of


@pytest.mark.parametrize("wrong", ["kind=mean", "samples=0", "samples=1.5"])
def test_functional_entropies_that_cannot_be_are_refused(wrong):
    with pytest.raises(ConfigError, match=f"regularizer.functional_entropy.{wrong.partition('=')[0]}"):
        cell_of("regularizer=functional_entropy", f"regularizer.functional_entropy.{wrong}")


SLOPE = [
    [-0.48678075071242677, -0.6038215878840039, -0.5580962308236769],
    [0.6675243015344896, -0.19741509323400558, 1.9427835329161933],
    [-1.4017020125953694, -0.7625571360284942, 0.631213407129647],
    [-0.8991351628864754, -0.5577934435782607, 0.6907187884258402],
]


def test_functional_entropys_score_is_as_released():
    """itaigat/removing-bias-in-multi-modal-classifiers@f76416c, regularization.py, the first of two modalities."""
    slope, loss = torch.tensor(SLOPE, dtype=torch.float64), torch.tensor(0.7, dtype=torch.float64)
    assert score(slope, loss).item() == pytest.approx(3.4690567766960294, abs=1e-9)
    assert score(slope, None).item() == pytest.approx(0.7 * 3.4690567766960294, abs=1e-9)
    assert (1 / score(torch.zeros(4, 3), loss)).isfinite()


@pytest.mark.parametrize("kind", ["entropy", "variance"])
def test_functional_entropy_of_a_linear_network_is_known(kind):
    """The gradient of the mean cross-entropy by an input is W^T (p - t) / M, M perturbed inputs."""
    said = [f"regularizer.functional_entropy.{s}" for s in ("weight=0.5", f"kind={kind}", "samples=2")]
    value, _, objective, seen = penalty_of("functional_entropy", *said, "model=linear")
    network = objective.method.network
    noise = seen.draws["functional_entropy_noise"]
    assert noise.shape == (len(seen.x), 2, seen.x.shape[1])
    squares, losses = [], []
    for n in range(2):
        z = network(seen.x + seen.x.std(0) * noise[:, n])
        target = network(seen.x).softmax(1)
        slope = (z.softmax(1) - target) @ network.head.weight / (2 * len(z))
        squares.append(slope.square().sum(1).mean())
        losses.append(-(target * z.log_softmax(1)).sum(1).mean())
    expected = sum(squares) / 2 / (sum(losses) / 2 if kind == "entropy" else 1)
    torch.testing.assert_close(value, (0.5 / expected).detach(), rtol=1e-9, atol=0)


def test_functional_entropy_is_differentiated_through_its_own_gradient():
    """Against a difference of values, with BatchNorm, which it leaves alone."""
    said = ["regularizer.functional_entropy.weight=1e-3", "model.norm=batch", "model.width=16"]
    objective, seen = first("regularizer=functional_entropy", *said)
    network, penalty = objective.method.network, objective.method.regularizer.parts["functional_entropy"]
    target = network(seen.x).detach()

    def value():
        return penalty(target, target, seen)

    weight = network.head.weight
    (gradient,) = torch.autograd.grad(value(), weight)
    direction = gradient / gradient.norm()
    with torch.no_grad():
        weight += 1e-5 * direction
        up = value()
        weight -= 2e-5 * direction
        down = value()
    assert ((up - down) / 2e-5).item() == pytest.approx(gradient.norm().item(), rel=1e-5)
    (norm,) = (m for m in network.modules() if isinstance(m, nn.BatchNorm1d))
    assert norm.num_batches_tracked == 1
    assert network.training
    assert norm.training
