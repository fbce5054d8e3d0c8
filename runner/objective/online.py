"""A linear head that learns along with a network, and changes nothing of it: the online probe.

solo-learn trains such a head beside every method, on features that no gradient reaches, with the optimizer of the
network. Here it is none of the network's optimizer's business: a buffer that each step moves by a rule of its own, so
that clipping, norms over all parameters and random streams are as they are without it.
"""

import torch
from torch import Tensor, nn

MOMENTUM = 0.9
STEP = 4.0  # over the mean square length of what is weighed; from 7.6 on a step could overshoot for good


class OnlineProbe(nn.Module):
    """A multinomial logistic regression from features (B, D) on K classes, a step of gradient descent a batch.

        w <- w - 4 / mean |z_i|^2 m,    m <- 0.9 m + mean_i z_i (softmax(w' z_i) - onehot(y_i))',    z = (features, 1)

    The curvature is at most mean |z_i|^2 / 2 (Boehning, "Multinomial logistic regression algorithm", Annals of the
    Institute of Statistical Mathematics, 1992), and with momentum b steps of less than 2 (1 + b) over it converge
    (Polyak, 1964): so the step goes with the scale of the features, and there is no learning rate to choose. The head
    begins at 0. Both numbers are ours; solo-learn's head has a learning rate of its own and the network's schedule.

    >>> probe = OnlineProbe(1, 2)
    >>> probe.learn(torch.tensor([[1.0], [-1.0]]), torch.tensor([0, 1]))    # 4 / 2 times the mean of z / 2
    >>> probe.weight
    tensor([[ 1., -1.],
            [ 0.,  0.]])

    Args:
        dim: D.
        num_classes: K.

    Attributes:
        weight: (D + 1, K), the last row the bias.
        velocity: (D + 1, K), m.
    """

    def __init__(self, dim: int, num_classes: int):
        super().__init__()
        self.weight: Tensor
        self.velocity: Tensor
        self.register_buffer("weight", torch.zeros(dim + 1, num_classes))
        self.register_buffer("velocity", torch.zeros(dim + 1, num_classes))

    @torch.no_grad()
    def learn(self, features: Tensor, labels: Tensor) -> None:
        """Take a step on a batch's features (B, D) and labels (B,)."""
        z = torch.cat([features, torch.ones_like(features[:, :1])], dim=1)
        wrong = (z @ self.weight).softmax(1) - nn.functional.one_hot(labels, self.weight.shape[1])
        self.velocity.mul_(MOMENTUM).add_(z.mT @ wrong / len(z))
        self.weight.sub_(STEP / z.square().sum(1).mean() * self.velocity)
