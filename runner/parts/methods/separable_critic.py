"""A separable critic of pairs, for mutual information (Song and Ermon, "Understanding the Limitations of Variational
Mutual Information Estimators", ICLR 2020, arXiv:1910.06222; Poole et al., ICML 2019).

    T_ij = g(x_i) . h(y_j)

x_i and y_j are halves of pairs i and j of a batch. g is the features of the network and a linear layer of `width`, h
those of a second one with weights of its own. B pairs take B evaluations of each, where a joint critic takes B^2. Each
network sees a whole input (2, ...) whose other half is zero, so that any model can be a critic. The first layer is then
initialised as one of both halves.

Penalties look at the features of g. An evaluation compares `block` pairs that follow each other, as many as a batch has
where nothing else is said: the estimate of InfoNCE is capped by that number.

Args:
    width: numbers of an embedding, at least 1. The released notebook's is 32, as far as is known.
    block: pairs that an evaluation compares, 2 to 65,536.
"""

from typing import Annotated, Any

from torch import Tensor

from runner.contracts.method import Method
from runner.data.loader import Batch
from runner.objective.criterion import Criterion, Penalties
from runner.parts.methods.critics import check_parts, halves, scores_of_blocks
from runner.parts.methods.towers import Towers


class SeparableCritic(Method):
    """network, another, loss, regularizer, input_shape: of Given. Raises ValueError where an input has no two parts."""

    fits = ("mutual_information",)
    kinds = ("scores",)

    def __init__(
        self,
        network: Any,
        another: Any,
        loss: Criterion,
        regularizer: Penalties,
        input_shape: tuple[int, ...],
        *,
        width: Annotated[int, "[1, 1000000]"],
        block: Annotated[int, "[2, 65536]"],
    ):
        check_parts(input_shape, 2)
        super().__init__()
        self.towers = Towers(network, another(1), input_shape, width)
        self.loss = loss
        self.regularizer = regularizer
        self.together = block

    def forward(self, batch: Batch) -> Tensor:
        features, one, other = self.towers(*halves(batch.x))
        scores = one @ other.mT
        return self.regularizer(self.loss(scores, batch), features, scores, batch)

    def predict(self, x: Tensor) -> Tensor:
        """Pairs (M, 2, ...) -> scores (M, block) of each first half with the second halves of its block."""
        _, one, other = self.towers(*halves(x))
        return scores_of_blocks(one, other, self.together)
