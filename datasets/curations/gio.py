"""Gradient information optimization: the examples that bring a subset nearest to the distribution of all."""

from typing import Annotated, Literal

import torch
from torch import Generator, Tensor
from torch.nn.functional import pad

from datasets.curations.curated import Curated, flat, number_of

EPS = 1e-8  # added to distances, of two examples that are the same
BEGIN = 150  # steps of the first search, and of each that follows, both of the released code
STEPS = 50
Estimator = Literal["kth", "all"]


def gio(
    x: Tensor,
    mean: Tensor,
    std: Tensor,
    generator: Generator,
    *,
    share: Annotated[float, "(0, 1]"],
    k: Annotated[int, "[1, inf)"],
    estimator: Estimator,
    uniform: Annotated[int, "[1, inf)"],
    lr: Annotated[float, "(0, inf)"],
    start: Literal["example", "mean"],
    components: Annotated[int, "[1, inf)"],
) -> Curated:
    """A subset grows by one example at a time: a free point v goes down the estimated divergence KL(all || subset and
    v), and the example that is nearest to where it ends, of those that are not in yet, comes in.

    Source: Everaert and Potts, "GIO: Gradient Information Optimization for Training Dataset Selection", ICLR 2024, and
    its released code (daeveraert/gradient-information-optimization, commit 2424d7a), with the estimators of
    `divergence`. Of it are the first subset, points that are drawn uniformly from the box around all examples, of which
    none is an example; the steps, 150 and then 50; and the learning rate.

    What differs: the code stops where the estimate rises, here all seeds end with equally many examples. Its learning
    rate is scaled by the size of v over that of the gradient; here inputs have mean 0, so it is the mean distance of
    examples to 0 in place of the size of v. v begins at the mean there, from where it reaches the middle of all
    examples alone; that is start=mean. Clusters, which the code selects where examples are many, are not here: the time
    grows with the square of N, with D and with the share.

    Args:
        x: (N, ...) inputs.
        mean, std: by which they are normalised.
        generator: the stream to draw from.
        share: of the examples that are kept.
        k: of the neighbours that the estimate looks at, at most one more than `uniform`; the code's 5.
        estimator: see `divergence`; kth is the paper's, all the released code's.
        uniform: points that the subset begins with; the code's 20.
        lr: of v, in that unit; the code's 0.01.
        start: of v, an example that is drawn, or the mean of all.
        components: principal components that distances are taken in, all where there are fewer.
    Raises:
        ValueError: the subset that a search begins with and v are fewer than k; or lr is so large that v leaves the
            range of numbers.
    """
    if k > uniform + 1:
        raise ValueError(
            f"curation.k={k}: the subset begins with curation.uniform={uniform} points; k is one more at most"
        )
    points = _components(flat(x, mean, std), components)
    low, high = points.amin(0), points.amax(0)
    subset = low + (high - low) * torch.rand(uniform, points.shape[1], generator=generator)
    search = _Search(points, subset, k, estimator, lr)
    for i in range(number_of(share, len(points))):
        one = int(torch.randint(len(points), (), generator=generator))
        v = points[one] if start == "example" else points.mean(0)
        v = search.descended(v, STEPS if i else BEGIN)
        if not (points - v).norm(dim=1).isfinite().all():
            raise ValueError(f"curation.lr={lr:g}: a search leaves the range of numbers; a smaller one does not")
        search.take(search.nearest(v))
    return Curated(kept=search.taken.nonzero()[:, 0])


class _Search:
    """All points (N, D), and a subset that grows by some of them."""

    def __init__(self, points: Tensor, subset: Tensor, k: int, estimator: Estimator, lr: float):
        self.points, self.k, self.estimator = points, k, estimator
        self.taken = torch.zeros(len(points), dtype=torch.bool)
        self.step = lr * points.norm(dim=1).mean()
        self.near = torch.cdist(points, subset).topk(min(k, len(subset)), largest=False).values  # (N, k) of the subset
        self.near = pad(self.near, (0, k - self.near.shape[1]), value=torch.inf)

    def descended(self, v: Tensor, steps: int) -> Tensor:
        """(D,) where v (D,) ends."""
        v, scale = v.clone().requires_grad_(), None
        for _ in range(steps):
            (slope,) = torch.autograd.grad(self._moving(v), v)
            scale = slope.norm().clamp(min=EPS) if scale is None else scale
            v = (v.detach() - self.step * slope / scale).requires_grad_()
        return v.detach()

    def _moving(self, v: Tensor) -> Tensor:
        """The part of the divergence that v moves, over D: the mean logarithm of distances."""
        own = (self.points - v).norm(dim=1)
        if self.estimator == "all":
            return (own + EPS).log().mean()
        return (torch.cat([self.near, own[:, None]], 1).topk(self.k, largest=False).values[:, -1] + EPS).log().mean()

    def nearest(self, v: Tensor) -> int:
        return int((self.points - v).norm(dim=1).masked_fill(self.taken, torch.inf).argmin())

    def take(self, i: int) -> None:
        self.taken[i] = True
        own = (self.points - self.points[i]).norm(dim=1, keepdim=True)
        self.near = torch.cat([self.near, own], 1).topk(self.k, largest=False).values


def divergence(points: Tensor, subset: Tensor, k: int, estimator: Estimator) -> Tensor:
    """An estimate of KL(p || q) from points (n, D) of p and a subset (m, D) of q, in nats.

        kth  D/n sum_i log(nu_k(i) / rho_k(i)) + log(m / (n - 1))
        all  D/n sum_i (1/m sum_j log nu_j(i) - log rho_k(i)) + 1/m sum_j log(k m / (j (n - 1))),    j = 1..m

    nu_j(i) is the distance from point i to its j-th neighbour in the subset, rho_k(i) to its k-th among the other
    points. kth is Wang, Kulkarni and Verdu's (IEEE Transactions on Information Theory, 2009), which the paper has; all
    is what its code computes. There v moves by its distances to all points alone, whatever is in the subset.
    """
    n, m, dim = len(points), len(subset), points.shape[1]
    rho = torch.cdist(points, points).topk(k + 1, largest=False).values[:, -1] + EPS  # the nearest is the point itself
    nu = torch.cdist(points, subset).sort().values + EPS
    if estimator == "kth":
        return dim * (nu[:, k - 1] / rho).log().mean() + torch.tensor(m / (n - 1)).log()
    j = torch.arange(1, m + 1)
    return dim * (nu.log().mean() - rho.log().mean()) + (k * m / (j * (n - 1))).log().mean()


def _components(points: Tensor, count: int) -> Tensor:
    """(N, min(D, count)) the coordinates along the principal components of (N, D)."""
    if points.shape[1] <= count:
        return points
    _, vectors = torch.linalg.eigh((points.T @ points).double())
    return points @ vectors[:, -count:].float()
