"""What environments do to inputs."""

import pytest
import torch

from datasets.environments.changes import CHANGES, changed

STD = torch.tensor(0.5)


def do(x, change, strength):
    return changed(x, change, strength, STD, torch.Generator().manual_seed(3))


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("x", [torch.rand(3, 1, 6, 6), torch.randint(256, (3, 2, 6, 7), dtype=torch.uint8)])
def test_no_strength_is_no_change_and_the_type_stays(change, x):
    still, strong = do(x, change, 0.0), do(x, change, 0.5 if change != "roll" else 2)
    assert still.dtype == strong.dtype == x.dtype
    assert torch.allclose(still.float(), x.float(), atol=1e-4)
    assert strong.shape == x.shape
    assert not torch.allclose(strong.float(), x.float(), atol=1e-2)


def test_a_quarter_turn_is_torchs():
    x = torch.rand(2, 1, 5, 5)
    assert torch.allclose(do(x, "rotate", 90.0), x.rot90(1, (2, 3)), atol=1e-5)
    assert torch.allclose(do(x, "rotate", -90.0), x.rot90(-1, (2, 3)), atol=1e-5)


def test_vectors_can_be_rolled_and_blurred():
    x = torch.tensor([[0.0, 0, 1, 0, 0]])
    assert do(x, "roll", 1).tolist() == [[0, 0, 0, 1, 0]]
    blurred = do(x, "blur", 1.0)
    assert blurred.sum().item() == pytest.approx(1, abs=0.02)
    assert blurred.argmax() == 2


def test_contrast_draws_to_the_inputs_own_mean():
    x = torch.tensor([[0.0, 2.0], [4.0, 8.0]])
    assert do(x, "contrast", 0.75).tolist() == [[0.75, 1.25], [5.5, 6.5]]


def test_noise_is_in_deviations():
    x = torch.zeros(100, 100)
    assert do(x, "noise", 2.0).std().item() == pytest.approx(2 * 0.5, rel=0.05)
