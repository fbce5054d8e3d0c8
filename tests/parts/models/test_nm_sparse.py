"""N:M sparsity: the released masks, what fades when, and what is refused."""

import json

import pytest
import torch

from runner.catalog.objective_laws import LAWS
from runner.console.errors import ConfigError
from runner.parts.models.nm_sparse import Mask
from runner.training.run import run
from tests.objectives import cell_of, first
from tests.parts.test_models import built
from tests.zoo import ROOT


def case(name):
    found = json.loads((ROOT / f"tests/values/models/{name}.json").read_text())
    numbers = {k: torch.tensor(v, dtype=torch.float64) for k, v in (found["inputs"] | found["expected"]).items()}
    mask = Mask(found["inputs"]["N"], found["inputs"]["M"], "none", 1.0, 0.0, 0.0).double()
    mask.begin(1, 1)
    return mask, numbers


@pytest.mark.parametrize("name", ["nm_mask_2_4", "nm_mask_1_8", "nm_mask_conv_1_4"])
def test_masks_are_as_released(name):
    mask, numbers = case(name)
    torch.testing.assert_close(mask(numbers["W"]), numbers["mask"] * numbers["W"])


def test_what_is_pruned_fades_and_keeps_its_gradient_as_released():
    mask, numbers = case("nm_decay_linear")
    mask.share.fill_(1 - numbers["coef"].item() * numbers["step"].item())
    weight = numbers["W"].requires_grad_()
    made = mask(weight)
    made.backward(numbers["cotangent"])
    torch.testing.assert_close(made, numbers["forward"])
    torch.testing.assert_close(weight.grad, numbers["grad"])


PHASES = [  # dense for 2 of 10 epochs, sparse for 2
    ("none", 2 * [(8, 1.0)] + 8 * [(1, 0.0)]),
    ("structure", 2 * [(8, 1.0)] + [(k, 0.0) for k in (7, 7, 4, 2, 2, 1, 1, 1)]),
    ("linear", 2 * [(8, 1.0)] + [(1, d) for d in (0.75, 0.5, 0.25, 0, 0, 0, 0, 0)]),
    ("exponential", 2 * [(8, 1.0)] + [(1, 0.7788007830714049**t) for t in range(1, 7)] + 2 * [(1, 0.0)]),
]


@pytest.mark.parametrize(("decay", "expected"), PHASES)
def test_phases(decay, expected):
    mask = Mask(1, 8, decay, 0.25, 0.2, 0.2)
    found = [mask.at(epoch, 10) for epoch in range(1, 11)]
    assert [kept for kept, _ in found] == [kept for kept, _ in expected]
    assert [d for _, d in found] == pytest.approx([d for _, d in expected])


def test_in_the_end_n_of_m_are_left_but_for_layers_that_do_not_divide():
    objective, _ = first("model=nm_sparse", "model@model.network=resnet20", "model.network.width=8", "dataset=digits")
    objective.begin(100)
    convolutions = [m for m in objective.method.network.body.modules() if isinstance(m, torch.nn.Conv2d)]
    left = [(m.weight != 0).double().mean().item() for m in convolutions]
    assert left == pytest.approx([1.0] + 18 * [1 / 8])


def test_all_of_m_is_the_dense_network(compose, measured):
    rows = [
        measured(run(**compose("dataset=digits", "epochs=2", *words)))
        for words in (["model=nm_sparse", "model.n=8"], ["model=mlp"])
    ]
    assert rows[0] == rows[1]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"n": 9}, "n=9: of m=8 weights no more than 8 can stay"),
        ({"dense": 0.6, "sparse": 0.6}, "no more than 1 together"),
        ({"m": 5}, "m=5: no layer before the head has inputs that divide by it"),
    ],
)
def test_what_cannot_be_is_refused(changed, said):
    with pytest.raises(ConfigError, match=said):
        built("nm_sparse", **changed)


@pytest.mark.parametrize("model", ["nm_sparse", "compander", "snnk", "lr2vq"])
@pytest.mark.parametrize("law", ["a_stack_is_its_seeds", "it_goes_on_after_a_checkpoint"])
def test_networks_of_rewritten_weights_obey_the_laws(model, law):
    small = "model.width=16" if model == "snnk" else "model.network.width=16"
    LAWS[law](cell_of(f"model={model}", small, "epochs=3", "dataset.num_train=64", "exec.checkpoint_every=1"))
