"""Losses of the zoo beside those of packages that others keep, on random logits in float64, example by example."""

import pytest
import torch
import torch.nn.functional as F
from monai.losses.dice import DiceLoss
from monai.losses.tversky import TverskyLoss
from pytorch_metric_learning.losses import CircleLoss, NormalizedSoftmaxLoss
from pytorch_metric_learning.reducers import DoNothingReducer
from sklearn.metrics import hinge_loss

from runner.parts.models.heads import CosineHead, EquiangularHead
from tests.zoo import make

B, K, D = 32, 7, 12
INDEX = torch.arange(B)


def examples(scale=3.0):
    g = torch.Generator().manual_seed(0)
    logits = scale * torch.randn(B, K, generator=g, dtype=torch.float64)
    return logits.requires_grad_(), (torch.arange(B) % K)[torch.randperm(B, generator=g)]


def agree(ours, theirs, by):
    """Losses (B,) and the gradient of their sum."""
    torch.testing.assert_close(ours, theirs, rtol=1e-10, atol=1e-10)
    (gradient,) = torch.autograd.grad(ours.sum(), by, retain_graph=True)
    torch.testing.assert_close(
        gradient, torch.autograd.grad(theirs.sum(), by, retain_graph=True)[0], rtol=1e-9, atol=1e-9
    )


def loss(name, **arguments):
    return make(name, num_train=B, num_classes=K, **arguments).double()


@pytest.mark.parametrize("margin", [0.5, 1.0, 4.0])
def test_weston_watkins_is_torchs_multi_margin_loss(margin):
    logits, labels = examples()
    theirs = F.multi_margin_loss(logits, labels, margin=margin, reduction="none")
    agree(loss("weston_watkins", margin=margin, form="mean")(logits, labels, INDEX), theirs, logits)
    agree(loss("weston_watkins", margin=margin, form="sum")(logits, labels, INDEX), K * theirs, logits)


@pytest.mark.parametrize("margin", [0.5, 1.0, 4.0])
def test_crammer_singer_is_scikit_learns_hinge_loss(margin):
    """Whose margin is 1: the loss of margin m is m times that of z / m."""
    logits, labels = examples()
    ours = loss("crammer_singer", margin=margin)(logits, labels, INDEX)
    for i in range(B):
        theirs = hinge_loss(labels[i : i + 1], logits[i : i + 1].detach() / margin, labels=list(range(K)))
        assert ours[i].item() == pytest.approx(margin * theirs, abs=1e-10)


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


@pytest.mark.parametrize("weight", [[1.0] * K, [float(k + 1) for k in range(K)], [0.0] * (K - 1) + [2.0]])
def test_weighted_is_torchs_weighted_cross_entropy(weight):
    """Over the whole training set, of which torch takes the weighted mean."""
    logits, labels = examples()
    counts = {"given": {"class_counts": labels.bincount(minlength=K).float()}}
    ours = loss("weighted", weight=weight, **counts)(logits, labels, INDEX)
    theirs = F.cross_entropy(logits, labels, weight=torch.tensor(weight, dtype=torch.float64))
    agree(ours.mean()[None], theirs[None], logits)


@pytest.mark.parametrize("gamma", [0.5, 2.0, 5.0])
@pytest.mark.parametrize("alpha", [None, 0.25, 0.9])
def test_poly_focal_without_its_first_term_is_torchvisions_focal_loss(alpha, gamma):
    from torchvision.ops import sigmoid_focal_loss

    logits, labels = examples()
    ours = loss("poly_focal", gamma=gamma, epsilon=0.0, alpha=alpha, form="sigmoid")(logits, labels, INDEX)
    target = F.one_hot(labels, K).double()
    theirs = sigmoid_focal_loss(logits, target, alpha=-1 if alpha is None else alpha, gamma=gamma)
    agree(ours, theirs.mean(-1), logits)


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


@pytest.mark.parametrize("smooth", [1e-3, 1.0])
@pytest.mark.parametrize(("alpha", "beta"), [(0.3, 0.7), (0.5, 0.5), (1.0, 1.0), (2.0, 0.1)])
def test_tversky_is_monais(alpha, beta, smooth):
    logits, labels = examples()
    ours = loss("tversky", alpha=alpha, beta=beta, smooth=smooth)(logits, labels, INDEX)
    package = TverskyLoss(softmax=True, alpha=alpha, beta=beta, smooth_nr=smooth, smooth_dr=smooth, reduction="none")
    theirs = package(logits[..., None], F.one_hot(labels, K).double()[..., None])
    agree(ours, theirs.flatten(1).sum(-1), logits)
