"""Two views of each example, embedded for a loss that compares them, as SimCLR does (Chen et al., "A Simple Framework
for Contrastive Learning of Visual Representations", ICML 2020, arXiv:2002.05709).

    loss(g(h(v_1)), g(h(v_2))),    v_1 and v_2 two augmentations of an input, h the network's features, g the projection

The projection is a layer as wide as the features, ReLU, and a layer of `width`. It is trained, and left out where the
network is evaluated. Both views go through the network in one pass, so that BatchNorm sees them together. Penalties
look at the first view. With augment=none both views are the same, and there is little to learn.

Training sees no targets, and the head of the network is never trained. task=representation measures the features by
what a probe reads from them; with another task the metrics are of that head, which is chance.

Args:
    width: numbers of an embedding, at least 1; the paper's 128.
"""

from typing import Annotated, Any

from torch import Tensor

from runner.data.loader import Batch
from runner.objective.criterion import Criterion, Penalties
from runner.parts.methods.projection import two_layers
from runner.parts.methods.views import OfViews, first_of
from runner.parts.models import shapes


class TwoViews(OfViews):
    """network, loss, regularizer: as in ERM; input_shape: of one example. All given by the runner."""

    fits = ("any",)
    kinds: tuple[str, ...] = ("pair", "views")

    def __init__(
        self,
        network: Any,
        loss: Criterion,
        regularizer: Penalties,
        input_shape: tuple[int, ...],
        *,
        width: Annotated[int, "[1, 1000000]"],
    ):
        super().__init__(network, loss, regularizer)
        dim = shapes(network.body, input_shape)[-1][0]
        self.projection = two_layers(dim, dim, width)

    def forward(self, batch: Batch) -> Tensor:
        features = self.network.features(batch.x.flatten(0, 1))
        embeddings = self.projection(features).unflatten(0, (-1, 2))
        seen = first_of(batch)
        return self.penalised(self.loss(embeddings, seen), features.unflatten(0, (-1, 2)), seen)
