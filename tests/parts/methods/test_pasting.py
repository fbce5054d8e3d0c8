"""Which inputs are images."""

import pytest

from runner.parts.methods.pasting import image_size


def test_only_images_have_a_size():
    assert image_size((3, 5, 7)) == (5, 7)
    with pytest.raises(ValueError, match=r"inputs of shape \(8,\) are none"):
        image_size((8,))
