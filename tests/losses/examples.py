"""Random logits and labels in float64, and that two losses agree on them."""

import torch

from tests.zoo import make

B, K, D = 32, 7, 12
INDEX = torch.arange(B)


def examples(scale=3.0):
    g = torch.Generator().manual_seed(0)
    logits = scale * torch.randn(B, K, generator=g, dtype=torch.float64)
    return logits.requires_grad_(), (torch.arange(B) % K)[torch.randperm(B, generator=g)]


def agree(ours, theirs, by):
    """Losses (B,) and the gradient of their sum."""
    torch.testing.assert_close(ours, theirs, rtol=1e-10, atol=1e-10)
    (gradient,) = torch.autograd.grad(ours.sum(), by, retain_graph=True)
    torch.testing.assert_close(
        gradient, torch.autograd.grad(theirs.sum(), by, retain_graph=True)[0], rtol=1e-9, atol=1e-9
    )


def loss(name, **arguments):
    return make(name, num_train=B, num_classes=K, **arguments).double()
