"""Made-up documents: how many topics and words, and that they can be told."""

import numpy as np
import pytest
import torch
from sklearn.datasets import make_multilabel_classification
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score

from datasets.split import fingerprint
from datasets.topics import topics
from tests.zoo import written

NODE = {key: value for key, value in written("topics", "dataset").items() if key not in ("_target_", "defaults")}


def made(**changed):
    return topics(**NODE | changed)


def test_it_is_the_librarys():
    split = made(num_train=70, num_test=30)
    x, y = make_multilabel_classification(100, 20, n_classes=5, n_labels=2, allow_unlabeled=False, random_state=0)
    assert np.array_equal(torch.cat([split.x, split.test_x]).numpy(), x.astype(np.float32))
    assert np.array_equal(torch.cat([split.y, split.test_y]).numpy(), y.astype(np.float32))
    assert split.task == "multilabel"
    assert len(split.classes) == 5


def test_every_document_has_a_topic():
    split = made()
    assert (split.y.sum(1) >= 1).all()
    assert 1.5 < split.y.sum(1).mean() < 2.5


def test_words_are_normalised_by_those_of_training():
    split = made(num_words=30, mean_length=3)
    normal = (split.x - split.mean) / split.std
    assert normal.isfinite().all()
    assert normal.mean(0).abs().max() < 1e-5


def test_topics_can_be_told_from_words():
    split = made()
    scores = [
        LogisticRegression(max_iter=1000).fit(split.x, split.y[:, k]).decision_function(split.test_x) for k in range(5)
    ]
    chance = split.test_y.mean().item()
    assert average_precision_score(split.test_y, np.stack(scores, 1)) > chance + 0.3


def test_the_same_documents_are_drawn_whatever_was_drawn_before():
    first, state = made(), torch.get_rng_state()
    np.random.default_rng(1).random()
    assert fingerprint(*made()[:4]) == fingerprint(*first[:4])
    assert torch.equal(torch.get_rng_state(), state)


@pytest.mark.parametrize("labels", [2, 7])
def test_labels_are_as_many_as_is_said(labels):
    assert made(num_labels=labels, mean_labels=1).y.shape == (1000, labels)
