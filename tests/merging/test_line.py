"""Networks on a line."""

import pytest
import torch
from torch import nn

from runner.merging.line import along


def test_the_curve_is_that_of_networks_made_one_by_one():
    torch.manual_seed(0)
    made = [nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.ReLU(), nn.Linear(4, 2)).eval() for _ in range(2)]
    x, labels = torch.randn(1500, 3), torch.randint(0, 2, (1500,))
    curve = along(made[0], *(each.state_dict() for each in made), x, labels, 5)
    for i, t in enumerate([0, 0.25, 0.5, 0.75, 1]):
        mean = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.ReLU(), nn.Linear(4, 2)).eval()
        states = [each.state_dict() for each in made]
        mean.load_state_dict({key: (1 - t) * states[0][key] + t * states[1][key] for key in states[0]})
        logits = mean(x)
        assert curve.nll[i] == pytest.approx(nn.functional.cross_entropy(logits, labels).item(), rel=1e-5)
        assert curve.accuracy[i] == pytest.approx((logits.argmax(-1) == labels).float().mean().item(), abs=2e-3)
