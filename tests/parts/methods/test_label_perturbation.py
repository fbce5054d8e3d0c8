"""Label perturbation: its rates, its loss, its limit, and what is refused."""

import pytest
import torch
from torch import nn

from runner.console.errors import ConfigError
from runner.data.loader import Batch
from runner.parts.methods.label_perturbation import moved
from runner.stack.stack import Stack
from tests.objectives import built, cell_of, first, near, same, values
from tests.parts.erm import plain


def test_rates_move_as_in_the_released_code():
    """aslp_alpha_update: main_ASLP.py of Carlisle-Liu/ASLP, transcribed; its gap is entropy - 2 BCE."""
    rate = torch.tensor([0.0, 0.1, 0.2], dtype=torch.float64)
    bce = torch.tensor([0.01, 0.2, 0.05], dtype=torch.float64)
    entropy = torch.tensor([0.05, 0.1, 0.2], dtype=torch.float64)
    seen = moved(rate, entropy - 2 * bce, 0.93, beta=2.0, eta=0.002, weight=2000.0)
    near(seen, torch.tensor([3.0000000000000004e-05, 0.0, 0.0], dtype=torch.float64))
    without = moved(rate, 200 * bce, 0.93, beta=2.0, eta=0.01, weight=0.0)  # no bound by errors but that of the clip
    near(without, torch.tensor([0.01, 0.24, 0.24], dtype=torch.float64))


class Binary(nn.Module):
    """A sigmoid's logit as two classes' logits; its features are the inputs."""

    def features(self, x):
        return x

    def head(self, x):
        return torch.stack([torch.zeros_like(x[:, 0]), x[:, 0]], 1)


def perturbing(*overrides):
    """The method after its start, and a batch."""
    objective, batch = first("method=label_perturbation", "val_fraction=0.2", "method.start=0", *overrides)
    return objective.method, batch


def test_perturbed_labels_give_the_released_codes_loss():
    """aslp_perturbed_bce_beta2: three pixels of an image that is perturbed, three of one that is not."""
    logits = [1.5409961082440433, -0.2934289057609464, -2.1787893820745574]
    logits += [0.5684312772806678, -1.084522342424021, -1.3985953953708767]
    gradient = [-0.19606508610137832, 0.2378607703618828, 0.1836119076011069]
    gradient += [-0.06026647969494838, 0.042108526622495875, 0.03300651593195444]
    method, _ = perturbing("classes=[0,1]", "method.beta=2")
    method.erm.network = Binary()
    x = torch.tensor(logits, dtype=torch.float64)[:, None].requires_grad_()
    method.rate[:6] = torch.tensor([0.3, 0.3, 0.3, 0.0, 0.0, 0.0])
    draws = {"label_perturbation_uniform": torch.full((6,), 0.2)}
    losses = method(Batch(x, torch.tensor([0, 1, 1, 1, 0, 0]), torch.arange(6), draws))
    assert losses.mean().item() == pytest.approx(-0.36567869838293793, abs=1e-9)
    (found,) = torch.autograd.grad(losses.mean(), x)
    near(found[:, 0], torch.tensor(gradient, dtype=torch.float64))
    margin = torch.tensor([-1, 1, 1, 1, -1, -1]) * x[:, 0].detach()
    near(method.gap[:6], margin)  # entropy - 2 BCE: log p_y - log(1 - p_y)


def test_a_rate_of_zero_is_erm():
    said = ["val_fraction=0.2", "noise=0.3"]
    objective, batch = first("method=label_perturbation", "method.start=0", "method.eta=0", *said)
    expected = plain(*said)
    same(values(objective, batch), expected)
    objective.begin(2)
    assert objective.method.rate.max() == 0
    same(values(objective, batch), expected)
    same(objective.predict(batch.x), objective.method.erm.network(batch.x))


def test_only_the_chosen_are_perturbed_towards_the_other_classes():
    method, batch = perturbing("method.beta=0.5")
    method.rate[batch.index[::2]] = 0.8
    batch.draws["label_perturbation_uniform"] = torch.full((len(batch.labels),), 0.5)
    losses = method(batch)
    nll = -method.predict(batch.x).log_softmax(-1)
    own = nll.gather(1, batch.labels[:, None])[:, 0]
    others = (nll.sum(1) - own) / 3
    near(losses[1::2], own[1::2])
    near(losses[::2], (own + others)[::2] / 2)


def test_rates_start_after_the_start_and_stop_at_the_held_out_errors():
    (objective,), _ = built("method=label_perturbation", "val_fraction=0.2", "method.start=1", "method.weight=0")
    method = objective.method
    objective.train()
    objective.begin(1)
    assert not method.counting
    objective.begin(2)
    assert method.counting
    method.gap.fill_(1.0)
    assert method.rate.max() == 0
    objective.begin(3)
    near(method.rate, torch.full_like(method.rate, 0.002 / 2))
    assert method.erm.network.training
    method.weight = 2000.0
    wrong = (method.predict(method.held_x).argmax(1) != method.held_labels).double().mean()
    method.rate.fill_(0.2)  # beta times that is above or below the errors
    objective.begin(4)
    step = 0.002 * (0.5 + 2000 * min(wrong.item() - 0.4, 0))
    near(method.rate, torch.full_like(method.rate, 0.2 + step).clamp(0, 0.24))


def test_each_seed_has_its_own_rates():
    copies, _ = built("method=label_perturbation", "val_fraction=0.2", "method.start=0", seeds=(0, 1))
    for i, copy in enumerate(copies):
        copy.method.gap.fill_(1.0 + i)
        copy.method.weight = 0.0
    stack = Stack(copies)
    stack.begin(2)
    assert [stack.copy(i)["method.rate"].unique().item() for i in (0, 1)] == pytest.approx([0.001, 0.002])


def test_held_out_examples_are_needed():
    with pytest.raises(ConfigError, match=r"needs validation examples; val_fraction=0\.1"):
        first("method=label_perturbation")


@pytest.mark.parametrize(
    ("method", "override", "message"),
    [
        ("label_perturbation", "beta=0.4", r"method.beta=0.4: must be a number in \[0.5, 50\)"),
        ("label_perturbation", "eta=-1", r"method.eta=-1: must be a number in \[0, inf\)"),
        ("label_perturbation", "weight=-1", r"method.weight=-1: must be a number in \[0, inf\)"),
        ("label_perturbation", "start=-1", r"method.start=-1: must be a whole number in \[0, inf\)"),
    ],
)
def test_what_cannot_be_is_refused(method, override, message):
    with pytest.raises(ConfigError, match=message):
        cell_of(f"method={method}", f"method.{override}")
