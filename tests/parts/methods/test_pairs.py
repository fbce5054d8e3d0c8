"""What methods of two networks have in common: the share that is left out, who predicts, what each keeps."""

from functools import partial

import pytest
import torch
from torch import nn

from runner.contracts.terms import Regularizer
from runner.objective.criterion import Criterion, Penalties
from runner.objective.objective import draws_of
from runner.parts.methods.draws import beta
from runner.parts.methods.pairs import peers
from tests.objectives import first, same, values
from tests.parts.two_networks import Said, W, Z


@pytest.mark.parametrize(
    "said", [["method=co_teaching", "noise=0"], ["method=jocor", "noise=0", "method.agreement=0"]], ids=lambda s: s[0]
)
@pytest.mark.parametrize("extra", [["loss=ce"], ["loss=gce", "regularizer=spectral_decoupling"], ["loss=elr"]])
def test_two_networks_that_forget_nothing_are_erm_of_both(said, extra):
    objective, batch = first(*said, *extra)
    objective.begin(40)
    losses, gradients = values(objective, batch)
    expected = 0.0
    for name in ("erm", "peer"):
        plain, _ = first(*extra)
        plain.method.network.load_state_dict(getattr(objective.method, name).network.state_dict())
        of_erm, slopes_of_erm = values(plain, batch)
        expected = expected + of_erm
        for key, gradient in slopes_of_erm.items():
            same(gradients[key.replace("method.", f"method.{name}.")], gradient)
    same(losses, expected)


@pytest.mark.parametrize("name", ["co_teaching", "jocor"])
def test_the_share_left_out_rises_from_nothing(name):
    objective, _ = first(f"method={name}", "noise=0.4")
    seen = []
    for epoch in (1, 2, 6, 11, 60):
        objective.begin(epoch)
        seen.append(objective.method.rate)
    assert seen == pytest.approx([0, 0.04, 0.2, 0.4, 0.4], abs=1e-15)


@pytest.mark.parametrize("name", ["co_teaching", "jocor"])
def test_one_network_is_evaluated_or_both(name):
    objective, batch = first(f"method={name}")
    both, _ = first(f"method={name}", "method.evaluate=mean")
    ours, theirs = (erm.network(batch.x) for erm in (objective.method.erm, objective.method.peer))
    assert not torch.equal(ours, theirs), "initial weights are other ones"
    same(objective.predict(batch.x), ours)
    same(both.predict(batch.x), (ours + theirs) / 2)


def test_each_network_has_the_state_of_its_loss():
    objective, batch = first("method=co_teaching", "loss=elr")
    plain, _ = first("loss=elr")
    objective.method(batch)
    plain.method(batch)
    ours, theirs = (dict(erm.loss.named_buffers()) for erm in (objective.method.erm, objective.method.peer))
    changed = [name for name, kept in plain.method.loss.named_buffers() if kept.is_floating_point()]
    assert changed
    for name in changed:
        same(ours[name], plain.method.loss.get_buffer(name))
        assert not torch.equal(ours[name], theirs[name])


class Price(Regularizer):
    """A penalty that looks at a network, and draws."""

    def __init__(self, network):
        super().__init__()
        self.network = network
        self.weight = network.logits
        self.draws = {"price_share": partial(beta(1.0))}

    def forward(self, features, logits, batch):
        return self.weight.sum()


def test_the_second_network_has_regularizers_that_look_at_it():
    network, peer = Said(Z), Said(W)
    one, other = peers(network, peer, Criterion(nn.Identity()), Penalties({"price": Price(network)}))
    assert one.regularizer.parts.price.network is network
    price = other.regularizer.parts.price
    assert price.network is peer
    assert price.weight is peer.logits
    assert set(draws_of(nn.ModuleList([one, other]))) == {"price_share"}  # one draw, not two that quarrel
