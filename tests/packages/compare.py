"""How our objectives and those of other packages compare on the same batches, a table of kept values:
`python -m tests.packages.compare` writes it into docs/packages.md.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from math import isclose
from typing import Any

import torch
from torch import Tensor, nn

from runner.console.table import Mark, Table
from runner.store.files import save
from tests.zoo import ROOT, make

PAGE = ROOT / "docs" / "packages.md"
MARK = "<!-- made by: python -m tests.packages.compare -->\n"
KEPT = json.loads((ROOT / "tests" / "values" / "packages" / "same_batch.json").read_text())
BATCHES = tuple(KEPT["batches"])
CLOSE = 1e-9  # relative, of float64
MINED = "MultiSimilarityMiner epsilon=0.1"


@dataclass(frozen=True)
class Ours:
    """Attributes: loss: its name; said: to it; factor, offset: ours is factor * theirs + offset; why: they differ."""

    loss: str
    said: Mapping[str, Any] = field(default_factory=dict)
    factor: float = 1
    offset: float = 0
    why: str = ""

    def measured(self, of: Mapping[str, Any]) -> tuple[float, float]:
        """The value on a batch, in float64, and the norm of its gradient with respect to the first view."""
        one = torch.tensor(of["one"], dtype=torch.float64, requires_grad=True)
        labels, proxies = torch.tensor(of["labels"]), torch.tensor(of["proxies"], dtype=torch.float64)
        given = {"num_outputs": one.shape[1]}
        loss: Any = make(self.loss, num_train=len(one), num_classes=len(proxies), given=given, **self.said)
        if hasattr(loss, "proxies"):
            loss.proxies = nn.Parameter(proxies)
        beside: Tensor = labels if loss.kind == "embeddings" else torch.tensor(of["other"], dtype=torch.float64)
        value = loss(one, beside, torch.arange(len(one))).mean()
        (gradient,) = torch.autograd.grad(value, one)
        return value.item(), gradient.norm().item()


OURS = {  # by the objective, with what is said to it where that changes which of ours it is
    "simclr_loss_func": Ours("nt_xent"),
    "barlow_loss_func": Ours("barlow", factor=40),
    "vicreg_loss_func": Ours("vicreg", {"of_views": "sum"}),
    "byol_loss_func": Ours("cosine"),
    "simsiam_loss_func": Ours("cosine", factor=2, offset=2),
    "NTXentLoss": Ours("nt_xent"),
    "BarlowTwinsLoss": Ours("barlow"),
    "VICRegLoss": Ours("vicreg", {"of_views": "mean"}),
    "NegativeCosineSimilarity": Ours("cosine", factor=2, offset=2),
    "ContrastiveLoss": Ours("contrastive"),
    "TripletMarginLoss": Ours("triplet"),
    "TripletMarginLoss, margin=0.2, TripletMarginMiner semihard": Ours(
        "triplet", {"mining": "semihard", "margin": 0.2}
    ),
    "SupConLoss": Ours("supcon"),
    "MultiSimilarityLoss": Ours("multi_similarity"),
    f"MultiSimilarityLoss, {MINED}": Ours("multi_similarity", why="the miner leaves easy pairs out"),
    "NCALoss": Ours("nca"),
    "SmoothAPLoss": Ours("smooth_ap", why="it takes as many classes as a class has examples"),
    "ProxyAnchorLoss": Ours("proxy_anchor"),
    "ArcFaceLoss": Ours("arcface"),
}


@dataclass(frozen=True)
class Pair:
    """An objective of a package and ours, on each batch: values and norms of gradients, theirs None where refused."""

    package: str
    objective: str
    ours: Ours
    values: Mapping[str, tuple[float, float | None]]
    slopes: Mapping[str, tuple[float, float | None]]

    def equal(self, batch: str) -> bool:
        """Is ours what it is said to be of theirs?"""
        (value, their_value), (slope, their_slope) = self.values[batch], self.slopes[batch]
        return (
            their_value is not None
            and their_slope is not None
            and isclose(value, self.ours.factor * their_value + self.ours.offset, rel_tol=CLOSE)
            and isclose(slope, self.ours.factor * their_slope, rel_tol=CLOSE)
        )

    @property
    def verdict(self) -> str:
        """In words."""
        if all(map(self.equal, BATCHES)):
            offset = f" + {self.ours.offset:g}" if self.ours.offset else ""
            return "equal" if self.ours.factor == 1 else f"ours is {self.ours.factor:g} x theirs{offset}"
        refused = [batch for batch in BATCHES if self.values[batch][1] is None]
        apart = [batch for batch in BATCHES if not self.equal(batch) and batch not in refused]
        where = f" on {' and '.join(apart)}" if len(apart) < len(BATCHES) else ""
        said = [f"refuses {' and '.join(refused)}"] * bool(refused) + [f"differs{where}"] * bool(apart)
        return f"{', '.join(said)}: {self.ours.why}"


def pairs() -> Iterator[Pair]:
    """All that is kept."""
    for kept in KEPT["values"]:
        named = ", ".join(filter(None, (kept["objective"], kept["said"])))
        ours = OURS.get(named) or OURS[kept["objective"]]
        mine = {batch: ours.measured(of) for batch, of in KEPT["batches"].items()}
        theirs = {batch: kept[batch] or {"value": None, "gradient": None} for batch in BATCHES}
        values = {batch: (mine[batch][0], theirs[batch]["value"]) for batch in BATCHES}
        slopes = {batch: (mine[batch][1], theirs[batch]["gradient"]) for batch in BATCHES}
        yield Pair(kept["package"], named, ours, values, slopes)


def table() -> Table:
    """A row of each objective of a package."""
    caption = (
        "Values are of the batch even. There are three batches of sixteen examples in eight numbers: four classes of "
        "four (even), four classes of 8, 4, 3 and 1 (uneven), and eight classes of two (pairs). Equal is equal to nine "
        "digits on all three, and so is the norm of the gradient."
    )
    header = ("package", "its objective", "gives", "ours", "gives", "")
    return Table(caption, header, [[Mark(text) for text in _row(pair)] for pair in pairs()])


def _row(pair: Pair) -> Iterator[str]:
    first = BATCHES[0]
    mine, theirs = pair.values[first]
    said = "".join(f" {key}={value}" for key, value in pair.ours.said.items())
    given = "refused" if theirs is None else f"{theirs:.6f}"
    yield from (pair.package, pair.objective, given, f"{pair.ours.loss}{said}", f"{mine:.6f}", pair.verdict)


def page(before: str) -> str:
    """The page with its table made anew, which is all that follows the mark."""
    return f"{before.partition(MARK)[0]}{MARK}{table().markdown()}\n"


if __name__ == "__main__":
    save(PAGE, page(PAGE.read_text(encoding="utf-8")))
