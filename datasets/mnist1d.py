"""MNIST-1D: signals of 40 samples shaped like the ten digits, made by the package mnist1d in seconds, no download."""

import random
from typing import Annotated

import numpy as np
import torch

from datasets.optional import optional
from datasets.split import Split


def mnist1d(
    *,
    num_samples: Annotated[int, "[20, inf)"],
    train_share: Annotated[float, "(0, 1)"],
    generation_seed: Annotated[int, "[0, 4294967295]"],
) -> Split:
    """Ten templates, padded, stretched, scaled, shifted, sheared and with noise added: float32 vectors (N, 40).

    The package gives all samples together, those for testing too, the mean 0 and the deviation 1; nothing more is done
    to them here, so that inputs are those of the benchmark.

    Source: S. Greydanus, D. Kobak, "Scaling Down Deep Learning with MNIST-1D", ICML 2024, arXiv:2011.14439, and its
    package mnist1d, whose other settings are left at their defaults.

    Args:
        num_samples: N + M, rounded down to a multiple of ten, because all classes have the same size.
        train_share: N of these, rounded down; the samples are shuffled, so that classes differ somewhat in number.
        generation_seed: of what is drawn; the same for every seed of the experiment.
    Raises:
        ValueError: the package is not installed.
    """
    package = optional("mnist1d.data")
    settings = package.get_dataset_args()
    settings.num_samples, settings.train_split, settings.seed = num_samples, train_share, generation_seed
    states = random.getstate(), np.random.get_state()
    try:
        made = package.make_dataset(settings)  # seeds and draws from both global generators
    finally:
        random.setstate(states[0])
        np.random.set_state(states[1])
    x, test_x = (torch.from_numpy(made[part]).float() for part in ("x", "x_test"))
    y, test_y = (torch.from_numpy(made[part]).long() for part in ("y", "y_test"))
    return Split(x, y, test_x, test_y, tuple(str(k) for k in range(10)), torch.zeros(1), torch.ones(1))
