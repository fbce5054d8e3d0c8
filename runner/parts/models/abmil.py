"""A network for bags: attention over their instances."""

from typing import Annotated

from torch import Tensor, nn

from runner.contracts.model import Model
from runner.parts.models.heads import Head, make_head
from runner.parts.models.layers import Activation
from runner.parts.models.mlp import MLP


class ABMIL(Model):
    """Ilse, Tomczak and Welling, "Attention-based Deep Multiple Instance Learning", ICML 2018: the features of a bag
    are a weighted mean of those of its n instances, gated attention being the weights.

        h_i = embedding of instance i,    s_i = w (tanh(V h_i) * sigmoid(U h_i)),    a = softmax(s) over the bag
        features = sum over i of a_i h_i

    Source: GatedAttention of the released code (AMLab-Amsterdam/AttentionDeepMIL, model.py), with several heads (its
    branches) side by side. Two things differ: it embeds instances by a LeNet of 500 features, this by a multilayer
    perceptron; and its w has a bias, which softmax does not see. With w = 0 the features are the mean of the bag.

    Args:
        input_shape: (n, C, H, W) or (n, D) of one bag, given by the runner.
        num_outputs: H, given by the runner.
        width: units a hidden layer of the embedding.
        depth: its hidden layers.
        hidden: rows of V and U; the code's 128.
        heads: rows of w; the code's 1. Features are (B, heads * width).
        activation: of the embedding, see runner/parts/models/layers.py.
        head: the last layer, see runner/parts/models/heads.py.
    Raises:
        ValueError: the inputs are no bags.
    """

    def __init__(
        self,
        input_shape: tuple[int, ...],
        num_outputs: int,
        *,
        width: Annotated[int, "[1, 1000000]"],
        depth: Annotated[int, "[1, 1000]"],
        hidden: Annotated[int, "[1, 1000000]"],
        heads: Annotated[int, "[1, inf)"],
        activation: Activation,
        head: Head,
    ):
        super().__init__()
        if len(input_shape) not in (2, 4):
            raise ValueError(
                f"needs bags of images, shape (n, C, H, W), or of vectors, (n, D), such as dataset=digit_bags; not "
                f"inputs of shape {input_shape}"
            )
        instance = input_shape[1:]
        plain = MLP(instance, num_outputs, width=width, depth=depth, norm="none", activation=activation, head=head)
        self.instances, self.pool = Instances(plain.body), AttentionPool(width, hidden, heads)
        self.body = nn.Sequential(self.instances, self.pool)
        self.head = make_head(head, heads * width, num_outputs)


class Instances(nn.Module):
    """Bags (B, n, ...) -> the features (B, n, D) that a network has of each instance."""

    def __init__(self, network: nn.Module):
        super().__init__()
        self.network = network

    def forward(self, x: Tensor) -> Tensor:
        features: Tensor = self.network(x.flatten(0, 1))
        return features.unflatten(0, x.shape[:2])


class AttentionPool(nn.Module):
    """Instances (B, n, D) -> bags (B, heads * D)."""

    def __init__(self, dim: int, hidden: int, heads: int):
        super().__init__()
        self.v, self.u, self.w = nn.Linear(dim, hidden), nn.Linear(dim, hidden), nn.Linear(hidden, heads, bias=False)

    def scores(self, h: Tensor) -> Tensor:
        """Instances (B, n, D) -> what attention is the softmax of, (B, heads, n)."""
        scores: Tensor = self.w(self.v(h).tanh() * self.u(h).sigmoid())
        return scores.mT

    def forward(self, h: Tensor) -> Tensor:
        return (self.scores(h).softmax(-1) @ h).flatten(1)
