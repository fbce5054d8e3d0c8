"""What other packages give of a batch: `python -m tests.packages.measure`, where solo-learn, lightly and
pytorch-metric-learning are installed. It writes tests/values/packages/same_batch.json.

Everything is computed in float64. Of solo-learn the file of each objective is loaded by itself, for the package imports
pytorch_lightning, which none of them needs.
"""

import json
from collections.abc import Callable, Iterator
from importlib.metadata import distribution, version
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from datasets.vision import torchvision

FILE = Path(__file__).resolve().parents[1] / "values" / "packages" / "same_batch.json"
SIZES = {"even": (4,) * 4, "uneven": (8, 4, 3, 1), "pairs": (2,) * 8}  # examples of each class
D = 8


def batch(sizes: tuple[int, ...], seed: int) -> dict[str, Any]:
    """Two views (16, 8) of 16 examples, their classes, and a proxy (K, 8) of each class."""
    g = torch.Generator().manual_seed(seed)
    one = torch.randn(sum(sizes), D, generator=g)
    other = one + 0.5 * torch.randn(sum(sizes), D, generator=g)
    labels = torch.arange(len(sizes)).repeat_interleave(torch.tensor(sizes))
    proxies = torch.randn(len(sizes), D, generator=g)
    numbers = {"one": one, "other": other, "proxies": proxies}
    return {name: each.mul(1000).round().div(1000).tolist() for name, each in numbers.items()} | {
        "labels": labels.tolist()
    }


def solo(name: str) -> Callable[..., Tensor]:
    """An objective of solo-learn, from its file."""
    place = Path(str(distribution("solo-learn").locate_file(f"solo/losses/{name}.py")))
    spec = spec_from_file_location(f"solo_{name}", place)
    assert spec
    assert spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    found: Callable[..., Tensor] = getattr(module, f"{name}_loss_func")
    return found


def objectives() -> Iterator[tuple[str, str, str, str, Callable[..., Tensor]]]:
    """Package, objective, what is said to it, its kind, and the function: of two views, or of embeddings, labels and
    proxies."""
    import lightly.loss as of_lightly
    from pytorch_metric_learning import losses, miners

    yield "solo-learn", "simclr_loss_func", "temperature=0.5", "views", lambda a, b: solo("simclr")(a, b, 0.5)
    yield "solo-learn", "barlow_loss_func", "", "views", solo("barlow")
    yield "solo-learn", "vicreg_loss_func", "", "views", solo("vicreg")
    yield "solo-learn", "byol_loss_func", "", "views", solo("byol")
    yield "solo-learn", "simsiam_loss_func", "", "views", solo("simsiam")
    yield "lightly", "NTXentLoss", "temperature=0.5", "views", of_lightly.NTXentLoss(0.5)
    yield "lightly", "BarlowTwinsLoss", "", "views", of_lightly.BarlowTwinsLoss()
    yield "lightly", "VICRegLoss", "", "views", of_lightly.VICRegLoss()
    yield "lightly", "NegativeCosineSimilarity", "", "views", of_lightly.NegativeCosineSimilarity()
    package = "pytorch-metric-learning"
    pairs = losses.SelfSupervisedLoss(losses.NTXentLoss(temperature=0.5))
    yield package, "NTXentLoss", "temperature=0.5", "views", pairs
    yield package, "VICRegLoss", "", "views", lambda a, b: losses.VICRegLoss()(a, ref_emb=b)
    for name in (
        "ContrastiveLoss",
        "TripletMarginLoss",
        "SupConLoss",
        "MultiSimilarityLoss",
        "NCALoss",
        "SmoothAPLoss",
    ):
        yield package, name, "", "classes", plain(getattr(losses, name)())
    mined = losses.TripletMarginLoss(margin=0.2), miners.TripletMarginMiner(margin=0.2, type_of_triplets="semihard")
    said = "margin=0.2, TripletMarginMiner semihard"
    yield package, "TripletMarginLoss", said, "classes", lambda z, y, _: mined[0](z, y, mined[1](z, y))
    hard = losses.MultiSimilarityLoss(), miners.MultiSimilarityMiner(epsilon=0.1)
    said = "MultiSimilarityMiner epsilon=0.1"
    yield package, "MultiSimilarityLoss", said, "classes", lambda z, y, _: hard[0](z, y, hard[1](z, y))
    yield package, "ProxyAnchorLoss", "", "classes", with_proxies(losses.ProxyAnchorLoss, "proxies", turned=False)
    said = "margin=28.6478 (degrees)"
    arcface = with_proxies(losses.ArcFaceLoss, "W", turned=True, margin=torch.tensor(0.5).rad2deg().item())
    yield package, "ArcFaceLoss", said, "classes", arcface


def plain(loss: nn.Module) -> Callable[..., Tensor]:
    """A loss of embeddings and labels, without proxies."""
    return lambda embeddings, labels, proxies: loss(embeddings, labels)


def with_proxies(loss: Any, name: str, *, turned: bool, **said: Any) -> Callable[..., Tensor]:
    """A loss whose proxies are those of the batch."""

    def found(embeddings: Tensor, labels: Tensor, proxies: Tensor) -> Tensor:
        made = loss(num_classes=len(proxies), embedding_size=D, **said)
        getattr(made, name).data = proxies.T.clone() if turned else proxies.clone()
        value: Tensor = made(embeddings, labels)
        return value

    return found


def measured(function: Callable[..., Tensor], kind: str, of: dict[str, Any]) -> dict[str, float] | None:
    """The value, and the norm of the gradient with respect to the first view; None of a batch that it refuses."""
    one = torch.tensor(of["one"], requires_grad=True)
    others = [torch.tensor(of[name]) for name in (["other"] if kind == "views" else ["labels", "proxies"])]
    try:
        value = function(one, *others)
    except ValueError:
        return None
    value.backward()
    return {"value": value.item(), "gradient": one.grad.norm().item() if one.grad is not None else 0.0}


def main() -> None:
    torch.set_default_dtype(torch.float64)
    batches = {name: batch(sizes, seed) for seed, (name, sizes) in enumerate(SIZES.items())}
    values = [
        {"package": f"{package} {version(package)}", "objective": name, "said": said}
        | {which: measured(function, kind, of) for which, of in batches.items()}
        for package, name, said, kind, function in objectives()
    ]
    origin = f"each run in float64 with torch {torch.__version__}, torchvision {torchvision.__version__}"
    FILE.write_text(json.dumps({"origin": origin, "batches": batches, "values": values}, indent=1) + "\n")


if __name__ == "__main__":
    main()
