"""Circle loss beside that of pytorch-metric-learning."""

import pytest
import torch
from pytorch_metric_learning.losses import CircleLoss
from pytorch_metric_learning.reducers import DoNothingReducer

from runner.parts.models.heads import CosineHead
from tests.losses.examples import INDEX, B, D, K, agree, examples, loss


@pytest.mark.parametrize(("margin", "scale"), [(0.25, 256.0), (0.4, 80.0), (0.0, 4.0)])
def test_circle_is_the_pairwise_loss_of_examples_and_class_vectors(margin, scale):
    """An example's own class vector is its one positive pair, the others are its negative ones."""
    torch.manual_seed(0)
    head = CosineHead(D, K).double()
    features = torch.randn(B, D, dtype=torch.float64, requires_grad=True)
    _, labels = examples()
    pairs = CircleLoss(m=margin, gamma=scale, reducer=DoNothingReducer())
    theirs = pairs(features, labels, ref_emb=head.weight, ref_labels=torch.arange(K))["loss"]["losses"][:, 0]
    agree(loss("circle", margin=margin, scale=scale)(head(features), labels, INDEX), theirs, features)
