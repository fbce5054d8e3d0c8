"""Two orthonormal frames that have normal data between them: all of one frame's numbers above zero, all of the other's
below (GODS; Wang and Cherian, Generalized One-class Discriminative Subspaces for Anomaly Detection, ICCV 2019, arXiv
1908.05884). They are compared with one frame alone and with scikit-learn's one-class support vector machine.

The objective sums over examples, as the authors' program does:

    max(0, eta - min(W1 x + b1))^2 + max(0, eta + max(W2 x + b2))^2 + lam (|W1 x + b1|^2 + |W2 x + b2|^2)

Normal images are those of one digit, drawn for each seed; the others are met in testing alone. Frames are the Q of a
QR decomposition, and Adam takes the place of conjugate gradients on the Stiefel manifold. Biases begin where all
training images are on the right side, rather than from a fit of each frame by itself. Sizes are ours, and were chosen
on other seeds than those of any claim.
"""

from typing import Annotated, Literal

import torch
from numpy.random import Generator
from sklearn.metrics import f1_score, roc_auc_score
from sklearn.svm import OneClassSVM
from torch import Tensor

from runner.parts.calculations._network import descend, tensor
from runner.parts.calculations._normal_digit import normal_digit

METRICS = {"auroc": ("higher", "[0, 1]", "share"), "f1": ("higher", "[0, 1]", "share")}
Frame = tuple[Tensor, Tensor]  # W (D, K) with orthonormal columns, and b (K,)
LR = 0.01


def one_class_frames(
    draws: Generator,
    *,
    detector: Literal["two_frames", "one_frame", "support_vectors"],
    train_size: Annotated[int, "[2, 150]"],
    directions: Annotated[int, "[1, 64]"],
    eta: Annotated[float, "[0, inf)"],
    lam: Annotated[float, "[0, inf)"],
    steps: Annotated[int, "[1, 100000]"],
    nu: Annotated[float, "(0, 1]"],
) -> dict[str, float]:
    """AUROC of the score by which normal test images are above others, and F1 of normal ones by its sign.

    Args:
        train_size: images, all of them normal. As many of the others are tested as normal ones.
        directions: K of each frame.
        nu: share of training images that may be outside, of support vectors, whose kernel is exp(-|x - y|^2 / (D v)),
            where v is the variance of a pixel.
    """
    digit, start = draws.spawn(2)
    train, test, normal = normal_digit(digit, train_size)
    if detector == "support_vectors":
        score = OneClassSVM(nu=nu).fit(train).decision_function(test)
    else:
        frames = fitted(start, tensor(train), 1 + (detector == "two_frames"), directions, (eta, lam), steps)
        with torch.no_grad():
            score = inside(tensor(test), frames).numpy()
    return {"auroc": float(roc_auc_score(normal, score)), "f1": float(f1_score(normal, score > 0))}


def objective(x: Tensor, frames: list[Frame], eta: float, lam: float) -> Tensor:
    """Of x (N, D), summed: (). The second frame, if there is one, has the data below it."""
    places = [x @ weight + bias for weight, bias in frames]
    low = (eta - above(places)).clamp(min=0)
    return low.square().sum() + lam * sum((each.square().sum() for each in places), torch.zeros((), dtype=x.dtype))


def above(places: list[Tensor]) -> Tensor:
    """The least number of the first frame, and the least of the negative second: (F, N)."""
    return torch.stack([(each if number == 0 else -each).amin(1) for number, each in enumerate(places)])


def inside(x: Tensor, frames: list[Frame]) -> Tensor:
    """How far each x is on the right side of all frames (N,): above 0 it is normal."""
    return above([x @ weight + bias for weight, bias in frames]).amin(0)


def fitted(
    draws: Generator, x: Tensor, count: int, directions: int, strengths: tuple[float, float], steps: int
) -> list[Frame]:
    """One or two frames after so many steps of Adam on all data, with strengths eta and lam."""
    free = [tensor(draws.normal(size=(x.shape[1], directions))).requires_grad_() for _ in range(count)]
    places = [x @ orthonormal(one).detach() for one in free]
    reach = [strengths[0] + (-place if number == 0 else place).amax(0) for number, place in enumerate(places)]
    biases = [(each if number == 0 else -each).requires_grad_() for number, each in enumerate(reach)]
    optimizer = torch.optim.Adam([*free, *biases], lr=LR)
    for _ in range(steps):
        frames = [(orthonormal(one), bias) for one, bias in zip(free, biases, strict=True)]
        descend(optimizer, objective(x, frames, *strengths))
    return [(orthonormal(one), bias) for one, bias in zip(free, biases, strict=True)]


def orthonormal(free: Tensor) -> Tensor:
    """The Q of its QR decomposition (D, K)."""
    return torch.linalg.qr(free).Q
