"""The machine that computes: the same numbers are added in another order on another one."""

import os
import platform
import re
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def hardware(device: str) -> dict[str, Any]:
    """What decides in which order floating-point numbers are added, and so whether two runs are equal bit for bit.

    Args:
        device: that the run computes on, "cpu" or "cuda:0".
    """
    import torch

    blas = re.search(r"BLAS_INFO=(\w+)", torch.__config__.show())
    return {
        "processor": _processor(),
        "instructions": torch.backends.cpu.get_cpu_capability(),
        "threads": torch.get_num_threads(),
        "blas": blas[1] if blas else None,
        "torch": torch.__version__,
        "gpu": torch.cuda.get_device_name(device) if device.startswith("cuda") else None,
    }


def age() -> float | None:
    """Seconds since this process began; None where the system does not say."""
    try:
        begun = int(Path("/proc/self/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[19])
    except OSError:
        return None
    return time.clock_gettime(time.CLOCK_BOOTTIME) - begun / os.sysconf("SC_CLK_TCK")


def hardware_name(facts: Mapping[str, Any]) -> str:
    """The facts of `hardware` in a line.

    >>> cpu = {"processor": "Zen 5", "instructions": "AVX2", "threads": 2, "blas": "mkl", "torch": "2.13", "gpu": None}
    >>> hardware_name(cpu)
    'Zen 5, AVX2, 2 threads, mkl, torch 2.13'
    """
    threads = f"{facts['threads']} thread{'s' * (facts['threads'] != 1)}"
    parts = (facts["gpu"], facts["processor"], facts["instructions"], threads, facts["blas"])
    return ", ".join([*filter(None, parts), f"torch {facts['torch']}"])


def _processor() -> str:
    try:
        found = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(encoding="utf-8"), re.MULTILINE)
    except OSError:
        found = None
    return found[1].strip() if found else platform.processor() or platform.machine()
