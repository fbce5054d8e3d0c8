"""The mean prediction of each class."""

import torch

from runner.data.loader import Batch
from runner.parts.methods.class_means import ClassMeans
from tests.parts.distillation import LABELS, LOGITS, batch_of


def test_class_means_are_those_of_the_last_epoch():
    means = ClassMeans(4).double()
    means.begin(1, 3)
    assert (means(LOGITS, batch_of()) == 0).all()  # none is known
    for some in (slice(0, 2), slice(2, 6)):
        means(LOGITS[some], Batch(None, LABELS[some], None, {}))
    means.begin(2, 3)
    p = LOGITS.softmax(-1)
    torch.testing.assert_close(means.means, torch.stack([p[y == LABELS].mean(0) for y in range(4)]))
    means.begin(3, 3)  # and nothing since
    assert (means.means == 0).all()
