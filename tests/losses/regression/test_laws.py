"""Every loss of real targets under every law."""

import pytest
import torch

from losses.regression._predictive import Point
from runner.catalog.example_batches import B, D
from runner.catalog.loss_laws import laws_for, laws_of
from tests.losses.regression.examples import INDEX, NAMES, examples, make
from tests.zoo import node

EXEMPT = {
    ("beta_nll", "gradient_is_the_derivative"): "the weight is held constant, by design",
    ("bag_instance", "examples_do_not_mix"): "neighbours of a batch are a bag, by design",
}


@pytest.mark.parametrize("law", laws_for("regression", "example"))
@pytest.mark.parametrize("name", NAMES)
def test_law(name, law, request):
    if reason := EXEMPT.get((name, law)):
        request.applymarker(pytest.mark.xfail(reason=reason, strict=True))
    laws_of(node(name), "regression")[law]()


@pytest.mark.parametrize("name", NAMES)
def test_a_loss_is_the_mean_over_the_targets_of_an_example(name):
    loss = make(name).double()
    prediction, target, index = examples(name)(dtype=torch.float64)
    parts = (
        prediction.unflatten(-1, (-1, D))
        if name in ("gaussian_nll", "beta_nll")
        else prediction.unflatten(-1, (D, -1)).mT
    )
    alone = [loss(parts[..., d], target[:, d : d + 1], index) for d in range(D)]
    torch.testing.assert_close(loss(prediction, target, index), torch.stack(alone).mean(0))


@pytest.mark.parametrize("name", NAMES)
def test_what_minimises_it_predicts_the_target(name):
    """Of bins about a fifth of a deviation may be missed; see soft_scores."""
    loss, prediction = (
        make(name).double(),
        torch.zeros_like(examples(name)()[0], dtype=torch.float64, requires_grad=True),
    )
    target = torch.tensor([[-1.3, 0.4, 0.9]], dtype=torch.float64).expand(B, D)
    adam = torch.optim.Adam([prediction], lr=0.05)
    for _ in range(300):
        adam.zero_grad()
        loss(prediction, target, INDEX).sum().backward()
        adam.step()
    torch.testing.assert_close(predicted(loss, prediction.detach()).point, target, atol=0.2, rtol=0)


@pytest.mark.parametrize("name", NAMES)
def test_predictions_of_all_seeds_are_read_at_once(name):
    prediction, y = (
        torch.stack(two).detach() for two in list(zip(*(examples(name)(draw) for draw in (0, 1)), strict=True))[:2]
    )
    whole, one = predicted(make(name), prediction), predicted(make(name), prediction[1])
    for of in (
        lambda p, y: p.point,
        lambda p, y: p.spread,
        lambda p, y: p.nll(y),
        lambda p, y: p.crps(y),
        lambda p, y: p.cdf(y),
    ):
        found, alone = of(whole, y), of(one, y[1])
        assert (found is None) == (alone is None)
        if found is not None:
            assert found.shape == (2, B, D)
            assert found.dtype == torch.float32
            torch.testing.assert_close(found[1], alone)


def predicted(loss, prediction):
    return loss.decode(prediction) if hasattr(loss, "decode") else Point(prediction)
