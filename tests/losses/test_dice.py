"""Dice loss beside MONAI's."""

import pytest
import torch.nn.functional as F
from monai.losses.dice import DiceLoss

from tests.losses.examples import INDEX, K, agree, examples, loss


@pytest.mark.parametrize("smooth", [1e-3, 1.0])
@pytest.mark.parametrize("form", ["square", "linear"])
def test_dice_without_its_adjustment_is_monais(form, smooth):
    """An example is an image of one pixel, whose classes' losses are added."""
    logits, labels = examples()
    ours = loss("dice", alpha=0.0, smooth=smooth, form=form)(logits, labels, INDEX)
    package = DiceLoss(
        softmax=True, squared_pred=form == "square", smooth_nr=smooth, smooth_dr=smooth, reduction="none"
    )
    theirs = package(logits[..., None], F.one_hot(labels, K).double()[..., None])
    agree(ours, theirs.flatten(1).sum(-1), logits)
