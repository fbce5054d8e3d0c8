"""torch.compile as a stack needs it."""

from collections.abc import Callable
from typing import Any


def compiled(function: Callable[..., Any], how: bool | str) -> Callable[..., Any]:
    """The function as one graph for each shape of its arguments, gradients included; as it is if `how` is False.

    What was compiled is kept on disk by torch, so that another process or cell has it sooner.

    Args:
        function: of tensors; whatever else it looks at, training mode included, must be the same at every call.
        how: True, or a mode of torch.compile: "reduce-overhead" (on a GPU a CUDA graph) or "max-autotune".
    """
    if how is False:
        return function
    import torch._dynamo.config  # takes a second
    from torch._inductor import list_mode_options

    torch._dynamo.config.trace_autograd_ops = True  # a graph may hold torch.autograd.grad
    options = list_mode_options("default" if how is True else str(how)) | {
        # looking whether something else has changed would take as long as a fifth of a small step
        "guard_filter_fn": torch.compiler.keep_tensor_guards_unsafe
    }
    graphs: dict[str, Any] = {"recompile_limit": 64, "isolate_recompiles": True}  # of this stack, whatever others have
    graph = torch.compile(function, dynamic=False, options=options, **graphs)

    def run(*args: Any) -> Any:
        torch.compiler.cudagraph_mark_step_begin()  # what a graph gave before may be written over
        return graph(*args)

    return run
