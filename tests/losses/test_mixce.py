"""MixCE: the released loss of sequences, where it comes to rest, and which other losses have its gradient."""

import json

import pytest
import torch

from tests.zoo import ROOT, make

VALUES = ROOT / "tests" / "values" / "language"
SEQUENCES = json.loads((VALUES / "mixce.json").read_text())
AT_REST = json.loads((VALUES / "mixce_fixed_point.json").read_text())


def double(numbers):
    return torch.tensor(numbers, dtype=torch.float64)


def mixce(**arguments):
    return make("mixce", num_train=1, num_classes=5, **arguments)


def gradient(loss, law, p):
    """(K,) of the expected loss of labels with this law, by logits whose softmax is p."""
    z = p.log().requires_grad_()
    labels = torch.arange(len(law))
    return torch.autograd.grad((law * loss(z.expand(len(law), -1), labels, labels)).sum(), z)[0]


@pytest.mark.parametrize("case", SEQUENCES, ids=lambda case: case["hyper"]["eta"])
def test_the_sum_over_tokens_is_the_released_loss_of_sequences(case):
    """Tokens after the one that ends a sequence do not count."""
    end, table = case["hyper"]["eos"], double(case["inputs"]["bigram_logits"]).requires_grad_()
    total, sequences = double(0.0), torch.tensor(case["inputs"]["sequences"])
    for sequence in sequences:
        last = int((sequence == end).nonzero()[0])
        before, token = sequence[:last], sequence[1 : last + 1]
        total = total + mixce(eta=case["hyper"]["eta"])(table[before], token, token).sum()
    loss = total / len(sequences)
    assert loss.item() == pytest.approx(case["output"]["loss"], rel=1e-12)
    found = torch.autograd.grad(loss, table)[0]
    torch.testing.assert_close(found, double(case["output"]["gradient"]), rtol=1e-10, atol=1e-14)


@pytest.mark.parametrize("case", AT_REST, ids=lambda case: f"{case['hyper']['eta']}-{case['inputs']['p'][0]:.2f}")
def test_the_expected_gradient_is_zero_at_a_sharper_law(case):
    eta, law, z = case["hyper"]["eta"], double(case["inputs"]["p"]), case["output"]["Z"]
    q = double(case["output"]["q"])
    torch.testing.assert_close(q, eta * law / (z - (1 - eta) * law), rtol=1e-10, atol=0)
    torch.testing.assert_close(gradient(mixce(eta=eta), law, q), 0 * q, rtol=0, atol=1e-12)
    assert q.max() > law[q.argmax()]
    assert gradient(mixce(eta=eta), law, law).abs().max() > 1e-4


@pytest.mark.parametrize(
    "eta",
    [
        1.0,
        pytest.param(
            0.5,
            marks=pytest.mark.xfail(reason="at rest at eta t / (Z - (1 - eta) t), a sharper law than t", strict=True),
        ),
    ],
)
def test_the_expected_gradient_is_zero_at_the_truth(eta):
    law = double([0.5, 0.2, 0.2, 0.1])
    torch.testing.assert_close(gradient(mixce(eta=eta), law, law), 0 * law, rtol=0, atol=1e-12)


def test_the_expected_gradient_is_zero_at_a_uniform_truth():
    law = double([0.25] * 4)
    torch.testing.assert_close(gradient(mixce(eta=0.1), law, law), 0 * law, rtol=0, atol=1e-12)


@pytest.mark.parametrize("eta", [0.0, 0.3, 0.9])
def test_its_gradient_is_that_of_symmetric_cross_entropy(eta):
    g = torch.Generator().manual_seed(0)
    z = torch.randn(6, 4, generator=g, dtype=torch.float64).requires_grad_()
    labels = torch.tensor([0, 1, 2, 3, 0, 1])
    sce = make("sce", num_train=1, num_classes=4, alpha=eta, beta=(1 - eta) / 4, log_floor=-4.0)
    first, second = (torch.autograd.grad(loss(z, labels, labels).sum(), z)[0] for loss in (mixce(eta=eta), sce))
    torch.testing.assert_close(first, second)
