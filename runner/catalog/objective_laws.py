"""What every objective obeys. A law takes a cell and raises AssertionError where it is broken."""

import io
from collections.abc import Iterable, Sequence
from typing import Any

import torch
from torch import Tensor

from runner.compose.cell_config import CellConfig
from runner.data.loader import Batch, Loader
from runner.objective.assemble import stackable
from runner.objective.objective import Objective
from runner.stack.stack import Stack
from runner.training.events import Ended, Row, Saved
from runner.training.run import run
from runner.training.wiring import wire

SEEDS = [3, 4, 5]


def law_a_stack_is_its_seeds(cell: CellConfig) -> None:
    """Through the first two epochs, in float64: objectives of three seeds at once, and of each alone."""
    if not stackable(cell.recipe):
        return  # seeds are trained one at a time
    together = _objectives(cell, SEEDS)
    for i, seed in enumerate(SEEDS):
        torch.testing.assert_close(together[:, i], _objectives(cell, [seed])[:, 0], rtol=1e-8, atol=1e-8)


def law_training_stays_finite(cell: CellConfig) -> None:
    """A seed reaches its last epoch, and all that is measured of it is a number."""
    rows, ends, _ = _followed(run(cell, SEEDS[:1]))
    assert ends == ["done"], f"seed {SEEDS[0]} is {', '.join(ends)}"
    odd = sorted({key for row in rows for key, value in row.items() if value != value})
    assert not odd, f"{', '.join(odd)}: not a number"


def law_it_goes_on_after_a_checkpoint(cell: CellConfig) -> None:
    """Cut short after its first epoch, a seed ends as if it had not been: bit for bit."""
    rows, ends, states = _followed(run(cell, SEEDS[:1]))
    assert states, f"no checkpoint was kept, and the seed is {', '.join(ends)}; epochs=3 is enough for one"
    epoch, state = next(iter(states.items()))
    resume = torch.load(io.BytesIO(state), weights_only=True)
    again, _, _ = _followed(run(cell, SEEDS[:1], resume=resume))
    assert again == [row for row in rows if row["epoch"] > epoch], "rows after the checkpoint differ"


LAWS = {name.removeprefix("law_"): law for name, law in globals().items() if name.startswith("law_")}


def _objectives(cell: CellConfig, seeds: list[int]) -> Tensor:
    """Those of the steps (steps, S) of two epochs."""
    wired = wire(cell, seeds)
    return descended([objective.double() for objective in wired.objectives], wired.loader, 2)[0]


def descended(objectives: Sequence[Objective], loader: Loader, epochs: int) -> tuple[Tensor, Stack]:
    """The objective of each step (steps, S) of plain gradient descent, and the stack that took them.

    Args:
        objectives: of S seeds, in float64.
        loader: of their batches.
    """
    stack, seen = Stack(objectives), []
    for epoch in range(1, epochs + 1):
        stack.begin(epoch)
        for batch in loader:
            seen.append(stack.backward(double(batch)))
            with torch.no_grad():
                for p in stack.parameters():
                    if p.grad is not None:
                        p.sub_(0.01 * p.grad)
    stack.eval()
    return torch.stack(seen), stack


def double(batch: Batch) -> Batch:
    """The batch with its numbers, not its classes and places, in float64."""
    draws = {name: _doubled(drawn) for name, drawn in batch.draws.items()}
    return batch._replace(x=batch.x.double(), labels=_doubled(batch.labels), draws=draws)


def _doubled(tensor: Tensor) -> Tensor:
    return tensor.double() if tensor.is_floating_point() else tensor


def _followed(events: Iterable[Any]) -> tuple[list[dict[str, Any]], list[str], dict[int, bytes]]:
    """Rows without the seconds that they took, how seeds ended, and {epoch: the state} of checkpoints."""
    rows, ends, states = [], [], {}
    for event in events:
        match event:
            case Row():
                rows.append({key: value for key, value in event.values.items() if key != "seconds"})
            case Ended():
                ends.append(event.state)
            case Saved():
                kept = io.BytesIO()
                torch.save(event.state, kept)
                states[event.epoch] = kept.getvalue()
    return rows, ends, states
