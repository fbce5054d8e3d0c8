"""Entropy maximization: the released values, and who is pseudo-labelled when."""

import json

import numpy as np
import pytest
import torch

from tests.zoo import ROOT, make

CASES = json.loads((ROOT / "tests" / "values" / "multilabel" / "em.json").read_text())
N, L = 40, 3


def em(num_train=N, num_classes=L, **changed):
    return make("em", num_train=num_train, num_classes=num_classes, **changed).double()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_reference_value(case):
    logits = torch.tensor(case["logits"], dtype=torch.float64, requires_grad=True)
    observed, cells, expected = (
        torch.tensor(case[key], dtype=torch.float64) for key in ("observed", "cells", "gradient")
    )
    loss = em(*logits.shape, alpha=case["alpha"], beta=case["beta"])
    loss.pseudo = torch.where(observed < 0, -observed, -1)
    losses = loss(logits, torch.where(observed == 1, 1.0, -1.0), torch.arange(len(logits)))
    torch.testing.assert_close(losses, cells.mean(1), rtol=0, atol=1e-9)
    assert losses.mean().item() == pytest.approx(case["batch_loss"], abs=1e-9)
    torch.testing.assert_close(torch.autograd.grad(losses.mean(), logits)[0], expected, rtol=0, atol=1e-9)


def released(probability, observed, per_label):
    """aysmmetric_pseudo_labeling of the released main.py, of one pass over the data: `observed` is changed."""
    for k in range(observed.shape[1]):
        unlabelled = (observed[:, k] == 0).nonzero()[0]
        for place in unlabelled[np.argsort(probability[unlabelled, k])[: per_label[k]]]:
            observed[place, k] = -probability[place, k]


@pytest.mark.parametrize(("warm_up", "share"), [(0, 0.9), (2, 0.9), (2, 0.3), (5, 0.9)])
def test_pseudo_labels_are_those_of_the_released_procedure(warm_up, share):
    g = torch.Generator().manual_seed(0)
    bits = torch.where(torch.rand(N, L, generator=g) < 0.3, 1.0, -1.0)
    loss, epochs = em(share=share, warm_up=warm_up), 6
    observed = (bits == 1).double().numpy()
    per_label = [int(share * (observed[:, k] == 0).sum() / max(epochs - warm_up, 1)) for k in range(L)]
    for epoch in range(1, epochs + 1):
        loss.begin(epoch, epochs)
        expected = torch.from_numpy(np.where(observed < 0, -observed, -1.0))
        torch.testing.assert_close(loss.pseudo, expected, rtol=0, atol=1e-12)
        logits = torch.randn(N, L, generator=g, dtype=torch.float64)
        for part in torch.randperm(N, generator=g).split(7):
            loss(logits[part], bits[part], part)
        if epoch >= max(warm_up, 1) and epoch < epochs:
            released(logits.sigmoid().numpy(), observed, per_label)
    assert (loss.pseudo >= 0).any()
    assert (loss.pseudo[bits == 1] == -1).all()


def test_without_a_share_there_are_no_pseudo_labels():
    loss = em(share=0.0, warm_up=0)
    for epoch in (1, 2, 3):
        loss.begin(epoch, 3)
        loss(torch.zeros(N, L), torch.full((N, L), -1.0), torch.arange(N))
    assert (loss.pseudo == -1).all()


def test_without_alpha_and_beta_what_is_not_known_is_nothing():
    logits = torch.randn(N, L, generator=torch.Generator().manual_seed(0), dtype=torch.float64).requires_grad_()
    bits = torch.full((N, L), -1.0)
    assert em(alpha=0.0)(logits, bits, torch.arange(N)).abs().sum() == 0


def test_what_is_not_known_becomes_unsure():
    """Each step of descent brings the probability of an unknown label nearer to one half."""
    logits = torch.tensor([[2.0, -1.0, 0.5]], dtype=torch.float64, requires_grad=True)
    losses = em(alpha=0.5)(logits, torch.full((1, L), -1.0), torch.tensor([0]))
    (gradient,) = torch.autograd.grad(losses.sum(), logits)
    assert torch.equal(gradient.sign(), logits.sign())
