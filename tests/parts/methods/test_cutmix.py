"""CutMix: its boxes, its values, its limits, and what is refused."""

import pytest
import torch
from torch import tensor
from torchvision.transforms import v2

from runner.console.errors import ConfigError
from runner.data.streams import generator
from runner.parts.methods.cutmix import boxes
from runner.parts.methods.draws import beta
from tests.objectives import built, first, same, values
from tests.parts.erm import erm_like

DIGITS = ["dataset=digits", "noise=0.3"]


class Given:
    """A distribution that gives what it is told."""

    def __init__(self, share):
        self.sample = lambda shape: share


def test_boxes_are_torchvisions(monkeypatch):
    theirs = v2.CutMix(num_classes=2)
    for i in range(50):
        ours, same_stream = generator("cutmix", i), generator("cutmix", i)
        first, end = boxes((9, 14), 1.0, 1.0)(ours, 8)
        theirs._dist = Given(beta(1.0)(same_stream, 8))
        torch.rand((), generator=same_stream)  # is it mixed
        row, column = (torch.randint(side, (1,), generator=same_stream) for side in (9, 14))
        centre = {9: row, 14: column}
        monkeypatch.setattr(torch, "randint", lambda side, size, centre=centre: centre[side])
        left, top, right, bottom = theirs.make_params([torch.zeros(8, 3, 9, 14)])["box"]
        monkeypatch.undo()
        assert (first.tolist(), end.tolist()) == ([top, left], [bottom, right])


def test_as_many_batches_are_mixed_as_asked():
    draw, g = boxes((64, 64), 20.0, 0.25), generator("cutmix")
    mixed = [bool((end > first).all()) for first, end in (draw(g, 8) for _ in range(1000))]
    assert abs(sum(mixed) - 250) < 4 * (1000 * 0.25 * 0.75) ** 0.5


def test_cutmix_is_a_box_of_another_image_and_its_share_of_the_loss():
    objective, batch = first("method=cutmix", "loss=gce", "regularizer=spectral_decoupling", *DIGITS)
    batch.draws["cutmix_box"] = tensor([[1, 2], [7, 4]])
    places = batch.draws["cutmix_places"]
    x = batch.x.clone()
    x[:, :, 1:7, 2:4] = x[places, :, 1:7, 2:4]
    z = objective.predict(x)
    p = z.softmax(-1) ** 0.7
    each = [(1 - p.gather(1, y[:, None])[:, 0]) / 0.7 for y in (batch.labels, batch.labels[places])]
    share = 1 - 6 * 2 / 64
    same(objective.method(batch), share * each[0] + (1 - share) * each[1] + 0.1 * z.square().mean())


@pytest.mark.parametrize("loss", ["ce", "elr"])
def test_a_box_without_area_is_erm(loss):
    said = [*DIGITS, f"loss={loss}", "regularizer=spectral_decoupling"]
    objective, batch = first("method=cutmix", *said)
    batch.draws["cutmix_box"] = tensor([[3, 4], [3, 8]])
    losses, gradients = values(objective, batch)
    wanted, theirs = erm_like(batch, *said)
    same(losses, wanted)
    same(list(gradients.values()), list(theirs.values()))


def test_cutmix_of_no_batch_is_erm_and_draws_nothing():
    objective, batch = first("method=cutmix", "method.probability=0", *DIGITS)
    assert objective.method.draws == {}
    same(values(objective, batch)[0], erm_like(batch, *DIGITS)[0])


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("method.alpha=0 dataset=digits", r"method.alpha=0.*number in \(0, inf\)"),
        ("method.probability=2 dataset=digits", r"method.probability=2.*number in \[0, 1\]"),
        ("dataset=blobs", r"inputs of shape \(8,\) are none, use mixup"),
    ],
)
def test_what_is_out_of_range_is_refused_by_name(said, words):
    with pytest.raises(ConfigError, match=words):
        built("method=cutmix", *said.split())
