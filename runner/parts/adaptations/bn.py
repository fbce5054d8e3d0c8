"""Statistics of the test batch in BatchNorm: nothing is trained.

    mean = N / (N + n) mean_training + n / (N + n) mean_batch,    the variance alike

with n examples in a batch. Schneider, Rusak, Eck, Bringmann, Brendel and Bethge, "Improving robustness against common
corruptions by covariate shift adaptation", NeurIPS 2020, arXiv:2006.16971; with N = 0 it is prediction-time batch
normalisation (Nado et al., 2020, arXiv:2006.10963). The paper's N are 0 to 1024, 16 for small batches (from memory,
unconfirmed).
"""

from typing import Annotated

from torch import Tensor

from runner.contracts.adaptation import Adaptable, Adaptation


class BatchStatistics(Adaptation):
    """Every BatchNorm takes the mean and the variance of the batch that it predicts.

    Args:
        batch_size: n.
        prior: N, how many examples the statistics of training count for. 0 for the batch alone; the larger, the nearer
            to the network as it was trained.
    """

    def __init__(self, *, batch_size: Annotated[int, "[2, 1000000]"], prior: Annotated[float, "[0, inf)"]):
        self.batch_size = batch_size
        self.prior = prior

    def adapt(self, network: Adaptable, x: Tensor) -> Tensor:
        """Logits (S, B, K)."""
        return network.predict(x)
