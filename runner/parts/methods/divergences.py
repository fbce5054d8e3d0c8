"""How far a student is from its teacher: each a function of log-probabilities (B, K), the student's first -> (B,).

    forward          KL(p_t || p_s), of Hinton et al., 2015: the student covers what the teacher holds possible
    reverse          KL(p_s || p_t): the student keeps to what the teacher holds likely
    balanced         w * forward + (1 - w) * reverse, after Amara et al., "BD-KD", arXiv:2212.12965
    squared_logit    sum of (log p_s - log p_t)^2 / 2, of Ba and Caruana, 2014, and "Fundamental Limits of Knowledge
                     Transfer", where it learns from the teacher's probabilities of single classes without bias

The balanced one weighs each example by the gap between the two entropies; how BD-KD does is unconfirmed, there being no
released code. Here w = 1 / (1 + exp(H(p_s) - H(p_t))), a constant for gradients, from first principles: the student
that is surer than its teacher is spread out by the forward one, the one that is less sure is sharpened by the reverse.

>>> from torch import tensor
>>> s, t = tensor([[0.5, 0.5]]).log(), tensor([[0.9, 0.1]]).log()
>>> forward(s, t), reverse(s, t)    # 0.9 log 1.8 + 0.1 log 0.2;  (log 5/9 + log 5) / 2
(tensor([0.3681]), tensor([0.5108]))
>>> balanced(s, t)    # entropies 0.6931 and 0.3251: w = 1 / (1 + exp(0.3681)) = 0.4090
tensor([0.4524])
>>> squared_logit(s, t)    # ((log 5/9)^2 + (log 5)^2) / 2
tensor([1.4679])
>>> [f(t, t).item() for f in DIVERGENCES.values()]    # nothing from itself
[0.0, 0.0, 0.0, 0.0]
"""

from torch import Tensor


def forward(student: Tensor, teacher: Tensor) -> Tensor:
    return (teacher.exp() * (teacher - student)).sum(-1)


def reverse(student: Tensor, teacher: Tensor) -> Tensor:
    return forward(teacher, student)


def balanced(student: Tensor, teacher: Tensor) -> Tensor:
    weight = (_entropy(teacher) - _entropy(student)).sigmoid().detach()
    return weight * forward(student, teacher) + (1 - weight) * reverse(student, teacher)


def squared_logit(student: Tensor, teacher: Tensor) -> Tensor:
    return (student - teacher).square().sum(-1) / 2


def _entropy(log_p: Tensor) -> Tensor:
    return -(log_p.exp() * log_p).sum(-1)


DIVERGENCES = {"forward": forward, "reverse": reverse, "balanced": balanced, "squared_logit": squared_logit}
