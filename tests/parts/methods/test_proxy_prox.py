"""Few clean examples and many noisy ones."""

import pytest
import torch
from torch import nn

from runner.contracts.model import Model
from runner.data.loader import Batch
from runner.objective.criterion import Criterion, Penalties
from runner.objective.objective import Objective
from runner.parts.methods.proxy_prox import ProxyProx
from runner.parts.risks.mean import Mean
from runner.stack.stack import Stack
from tests.objectives import first, values
from tests.parts.optimizers.logistic import VALUES
from tests.zoo import make

CASE = VALUES["proxy_prox_logit"]


class Two(Model):
    """Two logits without a bias, of which the second is above the first by x'w."""

    def __init__(self, w):
        super().__init__()
        self.body = nn.Sequential(nn.Identity())
        self.head = nn.Linear(len(w), 2, bias=False, dtype=torch.float64)
        self.head.weight.data = torch.stack([-w / 2, w / 2])


def problem(weight=1.0, eta=1.0):
    """The stored problem, and its batch: each example ten times as often as the proxy weighs it."""
    told = CASE["inputs"]
    x, y = torch.tensor(told["X"], dtype=torch.float64), torch.tensor(told["y"]).long()
    often = torch.tensor([round(10 * a) for a in told["a"]])
    method = ProxyProx(
        Two(torch.tensor(told["w0"], dtype=torch.float64)),
        Criterion(make("ce", num_train=8, num_classes=2)),
        Penalties({}),
        lambda: (x, y),
        weight=weight,
        eta=eta,
    )
    seen = [t.repeat_interleave(often, 0)[None] for t in (x, y)]
    return Stack([Objective(method, Mean(), 1)]), Batch(*seen, torch.zeros(1, int(often.sum()), dtype=torch.int64), {})


def followed(stack, batch, lr, inner, outer):
    """The difference of the two rows of weights after each epoch."""
    found = []
    for epoch in range(1, outer + 1):
        stack.begin(epoch)
        for _ in range(inner):
            stack.backward(batch)
            for p in stack.parameters():
                p.data.sub_(lr * p.grad)
        (weights,) = stack.parameters()
        found.append((weights[1] - weights[0]).detach().clone())
    return torch.stack(found)


def test_iterates():
    """Of one row where we have two, each of which moves half as far: twice the rate, and twice eta."""
    told = CASE["inputs"]
    stack, batch = problem(eta=told["eta"] / 2)
    found = followed(stack, batch, told["inner_lr"] / 2, told["K"], told["steps"])
    torch.testing.assert_close(found, torch.tensor(CASE["expected"]["w"], dtype=torch.float64), rtol=0, atol=1e-12)


def test_without_the_proxy_an_epoch_is_a_step_on_the_clean_examples():
    """Of the size eta, once it has enough steps."""
    stack, batch = problem(weight=0.0, eta=0.5)
    (start,) = (p.detach().clone() for p in stack.parameters())
    stack.begin(1)
    method = stack.only.method
    (slope,) = torch.autograd.grad(
        nn.functional.cross_entropy(method.predict(method.held_x), method.held_labels), list(stack.parameters())
    )
    followed(stack, batch, 0.1, 200, 1)
    torch.testing.assert_close(next(stack.parameters()).detach(), start - 0.5 * slope, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("loss", ["ce", "elr"])
def test_an_epochs_first_step_is_along_the_clean_gradient(loss):
    """Whatever the batch; and the value is the batch's own."""
    said = ["method=proxy_prox", f"loss={loss}", "noise=0.3", "val_fraction=0.2", "val_labels=true", "model.norm=batch"]
    objective, batch = first(*said)
    losses, gradients = values(objective, batch)
    method = objective.method
    clean = nn.functional.cross_entropy(method.predict(method.held_x), method.held_labels)
    slopes = torch.autograd.grad(clean, list(objective.parameters()))
    for slope, found in zip(slopes, gradients.values(), strict=True):
        torch.testing.assert_close(found, slope, rtol=1e-9, atol=1e-9)
    plain, same_batch = first(*["method=erm", *said[1:]])
    torch.testing.assert_close(losses, values(plain, same_batch)[0], rtol=1e-9, atol=1e-9)
