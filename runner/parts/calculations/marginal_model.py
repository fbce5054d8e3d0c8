"""A network that tells the probability of any part of a configuration at once, trained so that its marginals agree with
its conditionals (Liu, Ramadge and Adams, Generative Marginalization Models, ICML 2024; from memory, unconfirmed).

The truth is an Ising model on a square with free borders, whose couplings and fields are normal: a seed is an instance.
A configuration of L places is told only by its energy. A network of one hidden layer sees the places that are known,
and gives log q of these and, of each place, the log probability of either spin. Each step draws configurations place by
place from the conditionals, in an order drawn anew.

    mam: the Kullback-Leibler divergence of q to the truth by REINFORCE, with log q of whole configurations, and L times
        (log q(before) + log q(place | before) - log q(after))^2 at one place of each order, and that log q of nothing
        is L log 2. Rewards are standardised over the batch, as in the released code.
    arm: an any-order autoregressive model by Monte Carlo: log q of a configuration is L times the conditional at one
        place of its order, in the reward and in its gradient. This reading of the baseline is from memory, unconfirmed.
    full: the same, with the sum of all conditionals of the order.

All have one network and as many steps; beside the draws, a step of mam evaluates it four times, one of arm once, and
one of full L times. The truth and all marginals are exact, by enumeration. Marginals of arm and full are chains of
conditionals, places in their order.
"""

from collections.abc import Callable
from math import log
from typing import Annotated, Literal, NamedTuple

import numpy as np
import torch
from numpy.random import Generator
from torch import Tensor

from runner.parts.calculations._network import Network, descend, tensor

METRICS = {
    "marginal_error": ("lower", "[0, inf)", "nats"),  # |log q - log p| of a part, in the mean over parts and the truth
    "kl": ("lower", "[0, inf)", "nats"),  # of whole configurations, q to the truth
    "sum_error": ("lower", "[0, inf)", "nats"),  # |log of the sum of q over whole configurations|
}
Array = np.ndarray
Model = Callable[[Tensor], tuple[Tensor, Tensor]]  # known places (N, L) -> log q (N,), log conditionals (N, L, 2)


class Step(NamedTuple):
    """Drawn configurations, and a place of each where the model is looked at.

    Attributes:
        x: (B, L) of 1 and 2.
        rank: (B, L), when each place comes, from 0.
        position: (B,), how many places are known after the one that is looked at, 1 to L.
    """

    x: Tensor
    rank: Tensor
    position: Tensor

    def before(self) -> Tensor:
        """Known places (B, L); 0 is unknown."""
        return self.x * (self.rank < self.position[:, None] - 1)

    def after(self) -> Tensor:
        """One more known place (B, L)."""
        return self.x * (self.rank < self.position[:, None])

    def chosen(self, conditionals: Tensor) -> Tensor:
        """What conditionals (B, L, 2) say (B,) of the spin of the place that comes next."""
        here = (self.rank == self.position[:, None] - 1).double()
        return (conditionals.gather(2, (self.x - 1)[:, :, None])[:, :, 0] * here).sum(1)


def marginal_model(
    draws: Generator,
    *,
    objective: Literal["mam", "arm", "full"],
    side: Annotated[int, "[1, 3]"],
    coupling: Annotated[float, "[0, inf)"],
    width: Annotated[int, "[1, 10000]"],
    steps: Annotated[int, "[1, 1000000]"],
    batch_size: Annotated[int, "[2, 100000]"],
    lr: Annotated[float, "(0, 1]"],
) -> dict[str, float]:
    """How far all marginals of the trained model are from those of the truth."""
    instance, start, training = draws.spawn(3)
    energies, places = ising(instance, side, coupling), side**2
    network = Network(start, (2 * places, width, 1 + 2 * places), ["relu"])
    optimizer = torch.optim.Adam(network.parameters(), lr=lr)

    def model(known: Tensor) -> tuple[Tensor, Tensor]:
        seen = torch.stack([known > 0, (known == 2).double() - (known == 1).double()], 2).double().flatten(1)
        found = network(seen)
        return found[:, 0], found[:, 1:].unflatten(1, (places, 2)).log_softmax(2)

    loss = {"mam": marginalization, "arm": any_order, "full": all_conditionals}[objective]
    for _ in range(steps):
        step = drawn(training, model, places, batch_size)
        descend(optimizer, loss(model, step, energies[whole(step.x)]))
    with torch.no_grad():
        logs, conditionals = model(parts(places))
    found = logs - logs[0] if objective == "mam" else chained(parts(places), conditionals)
    return compared(found, marginals(energies, places))


def marginalization(model: Model, step: Step, energy: Tensor) -> Tensor:
    """The loss of mam, of drawn configurations and their energies (B,)."""
    return reinforce(model(step.x)[0], energy) + agreement(model, step)


def any_order(model: Model, step: Step, energy: Tensor) -> Tensor:
    """The loss of arm, of drawn configurations and their energies (B,)."""
    return reinforce(step.x.shape[1] * step.chosen(model(step.before())[1]), energy)


def all_conditionals(model: Model, step: Step, energy: Tensor) -> Tensor:
    """The loss of full, of drawn configurations and their energies (B,)."""
    logs = torch.zeros_like(energy)
    for position in range(1, step.x.shape[1] + 1):
        here = step._replace(position=torch.full_like(step.position, position))
        logs = logs + here.chosen(model(here.before())[1])
    return reinforce(logs, energy)


def reinforce(logs: Tensor, energy: Tensor) -> Tensor:
    """Its gradient is that of the divergence to exp(-energy), of draws with log q (B,), up to a factor."""
    reward = (logs + energy).detach()
    return ((reward - reward.mean()) / (reward.std() + 1e-12) * logs).mean()


def agreement(model: Model, step: Step) -> Tensor:
    """L times the mean square by which marginals and conditionals disagree, and the square of what nothing is off."""
    before, conditionals = model(step.before())
    places = step.x.shape[1]
    off = before + step.chosen(conditionals) - model(step.after())[0]
    nothing = model(torch.zeros_like(step.x[:1]))[0][0]
    return places * off.square().mean() + (nothing - places * log(2)).square()


def drawn(draws: Generator, model: Model, places: int, count: int) -> Step:
    """Configurations from the conditionals, each in an order of its own, and a position of each."""
    order = tensor(draws.permuted(np.tile(np.arange(places), (count, 1)), axis=1))
    uniform, rows = tensor(draws.uniform(size=(count, places))), torch.arange(count)
    x = torch.zeros(count, places, dtype=torch.int64)
    with torch.no_grad():
        for k in range(places):
            now = order[:, k]
            x[rows, now] = 1 + (uniform[:, k] > model(x)[1][rows, now, 0].exp()).long()
    return Step(x, order.argsort(1), tensor(draws.integers(1, places + 1, size=count)))


def ising(draws: Generator, side: int, coupling: float) -> Tensor:
    """Energies (2^L,) of all configurations, as `whole` counts them: - sum J s s' - sum h s, with normal J and h."""
    spins = (2 * (parts(side**2) - 1) - 1).reshape(-1, side, side)[(parts(side**2) > 0).all(1)].double()
    across, down = (tensor(draws.normal(0, coupling, shape)) for shape in ((side, side - 1), (side - 1, side)))
    field = tensor(draws.normal(0, coupling, (side, side)))
    energy = (spins[:, :, 1:] * spins[:, :, :-1] * across).sum((1, 2)) + (spins * field).sum((1, 2))
    return -energy - (spins[:, 1:] * spins[:, :-1] * down).sum((1, 2))


def whole(x: Tensor) -> Tensor:
    """The number (N,) of whole configurations (N, L), the last place counting fastest."""
    return (x - 1) @ 2 ** torch.arange(x.shape[1] - 1, -1, -1)


def parts(places: int) -> Tensor:
    """All configurations (3^L, L) of which some places are unknown, 0; nothing known is the first."""
    return torch.arange(3**places)[:, None] // 3 ** torch.arange(places - 1, -1, -1) % 3


def marginals(energies: Tensor, places: int) -> Tensor:
    """log p (3^L,) of all parts, from the energies (2^L,) of whole configurations."""
    table = (-energies).softmax(0).reshape([2] * places)
    for axis in range(places):
        table = torch.cat([table.sum(axis, keepdim=True), table], axis)
    return table.flatten().log()


def chained(known: Tensor, conditionals: Tensor) -> Tensor:
    """log q (3^L,) of all parts (3^L, L), of which the last place is given the others, (3^L, L, 2), and so on."""
    places = known.shape[1]
    last = torch.where(known > 0, torch.arange(places), -1).amax(1).clamp(min=0)
    spin = known.gather(1, last[:, None])[:, 0]
    earlier = torch.arange(len(known)) - spin * 3 ** (places - 1 - last)
    step = conditionals[earlier, last, (spin - 1).clamp(min=0)]
    found, counts = torch.zeros(len(known), dtype=torch.float64), (known > 0).sum(1)
    for count in range(1, places + 1):
        now = counts == count
        found[now] = found[earlier[now]] + step[now]
    return found


def compared(found: Tensor, true: Tensor) -> dict[str, float]:
    """All of METRICS, of log q and log p (3^L,) of all parts."""
    places = round(log(len(true), 3))
    full = (parts(places) > 0).all(1)
    normalized = found[full].log_softmax(0)
    return {
        "marginal_error": float((true.exp() * (found - true).abs()).sum() / 2**places),
        "kl": max(0.0, float((normalized.exp() * (normalized - true[full])).sum())),
        "sum_error": abs(float(found[full].logsumexp(0))),
    }
