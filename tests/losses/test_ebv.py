"""Equiangular basis vectors beside the normalised softmax of pytorch-metric-learning."""

import pytest
import torch
from pytorch_metric_learning.losses import NormalizedSoftmaxLoss
from pytorch_metric_learning.reducers import DoNothingReducer

from runner.parts.models.heads import EquiangularHead
from tests.losses.examples import INDEX, B, D, K, agree, examples, loss


@pytest.mark.parametrize("temperature", [0.07, 1.0])
def test_ebv_is_the_normalised_softmax_with_vectors_that_stay(temperature):
    torch.manual_seed(0)
    head = EquiangularHead(D, K).double()
    features = torch.randn(B, D, dtype=torch.float64, requires_grad=True)
    _, labels = examples()
    package = NormalizedSoftmaxLoss(K, D, temperature=temperature, reducer=DoNothingReducer())
    package.W.data = head.vectors.T / head.vectors.norm(dim=1)  # orthonormal to float32's precision
    head.vectors.copy_(package.W.data.T)
    theirs = package(features, labels)["loss"]["losses"]
    agree(loss("ebv", temperature=temperature)(head(features), labels, INDEX), theirs, features)
