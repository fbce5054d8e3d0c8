"""Squared error of what a method asks to be recovered: noise, or a point.

    L = mean over D of (f - t)^2
    I = mean_i V_ii

f and t are a prediction and what it is to recover: the noise of noisy inputs (`minde`, `soi`, `diffusion`), or what the
same point gives with less noise (`consistency`).
Its minimiser is the conditional mean; of noise this is, but for a factor, the score of the noisy inputs (Vincent, "A
Connection Between Score Matching and Denoising Autoencoders", Neural Computation 2011). I is the estimate where
information is asked for, in nats: the mean of what the method itself found of each pair, V_ii.

>>> from torch import tensor, zeros
>>> loss, index = Reconstruction(), tensor([0])
>>> loss(tensor([[1.0, 2.0]]), tensor([[4.0, 2.0]]), index)    # (3^2 + 0^2) / 2
tensor([4.5000])
>>> loss(zeros(1, 2), zeros(1, 2), index)                      # nothing is left to recover
tensor([0.])
>>> loss.decode(tensor([[1.0, 0.0], [0.0, 3.0]]))
tensor(2.)
"""

from torch import Tensor, nn

from losses.scores._means import of_pairs


class Reconstruction(nn.Module):
    fits = ("mutual_information", "density")
    kind = "recovered"

    def forward(self, prediction: Tensor, target: Tensor, index: Tensor) -> Tensor:
        """prediction (B, D), target (B, D), index (B,) -> losses (B,)."""
        return (prediction - target).square().mean(-1)

    def decode(self, scores: Tensor) -> Tensor:
        """What was found of pairs, on the diagonal of (..., B, B) -> the estimate (...) in nats."""
        return of_pairs(scores)
