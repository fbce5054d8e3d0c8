"""Optimizers that do without torch's compiler, whose import takes a second.

torch keeps its compiler away from some methods of an optimizer, and imports `torch._dynamo` to do so: for the first
group of parameters, and at the first step. Where nothing compiles an optimizer, there is nothing to be kept away: these
are the same methods without that guard, which functools.wraps leaves in `__wrapped__`.
"""

from functools import cache
from inspect import unwrap
from typing import Any

import torch
from torch.optim import Optimizer


class Eager(Optimizer):
    """An optimizer whose groups and state can be made, saved and loaded without the compiler."""

    add_param_group: Any = unwrap(Optimizer.add_param_group)
    state_dict: Any = unwrap(Optimizer.state_dict)
    load_state_dict: Any = unwrap(Optimizer.load_state_dict)
    zero_grad: Any = unwrap(Optimizer.zero_grad)


@cache
def eager(kind: type[Optimizer]) -> type[Optimizer]:
    """One of torch's own optimizers, which takes the same steps without the compiler."""
    bare = unwrap(kind.step)

    def step(self: Optimizer, *args: Any, **kwargs: Any) -> Any:
        with torch.set_grad_enabled(self.defaults["differentiable"]):
            return bare(self, *args, **kwargs)

    return type(kind.__name__, (Eager, kind), {"step": step, "__module__": kind.__module__, "__doc__": kind.__doc__})
