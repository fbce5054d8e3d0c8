"""The learning rate that falls where the objective stops falling."""

import pytest
import torch
from torch.optim.lr_scheduler import ReduceLROnPlateau

from runner.parts.schedules.plateau import plateau
from runner.training.run import run

KIND = {"factor": 0.5, "patience": 2, "threshold": 1e-2, "cooldown": 1, "minimum": 0.05, "warmup": 0.0}


@pytest.mark.parametrize("cooldown", [0, 1, 3])
@pytest.mark.parametrize("patience", [0, 2])
def test_it_is_torchs(patience, cooldown):
    objectives = torch.rand(3, 40, generator=torch.Generator().manual_seed(1), dtype=torch.float64) - 0.3
    objectives[2, 5:] = float("nan")
    kind = KIND | {"patience": patience, "cooldown": cooldown}
    for seed in range(3):
        optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
        asked = {"factor": 0.5, "patience": patience, "threshold": 1e-2, "cooldown": cooldown, "min_lr": 0.05, "eps": 0}
        torchs = ReduceLROnPlateau(optimizer, **asked)
        for epoch in range(40):
            factor = plateau(epoch + 0.5, 40, objectives[:, :epoch], **kind)
            assert factor[seed].item() == pytest.approx(optimizer.param_groups[0]["lr"], rel=1e-12)
            torchs.step(objectives[seed, epoch].item())


def test_each_seed_falls_by_itself(compose, measured):
    """And a stack is its seeds."""
    asked = ["schedule=plateau", "schedule.patience=0", "schedule.threshold=0.1", "epochs=8", "loss=ce", "noise=0.4"]
    together = measured(run(**compose(*asked, seeds=[0, 1])))
    for seed in range(2):
        alone = measured(run(**compose(*asked, seeds=[seed])))
        for key, row in alone.items():
            assert together[key] == pytest.approx(row, rel=1e-4, abs=1e-4)
    other = measured(run(**compose(*asked, "schedule.patience=50", seeds=[0])))
    assert other[0, 8] != pytest.approx(alone.get((0, 8), together[0, 8]), rel=1e-4)
