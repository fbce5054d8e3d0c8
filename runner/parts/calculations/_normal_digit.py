"""One of scikit-learn's handwritten digits as what is normal, all others as anomalies."""

import numpy as np
from numpy.random import Generator

from runner.parts.calculations._digits import digits

Array = np.ndarray


def normal_digit(draws: Generator, train_size: int) -> tuple[Array, Array, Array]:
    """Training images (N, 64) of one digit, test images (M, 64), and which of those are of that digit (M,).

    The digit is drawn. Half of the test images are all others of it, half are drawn from the other digits. The mean of
    training images is subtracted; then all pixels are divided by one number, so that they have variance 1 in training.
    """
    _, (x, y) = digits(draws, 0)
    own = (y == int(draws.integers(10))).numpy()
    images = x.numpy()
    train, held = np.split(images[own], [train_size])
    others = images[~own][: len(held)]
    test = np.concatenate([held, others])
    mean, scale = train.mean(0), train.std(0)
    deviation = np.sqrt(np.mean(scale**2))
    return (train - mean) / deviation, (test - mean) / deviation, np.arange(len(test)) < len(held)
