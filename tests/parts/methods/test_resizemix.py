"""ResizeMix: small copies, its values, its limits, and what is refused."""

import pytest
import torch
import torch.nn.functional as F
from torch import tensor

from runner.console.errors import ConfigError
from runner.data.streams import generator
from runner.parts.methods.resizemix import shrunk
from tests.objectives import built, first, same, values
from tests.parts.erm import erm_like

DIGITS = ["dataset=digits", "noise=0.3"]


@pytest.mark.parametrize("sides", [(1, 1), (3, 5), (4, 7), (8, 2), (9, 14)])
def test_a_copy_is_what_torch_interpolates(sides):
    x = torch.rand(2, 3, 9, 14, generator=generator("resizemix"))
    corners = tensor([[0, 0], [9 - sides[0], 14 - sides[1]]])
    seen = shrunk(x, corners, tensor(sides))
    wanted = F.interpolate(x, size=sides)
    for image, small, (row, column) in zip(seen, wanted, corners.tolist(), strict=True):
        assert torch.equal(image[:, row : row + sides[0], column : column + sides[1]], small)


def test_resizemix_is_a_small_copy_and_its_share_of_the_loss():
    objective, batch = first("method=resizemix", *DIGITS)
    batch.draws["resizemix_sides"] = tensor([3, 6])
    centres, places = batch.draws["resizemix_centre"], batch.draws["resizemix_places"]
    small = F.interpolate(batch.x, size=(3, 6))
    x = batch.x.clone()
    for i, (row, column) in enumerate(centres.tolist()):
        top, left = min(max(row - 1, 0), 5), min(max(column - 3, 0), 2)  # as released: moved to lie within
        x[i, :, top : top + 3, left : left + 6] = small[places[i]]
    z = objective.predict(x)
    each = [F.cross_entropy(z, y, reduction="none") for y in (batch.labels, batch.labels[places])]
    share = 1 - 3 * 6 / 64
    same(objective.method(batch), share * each[0] + (1 - share) * each[1])


def test_sides_and_places_are_drawn_as_said():
    (objective,), _ = built("method=resizemix", "method.smallest=0.2", "method.largest=0.6", *DIGITS)
    sides, centre = (objective.method.draws[f"resizemix_{name}"] for name in ("sides", "centre"))
    g = generator("resizemix")
    drawn = torch.stack([sides(g, 64) for _ in range(2000)])
    assert torch.equal(drawn[:, 0], drawn[:, 1])
    shares = drawn[:, 0].bincount(minlength=5)[1:] / 2000  # int(8 tau) of tau in [0.2, 0.6]
    assert (shares - tensor([0.125, 0.3125, 0.3125, 0.25])).abs().max() < 0.05
    places = centre(g, 8000)
    assert ((places[:, 0] * 8 + places[:, 1]).bincount(minlength=64) - 125).abs().max() < 5 * 125**0.5


@pytest.mark.parametrize("loss", ["ce", "elr"])
def test_copies_without_area_are_erm(loss):
    said = [*DIGITS, f"loss={loss}", "regularizer=spectral_decoupling"]
    objective, batch = first("method=resizemix", "method.smallest=0", "method.largest=0", *said)
    losses, gradients = values(objective, batch)
    wanted, theirs = erm_like(batch, *said)
    same(losses, wanted)
    same(list(gradients.values()), list(theirs.values()))


def test_whole_copies_are_erm_of_the_others():
    objective, batch = first("method=resizemix", "method.smallest=1", "method.largest=1", *DIGITS)
    others = batch.at(batch.draws["resizemix_places"])
    same(objective.method(batch), erm_like(others, *DIGITS)[0])


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("method.largest=1.5 dataset=digits", r"method.largest=1.5.*number in \[0, 1\]"),
        ("method.smallest=0.9 dataset=digits", "smallest=0.9: must be at most largest=0.8"),
        ("dataset=blobs", r"inputs of shape \(8,\) are none, use mixup"),
    ],
)
def test_what_is_out_of_range_is_refused_by_name(said, words):
    with pytest.raises(ConfigError, match=words):
        built("method=resizemix", *said.split())
