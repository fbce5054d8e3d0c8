"""Coloured MNIST: how often colour, label and digit agree, and what is refused."""

import pytest
import torch

from datasets.colored_mnist import colored_mnist
from datasets.split import Split, fingerprint
from runner.compose.command_line import compose_cells
from runner.console.errors import ConfigError
from runner.nodes.build import build


def digits(num, classes=tuple("0123456789"), shape=(1, 6, 6)):
    """White images, num for training and num for testing, whose digits take turns."""
    x = torch.full((num, *shape), 200, dtype=torch.uint8)
    y = torch.arange(num) % len(classes)
    return Split(x, y, x, y, classes, torch.zeros(1), torch.ones(1))


def paint(source, **changed):
    numbers = {"label_noise": 0.25, "train_color_flips": [0.2, 0.1], "test_color_flips": [0.9]}
    return colored_mnist(source=source, **(numbers | changed))


def colors(x):
    """The channel that is not black, (N,)."""
    bright = x.flatten(2).amax(-1) > 0
    assert (bright.sum(1) == 1).all()
    return bright.long().argmax(1)


def assert_share(hits, share):
    """Within five standard deviations of a binomial share."""
    bound = 5 * (share * (1 - share) / len(hits)) ** 0.5
    assert abs(hits.float().mean().item() - share) < bound


def test_colors_agree_with_the_labels_at_the_rate_of_their_environment():
    split = paint(digits(20000))
    agree = colors(split.x) == split.given
    assert_share(agree[split.domain == 0], 0.8)
    assert_share(agree[split.domain == 1], 0.9)
    assert_share(colors(split.test_x) == split.test_y, 0.1)


def test_labels_agree_with_the_digits_at_their_rate_in_both_parts_and_classes():
    split = paint(digits(20000))
    shape = (torch.arange(20000) % 10 >= 5).long()
    assert torch.equal(split.y, shape)
    for k in range(2):
        assert_share((split.given == split.y)[split.y == k], 0.75)
        assert_share((split.test_y == shape)[shape == k], 0.75)


def test_label_flips_and_color_flips_are_independent():
    split = paint(digits(20000))
    flipped = split.given != split.y
    for environment, share in ((0, 0.2), (1, 0.1)):
        assert_share((colors(split.x) != split.given)[flipped & (split.domain == environment)], share)


def test_without_any_flip_digit_label_and_color_are_one():
    split = paint(digits(40), label_noise=0.0, train_color_flips=[0.0], test_color_flips=[1.0])
    assert torch.equal(split.y, split.given)
    assert torch.equal(colors(split.x), split.given)
    assert torch.equal(colors(split.test_x), 1 - split.test_y)


def test_examples_are_dealt_to_the_environments_in_turn():
    split = paint(digits(20), train_color_flips=[0.1, 0.2, 0.3], test_color_flips=[0.9, 0.5])
    assert split.domain.tolist() == [0, 1, 2] * 6 + [0, 1]
    assert split.test_domain.tolist() == [0, 1] * 10


def test_every_second_pixel_stays_and_the_brightest_is_one():
    source = digits(10)
    source.x[:, 0] = torch.arange(36, dtype=torch.uint8).view(6, 6)
    split = paint(source)
    seen = split.x[torch.arange(10), colors(split.x)]
    assert split.x.shape == (10, 2, 3, 3)
    assert split.x.dtype == torch.uint8
    assert seen[0].tolist() == [[0, 2, 4], [12, 14, 16], [24, 26, 28]]
    assert ((split.x - split.mean) / split.std).amax().item() == pytest.approx(28 / 35)


def test_the_same_flips_are_drawn_whatever_was_drawn_before():
    first = paint(digits(100))
    torch.manual_seed(1)
    state = torch.get_rng_state()
    again = paint(digits(100))
    assert fingerprint(first.x, first.given, first.test_x) == fingerprint(again.x, again.given, again.test_x)
    assert torch.equal(torch.get_rng_state(), state)


def test_the_numbers_of_the_source_are_kept():
    assert paint(digits(10)._replace(source_index=torch.arange(10) + 7)).source_index.tolist() == list(range(7, 17))


@pytest.mark.parametrize(
    "source",
    [digits(10, classes=tuple("abcdefghij")), digits(10, shape=(3, 6, 6)), digits(10, shape=(36,)), digits(10, ("0",))],
    ids=["garments", "colour", "vectors", "one class"],
)
def test_a_source_that_is_not_of_grey_digits_is_refused(source):
    with pytest.raises(ValueError, match="ten classes 0 to 9 and images of one channel, such as mnist and mnist5k"):
        paint(source)


@pytest.mark.parametrize("key", ["train_color_flips", "test_color_flips"])
def test_no_environment_is_refused(key):
    with pytest.raises(ValueError, match=rf"{key}=\[\]: must have one number"):
        paint(digits(10), **{key: []})


def test_the_source_is_another_data_set_of_the_command_line():
    (cell,) = compose_cells(["dataset=colored_mnist", "dataset@dataset.source=mnist5k"], multirun=False)
    split = build("dataset", cell.config["dataset"], data_root="nowhere", download=False)
    assert split.x.shape == (4000, 2, 14, 14)
    assert split.std.item() == 255
    assert len(split.source_index) == 4000


def test_a_color_rate_out_of_range_is_refused_by_name():
    with pytest.raises(ConfigError, match=r"dataset.test_color_flips=\[1.5\]: must be a list"):
        compose_cells(["dataset=colored_mnist", "dataset.test_color_flips=[1.5]"], multirun=False)
