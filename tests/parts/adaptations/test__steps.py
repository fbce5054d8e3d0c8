"""Steps of Adam, and what they descend."""

import torch

from runner.contracts.seed_axis import SeedAxis
from runner.parts.adaptations._steps import Steps


def test_steps_are_torchs_adam_and_a_seed_that_sits_out_stays():
    g = torch.Generator().manual_seed(0)
    start, slopes = torch.randn(2, 3, generator=g), torch.randn(4, 2, 3, generator=g)
    mine = start.clone()
    steps = Steps(SeedAxis(2), [mine], 0.01)
    each = [torch.nn.Parameter(start[i].clone()) for i in range(2)]
    adam = [torch.optim.Adam([p], lr=0.01) for p in each]
    for at, slope in enumerate(slopes):
        moves = torch.tensor([True, at != 1])
        steps.take([slope], moves)
        for i in range(2):
            each[i].grad = slope[i].clone()
            if moves[i]:
                adam[i].step()
        torch.testing.assert_close(mine, torch.stack([p.detach() for p in each]))
