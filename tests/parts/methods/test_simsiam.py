"""SimSiam: the published loss and its gradient, and what is refused."""

import pytest
import torch
from torch.nn.functional import cosine_similarity

from runner.compose.command_line import compose_cells
from runner.console.errors import ConfigError
from tests.objective.test_objectives import SUITS
from tests.objectives import first, same, values

SAID = ["method=simsiam", *SUITS["simsiam"]]


def test_it_is_the_published_loss_and_no_gradient_reaches_a_target():
    """-cos / 2 of each view's prediction, as in the paper's algorithm 1, scaled and shifted to 2 - 2 cos."""
    objective, batch = first(*SAID)
    method = objective.method
    losses, gradients = values(objective, batch)
    z = method.projection(method.network.features(batch.x.flatten(0, 1)))
    p, z = (each.unflatten(0, (-1, 2)) for each in (method.predictor(z), z))
    one, two = (cosine_similarity(p[:, i], z[:, 1 - i].detach(), dim=1) for i in (0, 1))
    expected = 2 - (one + two)
    same(losses, expected.detach())
    named = dict(objective.named_parameters())
    slopes = torch.autograd.grad(expected.mean(), [named[name] for name in gradients])
    for ours, theirs in zip(gradients.values(), slopes, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-9, atol=1e-12)


def test_the_head_is_not_trained():
    _, gradients = values(*first(*SAID))
    assert not any(".head" in name for name in gradients)


@pytest.mark.parametrize("method", ["simsiam", "byol"])
@pytest.mark.parametrize(
    ("said", "line"),
    [
        (
            ["loss=cosine"],
            "method={0} with dataset=digits: {0} fits representation, this is classification; what fits: ",
        ),
        (
            ["task=representation", "loss=barlow"],
            "method={0} with loss=barlow: barlow is a loss of two views of a whole",
        ),
        ([], "method={0} with dataset=digits: {0} fits representation"),
    ],
)
def test_what_does_not_fit_is_refused(method, said, line):
    with pytest.raises(ConfigError) as refusal:
        compose_cells([f"method={method}", *said], multirun=False)
    assert str(refusal.value).startswith(line.format(method))
