"""What losses become at the ends of their dials: the zoo hangs together."""

import pytest
import torch

from tests.zoo import make

K, B = 5, 64
CE = {"_target_": "losses.ce.CE"}
LDR = {"margin": 0.1, "temperature": 2.0, "form": "paper"}
IDENTITY = torch.eye(K).tolist()
SAME = {"class_counts": torch.full((K,), 20.0)}
LIMITS = [  # a loss and its arguments, what it is then, and perhaps what the runner gives
    ("poly", {"epsilon": 0.0}, "ce", {}),
    ("poly_n", {"epsilons": []}, "ce", {}),
    ("poly_n", {"epsilons": [1.5]}, "poly", {"epsilon": 1.5}),
    ("focal", {"gamma": 0.0, "detach": False}, "ce", {}),
    ("label_smoothing", {"epsilon": 0.0}, "ce", {}),
    ("comp_sum", {"tau": 1.0}, "ce", {}),
    ("comp_sum", {"tau": 1.7}, "gce", {"q": 0.7}),
    ("comp_sum", {"tau": 2.0}, "mae", {"scale": 1.0}),
    ("gce", {"q": 1.0}, "mae", {"scale": 1.0}),
    ("sce", {"alpha": 1.0, "beta": 0.0}, "ce", {}),
    ("sce", {"alpha": 0.0, "beta": 1.0}, "rce", {}),
    ("mixce", {"eta": 1.0}, "ce", {}),
    ("nfl", {"gamma": 0.0}, "nce", {}),
    ("normalized", {"base": CE}, "nce", {}),
    ("nrce", {}, "nmae", {}),
    ("agce", {"a": 1.0, "q": 1.0}, "mae", {"scale": 1.0}),
    ("aul", {"a": 2.0, "q": 1.0}, "mae", {"scale": 1.0}),
    ("apl", {"alpha": 1.0, "beta": 0.0}, "nce", {}),
    ("apl", {"alpha": 0.0, "beta": 1.0}, "mae", {"scale": 1.0}),
    ("dco", {"n": 1}, "ce", {}),
    ("elr", {"beta": 0.5, "weight": 0.0}, "ce", {}),
    ("aldr_kl", {"alpha": 1e12, **LDR}, "ldr_kl", LDR),  # its temperatures stay where they start
    ("bootstrap_soft", {"beta": 1.0}, "ce", {}),
    ("bootstrap_hard", {"beta": 1.0}, "ce", {}),
    ("eps_softmax_ce", {"m": 0.0, "floor": 0.0}, "ce", {}),
    ("forward_correction", {"matrix": IDENTITY}, "ce", {}),
    ("backward_correction", {"matrix": IDENTITY}, "ce", {}),
    ("gjs", {"pi": 0.4, "scaled": True}, "js", {"pi": 0.4, "scaled": True}),
    ("logit_clip", {"base": CE, "tau": 1e6}, "ce", {}),
    ("ebv", {"temperature": 1.0}, "ce", {}),
    ("logit_adjustment", {"tau": 0.0}, "ce", {}),
    ("logit_adjustment", {"tau": 1.0}, "balanced_softmax", {}),
    ("vs", {"gamma": 0.0, "tau": 1.25}, "logit_adjustment", {"tau": 1.25}),
    ("vs", {"gamma": 0.0, "tau": 0.0}, "ce", {}),
    ("class_balanced", {"base": CE, "beta": 0.0}, "ce", {}),
    ("weighted", {"base": CE, "weight": None}, "ce", {}),
    ("ldam", {"max_margin": 0.0, "scale": 1.0, "drw_from": None}, "ce", {}),
]


def used_twice(name, arguments):
    """Values and gradients, in float64, of two uses, an epoch each: a loss with state has one by the second."""
    loss = make(name, num_train=B, num_classes=K, **arguments).double()
    g = torch.Generator().manual_seed(0)
    for epoch in (1, 2):
        if hasattr(loss, "begin"):
            loss.begin(epoch, 2)
        logits = (3 * torch.randn(B, K, generator=g, dtype=torch.float64)).requires_grad_()
        values = loss(logits, torch.randint(K, (B,), generator=g), torch.arange(B))
        yield values.detach(), torch.autograd.grad(values.sum(), logits)[0]


@pytest.mark.parametrize(("name", "arguments", "other", "others"), LIMITS, ids=lambda v: str(v)[:60])
def test_limit(name, arguments, other, others):
    for ours, theirs in zip(used_twice(name, arguments), used_twice(other, others), strict=True):
        torch.testing.assert_close(ours[0], theirs[0], rtol=1e-9, atol=1e-9)
        torch.testing.assert_close(ours[1], theirs[1], rtol=1e-9, atol=1e-9)


def test_balanced_classes_need_no_adjustment():
    """With classes of one size, the losses for imbalance are cross-entropy, up to their scale."""
    logits, labels = torch.randn(B, K, dtype=torch.float64), torch.arange(B) % K
    plain = make("ce", num_train=B, num_classes=K)(logits, labels, torch.arange(B))
    for name in ("balanced_softmax", "logit_adjustment", "vs", "class_balanced"):
        loss = make(name, num_train=B, num_classes=K, given=SAME).double()
        torch.testing.assert_close(loss(logits, labels, torch.arange(B)), plain, rtol=1e-9, atol=1e-9)


def test_truncated_gce_is_gce_until_it_prunes():
    truncated = used_twice("gce_truncated", {"q": 0.7, "k": 0.5, "start": 10, "every": 5})
    for ours, theirs in zip(truncated, used_twice("gce", {"q": 0.7}), strict=True):
        torch.testing.assert_close(ours[0], theirs[0], rtol=1e-9, atol=1e-9)
        torch.testing.assert_close(ours[1], theirs[1], rtol=1e-9, atol=1e-9)
