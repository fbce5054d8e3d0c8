"""A linear layer of few outputs is the linear layer, whichever way its products are computed."""

from copy import deepcopy

import pytest
import torch
from torch import nn
from torch.autograd import gradcheck, gradgradcheck
from torch.func import functional_call, stack_module_state

from runner.data.streams import generator
from runner.stack.narrow import FEW, widened


def numbers(*shape: int):
    return torch.randn(*shape, generator=generator("narrow", *shape), dtype=torch.float64)


def outputs(layers, x, *, narrow):
    """Of a stack of layers, as a stack computes them."""
    code = deepcopy(layers[0])
    if narrow:
        widened(code)
    stacked = stack_module_state(layers)[0]
    return torch.vmap(lambda own, x: functional_call(code, own, (x,)))(stacked, x), list(stacked.values())


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("shape", [(5,), (5, 2)], ids=["examples", "examples and places"])
@pytest.mark.parametrize("out", [1, 10, FEW])
def test_outputs_and_gradients_are_those_of_the_layer(out, shape, bias):
    layers, x = [nn.Linear(6, out, bias=bias).double() for _ in range(3)], numbers(3, *shape, 6).requires_grad_()
    (ours, own), (theirs, usual) = (outputs(layers, x, narrow=narrow) for narrow in (True, False))
    torch.testing.assert_close(ours, theirs, rtol=1e-12, atol=1e-12)
    slopes = numbers(*ours.shape)
    found, expected = (torch.autograd.grad(o, [x, *p], slopes) for o, p in ((ours, own), (theirs, usual)))
    for ours, theirs in zip(found, expected, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-12, atol=1e-12)


def test_its_derivatives_are_right_the_first_and_the_second_time():
    layer = nn.Linear(4, 3).double()
    widened(layer)
    x, w, b = (number.requires_grad_() for number in (numbers(5, 4), numbers(3, 4), numbers(3)))

    def output(x, w, b):
        return functional_call(layer, {"weight": w, "bias": b}, (x,)).exp()

    assert gradcheck(output, (x, w, b))
    assert gradgradcheck(output, (x, w, b))


def test_only_layers_of_few_outputs_are_changed():
    code = nn.Sequential(nn.Linear(4, FEW), nn.Linear(4, FEW - 1), nn.Bilinear(4, 4, 2))
    widened(code)
    assert ["forward" in vars(layer) for layer in code] == [False, True, False]
