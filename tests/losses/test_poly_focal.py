"""PolyLoss of the focal loss beside torchvision's focal loss."""

import pytest
import torch.nn.functional as F

from tests.losses.examples import INDEX, K, agree, examples, loss


@pytest.mark.parametrize("gamma", [0.5, 2.0, 5.0])
@pytest.mark.parametrize("alpha", [None, 0.25, 0.9])
def test_poly_focal_without_its_first_term_is_torchvisions_focal_loss(alpha, gamma):
    from torchvision.ops import sigmoid_focal_loss

    logits, labels = examples()
    ours = loss("poly_focal", gamma=gamma, epsilon=0.0, alpha=alpha, form="sigmoid")(logits, labels, INDEX)
    target = F.one_hot(labels, K).double()
    theirs = sigmoid_focal_loss(logits, target, alpha=-1 if alpha is None else alpha, gamma=gamma)
    agree(ours, theirs.mean(-1), logits)
