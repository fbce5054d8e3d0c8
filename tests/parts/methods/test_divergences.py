"""Divergences of a student from its teacher: their order, and where they are least."""

import pytest
import torch
from torch import tensor

from runner.parts.methods.divergences import balanced, forward, reverse, squared_logit
from simulate.students import cross_entropy, squared_logits
from tests.parts.distillation import LOGITS, TEACHER


def test_the_balanced_divergence_lies_between_the_two_and_leans_on_the_surer_side():
    sure, unsure = (tensor([[a, -a]], dtype=torch.float64).log_softmax(-1) for a in (3.0, 0.1))
    for student, teacher, heavier in ((sure, unsure, forward), (unsure, sure, reverse)):
        lighter = reverse if heavier is forward else forward
        share = (balanced(student, teacher) - lighter(student, teacher)) / (
            heavier(student, teacher) - lighter(student, teacher)
        )
        assert 0.5 < share.item() < 1
    equal = tensor([[0.7, 0.3]]).log(), tensor([[0.3, 0.7]]).log()  # as sure: both by half
    torch.testing.assert_close(balanced(*equal), (forward(*equal) + reverse(*equal)) / 2)


@pytest.mark.parametrize("fit", [forward, squared_logit])
def test_whole_soft_labels_teach_a_table_the_teacher(fit):
    """In a table each state has its own logits: from all of its probabilities the teacher's are the minimum."""
    teacher = TEACHER.log_softmax(-1)
    found = least(lambda student: fit(student, teacher).sum())
    torch.testing.assert_close(found, teacher.exp(), rtol=0, atol=1e-5)


@pytest.mark.parametrize(("fit", "learnt"), [(forward, cross_entropy), (squared_logit, squared_logits)])
def test_from_single_probabilities_a_table_learns_what_is_simulated(fit, learnt):
    """Every action was seen, some more often: cross-entropy ends at counts times the teacher, squares at it."""
    teacher = TEACHER.log_softmax(-1)
    counts = torch.arange(24, dtype=torch.float64).view(6, 4) % 5 + 1

    def loss(student):
        return (counts.flatten() * fit(*(each.flatten()[:, None] for each in (student, teacher)))).sum()

    expected = torch.from_numpy(learnt(counts.numpy(), teacher.exp().numpy()))
    torch.testing.assert_close(least(loss), expected, rtol=0, atol=1e-5)


def least(loss):
    """The probabilities at which a loss of log-probabilities is least, found from LOGITS."""
    logits = LOGITS.clone().requires_grad_()
    optimizer = torch.optim.LBFGS([logits], max_iter=200, line_search_fn="strong_wolfe", tolerance_grad=1e-12)

    def closure():
        optimizer.zero_grad()
        value = loss(logits.log_softmax(-1))
        value.backward()
        return value

    optimizer.step(closure)
    return logits.detach().softmax(-1)
