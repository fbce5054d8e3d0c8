"""Self-distillation under label noise (Das and Sanghavi, "Understanding Self-Distillation in the Presence of Label
Noise", ICML 2023, arXiv:2301.13304).

    L = (1 - xi) * loss(z, y) + xi * CE(z, p_T)

A network of the same kind, the teacher, is trained first, and then stands still; p_T is what it predicts. With loss=ce
the student's target is xi * p_T + (1 - xi) * onehot(y), the paper's. With xi above 1 the student is pushed away from
what the given label has beyond the teacher's prediction, which a flipped label has most of.

Args:
    teacher: a network like the student, ${model}; with initial weights of its own.
    teacher_share: of the epochs, in (0, 1), in which the teacher is trained by the loss alone. The schedule begins anew
        with the student. 0.5 is ours, both alike; the paper trains both to the end.
    xi: at least 0, chosen on held-out data in the paper: 1 with clean labels (Food-101), 1.2 and 1.5 where 30% and 50%
        are random (Stanford Cars, Caltech-256), 3.5 with 50% on CIFAR-100. 0 is ERM, of the student's epochs.

A target with xi above 1 has a negative entry where the teacher doubts the label, and the loss no lower bound. The paper
trains a linear layer on frozen features with an l2 penalty, which gives it one; without weight decay it may diverge.

The loss's state of each example starts anew with the student. Regularizers are the student's alone. While the teacher
trains, its predictions are evaluated.
"""

from typing import Annotated, Any

import torch
from torch import Tensor, nn

from runner.contracts.method import Method
from runner.data.loader import Batch
from runner.objective.criterion import Criterion, Penalties
from runner.parts.methods.soft import cross_entropy
from runner.parts.methods.teaching import part_of, taught


class SelfDistillation(Method):
    """Args: network, loss, regularizer: as in ERM; epochs: given by the runner."""

    network: Any

    def __init__(
        self,
        network: nn.Module,
        loss: Criterion,
        regularizer: Penalties,
        epochs: int,
        *,
        teacher: Annotated[nn.Module, "model"],
        teacher_share: Annotated[float, "(0, 1)"],
        xi: Annotated[float, "[0, inf)"],
    ):
        super().__init__()
        self.network = network
        self.loss = loss
        self.regularizer = regularizer
        self.teacher = taught(teacher, loss)
        self.xi = xi
        self.starts = (0, *part_of(epochs, teacher_share=teacher_share))
        self.teaching = False

    def enter(self, phase: int) -> None:
        self.teaching = phase == 1
        self.teacher.train(not self.teaching)

    def forward(self, batch: Batch) -> Tensor:
        if not self.teaching:
            losses: Tensor = self.teacher(batch)
            return losses
        features = self.network.features(batch.x)
        logits = self.network.head(features)
        with torch.no_grad():
            target = self.teacher.predict(batch.x).softmax(-1)
        losses = (1 - self.xi) * self.loss(logits, batch) + self.xi * cross_entropy(logits, target)
        return self.regularizer(losses, features, logits, batch)

    def predict(self, x: Tensor) -> Tensor:
        return self.network(x) if self.teaching else self.teacher.predict(x)
