"""Random numbers come from named streams, whatever the part."""

import random

import numpy as np
import pytest
import torch

from runner.training.run import run
from tests.objective.test_objectives import OF_OWN_SIZE, SUITS
from tests.objectives import CONF
from tests.zoo import LOSSES, asked_by

GROUPS = ("loss", "method", "regularizer", "risk", "sampler", "augment", "noise_type", "imbalance_type")
SMALL = ["dataset.num_train=96", "dataset.num_test=32"]
ELSE = SUITS | {  # what some need that others do not
    "ensloss": ["classes=[0,1]"],
    "positive_unlabelled": ["classes=[0,1]"],
    "candidates": ["loss=cc", "val_labels=true"],
    "circle": ["model.head=cosine"],
    "custom": ["imbalance_type.counts=[20,10,10,10]", "imbalance=1"],
    "standard": ["dataset=digits"],
    "strong": ["dataset=digits"],
    "trivial_augment": ["dataset=digits"],
    "autoaugment": ["dataset=digits"],
    "augmix": ["dataset=digits"],
    "random_erasing": ["dataset=digits"],
    "color_jitter": ["dataset=digits"],
    "gaussian_blur": ["dataset=digits"],
    "asymmetric": ["noise_type.pairs=[[0,1]]"],
    "asymmetric_sequential": ["noise_type.pairs=[[0,1]]"],
}
# they need files, or what blobs do not have
ABSENT = {"human", "open_set", "matrix", "bag", "domain_balanced", "group_balanced", "lisa", "domain_mixup", "aranyani"}


def of_classes(group, name):
    return name in LOSSES if group == "loss" else group != "noise_type" or "labels" in asked_by(name)


EVERY = [
    (group, file.stem)
    for group in GROUPS
    for file in sorted((CONF / group).glob("*.yaml"))
    if file.stem not in ABSENT and of_classes(group, file.stem)
]


def states():
    return torch.get_rng_state().tolist(), random.getstate(), np.random.get_state()[1].tolist()


def disturb(seed):
    torch.manual_seed(seed)
    random.seed(seed)
    np.random.seed(seed)


@pytest.mark.parametrize(("group", "name"), EVERY)
def test_no_part_reads_or_moves_a_global_stream(compose, measured, group, name):
    own = ELSE.get(name, [])
    size = [] if OF_OWN_SIZE & {*own} else SMALL
    arguments = compose(f"{group}={name}", "noise=0.3", "val_fraction=0.2", "imbalance=2", *size, *own)
    rows = []
    with torch.random.fork_rng(devices=[]):
        for seed in (1, 2):
            disturb(seed)
            before = states()
            rows.append(measured(run(**arguments)))
            assert states() == before
    assert rows[0]
    assert rows[0] == rows[1]
