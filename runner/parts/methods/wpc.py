"""Wasserstein predictive coding (Ozair et al., "Wasserstein Dependency Measure for Representation Learning", NeurIPS
2019, arXiv:1903.11780): contrastive predictive coding by a critic whose slope is to be small, so that it cannot stop at
whatever tells most pairs apart.

    L = loss(f(v_i, w_j) of all i, j) + penalty mean_i (|df(v_i, u_i)| - 1)^2,    u_i = a_i w_i + (1 - a_i) w_p(i)
    f(v, w) = g(h(v)) . g(h(w)),  a_i uniform in [0, 1],  p the batch in another order

v_i and w_i are two augmentations of an input, h the network's features, g the projection of method=two_views. loss is
infonce, the paper's. u_i lies between the second input of a pair that belongs together and that of one that does not;
the derivative is with respect to both inputs. The weight of the penalty, whether slopes below 1 are punished too, and
where it is taken are unconfirmed, for there is no released code. One-sided, (|df| - 1)_+^2, is what makes f Lipschitz;
two-sided is WGAN-GP's (Gulrajani et al., NeurIPS 2017). For the penalty a network with BatchNorm has the means and
deviations that it is evaluated with.

It takes a step's second derivatives, and its slope is that of inputs as they are normalised.

Args:
    width: numbers of an embedding, at least 1.
    penalty: at least 0; WGAN-GP's 10. 0 is contrastive predictive coding of two views.
    sides: "two" or "one", of the slope 1.

>>> from torch import tensor
>>> slopes = tensor([0.5, 1.0, 3.0])
>>> too_steep(slopes, "two"), too_steep(slopes, "one")
(tensor([0.2500, 0.0000, 4.0000]), tensor([0., 0., 4.]))
"""

from typing import Annotated, Any, Literal

from torch import Tensor
from torch.func import grad

from runner.data.loader import Batch, Draw
from runner.objective.criterion import Criterion, Penalties
from runner.parts.methods.draws import permutation, uniform
from runner.parts.methods.two_views import TwoViews
from runner.parts.methods.views import first_of
from runner.parts.models.evaluating import evaluating

LEAST = 1e-12  # of a squared slope, whose root has none at 0
Sides = Literal["two", "one"]


class WPC(TwoViews):
    """network, loss, regularizer, input_shape: as in TwoViews; given by the runner."""

    fits = ("representation",)
    kinds = ("scores",)
    draws: dict[str, Draw]

    def __init__(
        self,
        network: Any,
        loss: Criterion,
        regularizer: Penalties,
        input_shape: tuple[int, ...],
        *,
        width: Annotated[int, "[1, 1000000]"],
        penalty: Annotated[float, "[0, inf)"],
        sides: Sides,
    ):
        super().__init__(network, loss, regularizer, input_shape, width=width)
        self.penalty, self.sides = penalty, sides
        self.draws = {"wpc_share": uniform, "wpc_places": permutation}

    def forward(self, batch: Batch) -> Tensor:
        features = self.network.features(batch.x.flatten(0, 1)).unflatten(0, (-1, 2))
        one, other = self.projection(features).unbind(1)
        seen = first_of(batch)
        losses = self.loss(one @ other.T, seen)
        if self.penalty:
            steep = too_steep(self._slopes(batch), self.sides).mean()
            losses = losses + self.penalty * steep
        return self.penalised(losses, features, seen)

    def _slopes(self, batch: Batch) -> Tensor:
        """(B,) of the critic, where the penalty looks."""
        (one, other), share = batch.x.unbind(1), batch.draws["wpc_share"]
        share = share.view(-1, *[1] * (one.dim() - 1))
        between = share * other + (1 - share) * other[batch.draws["wpc_places"]]
        with evaluating(self.network):
            slopes = grad(self._score, argnums=(0, 1))(one, between)
        return (sum(slope.flatten(1).square().sum(1) for slope in slopes) + LEAST).sqrt()

    def _score(self, one: Tensor, other: Tensor) -> Tensor:
        """() the sum of the pairs' scores, none of which knows of the others."""
        z, w = (self.projection(self.network.features(x)) for x in (one, other))
        return (z * w).sum()


def too_steep(slopes: Tensor, sides: Sides) -> Tensor:
    """How far from 1 slopes (B,) are, or how far above, squared: (B,)."""
    apart = slopes - 1
    return (apart if sides == "two" else apart.relu()).square()
