"""What an optimizer asks for within a step, and what is counted."""

import pytest
import torch

from runner.data.loader import Batch
from runner.stack.stack import Stack, gradient_norms
from runner.training.oracle import Oracle
from tests.flow import everything, loading
from tests.stack.test_stack import BATCH, K, objective, split


@pytest.fixture(params=[[0], [0, 1, 2]], ids=["one", "three"])
def seeds(request):
    return request.param


@pytest.fixture(params=["elr"])
def oracle(seeds, request):
    """On the first two batches. ELR and BatchNorm keep something of each."""
    stack = Stack([objective(seed, request.param, "batch") for seed in seeds])
    data = split()
    batches = iter(loading(data, everything(data, len(seeds)), seeds, BATCH))
    stack.begin(1)
    found = Oracle(stack)
    found.begin([next(batches), next(batches)])
    return found


def buffers(oracle):
    return [buffer.clone() for buffer in oracle.stack.buffers()]


def same(a, b):
    return all(torch.equal(x, y) for x, y in zip(a, b, strict=True))


def test_what_the_objective_keeps_moves_with_the_first_gradient_of_a_batch_alone(oracle):
    start = buffers(oracle)
    oracle(0)
    after = buffers(oracle)
    assert not same(start, after)
    oracle(0)
    oracle.value(0)
    oracle.products({p: torch.ones_like(p) for p in oracle.stack.parameters()}, 0)
    oracle.slopes(oracle.outputs(0), 0)
    oracle.pull(lambda found: found.sum((1, 2)), 0)
    assert same(after, buffers(oracle))
    oracle(1)
    assert not same(after, buffers(oracle))


def test_it_moves_again_with_the_next_step(oracle):
    oracle(0)
    after = buffers(oracle)
    oracle.begin(oracle._batches)
    oracle(0)
    assert not same(after, buffers(oracle))


def test_it_counts(oracle):
    oracle()
    oracle(1)
    oracle.value()
    oracle.products({p: torch.ones_like(p) for p in oracle.stack.parameters()})
    assert (oracle.gradients, oracle.forwards, len(oracle)) == (4, 1, 2)


def test_one_that_goes_on_has_the_counts_and_the_first_norm(oracle):
    oracle()
    oracle.value()
    again = Oracle(oracle.stack)
    again.restore(oracle.state())
    assert again.counts == {"gradients": 1, "forwards": 1}
    assert torch.equal(again.initial_norm, oracle.initial_norm)


@pytest.mark.parametrize("oracle", ["poly"], indirect=True)  # ELR's targets are constants to a gradient
def test_a_product_is_the_slope_of_the_gradient(oracle):
    parameters = list(oracle.stack.parameters())
    vectors = [torch.randn(p.shape, generator=torch.Generator().manual_seed(1), dtype=p.dtype) for p in parameters]
    oracle()
    found, ends = oracle.products(dict(zip(parameters, vectors, strict=True))), []
    for side in (1, -1):
        with torch.no_grad():
            for p, v in zip(parameters, vectors, strict=True):
                p.add_(v, alpha=side * 1e-6 if side == 1 else side * 2e-6)
        oracle()
        ends.append([p.grad.clone() for p in parameters])
    for product, above, below in zip(found.values(), *ends, strict=True):
        torch.testing.assert_close(product, (above - below) / 2e-6, rtol=1e-4, atol=1e-6)


def test_a_product_is_of_the_parameters_that_are_named(oracle):
    """In whatever order: of the others the vector has 0."""
    parameters = list(oracle.stack.parameters())
    oracle()
    named = {p: torch.ones_like(p) for p in parameters[2:0:-1]}
    whole = oracle.products({p: named.get(p, torch.zeros_like(p)) for p in parameters})
    found = oracle.products(named)
    assert list(found) == list(named)
    assert all(torch.equal(found[p], whole[p]) for p in named)


@pytest.mark.parametrize("oracle", ["poly"], indirect=True)
def test_the_gradient_goes_through_the_outputs(oracle):
    """Of a function that is linear in them, with the objective's own slopes, it is the objective's."""
    oracle()
    theirs = [p.grad.clone() for p in oracle.stack.parameters()]
    outputs = oracle.outputs()
    slopes = oracle.slopes(outputs)
    assert outputs.shape == slopes.shape == (oracle.stack.size, BATCH, K)
    value = oracle.pull(lambda found: (slopes * found).sum((1, 2)))
    torch.testing.assert_close(value, (slopes * outputs).sum((1, 2)))
    for p, slope in zip(oracle.stack.parameters(), theirs, strict=True):
        torch.testing.assert_close(p.grad, slope, rtol=1e-5, atol=1e-7)
    assert (oracle.gradients, oracle.forwards) == (2, 1)


def test_every_gradient_is_clipped_and_the_first_norm_is_not(oracle):
    oracle.limit = 1e-3
    oracle()
    assert (oracle.initial_norm > 1e-3).all()
    assert (gradient_norms(oracle.stack) < 1.001e-3).all()
    oracle.pull(lambda found: found.sum((1, 2)))
    assert (gradient_norms(oracle.stack) < 1.001e-3).all()
    oracle(1)
    assert (gradient_norms(oracle.stack) < 1.001e-3).all()


def test_it_is_a_batch_that_is_asked_for(oracle):
    """The same objective in both places, once both were seen."""
    first = oracle._batches[0]
    assert isinstance(first, Batch)
    oracle.begin([first, first])
    oracle(0)
    ours = [p.grad.clone() for p in oracle.stack.parameters()]
    oracle(0)
    assert same(ours, [p.grad for p in oracle.stack.parameters()]) is False  # ELR's targets and statistics have moved
    theirs = [p.grad.clone() for p in oracle.stack.parameters()]
    oracle(0)
    assert same(theirs, [p.grad for p in oracle.stack.parameters()])
