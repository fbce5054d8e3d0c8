"""Weighted cross-entropy beside torch's."""

import pytest
import torch
import torch.nn.functional as F

from tests.losses.examples import INDEX, K, agree, examples, loss


@pytest.mark.parametrize("weight", [[1.0] * K, [float(k + 1) for k in range(K)], [0.0] * (K - 1) + [2.0]])
def test_weighted_is_torchs_weighted_cross_entropy(weight):
    """Over the whole training set, of which torch takes the weighted mean."""
    logits, labels = examples()
    counts = {"given": {"class_counts": labels.bincount(minlength=K).float()}}
    ours = loss("weighted", weight=weight, **counts)(logits, labels, INDEX)
    theirs = F.cross_entropy(logits, labels, weight=torch.tensor(weight, dtype=torch.float64))
    agree(ours.mean()[None], theirs[None], logits)
