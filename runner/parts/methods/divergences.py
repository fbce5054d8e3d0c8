"""How far a student is from its teacher: each a function of log-probabilities (B, K), the student's first -> (B,).

    forward          KL(p_t || p_s), of Hinton et al., 2015: the student covers what the teacher holds possible
    reverse          KL(p_s || p_t): the student keeps to what the teacher holds likely
    balanced         w * forward + (1 - w) * reverse, after Amara et al., "BD-KD", arXiv:2212.12965
    squared_logit    sum of (log p_s - log p_t)^2 / 2, of Ba and Caruana, 2014, and Zhao and Zhu, 2023

PARTIAL are those that single classes can be told by: of log-probabilities (B, 1) of one class each they are this
class's term. Of the forward one, whose terms are least where p_s = 1, the sum over classes that a teacher draws is
least where p_s is as its squares; of the squared one where p_s = p_t (Zhao and Zhu, 2023).

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
>>> s, t = s[:, :1], t[:, :1]    # of the first class alone: 0.9 log 1.8 and (log 1.8)^2 / 2
>>> [DIVERGENCES[name](s, t) for name in PARTIAL]
[tensor([0.5290]), tensor([0.1727])]
"""

from torch import Tensor

from runner.parts.methods.soft import entropy


def forward(student: Tensor, teacher: Tensor) -> Tensor:
    return (teacher.exp() * (teacher - student)).sum(-1)


def reverse(student: Tensor, teacher: Tensor) -> Tensor:
    return forward(teacher, student)


def balanced(student: Tensor, teacher: Tensor) -> Tensor:
    weight = (entropy(teacher) - entropy(student)).sigmoid().detach()
    return weight * forward(student, teacher) + (1 - weight) * reverse(student, teacher)


def squared_logit(student: Tensor, teacher: Tensor) -> Tensor:
    return (student - teacher).square().sum(-1) / 2


DIVERGENCES = {"forward": forward, "reverse": reverse, "balanced": balanced, "squared_logit": squared_logit}
PARTIAL = ("forward", "squared_logit")
