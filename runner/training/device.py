"""Where to compute, and how many seeds at once."""

import ctypes
import os
import resource
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import torch
from torch import nn

from datasets.faults import exhausted
from runner.console.errors import ConfigError, first_line


def resolve_device(name: str) -> torch.device:
    """The device called `name`; "auto" is the GPU if there is one. Raises ConfigError where it cannot be used."""
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    try:
        device = torch.device(name)
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError) as error:
        if exhausted(error):  # a GPU that others have filled
            raise
        raise ConfigError(
            f"exec.device={name}: not usable here ({first_line(error)}); auto, cpu, cuda or cuda:<n>"
        ) from error
    if device.type not in ("cpu", "cuda"):
        raise ConfigError(f"exec.device={name}: must be auto, cpu, cuda or cuda:<n>")
    return device


def stack_size(asked: str | int, seeds: int, network: nn.Module, device: torch.device) -> int:
    """How many of `seeds` to train as one stack.

    "auto" is all of them, except for networks with convolutions on a CPU: under vmap these become grouped
    convolutions, which a CPU computes more slowly than one seed after another.
    """
    if asked != "auto":
        return min(int(asked), seeds)
    return 1 if device.type == "cpu" and convolves(network) else seeds


def evaluation_chunk(network: nn.Module, device: torch.device) -> int:
    """How many examples of all seeds together to evaluate at once, so that neither logits nor features grow with N.

    Beyond some ten megabytes, which the feature maps of a few hundred images are, a CPU waits for memory.
    """
    return 128 if device.type == "cpu" and convolves(network) else 4096


def convolves(network: nn.Module) -> bool:
    return any(isinstance(module, nn.Conv1d | nn.Conv2d | nn.Conv3d) for module in network.modules())


def placed(copies: Sequence[nn.Module], device: torch.device, channels_last: bool) -> list[nn.Module]:
    """The copies of a stack on the device, their convolutions channels-last if that was asked for and it is one.

    Tensor cores want channels-last, and a CPU trains the MNIST protocol's network with it in two thirds of the time.
    Several copies are one grouped convolution, which has no such layout.
    """
    layout = {"memory_format": torch.channels_last} if channels_last and len(copies) == 1 else {}
    return [copy.to(device, **layout) for copy in copies]  # type: ignore[call-overload]  # mypy knows no memory_format


def streams(asked: str | bool, size: int, device: torch.device) -> bool:
    """Are inputs of `size` bytes better read batch by batch? "auto": if they take more than half of the memory.

    That is the free memory of a GPU, and all of the main memory.
    """
    if asked != "auto":
        return bool(asked)
    if device.type == "cuda":
        return size > torch.cuda.mem_get_info(device)[0] / 2
    return size > os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2


def keep_freed_memory() -> None:
    """Let the C library keep what is freed, up to half a gigabyte, for the tensors that come next.

    By default it hands large blocks back at once, and the kernel clears each anew: evaluating ten seeds of the default
    run took twice as long. Only glibc has these settings.
    """
    with suppress(OSError, AttributeError):
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(-3, 2**25)  # M_MMAP_THRESHOLD, at its largest
        mallopt(-1, 2**29)  # M_TRIM_THRESHOLD


def restart_peak_memory(device: torch.device) -> None:
    """Let peak_memory begin anew: a worker may have trained something larger before."""
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
    with suppress(OSError):  # Linux alone can
        Path("/proc/self/clear_refs").write_text("5")


def peak_memory(device: torch.device) -> int:
    """Bytes: the most that torch has held on the GPU, or that this process has held in main memory.

    Since restart_peak_memory, on Linux; elsewhere main memory counts since the process began.
    """
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device)
    with suppress(OSError):
        lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
