"""InfoOT (Chuang, Jegelka and Alvarez-Melis, "InfoOT: Information Maximizing Optimal Transport", ICML 2023,
arXiv:2210.03164; released code chingyaoc/InfoOT): labelled examples of one environment are moved to where unlabelled
ones of another are.

    P = argmin over plans of <C, P> - lam I(P) - reg H(P),    C_ij = |x_i - y_j|
    I(P) = sum P log r(P),    r(P) = K P L / (f g^T)

K and L are the kernels of the sources x and of the targets y, f and g the means of their rows. K_ij is
exp(-d_ij^2 / (2 h^2 s^2)), with s^2 half the mean of d_ij^2, and d_ij the distance, to which 5000 is added between
sources of different labels. A step puts the gradient of I at the last plan in its place, and solves the rest by
Sinkhorn's iterations. With lam = 0 it is entropic optimal transport.
"""

import torch
from torch import Tensor

BANDWIDTH, LAM, REG = 0.5, 100.0, 1.0  # the code's
APART = 5000.0  # between sources of different labels; the code's
STEPS, INNER, CLOSE = 20, 200, 1e-9  # ours: the code has 50 steps, and POT's 1000 iterations
MOST = 500  # sources that are looked at, and targets; ours


def told_by_transport(sources: tuple[Tensor, Tensor], targets: tuple[Tensor, Tensor]) -> dict[str, Tensor]:
    """{metric: (S,)}: how often the nearest source, after it was moved to the targets, has a target's label.

    infoot_accuracy, of sources at sum_j r_ij y_j / sum_j r_ij (the paper's conditional projection); ot_accuracy, of
    sources at sum_j P_ij y_j / sum_j P_ij, P of lam = 0. The first target, the third and so on are moved to, and the
    others are told, so that none tells of itself. Of each at most the first 500 are looked at. nan with one target.

    Args:
        sources: features (S, N, D) and labels (S, N).
        targets: features (S, M, D) and labels (S, M), which are compared with and nothing else.
    """
    found = [_told(*seed) for seed in zip(*(part[:, :MOST] for part in (*sources, *targets)), strict=True)]
    infoot, ot = torch.tensor(found, dtype=torch.float64, device=sources[0].device).unbind(1)
    return {"infoot_accuracy": infoot, "ot_accuracy": ot}


def _told(x: Tensor, labels: Tensor, y: Tensor, true: Tensor) -> tuple[float, float]:
    x, onto, asked = x.double(), y[::2].double(), y[1::2].double()
    if not len(asked):
        return float("nan"), float("nan")
    cost, kernels = torch.cdist(x, onto), (kernel(x, labels), kernel(onto))
    informed, plain = (planned(cost, *kernels, lam=lam, reg=REG) for lam in (LAM, 0.0))
    places = projected(ratio(informed, *kernels), onto), projected(plain, onto)
    nearest = (labels[torch.cdist(asked, place).argmin(1)] for place in places)
    first, second = ((said == true[1::2]).double().mean().item() for said in nearest)
    return first, second


def kernel(x: Tensor, labels: Tensor | None = None) -> Tensor:
    """(N, N) of points (N, D), and of their labels (N,) where they are known."""
    square = torch.cdist(x, x, compute_mode="donot_use_mm_for_euclid_dist")
    if labels is not None:
        square = square + APART * (labels[:, None] != labels)
    square = square.square()
    mean = square.mean()
    return (-square / (BANDWIDTH**2 * mean.where(mean > 0, 1.0))).exp()


def ratio(plan: Tensor, ours: Tensor, theirs: Tensor) -> Tensor:
    """(N, M) r of a plan (N, M) and kernels (N, N) and (M, M)."""
    return ours @ plan @ theirs / (ours.mean(1)[:, None] * theirs.mean(1))


def information(plan: Tensor, ours: Tensor, theirs: Tensor) -> Tensor:
    """() I, in nats."""
    return (plan * ratio(plan, ours, theirs).log()).sum()


def slope(plan: Tensor, ours: Tensor, theirs: Tensor) -> Tensor:
    """(N, M) the gradient of I."""
    return ratio(plan, ours, theirs).log() + ours @ (plan / (ours @ plan @ theirs)) @ theirs


def planned(cost: Tensor, ours: Tensor, theirs: Tensor, *, lam: float, reg: float) -> Tensor:
    """(N, M) the plan for costs (N, M), beginning with the one in which all are alike."""
    if not lam:
        return sinkhorn(cost, reg)
    plan = torch.full_like(cost, 1 / cost.numel())
    for _ in range(STEPS):
        plan = sinkhorn(cost - lam * slope(plan, ours, theirs), reg)
    return plan


def sinkhorn(cost: Tensor, reg: float) -> Tensor:
    """(N, M) the entropic plan between examples that weigh alike: Cuturi, "Sinkhorn Distances", NIPS 2013."""
    logits = -cost / reg
    row, column = (-cost.new_tensor(count).log() for count in cost.shape)
    for _ in range(INNER):
        logits = logits + row - logits.logsumexp(1, keepdim=True)
        off = logits.logsumexp(0) - column
        logits = logits - off
        if off.abs().max() < CLOSE:
            break
    return logits.exp()


def projected(weight: Tensor, y: Tensor) -> Tensor:
    """(N, D) of weights (N, M) and targets (M, D): each source at the weighted mean of the targets."""
    return weight @ y / weight.sum(1, keepdim=True)
