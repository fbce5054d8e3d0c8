"""ROAD: its weights are a function of the input and the group, and go to where the adversary guesses well."""

import torch

from runner.parts.domains import members
from tests.objectives import same
from tests.parts.regularizers.test_broad import BATCH, GROUP, LOGITS, N, broad

OF = members(GROUP, torch.arange(N), 3)
LOSSES = torch.linspace(0, 3, N, dtype=torch.float64)


def weights(steps, tau):
    return broad("road", steps=steps, tau=tau).weights(LOSSES, OF, BATCH)


def price(r, tau):
    return (r * LOSSES).mean() + tau * (r * r.log()).mean()


def test_steps_make_the_price_of_weights_smaller():
    assert price(weights(300, 0.5), 0.5) < price(weights(1, 0.5), 0.5)


def test_weights_go_to_where_losses_are_small_and_a_large_tau_holds_them_at_one():
    free, held = weights(300, 0.1), weights(300, 1000.0)
    assert ((free * LOSSES) @ OF.double() < (LOSSES @ OF.double())).all()
    torch.testing.assert_close(held, torch.ones_like(held), rtol=0, atol=0.05)


def test_equal_inputs_of_one_group_weigh_alike():
    x = BATCH.x.clone()
    x[3] = x[0]  # both of group 0
    made = broad("road", steps=20)
    r = made.weights(LOSSES, OF, BATCH._replace(x=x))
    same(r[3], r[0])
    assert r[0] != r[6]


def test_its_numbers_are_its_own_and_the_adversary_does_not_learn_from_them():
    one, other = broad("road"), broad("road")
    other.weigher.numbers.zero_()
    one(LOGITS, LOGITS, BATCH), other(LOGITS, LOGITS, BATCH)
    same(one.adversary.numbers, other.adversary.numbers)
