"""No augmentation."""

from tests.parts.images import augment, images, streams


def test_none_does_not_even_copy():
    x = images(2, 4, 3, 8, 8)
    assert augment("none", (3, 8, 8))(x, streams(1, 2)) is x
