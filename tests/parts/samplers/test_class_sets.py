"""Batches of some classes with some examples of each."""

import pytest
import torch

from runner.console.errors import ConfigError
from runner.data.streams import generator
from tests.parts.sampling import SIZES, N, sample, sampler


@pytest.mark.parametrize(("classes", "examples"), [(4, 16), (2, 8), (1, 1), (3, 1), (4, 4)])
def test_a_batch_is_sets_of_classes_with_examples_of_each(classes, examples, labels):
    size = classes * examples
    drawn = labels[sample("class_sets", labels, batch_size=4 * size, classes=classes, examples=examples)]
    for batch in drawn[: N - N % size].split(size):
        found, counts = batch.unique(return_counts=True)
        assert len(found) == classes
        assert set(counts.tolist()) == {examples}


def test_no_example_is_twice_in_a_set_unless_its_class_is_too_small(labels):
    places = sample("class_sets", labels, batch_size=200, classes=4, examples=50)
    for batch in places[: N - N % 200].split(200):
        small = labels[batch] == 4  # 40 examples
        assert len(batch[~small].unique()) == 150
        times = batch[small].unique(return_counts=True)[1]
        assert len(times) == 40
        assert set(times.tolist()) == {1, 2}


def test_all_of_a_class_come_by_before_one_comes_again():
    labels = torch.arange(24) % 2
    draw, stream = sampler("class_sets", labels, batch_size=8, classes=2, examples=4), generator("order", 0)
    for _ in range(5):
        assert torch.equal(draw(labels, stream).sort().values, torch.arange(24))


def test_classes_are_seen_equally_often(labels):
    draw, stream = sampler("class_sets", labels, batch_size=8, classes=2, examples=4), generator("order", 0)
    shares = torch.cat([labels[draw(labels, stream)] for _ in range(5)]).bincount(minlength=len(SIZES)) / (5 * N)
    assert shares[3] == 0
    sets = 5 * N / 8
    deviation = (0.5 * 0.5 / sets) ** 0.5 / 2  # half of a set is of a class with probability 1/2
    assert (shares[[0, 1, 2, 4]] - 0.25).abs().max() < 4 * deviation


@pytest.mark.parametrize(
    ("said", "line"),
    [
        (["batch_size=48"], r"make sets of 64 examples, and batch_size=48 is no multiple of that$"),
        (["sampler.classes=8", "sampler.examples=8"], r"classes=8: must be at most 4, for so many have examples$"),
    ],
)
def test_what_cannot_be_is_refused_before_training(compose, said, line):
    from runner.training.run import run

    with pytest.raises(ConfigError, match=rf"^sampler \(runner\.parts\.samplers\.class_sets\.class_sets\): .*{line}"):
        next(run(**compose("sampler=class_sets", *said)))
