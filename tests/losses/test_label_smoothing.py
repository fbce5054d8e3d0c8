"""Label smoothing beside torch's."""

import pytest
import torch.nn.functional as F

from tests.losses.examples import INDEX, K, agree, examples, loss


@pytest.mark.parametrize("epsilon", [0.0, 0.1, 0.5, 0.9])
def test_label_smoothing_is_cross_entropy_with_a_smoothed_target(epsilon):
    """torch's own for a target of probabilities, so that the smoothing is ours to do."""
    logits, labels = examples()
    ours = loss("label_smoothing", epsilon=epsilon, kl=False)(logits, labels, INDEX)
    target = (1 - epsilon) * F.one_hot(labels, K).double() + epsilon / K
    agree(ours, F.cross_entropy(logits, target, reduction="none"), logits)
    agree(ours, F.cross_entropy(logits, labels, reduction="none", label_smoothing=epsilon), logits)
    kl = F.kl_div(logits.log_softmax(-1), target, reduction="none").sum(-1)
    agree(loss("label_smoothing", epsilon=epsilon, kl=True)(logits, labels, INDEX), kl, logits)
