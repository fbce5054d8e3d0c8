"""Networks as chains: units that change places leave the function as it was."""

import pytest
import torch

from runner.merging.chain import chain_of, moved
from runner.nodes.build import build
from tests.zoo import written

CHAINS = {
    "mlp": ("mlp", {"depth": 3, "width": 7}, 3),
    "mlp, batch": ("mlp", {"depth": 2, "width": 7, "norm": "batch"}, 2),
    "mlp, layer": ("mlp", {"depth": 2, "width": 7, "norm": "layer"}, 2),
    "mlp, crrelu": ("mlp", {"width": 7, "activation": "crrelu"}, 1),
    "cnn": ("cnn", {"width": 3}, 3),
    "cnn, none": ("cnn", {"width": 3, "norm": "none"}, 3),
    "lenet5": ("lenet5", {}, 4),
}


def network(name, changed, shape=(1, 28, 28)):
    torch.manual_seed(0)
    made = build("model", written(name, "model") | changed, input_shape=shape, num_outputs=5).double()
    made.train()(torch.randn(20, *shape, dtype=torch.float64))  # statistics of BatchNorm that are not all alike
    return made.eval()


@pytest.mark.parametrize("case", CHAINS)
def test_units_in_other_places_compute_the_same(case):
    name, changed, hidden = CHAINS[case]
    made = network(name, changed)
    x = torch.randn(4, 1, 28, 28, dtype=torch.float64)
    before, state, layers = made(x), made.state_dict(), chain_of(made)
    assert len(layers) == hidden + 1
    orders = [torch.randperm(len(state[layer.weight])) for layer in layers[:-1]]
    other = moved({key: value.clone() for key, value in state.items()}, layers, orders)
    assert any(not torch.equal(other[key], state[key]) for key in state)
    made.load_state_dict(other)
    torch.testing.assert_close(made(x), before)


@pytest.mark.parametrize(
    ("name", "changed", "why"),
    [("resnet20", {}, "_Block"), ("mlp", {"norm": "group", "width": 64}, "GroupNorm"), ("vit", {}, "units can be")],
)
def test_what_is_no_chain_is_refused(name, changed, why):
    with pytest.raises(ValueError, match=why):
        chain_of(network(name, changed, (3, 32, 32)))
