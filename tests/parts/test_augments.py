"""Augmentation: what each transformation does to pixels, and that a seed is the same in any company."""

import pytest
import torch
from torchvision.transforms import v2

from runner.console.errors import ConfigError
from runner.data.streams import generator
from runner.nodes.build import build
from runner.parts.augments.cutout import Cutout
from runner.parts.augments.geometry import HorizontalFlip, RandomCrop, Rotation
from runner.parts.augments.rand_augment import RandAugment, operations
from tests.zoo import ROOT, node

AUGMENTS = sorted(file.stem for file in (ROOT / "conf" / "augment").glob("*.yaml"))
OPERATIONS = list(operations(1, 1))
SHAPES = [(3, 32, 32), (1, 28, 28), (1, 8, 8), (3, 11, 17)]
TORCHVISION = {"identity": "Identity", "autocontrast": "AutoContrast"}  # others: "shear_x" is its "ShearX"


def images(*shape, name="x"):
    """Noise with smooth parts, brighter towards one corner, so that no operation finds nothing to do."""
    height, width = shape[-2:]
    slope = torch.linspace(0, 150, height)[:, None] + torch.linspace(0, 80, width)
    noise = torch.randint(5, 26, shape, generator=generator("images", name))
    return (slope + noise).to(torch.uint8)


def augment(name, shape, **changed):
    return build("augment", node(name, "augment") | changed, input_shape=shape)


def streams(*seeds):
    return [generator("augment", seed) for seed in seeds]


def black(x):
    return (x == 0).all(0)


# -- the whole


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", AUGMENTS)
def test_shape_and_type_are_kept(name, shape):
    x = images(2, 5, *shape)
    after = augment(name, shape)(x, streams(1, 2))
    assert after.shape == x.shape
    assert after.dtype == torch.uint8


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", AUGMENTS)
def test_a_seed_is_the_same_in_any_company(name, shape):
    x = images(3, 33, *shape)
    change = augment(name, shape)
    together, alone = streams(1, 2, 3), streams(1, 2, 3)
    for _ in range(3):
        after = change(x, together)
        for seed in range(3):
            assert torch.equal(after[seed : seed + 1], change(x[seed : seed + 1], alone[seed : seed + 1]))


@pytest.mark.parametrize("name", ["standard", "strong"])
def test_seeds_differ_and_batches_differ(name):
    x = images(1, 8, 3, 32, 32).expand(2, -1, -1, -1, -1)
    change, stream = augment(name, (3, 32, 32)), streams(1, 2)
    first, second = change(x, stream), change(x, stream)
    assert not torch.equal(first[0], first[1])
    assert not torch.equal(first[0], second[0])


def test_draws_do_not_depend_on_the_images():
    stream, same = streams(1), streams(1)
    change = augment("strong", (3, 32, 32))
    change(images(1, 8, 3, 32, 32), stream)
    change(torch.zeros(1, 8, 3, 32, 32, dtype=torch.uint8), same)
    assert torch.equal(stream[0].get_state(), same[0].get_state())


@pytest.mark.parametrize("name", AUGMENTS)
def test_the_input_and_the_global_stream_are_left_alone(name):
    x = images(2, 16, 3, 32, 32)
    before, state = x.clone(), torch.get_rng_state()
    augment(name, (3, 32, 32))(x, streams(1, 2))
    assert torch.equal(x, before)
    assert torch.equal(torch.get_rng_state(), state)


def test_none_does_not_even_copy():
    x = images(2, 4, 3, 8, 8)
    assert augment("none", (3, 8, 8))(x, streams(1, 2)) is x


def test_all_can_be_left_out():
    x = images(2, 4, 3, 8, 8)
    left_out = augment("strong", (3, 8, 8), padding=0, flip=0, degrees=0, num_ops=0, cutout=0)
    assert torch.equal(left_out(x, streams(1, 2)), x)


@pytest.mark.parametrize(
    ("key", "alone"), [("padding", RandomCrop), ("flip", HorizontalFlip), ("degrees", Rotation), ("cutout", Cutout)]
)
def test_one_can_be_used_alone(key, alone):
    others = dict.fromkeys(("padding", "flip", "degrees", "num_ops", "cutout"), 0)
    kept = augment("strong", (3, 8, 8), **{k: v for k, v in others.items() if k != key})
    assert [type(t) for t in kept.transformations] == [alone]


def test_standard_is_a_crop_and_a_flip_of_the_padded_image():
    x = images(1, 64, 3, 9, 7)
    after = augment("standard", (3, 9, 7), padding=2)(x, streams(1))[0]
    found = set()
    for image, made in zip(x[0], after, strict=True):
        padded = torch.nn.functional.pad(image, (2, 2, 2, 2))
        crops = {
            (row, column, flipped): crop.flip(-1) if flipped else crop
            for row in range(5)
            for column in range(5)
            for crop in [padded[:, row : row + 9, column : column + 7]]
            for flipped in (False, True)
        }
        (which,) = [key for key, crop in crops.items() if torch.equal(crop, made)]
        found.add(which)
    assert {f for *_, f in found} == {False, True}
    assert {r for r, *_ in found} == {c for _, c, _ in found} == set(range(5))


@pytest.mark.parametrize("name", ["standard", "strong"])
def test_what_is_no_image_is_refused(name):
    with pytest.raises(ConfigError, match=r"augment is for images; this data set has inputs of shape \(8,\)"):
        augment(name, (8,))


def test_rand_augment_refuses_channels_without_a_colour():
    with pytest.raises(ConfigError, match="1 or 3 channels, not 2; num_ops=0"):
        augment("strong", (2, 8, 8))
    augment("strong", (2, 8, 8), num_ops=0)(images(1, 2, 2, 8, 8), streams(1))


@pytest.mark.parametrize(
    ("key", "value"), [("padding", -1), ("flip", 1.5), ("degrees", 200), ("magnitude", 31), ("cutout", 2)]
)
def test_a_number_out_of_range_is_refused(key, value):
    with pytest.raises(ConfigError, match=f"augment.{key}={value}"):
        augment("strong", (3, 8, 8), **{key: value})


# -- crop, flip, rotation, cutout


def test_the_crop_in_the_middle_is_the_image():
    x = images(2, 3, 9, 7)
    assert torch.equal(RandomCrop(4)(x, torch.tensor([[4, 4], [4, 4]])), x)


def test_a_crop_moves_the_image_and_lets_black_in():
    x = images(1, 3, 9, 7)
    after = RandomCrop(2)(x, torch.tensor([[0, 3]]))  # two rows of padding above, one column further right
    assert torch.equal(after[0, :, 2:, :-1], x[0, :, :-2, 1:])
    assert black(after[0])[:2].all()
    assert black(after[0])[:, -1].all()


def test_crops_are_all_alike():
    drawn = RandomCrop(1).draw(9000, generator("crop"))
    counts = (drawn[:, 0] * 3 + drawn[:, 1]).bincount(minlength=9)
    assert (counts - 1000).abs().max() < 4 * (9000 * 8 / 81) ** 0.5


def test_a_flip_changes_left_and_right_of_those_that_drew_it():
    x = images(2, 3, 9, 7)
    after = HorizontalFlip(0.5)(x, torch.tensor([True, False]))
    assert torch.equal(after[0], x[0].flip(-1))
    assert torch.equal(after[1], x[1])


@pytest.mark.parametrize(("probability", "low", "high"), [(0.0, 0, 0), (0.25, 850, 1150), (1.0, 4000, 4000)])
def test_flips_are_as_many_as_asked(probability, low, high):
    assert low <= HorizontalFlip(probability).draw(4000, generator("flip")).sum() <= high


@pytest.mark.parametrize("side", [8, 9])
@pytest.mark.parametrize("quarters", [0, 1, 2, 3])
def test_quarter_turns_are_exact(side, quarters):
    x = images(1, 3, side, side)
    angle = torch.tensor([torch.pi / 2 * quarters])
    after = Rotation(180.0)(x, torch.stack([angle.cos(), angle.sin()], 1))
    assert torch.equal(after, x.rot90(quarters, (-2, -1)))


@pytest.mark.parametrize("shape", SHAPES)
def test_rotations_are_torchvisions(shape):
    """But for pixels that lie half-way between two, where rounding decides."""
    x = images(16, *shape)
    drawn = Rotation(180.0).draw(16, generator("rotation"))
    angles = torch.atan2(drawn[:, 1], drawn[:, 0]).rad2deg().tolist()
    after = Rotation(180.0)(x, drawn)
    expected = torch.stack([v2.functional.rotate(image, angle) for image, angle in zip(x, angles, strict=True)])
    assert (after == expected).float().mean() > 0.995


def test_angles_are_uniform_to_both_sides():
    drawn = Rotation(20.0).draw(4000, generator("rotation"))
    angles = torch.atan2(drawn[:, 1], drawn[:, 0]).rad2deg()
    assert angles.abs().max() <= 20 + 1e-4
    assert (angles.histc(8, -20, 20) - 500).abs().max() < 4 * (4000 * 7 / 64) ** 0.5


@pytest.mark.parametrize(("share", "rows", "columns"), [(0.5, 6, 4), (0.25, 3, 2), (1.0, 12, 8)])
def test_a_hole_in_the_middle_has_its_size_and_nothing_else_changes(share, rows, columns):
    x = images(1, 3, 12, 8)
    after = Cutout(12, 8, share)(x, torch.tensor([[6, 4]]))[0]
    hole = torch.zeros(12, 8, dtype=torch.bool)
    top, left = 6 - rows // 2, 4 - columns // 2
    hole[top : top + rows, left : left + columns] = True
    assert torch.equal(black(after), hole)
    assert torch.equal(after[:, ~hole], x[0, :, ~hole])


def test_a_hole_is_clipped_at_the_border():
    after = Cutout(32, 32, 0.5)(images(2, 3, 32, 32), torch.tensor([[0, 0], [31, 16]]))
    corner, edge = black(after[0]), black(after[1])
    assert corner[:8, :8].all()
    assert corner.sum() == 8 * 8
    assert edge[23:, 8:24].all()
    assert edge.sum() == 9 * 16


def test_centres_are_all_alike():
    drawn = Cutout(3, 4, 0.5).draw(12000, generator("cutout"))
    counts = (drawn[:, 0] * 4 + drawn[:, 1]).bincount(minlength=12)
    assert len(counts) == 12
    assert (counts - 1000).abs().max() < 4 * (12000 * 11 / 144) ** 0.5


# -- RandAugment


def torchvisions(name, x, magnitude, sign):
    """The operation as v2.RandAugment does it to a whole batch."""
    theirs = v2.RandAugment()
    title = TORCHVISION.get(name, name.title().replace("_", ""))
    magnitudes, signed = theirs._AUGMENTATION_SPACE[title]
    bins = magnitudes(31, *x.shape[-2:])
    value = 0.0 if bins is None else float(bins[magnitude]) * (sign if signed else 1)
    return theirs._apply_image_or_video_transform(
        x, title, value, interpolation=theirs.interpolation, fill=theirs._fill
    )


def test_the_operations_are_torchvisions():
    titles = [TORCHVISION.get(name, name.title().replace("_", "")) for name in OPERATIONS]
    assert titles == list(v2.RandAugment._AUGMENTATION_SPACE)


@pytest.mark.parametrize("magnitude", [0, 1, 9, 20, 30])
@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_is_torchvisions(name, magnitude):
    rounding = int(name in ("brightness", "color", "contrast", "sharpness"))  # theirs is a float32 1.6
    for shape in ((3, 32, 32), (1, 28, 20)):
        x = images(4, *shape)
        for sign in (1, -1):
            ours = operations(*shape[1:])[name](x, sign * magnitude / 30)
            torch.testing.assert_close(ours, torchvisions(name, x, magnitude, sign), rtol=0, atol=rounding)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_treats_images_one_by_one(name, shape):
    x = images(37, *shape)
    run = operations(*shape[1:])[name]
    assert torch.equal(run(x, 0.3), torch.cat([run(image[None], 0.3) for image in x]))


def test_every_image_gets_the_operation_that_it_drew():
    x = images(28, 3, 32, 32)
    several = RandAugment(3, 32, 32, 1, 9)
    drawn = torch.randperm(28, generator=generator("drawn"))
    after = several(x, drawn[:, None])
    for image, made, choice in zip(x, after, drawn.tolist(), strict=True):
        run, a = several.choices[choice]
        assert torch.equal(made, run(image[None], a)[0])
    assert [a for _, a in several.choices] == [0.3, -0.3] * 14


def test_operations_follow_one_another():
    x = images(1, 3, 32, 32)
    rotate, solarize = (2 * OPERATIONS.index(name) for name in ("rotate", "solarize"))
    after = RandAugment(3, 32, 32, 2, 30)(x, torch.tensor([[rotate, solarize]]))
    assert torch.equal(after, v2.functional.solarize(v2.functional.rotate(x, 30.0), 0.0))


def test_operations_are_drawn_alike():
    drawn = RandAugment(3, 32, 32, 2, 9).draw(14000, generator("drawn"))
    counts = drawn.flatten().bincount(minlength=28)
    assert drawn.shape == (14000, 2)
    assert len(counts) == 28
    assert (counts - 1000).abs().max() < 4 * (28000 * 27 / 784) ** 0.5


def test_colour_leaves_grey_images_as_they_are():
    x = images(2, 1, 8, 8)
    assert torch.equal(operations(8, 8)["color"](x, 0.9), x)
