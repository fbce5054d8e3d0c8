"""What targets can be: classes, numbers or labels that are there or not."""

from collections.abc import Mapping, Sequence

from torch import Tensor

UNPREDICTED = (
    "mutual_information",
    "matching",
    "preference",
    "density",
)  # whose targets are not predicted, and may be alike
LARGEST = 1e9  # of a number: an error a thousand times as large is still no divergence


def kind_of(targets: Tensor, names: Sequence[str]) -> str:
    """What targets (N, ...) with these names are: "class", "bits" (of several labels) or "real"."""
    if targets.dim() == 1 and not targets.is_floating_point():
        return "class"
    return "bits" if names else "real"


def check_targets(parts: Mapping[str, Tensor], names: Sequence[str], known: bool = True) -> None:
    """Raise ValueError for targets that cannot be.

    Args:
        parts: {part: targets}, among them "training": (N,) int64 classes, (N, D) floats, or (N, L) floats of 0 and 1.
        names: of K classes, or of L labels; none of numbers.
        known: must each be known, and must they vary? Else numbers may all be nan, and may all be alike.
    """
    kind = kind_of(parts["training"], names)
    if kind == "real":
        _numbers(parts, known)
    else:
        {"class": _classes, "bits": _labels}[kind](parts, names)


def _classes(parts: Mapping[str, Tensor], names: Sequence[str]) -> None:
    k = len(names)
    if k < 2:
        raise ValueError(f"has {k} class{'es' * (k == 0)}; a classifier needs at least two")
    for part, labels in parts.items():
        wrong = labels[(labels < 0) | (labels >= k)]
        if len(wrong):
            raise ValueError(f"has the {part} label {wrong[0].item()}, out of the range 0 to {k - 1} of its classes")
    empty = (parts["training"].bincount(minlength=k) == 0).nonzero()[:, 0]
    if len(empty):
        raise ValueError(f"class {names[int(empty[0])]} has no training example")


def _numbers(parts: Mapping[str, Tensor], known: bool) -> None:
    size = parts["training"].shape[1:]
    for part, numbers in parts.items():
        if numbers.dim() != 2 or numbers.shape[1:] != size or not numbers.shape[1]:
            raise ValueError(f"has {part} targets of shape {tuple(numbers.shape)}; must be (examples, numbers)")
        _check_floats(part, numbers)
        if not known and numbers.isnan().all():
            continue
        if not numbers.isfinite().all():
            raise ValueError(f"has a {part} target that is not finite")
        if (largest := numbers.abs().max()) > LARGEST:
            raise ValueError(f"has a {part} target of {largest:g}, beyond {LARGEST:g}; measure it in a larger unit")
    if known and (parts["training"] == parts["training"][0]).all(0).any():
        raise ValueError("has a target that never varies in training")


def _labels(parts: Mapping[str, Tensor], names: Sequence[str]) -> None:
    for part, bits in parts.items():
        if bits.dim() != 2 or bits.shape[1] != len(names):
            raise ValueError(
                f"has {part} targets of shape {tuple(bits.shape)}; must be (examples, {len(names)} labels)"
            )
        _check_floats(part, bits)
        if not ((bits == 0) | (bits == 1)).all():
            raise ValueError(f"has a {part} label that is neither 0 nor 1")
    for told, what in ((parts["training"] == 1, "no"), (parts["training"] == 0, "every")):
        if (without := (~told.any(0)).nonzero()[:, 0]).numel():
            raise ValueError(f"{what} training example has the label {names[int(without[0])]}")


def _check_floats(part: str, targets: Tensor) -> None:
    if not targets.is_floating_point():
        raise ValueError(f"has {part} targets of type {str(targets.dtype).removeprefix('torch.')}; must be float32")
