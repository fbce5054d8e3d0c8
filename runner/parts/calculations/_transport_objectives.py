"""Objectives of maps between samples: Sinkhorn's divergence and the Monge gap.

Gradients go through costs, with plans held. That is the derivative of what Sinkhorn's iterations minimize, for they
are at their minimum.
"""

from typing import Literal

import numpy as np
import torch
from scipy.optimize import linear_sum_assignment
from torch import Tensor

from runner.parts.calculations._sinkhorn import own_plan, scaled_plan

Entropy = Literal["plan", "product", "none"]


def costs(x: Tensor, y: Tensor) -> Tensor:
    """(N, M) |x - y|^2 of points (N, d) and (M, d)."""
    return (x.square().sum(1)[:, None] + y.square().sum(1) - 2 * x @ y.T).clamp_min(0)


def transport_cost(cost: Tensor, eps: float, entropy: Entropy, *, own: bool = False) -> Tensor:
    """() what the plan P of costs (N, M) costs: <P, C>, and with it eps times a term of P's entropy.

    Args:
        eps: of the entropy that the plan has; 0: without entropy, of as many points as points, and no term.
        entropy: "plan": - H(P), which ott's `ent_reg_cost` has; "product": the divergence KL(P | a b') from the
            independent plan, which is larger by log N + log M times eps; "none": no term, and the gradient is that of
            a plan that does not move, not that of this cost.
        own: are they costs of points with themselves?
    """
    if not eps:
        rows, columns = linear_sum_assignment(cost.detach().numpy())
        return cost[rows, columns].mean()
    plan = torch.as_tensor((own_plan if own else scaled_plan)(cost.detach().numpy(), eps))
    spent = (plan * cost).sum()
    if entropy == "none":
        return spent
    negative = torch.special.xlogy(plan, plan).sum()
    return spent + eps * (negative + (float(np.log(cost.numel())) if entropy == "product" else 0.0))


def monge_gap(x: Tensor, mapped: Tensor, eps: float, entropy: Entropy) -> Tensor:
    """() E|x - T x|^2 less what transport from points (N, d) to where they are mapped, (N, d), costs: Uscidda and
    Cuturi, "The Monge Gap: A Regularizer to Learn All Transport Maps", ICML 2023.

    Without entropy it is 0 of gradients of convex functions, and above 0 of others. With entropy it is not 0 of these:
    with the term "product" it may be negative, and with "plan", that of ott, it is larger by eps log N^2.
    """
    return (mapped - x).square().sum(1).mean() - transport_cost(costs(x, mapped), eps, entropy)


def sinkhorn_divergence(x: Tensor, y: Tensor, eps: float) -> Tensor:
    """() of points (N, d) and (M, d), for |x - y|^2 and eps KL(P | a b'): Feydy et al., "Interpolating between Optimal
    Transport and MMD using Sinkhorn Divergences", AISTATS 2019. For half the cost it is half of this at twice eps."""
    own = [transport_cost(costs(points, points), eps, "product", own=True) for points in (x, y)]
    return transport_cost(costs(x, y), eps, "product") - (own[0] + own[1]) / 2
