"""An optimizer around another one, which takes the step."""

from collections.abc import Iterator, Sequence
from typing import Any

from torch import Tensor
from torch.optim import Optimizer

from runner.contracts.optimizer import Gradients, StackOptimizer


class Around(StackOptimizer):
    """Shares the groups and the state of `base`: its learning rate is the base's."""

    def __init__(self, params: Any, seeds: Sequence[int], base: Optimizer):
        super().__init__(params, seeds, {"lr": base.defaults["lr"]})
        self.base = base
        self.batches = getattr(base, "batches", 1)
        self.param_groups = base.param_groups

    def descend(self, gradients: Gradients) -> None:
        """Let the base take its step, by the gradient that is in `grad`."""
        if isinstance(self.base, StackOptimizer):
            self.base.step(gradients)
        else:
            self.base.step()

    @property
    def averages(self) -> bool:
        return isinstance(self.base, StackOptimizer) and self.base.averages

    def evaluated(self) -> Iterator[tuple[Tensor, Tensor]]:
        if isinstance(self.base, StackOptimizer):
            yield from self.base.evaluated()

    def state_dict(self) -> dict[str, Any]:
        return {"own": super().state_dict(), "base": self.base.state_dict()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        super().load_state_dict(state["own"])
        self.base.load_state_dict(state["base"])
        self.param_groups = self.base.param_groups
