"""Distillation from the last epoch: its values, its limits, and what is refused."""

import pytest
import torch
from torch import tensor

from runner.console.errors import ConfigError
from runner.parts.methods.ps_kd import PSKD
from tests.objectives import built, first, same, values
from tests.parts.distillation import LOGITS, batch_of, on_to, parts, slope

BEFORE = tensor(
    [
        [0.08674625640735913, 0.0850901497422044, 0.5094126291553527, 0.3187509646950838],
        [0.22891380913140327, 0.47901604105936674, 0.13607631829401212, 0.15599383151521795],
        [0.037006956640719096, 0.09911248269317381, 0.035590793041035906, 0.8282897676250711],
        [0.0925230544652594, 0.7802658046609916, 0.06827035896147614, 0.05894078191227271],
        [0.018974866842533845, 0.020569556502683113, 0.7659430108960681, 0.19451256575871514],
        [0.27988694928143776, 0.43182619407170597, 0.0493617808128869, 0.23892507583396935],
    ],
    dtype=torch.float64,
)


def test_ps_kd_has_the_released_codes_numbers():
    """lgcnsai/PS-KD-Pytorch, transcribed: halfway, where a = 0.4."""
    method = PSKD(*parts(), num_train=6, num_classes=4, weight=0.8).double()
    method.before.copy_(BEFORE)
    method.begin(5, 10)
    losses = method(batch_of())
    assert losses.mean().item() == pytest.approx(3.045660263307581, abs=1e-9)
    assert slope(losses, method.network) == pytest.approx(0.3541302772971882, abs=1e-9)
    torch.testing.assert_close(method.before, LOGITS.softmax(-1))  # for the next epoch


@pytest.mark.parametrize("loss", ["ce", "gce"])
def test_ps_kd_is_erm_in_the_first_epoch_and_without_weight(loss):
    plain, batch = first(f"loss={loss}", "epochs=2")
    soft, _ = first("method=ps_kd", f"loss={loss}", "epochs=2")
    without, _ = first("method=ps_kd", f"loss={loss}", "method.weight=0", "epochs=2")
    same(values(soft, batch), values(plain, batch))
    for epoch in (1, 2):
        same(values(on_to(without, epoch), batch), values(plain, batch))
    losses, _ = values(on_to(soft, 2), batch)
    assert not torch.allclose(losses, values(plain, batch)[0], atol=1e-3)


def test_ps_kd_takes_the_label_alone_of_what_was_never_seen():
    soft, batch = first("method=ps_kd", "epochs=2")
    soft.method(batch.at(torch.arange(3)))
    on_to(soft, 2)
    plain, _ = first("epochs=2")
    other = soft.method(batch) - plain.method(batch)
    assert (other[3:] == 0).all()
    assert (other[:3].abs() > 1e-3).all()


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (["method=ps_kd", "method.weight=1.5"], r"method\.weight=1\.5: must be a number in \[0, 1\]"),
    ],
)
def test_what_cannot_be_is_named(said, why):
    with pytest.raises(ConfigError, match=why):
        built(*said)
