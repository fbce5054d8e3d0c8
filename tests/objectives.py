"""Objectives as a run puts them together, with what their loader would give them, in float64."""

from functools import partial
from pathlib import Path

import torch

from runner.catalog.objective_laws import double
from runner.compose.command_line import compose_cells
from runner.objective.assemble import nothing_stored
from runner.training.wiring import wire

CONF = Path(__file__).resolve().parents[1] / "conf"
NAMES = {
    group: sorted(file.stem for file in (CONF / group).glob("*.yaml")) for group in ("method", "regularizer", "risk")
}


def cell_of(*overrides):
    """A cell on blobs, unless it says otherwise."""
    return compose_cells(["dataset=blobs", *overrides], multirun=False)[0]


def built(*overrides, seeds=(0,), stored=nothing_stored):
    """The objectives of the seeds, in float64, and the loader of their batches."""
    wired = wire(cell_of(*overrides), seeds, stored=stored)
    return [copy.double() for copy in wired.objectives], wired.loader


def alone(batch, i=0):
    """What seed number `i` sees of a batch of several."""
    return batch._replace(
        x=batch.x[i],
        labels=batch.labels[i],
        index=batch.index[i],
        draws={name: drawn[i] for name, drawn in batch.draws.items()},
    )


def first(*overrides, **given):
    """The objective of one seed in its first epoch, and the first batch that it sees."""
    (objective,), loader = built(*overrides, **given)
    objective.train()
    objective.begin(1)
    return objective, alone(double(next(iter(loader))))


def values(objective, batch):
    """The losses (B,) of its method, and the gradient of their mean by name of each parameter that has one."""
    losses = objective.method(batch)
    named = dict(objective.named_parameters())
    gradients = torch.autograd.grad(losses.mean(), list(named.values()), allow_unused=True)
    return losses.detach(), {name: g for name, g in zip(named, gradients, strict=True) if g is not None}


same = partial(torch.testing.assert_close, rtol=1e-12, atol=1e-12)
near = partial(torch.testing.assert_close, rtol=1e-9, atol=1e-9)
