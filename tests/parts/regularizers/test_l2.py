"""L2 and weight decay."""

import torch

from tests.objectives import first, same


def test_l2_under_sgd_is_weight_decay_of_twice_its_weight():
    priced, seen = first("regularizer=l2", "regularizer.l2.weight=0.05")
    plain, _ = first()
    before = [p.detach().clone() for p in plain.parameters()]
    for objective, decay in [(priced, 0.0), (plain, 0.1)]:
        optimizer = torch.optim.SGD(objective.parameters(), lr=0.1, momentum=0.9, weight_decay=decay)
        for _ in range(3):
            optimizer.zero_grad()
            objective(seen).backward()
            optimizer.step()
    ours, theirs = (list(objective.parameters()) for objective in (priced, plain))
    same(ours, theirs)
    assert all((p - b).abs().max() > 1e-3 for p, b in zip(theirs, before, strict=True))
