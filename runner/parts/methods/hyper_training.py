"""Hyper-training (Lorraine and Duvenaud, "Stochastic Hyperparameter Optimization through Hypernetworks", 2018,
arXiv:1802.09419): one number, how strongly weights are penalised, is tuned while the network trains.

    w(l) = offset + l * slope              the weights are a function of l; trained are offset and slope
    offset, slope go down                  mean loss at w(l') + exp(l') * norm of w(l'),    l' ~ N(l, sigma^2)
    l goes down, by Adam,                  mean cross-entropy of the validation examples at w(l)

w approximates, near l, the weights that are best for l. Its two numbers of each weight go down by the optimizer. Then l
makes its step, at the new weights.

Args:
    start: l before the first step. The released code's -3.5.
    hyper_lr: Adam's learning rate of l, at least 0; the released code's 0.01, the paper's 1e-4. 0: l stays.
    sigma: at least 0. The released code's 0, with which slope is learned from the moves of l alone; the paper's
        variance is 1e-5.
    init: standard deviation of slope before the first step, at least 0. The released code's 0.01.
    squared: true: the squared Euclidean norm of all parameters, the L2 weight decay of the paper's text. false: the
        norm itself, as the released code has it.

Source: the released code (lorraine2/hypernet-hypertraining, code/hypernets_local_small.py), which is for a linear model
and squared errors; its objective is a Gaussian likelihood with a deviation of 0.1, whose l is of another scale. It
draws offset as it draws slope; here w(start) is the network's own initial weights. One l' is drawn a step, where the
paper draws two. Beyond linear models and small perceptrons the paper factorises the hypernetwork, or has several
numbers to tune; here there is one, and what is trained is twice the network.

Each step sees all validation examples in evaluation mode, a gradient that the runner does not count. l makes the step
that follows the last one of the optimizer no more. Needs val_fraction above 0. What is measured on validation examples
is of examples that were tuned on. optimizer.weight_decay=0: it would decay offset and slope. The network is to have
weights that are trained themselves.

Limit: with sigma = init = hyper_lr = 0 and start = 0 it is plain training with regularizer=l2, whose weight is
exp(0) = 1, or with the norm in its place.

>>> from torch import tensor
>>> penalty([tensor([3.0, 0.0]), tensor([[4.0]])], squared=False).item()
5.0
>>> penalty([tensor([3.0, 0.0]), tensor([[4.0]])], squared=True).item()
25.0
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Annotated

import torch
from torch import Tensor, nn
from torch.func import grad
from torch.nn.functional import cross_entropy
from torch.nn.utils.parametrize import ParametrizationList, is_parametrized, register_parametrization

from runner.contracts.method import Method
from runner.data.loader import Batch, Draw
from runner.objective.criterion import Criterion, Penalties
from runner.parts.methods.erm import ERM
from runner.parts.methods.own_adam import OwnAdam
from runner.parts.models.evaluating import evaluating


class HyperTraining(Method):
    """Args: as in ERM and in the module's docstring.

    Attributes:
        hyper: () l.

    Raises:
        ValueError: there are no validation examples, or the network has weights that are a function of others already.
    """

    held_x: Tensor
    held_labels: Tensor
    hyper: Tensor
    steps: Tensor

    def __init__(
        self,
        network: nn.Module,
        loss: Criterion,
        regularizer: Penalties,
        held_out: Callable[[], tuple[Tensor, Tensor]],
        *,
        start: float,
        hyper_lr: Annotated[float, "[0, inf)"],
        sigma: Annotated[float, "[0, inf)"],
        init: Annotated[float, "[0, inf)"],
        squared: bool,
    ):
        super().__init__()
        if any(map(is_parametrized, network.modules())):
            raise ValueError("needs a network the weights of which are trained themselves")
        respond(network, start, init)
        self.erm = ERM(network, loss, regularizer)
        self.sigma, self.squared = sigma, squared
        self.draws: dict[str, Draw] = (
            {"hyper_training_noise": lambda g, b: torch.randn((), generator=g)} if sigma else {}
        )
        for name, value in zip(("held_x", "held_labels"), held_out(), strict=True):
            self.register_buffer(name, value)
        self.register_buffer("hyper", torch.tensor(start))
        self.register_buffer("steps", torch.zeros(()))
        self.adam = OwnAdam(hyper_lr, ())

    def forward(self, batch: Batch) -> Tensor:
        moved = self.adam.step(self.hyper, self.hypergradient(), self.steps > 0)  # first the weights make a step
        self.hyper.copy_(moved)
        self.steps.add_(1)
        for response in self.responses:
            response.hyper.copy_(moved)
        drawn = moved + self.sigma * batch.draws["hyper_training_noise"] if self.sigma else moved
        with self.at(drawn):
            return self.erm(batch) + drawn.exp() * penalty(self.weights(), squared=self.squared)

    @property
    def responses(self) -> list["Response"]:
        return [module for module in self.erm.network.modules() if isinstance(module, Response)]

    def weights(self) -> list[Tensor]:
        """All parameters of the network, as they are for l."""
        return [module() for module in self.erm.network.modules() if isinstance(module, ParametrizationList)]

    def hypergradient(self) -> Tensor:
        """The derivative () of the validation loss by l, at the weights as they are."""

        def wanted(hyper: Tensor) -> Tensor:
            with self.at(hyper):
                return cross_entropy(self.erm.predict(self.held_x), self.held_labels)

        with torch.no_grad(), evaluating(self.erm.network):  # grad goes its own way in there
            found: Tensor = grad(wanted)(self.hyper.clone())
        return found

    @contextmanager
    def at(self, hyper: Tensor) -> Iterator[None]:
        """For a while weights are those for this l."""
        before = [response.hyper for response in self.responses]
        for response in self.responses:
            response.hyper = hyper
        try:
            yield
        finally:
            for response, kept in zip(self.responses, before, strict=True):
                response.hyper = kept

    def predict(self, x: Tensor) -> Tensor:
        return self.erm.predict(x)


class Response(nn.Module):
    """What a parameter is for l: offset, of any shape -> offset + l * slope, in its shape.

    Attributes:
        hyper: () l.
    """

    hyper: Tensor

    def __init__(self, like: Tensor, start: float, init: float):
        super().__init__()
        self.register_buffer("hyper", torch.tensor(start))
        self.slope = nn.Parameter(init * torch.randn(like.shape))

    def forward(self, offset: Tensor) -> Tensor:
        return offset + self.hyper * self.slope

    def right_inverse(self, weights: Tensor) -> Tensor:
        return weights - self.hyper * self.slope.detach()


def respond(network: nn.Module, start: float, init: float) -> None:
    """From now on each parameter of the network is a function of l, and for l = start what it was."""
    found = [(module, name) for module in network.modules() for name, _ in module.named_parameters(recurse=False)]
    for module, name in found:
        how = Response(getattr(module, name), start, init)
        register_parametrization(module, name, how, unsafe=True)  # not called to look at what it gives


def penalty(weights: Iterable[Tensor], *, squared: bool) -> Tensor:
    """The Euclidean norm () of all of them together, or its square."""
    norms = torch.stack([each.norm() for each in weights])
    return norms.square().sum() if squared else norms.norm()
