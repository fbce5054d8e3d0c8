"""Random numbers come from named streams, whatever the part."""

import random

import numpy as np
import pytest
import torch

from runner.training.run import run
from tests.objective.test_objectives import SUITS
from tests.objectives import CONF
from tests.zoo import asked_by, losses_for

GROUPS = ("loss", "method", "regularizer", "risk", "sampler", "augment", "noise_type", "imbalance_type")
SMALL = ["dataset.num_train=96", "dataset.num_test=32"]
ELSE = SUITS | {  # what some need that others do not
    "ensloss": ["classes=[0,1]"],
    "positive_unlabelled": ["classes=[0,1]"],
    "upu": ["classes=[0,1]"],
    "nnpu": ["classes=[0,1]"],
    "circle": ["model.head=cosine"],
    "custom": ["imbalance_type.counts=[20,10,10,10]", "imbalance=1"],
    "standard": ["dataset=digits"],
    "strong": ["dataset=digits"],
    "asymmetric": ["noise_type.pairs=[[0,1]]"],
    "asymmetric_sequential": ["noise_type.pairs=[[0,1]]"],
}
ABSENT = {"human", "open_set", "matrix", "bag"}  # they need files, or a bag or a matrix of one's own


ASKED = {  # what a task needs
    "classification": ["imbalance=2"],
    "regression": ["dataset=sparse_uncorrelated"],
    "multilabel": ["dataset=topics"],
    "boxes": ["dataset=boxes"],
    "candidates": ["loss=cc", "noise_type=candidates", "val_labels=true"],
}


def task(group, name):
    """What a loss or a noise type is for; all else is tried with classification."""
    if group == "loss":
        return next(task for task in ASKED for kind in ("example", "set") if name in losses_for(task, kind))
    if group == "noise_type" and "labels" not in asked_by(name):
        return "regression" if "targets" in asked_by(name) else "multilabel"
    return "candidates" if name == "candidates" else "classification"


EVERY = [(g, file.stem) for g in GROUPS for file in sorted((CONF / g).glob("*.yaml")) if file.stem not in ABSENT]


def states():
    return torch.get_rng_state().tolist(), random.getstate(), np.random.get_state()[1].tolist()


def disturb(seed):
    torch.manual_seed(seed)
    random.seed(seed)
    np.random.seed(seed)


@pytest.mark.parametrize(("group", "name"), EVERY)
def test_no_part_reads_or_moves_a_global_stream(compose, measured, group, name):
    own = ELSE.get(name, [])
    size = [] if "dataset=digits" in own else SMALL
    needed = [said for said in ASKED[task(group, name)] if not said.startswith(f"{group}=")]
    arguments = compose(f"{group}={name}", "noise=0.3", "val_fraction=0.2", *needed, *size, *own)
    rows = []
    with torch.random.fork_rng(devices=[]):
        for seed in (1, 2):
            disturb(seed)
            before = states()
            rows.append(measured(run(**arguments)))
            assert states() == before
    assert rows[0]
    assert rows[0] == rows[1]
