"""QuickSelection: what is pruned and how strength is counted as released, and inputs that say nothing."""

import pytest
import torch

from datasets.curations.quick_selection import pruned, quick_selection, strength
from tests.datasets.curations.cases import case, clouds, stream

USUAL = {"hidden": 30, "epochs": 20, "epsilon": 13.0, "zeta": 0.2, "noise": 0.2, "dropout": 0.2}


def test_what_stays_is_as_released():
    inputs, expected = case("quickselection_set_prune")
    stays = pruned(inputs["weights"], inputs["zeta"])
    assert inputs["weights"][stays].tolist() == pytest.approx(expected["kept"])


def test_what_is_0_never_stays():
    assert not pruned(torch.zeros(3, 4), 0.2).any()
    assert pruned(torch.tensor([0.0, 0.1, 0.2, 0.3]), 0.0).tolist() == [False, False, True, True]


def test_strength_is_as_released():
    inputs, expected = case("quickselection_strength")
    found = strength(inputs["W1"])
    torch.testing.assert_close(found, torch.tensor(expected["strength"], dtype=torch.float64))
    assert sorted(found.topk(inputs["k"]).indices.tolist()) == expected["selected"]


def test_inputs_that_vary_are_selected_before_those_that_do_not():
    draw = torch.Generator().manual_seed(1)
    x = torch.cat([torch.randn(400, 5, generator=draw), torch.zeros(400, 5)], 1)
    for seed in range(3):
        mask = quick_selection(
            x, torch.zeros(10), torch.ones(10), stream(seed), features=5, **USUAL | {"epochs": 60, "noise": 0.01}
        ).mask
        assert mask[:5].all()


def test_so_many_are_seen_and_the_stream_decides():
    x, _, mean, std = clouds(dim=12)
    one, same, other = (
        quick_selection(x.view(60, 3, 4), mean.view(3, 4), std.view(3, 4), stream(s), features=5, **USUAL).mask
        for s in (0, 0, 1)
    )
    assert one.shape == (3, 4)
    assert one.sum() == 5
    assert torch.equal(one, same)
    assert not torch.equal(one, other)


def test_as_many_as_there_are_is_refused():
    x, _, mean, std = clouds()
    with pytest.raises(ValueError, match=r"curation.features=6: an input has 6 numbers; fewer can be selected"):
        quick_selection(x, mean, std, stream(), features=6, **USUAL)
