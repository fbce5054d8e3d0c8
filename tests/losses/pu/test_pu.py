"""Risks of positive and unlabelled examples: values, what one makes of the other, gradients, and a stack of seeds."""

import pytest
import torch

from losses.pu._parts import parts
from runner.catalog.example_batches import N
from runner.catalog.loss_laws import laws_for, laws_of
from runner.console.errors import ConfigError
from tests.zoo import losses_for, make, node

LOSSES = losses_for("classification", "set")
SCORES = [-0.174, -2.466, 0.322, 0.363, -2.49, 0.761, 1.064, -0.098]  # own code of Kiryo et al., 2017, in float64
LABELS = [1, 1, 1, 0, 0, 0, 0, 0]
VALUE, NEGATIVE = 1.1332328532238094, 0.6163676781230394  # prior 0.4, logistic: the risk, and its part of negatives


def loss(name, **changed):
    return make(name, num_train=N, num_classes=2, **changed)


def at(score, labels, made):
    """The value, and its gradient by the scores (B,)."""
    score = torch.as_tensor(score, dtype=torch.float64).requires_grad_()
    logits = torch.stack([torch.zeros_like(score), score], dim=1)
    value = made(logits, torch.as_tensor(labels), torch.arange(len(score)))
    assert value.shape == ()
    return value.detach(), torch.autograd.grad(value, score)[0]


def overfitted(count=8):
    """Scores that call the positives positive and all others negative."""
    labels = torch.arange(count) % 2
    return (6.0 * (2 * labels - 1)).double(), labels


@pytest.mark.parametrize("law", laws_for("classification", "set"))
@pytest.mark.parametrize("name", LOSSES)
def test_law(name, law):
    laws_of(node(name), "classification", 2)[law]()


def test_the_reference_value():
    for name in LOSSES:
        value, _ = at(SCORES, LABELS, loss(name, prior=0.4, surrogate="logistic"))
        assert value.item() == pytest.approx(VALUE, abs=1e-9)


def test_the_two_parts_are_the_reference_values():
    score = torch.tensor(SCORES, dtype=torch.float64)
    logits = torch.stack([torch.zeros_like(score), score], dim=1)
    positive, negative = parts(logits, torch.tensor(LABELS), 0.4, "logistic")
    assert negative.item() == pytest.approx(NEGATIVE, abs=1e-9)
    assert positive.item() == pytest.approx(VALUE - NEGATIVE, abs=1e-9)


@pytest.mark.parametrize("surrogate", ["sigmoid", "logistic"])
def test_nnpu_is_upu_until_the_risk_of_negatives_falls_below_beta(surrogate):
    score, labels = overfitted()
    said = {"prior": 0.4, "surrogate": surrogate}
    free = at(score, labels, loss("upu", **said))
    held = at(score, labels, loss("nnpu", **said, beta=100.0))
    assert free[0] < 0
    torch.testing.assert_close(held, free)
    torch.testing.assert_close(at(SCORES, LABELS, loss("nnpu", **said)), at(SCORES, LABELS, loss("upu", **said)))


@pytest.mark.parametrize("gamma", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("beta", [0.0, 0.1])
def test_below_it_the_step_is_taken_back(beta, gamma):
    """The value is R_P - beta, the gradient that of -gamma * R_N, as in the released code."""
    score, labels = overfitted()
    value, gradient = at(score, labels, loss("nnpu", prior=0.4, surrogate="sigmoid", beta=beta, gamma=gamma))
    positive = 0.4 * (-score[labels == 1]).sigmoid().mean()
    assert value.item() == pytest.approx(positive.item() - beta)
    asked = score.clone().requires_grad_()
    negative = asked[labels == 0].sigmoid().mean() - 0.4 * asked[labels == 1].sigmoid().mean()
    torch.testing.assert_close(gradient, torch.autograd.grad(-gamma * negative, asked)[0])


@pytest.mark.parametrize("surrogate", ["sigmoid", "logistic"])
@pytest.mark.parametrize("name", LOSSES)
def test_its_gradient_is_the_derivative_where_nothing_is_overfitted(name, surrogate):
    made = loss(name, prior=0.4, surrogate=surrogate)
    score = torch.tensor(SCORES, dtype=torch.float64)
    logits = torch.stack([torch.zeros_like(score), score], dim=1).requires_grad_()
    assert torch.autograd.gradcheck(lambda z: made(z, torch.tensor(LABELS), torch.arange(8)), logits)


@pytest.mark.parametrize("name", LOSSES)
def test_with_all_true_labels_it_estimates_their_risk(name):
    """Where the share of positives among unlabelled examples is `prior`."""
    g = torch.Generator().manual_seed(0)
    count = 40_000
    truth = (torch.rand(count, generator=g) < 0.4).long()
    score = (2 * truth - 1) + 2 * torch.randn(count, generator=g, dtype=torch.float64)
    labels = truth * (torch.arange(count) < count // 2)  # the second half is unlabelled
    kept = (labels == 1) | (torch.arange(count) >= count // 2)
    value, _ = at(score[kept], labels[kept], loss(name, prior=0.4, surrogate="sigmoid"))
    risk = torch.where(truth == 1, (-score).sigmoid(), score.sigmoid()).mean()
    assert abs(value - risk).item() < 0.01


@pytest.mark.parametrize("labels", [[0] * 8, [1] * 8])
@pytest.mark.parametrize("name", LOSSES)
def test_a_batch_of_one_kind_is_a_number(name, labels):
    value, gradient = at(SCORES, labels, loss(name))
    assert value.isfinite()
    assert gradient.isfinite().all()


@pytest.mark.parametrize("name", LOSSES)
def test_a_stack_is_its_seeds_where_one_of_them_overfits(name):
    g = torch.Generator().manual_seed(0)
    score, labels = overfitted()
    logits = torch.randn(3, 8, 2, generator=g, dtype=torch.float64)
    logits[1] = torch.stack([-score, score], dim=1) / 2
    targets, index = labels.expand(3, 8), torch.arange(8).expand(3, 8)
    made = loss(name)
    together = torch.vmap(made)(logits, targets, index)
    alone = torch.stack([made(*row) for row in zip(logits, targets, index, strict=True)])
    torch.testing.assert_close(together, alone)


@pytest.mark.parametrize("name", LOSSES)
def test_other_than_two_classes_are_refused(name):
    with pytest.raises(ConfigError, match=r"needs two classes, for example classes=\[0,1\]; this data set has 10"):
        make(name, num_train=N, num_classes=10)
