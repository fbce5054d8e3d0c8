"""A part of one's own for each contract; CALLED says which of their hooks the runner has called."""

import torch
import torch.nn.functional as F
from torch import nn

from runner.contracts.model import Model
from runner.contracts.terms import Regularizer, Risk
from runner.contracts.training import Augmentation
from runner.parts.methods.erm import ERM

CALLED = set()


def uniform(generator, b):
    CALLED.add("draws")
    return torch.rand(b, generator=generator)


class OwnLoss(nn.Module):
    def __init__(self):
        super().__init__()
        self.draws = {"loss_share": uniform}

    def begin(self, epoch, epochs):
        CALLED.add(("loss.begin", epoch, epochs))

    def forward(self, logits, labels, index, loss_share):
        CALLED.add("loss.forward")
        return F.cross_entropy(logits, labels, reduction="none") * loss_share


class OwnMethod(ERM):
    views = 2
    starts = (0, 1)

    def __init__(self, network, loss, regularizer):
        super().__init__(network, loss, regularizer)
        self.draws = {"method_share": uniform}

    def enter(self, phase):
        CALLED.add(("method.enter", phase))

    def begin(self, epoch, epochs):
        CALLED.add(("method.begin", epoch, epochs))

    def forward(self, batch):
        CALLED.add(("method.forward", batch.x.shape[1], "method_share" in batch.draws))
        return super().forward(batch._replace(x=batch.x[:, 0]))

    def predict(self, x):
        CALLED.add("method.predict")
        return super().predict(x)


class OwnRegularizer(Regularizer):
    def __init__(self, *, weight: float):
        super().__init__()

    def begin(self, epoch, epochs):
        CALLED.add(("regularizer.begin", epoch, epochs))

    def forward(self, features, logits, batch):
        CALLED.add("regularizer.forward")
        return logits.sum() * 0


class OwnRisk(Risk):
    def begin(self, epoch, epochs):
        CALLED.add(("risk.begin", epoch, epochs))

    def forward(self, losses, batch):
        CALLED.add("risk.forward")
        return losses.mean()


class OwnModel(Model):
    def __init__(self, input_shape, num_classes, *, head: str):
        super().__init__()
        self.body = nn.Sequential(nn.Flatten())
        self.head = nn.Linear(torch.Size(input_shape).numel(), num_classes)

    def features(self, x):
        CALLED.add("model.features")
        return super().features(x)


class OwnAugment(Augmentation):
    def __call__(self, x, generators):
        CALLED.add(("augment", len(generators)))
        return x


def own_sampler(labels, num_classes, generator):
    CALLED.add("sampler")
    return torch.randperm(len(labels), generator=generator)


def own_schedule(t, epochs, *, warmup: float):
    CALLED.add(("schedule", epochs))
    return 1.0
