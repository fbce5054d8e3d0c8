"""AdaMixUp (Guo, Mao and Zhang, "MixUp as Locally Linear Out-Of-Manifold Regularization", AAAI 2019, arXiv:1809.02499).

    (a, d, rest) = softmax(gate(policy((m x_i + m' x_j) / 2)))        m, m' normal, cut off at 2, one a number of x
    lam = a + u d,    u ~ U(0, 1),    x~ = lam x_i + (1 - lam) x_j
    L = 1/2 [loss(f(x_i), y_i) + lam loss(f(x~), y_i) + (1 - lam) loss(f(x~), y_j)]
        - intrusion * 1/2 [log sigmoid(D(x_i)) + log sigmoid(-D(x~))]

A policy network learns from which interval to draw the share of each pair, so that mixed inputs do not fall among real
examples of another label. D tells real inputs from mixed ones by the features of the classifier. All are trained
together on L and no gradient is stopped: mixed inputs move to where they are not taken for real.

Args:
    intrusion: at least 0, the weight of D's loss; the released code's 1.
    policy: a network of the classifier's kind. Its features are used, and its head is not trained.

Of the released code: the policy's input, the interval, the sum of both losses, and layers that begin near 0, so that
lam begins in [1/3, 2/3]. Decided here: the code mixes the first half of a batch and has the second half for D alone,
twice as many real inputs as mixed ones; here every example is mixed and is real as well, one to one, and the classifier
sees the whole batch. The gate and D are one linear map each: two in a row, as in the code, express no more. One pass
over examples and mixed inputs together serves the classifier and D; the code makes two, of other statistics under
BatchNorm.

Limit: where the gate always says a = 1, mixed inputs are the examples, and intrusion = 0 is ERM.
"""

from typing import Annotated, Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from runner.contracts.method import Method
from runner.data.loader import Batch, Draw
from runner.objective.criterion import Criterion, Penalties
from runner.parts.methods.draws import permutation, uniform
from runner.parts.methods.erm import ERM
from runner.parts.methods.mixing import blend
from runner.parts.methods.soft import mixed
from runner.parts.models import shapes


class AdaMixup(Method):
    """The loss at the examples and between them, where a policy says.

    Args:
        network, loss, regularizer: as in ERM; given by the runner. Penalties are those of the examples.
        input_shape: of one example; given by the runner.
        intrusion: the weight of telling real inputs from mixed ones.
        policy: the network that proposes how to mix.
    """

    policy: Any

    def __init__(
        self,
        network: nn.Module,
        loss: Criterion,
        regularizer: Penalties,
        input_shape: tuple[int, ...],
        *,
        intrusion: Annotated[float, "[0, inf)"],
        policy: Annotated[nn.Module, "model"],
    ):
        super().__init__()
        self.erm = ERM(network, loss, regularizer)
        self.policy = policy
        self.gate = _near_zero(_width(policy, input_shape), 3)
        self.discriminator = _near_zero(_width(network, input_shape), 1)
        self.intrusion = intrusion
        self.draws = {
            "adamixup_places": permutation,
            "adamixup_one": _truncated(input_shape),
            "adamixup_other": _truncated(input_shape),
            "adamixup_within": uniform,
        }

    def forward(self, batch: Batch) -> Tensor:
        places = batch.draws["adamixup_places"]
        network, loss, other = self.erm.network, self.erm.loss, batch.at(places)
        share = self.share(batch, other)
        features, between = network.features(torch.cat([batch.x, blend(batch.x, places, share)])).chunk(2)
        logits = network.head(features)
        losses = (loss(logits, batch) + mixed(loss, network.head(between), share, batch, other)) / 2
        real, unreal = self.discriminator(features)[:, 0], self.discriminator(between)[:, 0]
        losses = losses - self.intrusion * (F.logsigmoid(real) + F.logsigmoid(-unreal)) / 2
        return self.erm.regularizer(losses, features, logits, batch)

    def share(self, batch: Batch, other: Batch) -> Tensor:
        """(B,) how much of each mixed input is the first example."""
        draws = batch.draws
        seen = (draws["adamixup_one"] * batch.x + draws["adamixup_other"] * other.x) / 2
        low, width, _ = self.gate(self.policy.features(seen)).softmax(-1).unbind(-1)
        return low + draws["adamixup_within"] * width

    def predict(self, x: Tensor) -> Tensor:
        return self.erm.predict(x)


def _width(network: Any, input_shape: tuple[int, ...]) -> int:
    return shapes(network.body, input_shape)[-1][0]


def _near_zero(fan_in: int, fan_out: int) -> nn.Linear:
    layer = nn.Linear(fan_in, fan_out)
    nn.init.normal_(layer.weight, std=1e-3)
    nn.init.zeros_(layer.bias)
    return layer


def _truncated(shape: tuple[int, ...]) -> Draw:
    return lambda g, b: nn.init.trunc_normal_(torch.empty(b, *shape), generator=g)  # by default cut off at 2
