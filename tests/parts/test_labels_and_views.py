"""Methods that change what stands beside an input: labels perturbed or dealt in bags, several views, a rejector."""

import math
from functools import partial

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from losses.mse_softmax import MSESoftmax
from runner.console.errors import ConfigError
from runner.data.loader import Batch
from runner.objective.assemble import main_network
from runner.objective.criterion import Criterion, Penalties
from runner.parts.methods.bag import Bag
from runner.parts.methods.label_perturbation import moved
from runner.parts.methods.rebias import hsic
from runner.parts.methods.reject import _lead, rejection
from runner.training.stack import Stack
from tests.objectives import built, cell_of, first, same, values

SMALL = ["dataset=digits", "method.biased.width=2", "method.biased.depth=2"]
VIEWS = ["method=gjs", "dataset=digits", "augment=standard", "augment.padding=1"]
near = partial(torch.testing.assert_close, rtol=1e-9, atol=1e-9)


def of(part, named):
    """The gradients of one part, by the names within it."""
    return {name.removeprefix(f"{part}."): g for name, g in named.items() if name.startswith(f"{part}.")}


def plain(*overrides, network="method.erm.network"):
    """Losses and gradients of ERM, the latter named as of the network in another method."""
    losses, gradients = values(*first("method=erm", *overrides))
    return losses, {f"{network}.{name}": g for name, g in of("method.network", gradients).items()}


# ---- reject


def test_rejection_is_least_where_the_docstring_says():
    """At e = 2 beta cost / alpha the best r is 0; with alpha = 2 beta this is e = cost, and e = cost exp(-alpha r)."""
    for alpha, beta, cost, e in [(2.0, 1.0, 0.05, 0.3), (1.0, 2.0, 0.1, 0.05), (3.0, 0.5, 0.2, 0.9)]:
        best = math.log(2 * beta * cost / (alpha * e)) / (alpha / 2 + beta)
        r = torch.tensor([best, best], dtype=torch.float64, requires_grad=True)
        wrong, right = rejection(r, torch.tensor([True, False]), cost=cost, alpha=alpha, beta=beta)
        near(wrong.detach(), r.new_tensor(math.exp(alpha * best / 2) + cost * math.exp(-beta * best)))
        slope = torch.autograd.grad(e * wrong + (1 - e) * right, r)[0].sum().item()
        assert slope == pytest.approx(0, abs=1e-12)
        if alpha == 2 * beta:
            assert cost * math.exp(-alpha * best) == pytest.approx(e)


@pytest.mark.parametrize("k", [2, 5])
def test_confidence_grows_with_the_rejector_alone(k):
    r = torch.tensor([-1e9, -100.0, -1.0, 0.0, 1e-3, 1.0, 100.0, 1e9])
    logits = F.one_hot(torch.full(r.shape, k - 1), k) * _lead(r, k)[:, None]
    confidence, predicted = logits.log_softmax(-1).exp().max(-1)
    assert predicted.tolist() == [k - 1] * len(r)  # even where everything is rejected
    assert confidence.diff().gt(0).all()
    assert confidence[3].item() == pytest.approx((1 + 1 / k) / 2)  # r = 0
    assert confidence[5].item() == pytest.approx(1 / k + (1 - 1 / k) * 0.75)


def test_a_predictor_that_takes_all_epochs_is_erm():
    said = ["epochs=3", "noise=0.3"]
    objective, batch = first("method=reject", "method.predictor_share=1", *said)
    assert objective.method.starts == (0, 3)
    same(values(objective, batch), plain(*said))
    objective.begin(3)
    same(objective.predict(batch.x), objective.method.erm.network(batch.x))


def test_the_second_phase_trains_the_rejector_only():
    """Its loss by hand; the predictor, the statistics of its BatchNorm too, stays; predictions keep its class."""
    objective, batch = first("method=reject", "epochs=4", "model.norm=batch", "noise=0.4")
    network, rejector = objective.method.erm.network, objective.method.rejector
    assert objective.method.starts == (0, 2)
    objective.begin(2)
    assert set(of("method.rejector", values(objective, batch)[1])) == set()
    objective.train()
    objective.begin(3)
    before = {name: number.clone() for name, number in network.state_dict().items()}
    losses, gradients = values(objective, batch)
    assert {name.split(".")[1] for name in gradients} == {"rejector"}
    same(dict(network.state_dict()), before)
    r = rejector(network.features(batch.x))[:, 0]
    wrong = network(batch.x).argmax(1) != batch.labels
    assert 0 < wrong.sum() < len(wrong)
    same(losses, (wrong * r.exp() + 0.05 * (-r).exp()).detach())
    seen = objective.predict(batch.x)
    assert torch.equal(seen.argmax(1), network(batch.x).argmax(1))
    assert torch.equal(seen.softmax(-1).amax(1).argsort(), r.argsort())


def test_a_stored_predictor_is_what_is_rejected():
    """From the first epoch on, whatever model is configured."""
    node = cell_of("model=linear").recipe.model
    numbers = {"head.weight": torch.randn(4, 8), "head.bias": torch.zeros(4)}
    said = ["method=reject", "method.predictor=0000000000000000000a", "model=mlp"]
    objective, batch = first(*said, stored=lambda cell, seed: (node, numbers))
    assert objective.method.starts == (0,)
    assert main_network(objective) == "method.erm.network"
    same(objective.method.erm.network.head.weight.detach(), numbers["head.weight"].double())
    assert {name.split(".")[1] for name in values(objective, batch)[1]} == {"rejector"}


# ---- rebias


def song(k, l):
    """HSIC of Song et al., 2012, sum by sum, of kernels without their diagonals."""
    n = len(k)
    k, l = ([[0 if i == j else m[i][j].item() for j in range(n)] for i in range(n)] for m in (k, l))
    every = range(n)
    both = sum(k[i][j] * l[j][i] for i in every for j in every)
    apart = sum(map(sum, k)) * sum(map(sum, l)) / ((n - 1) * (n - 2))
    through = sum(k[i][q] * l[q][j] for i in every for q in every for j in every)
    return (both + apart - 2 / (n - 2) * through) / (n * (n - 3))


def test_hsic_is_the_unbiased_estimate():
    torch.manual_seed(0)
    f, g = torch.randn(6, 3, dtype=torch.float64), torch.randn(6, 2, dtype=torch.float64)
    kernels = [(-torch.cdist(x, x).square() / (2 * 0.8**2)).exp() for x in (f, g)]
    assert hsic(f, g, sigma=0.8).item() == pytest.approx(song(*kernels), abs=1e-12)
    radii = [torch.cdist(x, x).square().median() for x in (f, g)]
    kernels = [(-torch.cdist(x, x).square() / (2 * m)).exp() for x, m in zip((f, g), radii, strict=True)]
    assert hsic(f, g, sigma="median").item() == pytest.approx(song(*kernels), abs=1e-12)


def test_the_released_diagonal_is_no_other():
    """criterions/hsic.py of clovaai/rebias, transcribed, subtracts it from every row: that comes to the same."""
    torch.manual_seed(0)
    f, g = torch.randn(6, 3, dtype=torch.float64), torch.randn(6, 2, dtype=torch.float64)
    kernels = [(-torch.cdist(x, x).square() / 2).exp() for x in (f, g)]
    k, l = (kernel - torch.diag(kernel) for kernel in kernels)
    released = torch.trace(k @ l) + k.sum() * l.sum() / 5 / 4 - 2 * k.sum(0).dot(l.sum(0)) / 4
    assert hsic(f, g, sigma=1.0).item() == pytest.approx(released.item() / (6 * 3), abs=1e-12)


def test_hsic_is_zero_for_a_constant_and_for_few_examples():
    x = torch.randn(5, 2, dtype=torch.float64)
    for sigma in (1.0, "median"):
        assert hsic(x, torch.ones(5, 3).double(), sigma=sigma).item() == pytest.approx(0, abs=1e-12)
    assert hsic(x, x, sigma=1.0) > 1e-3
    assert hsic(x[:3], x[:3], sigma=1.0).item() == 0.0


def test_without_weight_rebias_is_erm():
    losses, gradients = values(*first("method=rebias", "method.weight=0", *SMALL))
    expected, theirs = plain("dataset=digits")
    same(losses, expected)
    same({name: g for name, g in gradients.items() if name.startswith("method.erm")}, theirs)
    assert any(g.abs().sum() > 0 for g in of("method.biased", gradients).values())  # g learns all the same


@pytest.mark.parametrize("sigma", ["3", "median"])
def test_both_networks_see_the_other_as_it_is(sigma):
    """f's gradient is that of its loss plus HSIC, g's that of its loss less HSIC; the value is f's."""
    objective, batch = first("method=rebias", f"method.sigma={sigma}", "method.weight=2", *SMALL)
    losses, gradients = values(objective, batch)
    f, g = objective.method.erm.network, objective.method.biased
    radius = "median" if sigma == "median" else float(sigma)
    dependence = partial(hsic, sigma=radius)
    for network, sign in ((f, 1), (g, -1)):
        shared = dependence(*(n.features(batch.x) if n is network else n.features(batch.x).detach() for n in (f, g)))
        nll = F.cross_entropy(network(batch.x), batch.labels, reduction="none")
        expected = nll + sign * 2 * shared
        named = dict(network.named_parameters())
        mine = of("method.erm.network" if network is f else "method.biased", gradients)
        near(mine, dict(zip(named, torch.autograd.grad(expected.mean(), list(named.values())), strict=True)))
        assert shared.item() > 1e-5
        if network is f:
            same(losses, expected.detach())


def test_a_loss_that_remembers_remembers_the_right_network():
    objective, batch = first("method=rebias", "loss=elr", *SMALL)
    objective.method(batch)
    p = objective.method.erm.network(batch.x).softmax(-1)
    kept = objective.method.erm.loss.loss.average[batch.index]
    near(kept, (1 - objective.method.erm.loss.loss.beta) * p.clamp(1e-4, 1 - 1e-4).detach(), rtol=1e-2, atol=1e-4)
    assert main_network(objective) == "method.erm.network"


@pytest.mark.parametrize("loss", ["nlnl", "ensloss", "normalized"])
def test_rebias_takes_losses_that_draw(loss):
    dataset = ["classes=[0,1]"] if loss == "ensloss" else []
    losses, _ = values(*first("method=rebias", f"loss={loss}", *dataset, *SMALL))
    assert losses.isfinite().all()


def test_a_pointwise_network_sees_no_places():
    objective, batch = first("model=pointwise", "dataset=digits", "model.width=4")
    network = objective.eval().method.network
    shuffled = batch.x.flatten(2)[:, :, torch.randperm(64)].view_as(batch.x)
    near(network(shuffled), network(batch.x))
    assert not torch.allclose(network(2 * batch.x), network(batch.x))
    assert [len(part) for part in network.body] == [3, 3, 3, 3, 2]


def test_inputs_that_are_no_images_have_no_pixels():
    with pytest.raises(ConfigError, match=r"needs images of shape \(C, H, W\), not inputs of shape \(8,\)"):
        first("method=rebias")


# ---- label perturbation


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


# ---- bag


class Features(nn.Module):
    """Logits that are given."""

    def features(self, x):
        return x

    def head(self, x):
        return x


def bag(x, labels, **options):
    """The losses of logits x, under squared error of probabilities."""
    method = Bag(Features(), Criterion(MSESoftmax(reduction="sum")), Penalties({}), **options)
    return method(Batch(x, labels, torch.arange(len(x)), {}))


PREDICTIONS = [
    [1.5409961082440433, -0.2934289057609464, -2.1787893820745574, 0.5684312772806678],
    [-1.084522342424021, -1.3985953953708767, 0.4033468476292993, 0.8380263329976598],
    [-0.7192575784693592, -0.40334352493217457, -0.5966353626151273, 0.18203648506130554],
]
BAG_MEANS = [0.4028177141964352, -0.43978019520858036, -0.6353005155874768]


def test_the_instance_loss_is_the_bag_loss_and_the_variance_within():
    """aggregate_instance_mse: predictions f, here probabilities (f + 3) / 6 of the second of two classes."""
    f = torch.tensor(PREDICTIONS, dtype=torch.float64)
    p = (f.flatten() + 3) / 6
    x, labels = torch.stack([1 - p, p], 1).log(), torch.arange(12) % 2
    instance, whole = (bag(x, labels, size=4, rho=rho).mean() for rho in (1.0, 0.0))
    variance = (instance - whole) * 36 / 2  # of f; two classes have the same square
    of_means = (torch.tensor(BAG_MEANS, dtype=torch.float64) - f.mean(1)).square().mean()
    assert (of_means + variance).item() == pytest.approx(1.0734493186023235, abs=1e-9)
    same(bag(x, labels, size=4, rho=0.3).mean(), whole + 0.3 * (instance - whole))


def test_bags_by_hand():
    """Of three examples two are a bag, the third is one alone."""
    p = torch.tensor([[0.6, 0.4], [0.2, 0.8], [0.5, 0.5]], dtype=torch.float64)
    labels = torch.tensor([0, 1, 1])
    half = 2 * (0.1**2 + 0.25)  # mean of p is (0.4, 0.6): half of 0.36 + 0.36 and half of 0.16 + 0.16
    near(bag(p.log(), labels, size=2, rho=0.0), torch.tensor([half, half, 0.5], dtype=torch.float64))
    apart = [2 * (0.1**2 + 0.25), 2 * (0.3**2 + 0.25), 0.5]
    near(bag(p.log(), labels, size=2, rho=1.0), torch.tensor(apart, dtype=torch.float64))
    swapped = bag(p.log(), labels[[1, 0, 2]], size=2, rho=0.5)
    same(swapped, bag(p.log(), labels, size=2, rho=0.5))  # only the shares are seen
    assert not torch.allclose(swapped, bag(p.log(), labels[[2, 1, 0]][[0, 1, 1]], size=2, rho=0.5))


@pytest.mark.parametrize(("loss", "rho"), [("ce", 1), ("weston_watkins", 1), ("gce", 0.5), ("ce", 0)])
def test_bags_of_one_are_erm(loss, rho):
    said = [f"loss={loss}", "noise=0.3"]
    objective, batch = first("method=bag", "method.size=1", f"method.rho={rho}", *said)
    same(values(objective, batch), plain(*said, network="method.network"))


# ---- views


def test_one_view_is_erm():
    said = ["dataset=digits", "augment=standard", "augment.padding=1", "loss=gce"]
    same(values(*first("method=gjs", "method.views=1", *said)), plain(*said))


def test_each_view_is_a_prediction_of_its_own():
    """The mean distribution, and each view's distance from it, by the definition; the gradient sees every view."""
    objective, batch = first(*VIEWS, "loss=gjs", "method.views=3", "loss.pi=0.4", "loss.scaled=false")
    assert batch.x.shape[1:] == (3, 1, 8, 8)
    assert not torch.equal(batch.x[:, 0], batch.x[:, 1])
    p = torch.stack([objective.method.erm.network(batch.x[:, v]).softmax(-1) for v in range(3)], 1)
    label = F.one_hot(batch.labels, 10).double()
    m = 0.4 * label + 0.2 * p.sum(1)
    expected = -0.4 * (label * m.log()).sum(-1) + 0.2 * (p * (p / m[:, None]).log()).sum((1, 2))
    losses, gradients = values(objective, batch)
    near(losses, expected.detach())
    named = dict(objective.named_parameters())
    near(gradients, dict(zip(named, torch.autograd.grad(expected.mean(), list(named.values())), strict=True)))


def test_penalties_look_at_the_first_view():
    said = [*VIEWS, "loss=gjs"]
    objective, batch = first(*said, "regularizer=spectral_decoupling", "regularizer.spectral_decoupling.weight=1")
    bare, _ = first(*said)
    price = objective.method.erm.network(batch.x[:, 0]).square().mean()
    near(objective.method(batch), bare.method(batch) + price)


@pytest.mark.parametrize("loss", ["ce", "gce", "elr", "nlnl", "mse_softmax", "label_smoothing", "poly"])
def test_a_loss_of_one_view_is_refused(loss):
    with pytest.raises(ConfigError, match=r"views=2: needs a loss of several views such as gjs"):
        first(*VIEWS, f"loss={loss}")


# ---- all of them


@pytest.mark.parametrize(
    ("method", "override", "message"),
    [
        ("reject", "cost=1", r"method.cost=1: must be a number in \(0, 1\)"),
        ("reject", "alpha=0", r"method.alpha=0: must be a number in \(0, inf\)"),
        ("reject", "beta=0", r"method.beta=0: must be a number in \(0, inf\)"),
        ("reject", "width=0", r"method.width=0: must be a whole number in \[1, inf\)"),
        ("reject", "predictor_share=0", r"method.predictor_share=0: must be a number in \(0, 1\]"),
        ("rebias", "weight=-1", r"method.weight=-1: must be a number in \[0, inf\)"),
        ("rebias", "sigma=0", r"method.sigma=0: must be a number in \(0, inf\) or median"),
        ("rebias", "biased.depth=0", r"method.biased.depth=0: must be a whole number in \[1, 16\]"),
        ("rebias", "biased.width=0", r"method.biased.width=0: must be a whole number in \[1, inf\)"),
        ("label_perturbation", "beta=0.4", r"method.beta=0.4: must be a number in \[0.5, 50\)"),
        ("label_perturbation", "eta=-1", r"method.eta=-1: must be a number in \[0, inf\)"),
        ("label_perturbation", "weight=-1", r"method.weight=-1: must be a number in \[0, inf\)"),
        ("label_perturbation", "start=-1", r"method.start=-1: must be a whole number in \[0, inf\)"),
        ("bag", "size=0", r"method.size=0: must be a whole number in \[1, inf\)"),
        ("bag", "rho=1.5", r"method.rho=1.5: must be a number in \[0, 1\]"),
        ("gjs", "views=0", r"method.views=0: must be a whole number in \[1, 100\]"),
    ],
)
def test_what_cannot_be_is_refused(method, override, message):
    with pytest.raises(ConfigError, match=message):
        cell_of(f"method={method}", f"method.{override}")
