"""Test examples that something happened to."""

import pytest
import torch

from datasets.environments.changes import changed
from datasets.environments.corrupted import corrupted
from tests.datasets.environments.examples import digits

ASKED = {"noise": [1.0], "blur": [0.0, 2.0], "roll": [3.0], "contrast": [0.5]}


def test_the_first_environment_is_the_source_and_the_others_are_changes_of_it():
    source = digits()
    found = corrupted(source=source, **ASKED).checked()
    of_each = found.test_x.split(len(source.test_y))
    assert len(of_each) == 6
    assert torch.equal(of_each[0], source.test_x)
    for k, (change, strength) in {3: ("blur", 2.0), 4: ("roll", 3.0), 5: ("contrast", 0.5)}.items():
        assert torch.equal(of_each[k], changed(source.test_x, change, strength, source.std, torch.Generator()))
    assert torch.equal(of_each[2], source.test_x), "blur of strength 0"
    assert (of_each[1] != source.test_x).any()
    assert found.test_domain.bincount().tolist() == 6 * [len(source.test_y)]
    assert all(torch.equal(found.test_y[found.test_domain == k], source.test_y) for k in range(6))


def test_training_stays_as_it_was_and_everything_is_the_same_the_next_time():
    source, (first, second) = digits(), (corrupted(source=digits(), **ASKED) for _ in range(2))
    assert torch.equal(first.x, source.x)
    assert first.domain.unique().tolist() == [0]
    assert torch.equal(first.test_x, second.test_x)


def test_the_noise_of_each_strength_is_a_draw_of_its_own():
    still = digits()._replace(test_x=torch.zeros(200, 1, 8, 8))
    found = corrupted(source=still, noise=[1.0, 2.0], blur=[], roll=[], contrast=[])
    weak, strong = found.test_x[200:].flatten().split(200 * 64)
    assert (strong.std() / weak.std()).item() == pytest.approx(2, rel=0.05)
    assert torch.corrcoef(torch.stack([weak, strong]))[0, 1].abs() < 0.05


def test_what_would_change_nothing_or_has_environments_is_refused():
    nothing = {change: [] for change in ASKED}
    with pytest.raises(ValueError, match="all empty"):
        corrupted(source=digits(), **nothing)
    with pytest.raises(ValueError, match="environments of its own"):
        corrupted(source=corrupted(source=digits(), **ASKED), **ASKED)
