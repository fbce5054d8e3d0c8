"""The one place where torchvision is imported: `from datasets.vision import torchvision`.

PyPI's torchvision is compiled against CUDA. Beside a CPU-only torch its library does not load, the operators that it
would have registered are missing, and `import torchvision` dies with "operator torchvision::nms does not exist".
Declaring the two operators that the import looks for is enough for datasets, transforms.v2 and models; calling nms
itself still fails then, as it must.
"""

from importlib.util import find_spec
from pathlib import Path

import torch

_SCHEMAS = {
    "nms": "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms": "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
}


def _compiled_operators_load() -> bool:
    spec = find_spec("torchvision")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        for library in [*Path(folder).glob("_C*.so"), *Path(folder).glob("_C*.pyd")]:
            try:
                torch.ops.load_library(str(library))
                return True
            except OSError:
                continue
    return False


if not _compiled_operators_load():
    for name, schema in _SCHEMAS.items():
        torch.library.define(f"torchvision::{name}", schema)

import torchvision  # noqa: E402

__all__ = ["torchvision"]
