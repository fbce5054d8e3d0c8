"""Objectives that train a policy to stop at objects in proportion to their reward, or in the order of several goals.

Each takes logarithms along B paths: `log_forward` (B,) of the policy, stopping among it, `log_backward` (B,) of the
edges back from the object, `log_reward` (B,) of the object, `log_z` () of the reward's sum.
"""

from typing import Literal

import torch
from torch import Tensor

CLAMP = 100.0  # squared nats
TIE = 1e-6  # goals this near are equal
Error = Literal["squared", "clamped"]


def error(difference: Tensor, kind: Error) -> Tensor:
    """Squares of differences in nats. `clamped` is the released code of guided trajectory balance, which clamps at 100
    after squaring: a difference beyond 10 has no gradient, so that nothing is learned of it."""
    square = difference.square()
    return square.clamp(max=CLAMP) if kind == "clamped" else square


def trajectory_balance(
    log_forward: Tensor, log_backward: Tensor, log_reward: Tensor, log_z: Tensor, *, kind: Error = "squared"
) -> Tensor:
    """(log Z + log P_F - log R - log P_B)^2 of each path (B,) (Malkin et al., Trajectory Balance: Improved Credit
    Assignment in GFlowNets, NeurIPS 2022, arXiv 2201.13259)."""
    return error(log_z + log_forward - log_reward - log_backward, kind)


def guided_trajectory_balance(
    log_forward: Tensor, log_backward: Tensor, log_reward: Tensor, log_z: Tensor, log_guide: Tensor,
    *, weight: float, kind: Error = "squared"
) -> Tensor:  # fmt: skip
    """Trajectory balance against the mean of two targets: `weight` of log P_B, the rest of a guide's log probability of
    the same path back (B,) (Shen et al., Towards Understanding and Improving GFlowNet Training, ICML 2023, arXiv
    2305.07170; as in its released code). A weight of 1 is trajectory balance, one of 0 has the guide for P_B."""
    return trajectory_balance(
        log_forward, weight * log_backward + (1 - weight) * log_guide, log_reward, log_z, kind=kind
    )


def detailed_balance(flow: Tensor, log_forward: Tensor, flow_after: Tensor, log_backward: Tensor) -> Tensor:
    """(log F(s) + log P_F(s' | s) - log F(s') - log P_B(s | s'))^2 of each step, any one shape (Bengio et al., GFlowNet
    Foundations, JMLR 2023, arXiv 2111.09266). Of the step that stops, F(s') is the reward and P_B is 1."""
    return (flow + log_forward - flow_after - log_backward).square()


def soft_bellman(value: Tensor, value_after: Tensor) -> Tensor:
    """(Q(s, a) - log sum exp Q(s', .))^2 of each step, any one shape, with no gradient through what comes after; of the
    step that stops that is log R (soft Q-learning: Haarnoja et al., Reinforcement Learning with Deep Energy-Based
    Policies, ICML 2017, arXiv 1702.08165). Its optimum stops in proportion to R times the number of paths."""
    return (value - value_after.detach()).square()


def entropy_reinforce(log_forward: Tensor, log_reward: Tensor) -> Tensor:
    """What has the gradient of -E[log R - log P_F] where paths are the policy's own (B,): REINFORCE (Williams, Machine
    Learning 1992) with the entropy of paths, against the mean of the other paths. It has the optimum of
    `soft_bellman`. Two paths or more."""
    cost = (log_forward - log_reward).detach()
    return (cost - cost.mean()) * len(cost) / (len(cost) - 1) * log_forward


def non_dominated(goals: Tensor) -> Tensor:
    """Which of B vectors of goals (B, D), the more the better, no other one dominates: (B,) bool. One dominates another
    that is nowhere better and somewhere worse."""
    others = goals[:, None]
    dominates = (others >= goals).all(-1) & (others > goals).any(-1)
    return ~dominates.any(0)


def pareto_order(predicted: Tensor, goals: Tensor) -> Tensor:
    """Cross-entropy () of softmax(predicted log reward (B,)) from the uniform law on what no other one of the B vectors
    of goals (B, D) dominates (Chen and Mauch, Order-Preserving GFlowNets, ICLR 2024, arXiv 2310.00386)."""
    first = non_dominated(goals).to(predicted.dtype)
    return -(first / first.sum() * predicted.log_softmax(0)).sum()


def total_order(predicted: Tensor, goal: Tensor, order: Tensor) -> Tensor:
    """Cross-entropy () of Bradley-Terry pairs by one goal (B,): each object and the one that `order` (B,) sets beside
    it; where both are equal, within 1e-6, each half is right (of Chen and Mauch's released code)."""
    ahead = goal - goal[order]
    target = torch.where(ahead.abs() < TIE, 0.5, (ahead > 0).to(goal.dtype))
    logit = predicted - predicted[order]
    return torch.nn.functional.binary_cross_entropy_with_logits(logit, target)


def scalarised(goals: Tensor, preference: Tensor, beta: float) -> Tensor:
    """log R (B,) = beta log(sum over d of w_d R_d) of positive goals (B, D) and preferences (D,) or (B, D) (Jain et
    al., Multi-Objective GFlowNets, ICML 2023, arXiv 2210.12765)."""
    return beta * (goals * preference).sum(-1).log()
