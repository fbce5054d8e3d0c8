"""Penalties: their values, that a weight of 0 is none of it, and what they ask of the network."""

from functools import partial

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from runner.console.errors import ConfigError
from runner.data.loader import Batch
from runner.data.streams import generator, seeded
from runner.nodes.build import build
from runner.objective.criterion import Criterion, Penalties
from runner.parts.methods.erm import ERM
from runner.parts.regularizers.functional_entropy import score
from runner.parts.regularizers.vne import entropy
from runner.training.run import run
from tests.objectives import NAMES, cell_of, first, same, values
from tests.zoo import make, node

B, D, K = 6, 5, 3
PENALTIES = [name for name in NAMES["regularizer"] if name != "none"]


def method(penalties: dict[str, nn.Module], seed: int = 0) -> ERM:
    model = node("mlp", "model") | {"width": 8}
    network = seeded(partial(build, "model", model, input_shape=(D,), num_classes=K), generator("init", seed))
    return ERM(network, Criterion(make("ce", num_train=B, num_classes=K)), Penalties(penalties)).double()


def regularizer(name: str, **changed: float) -> nn.Module:
    return build("regularizer", node(name, "regularizer")[name] | changed, num_train=B, num_classes=K, input_shape=(D,))


def batch(seed: int) -> Batch:
    x = torch.randn(B, D, generator=generator("x", seed), dtype=torch.float64)
    return Batch(x, torch.arange(B) % K, torch.arange(B), {})


def test_spectral_decoupling_is_as_released():
    """Binary cross-entropy plus the penalty: mpezeshki/Gradient_Starvation@67808b8, Figure_4_and_table_1/cmnist.py."""
    z = [
        -4.620823600468352,
        -1.7680500091665305,
        0.47743611633634125,
        -2.9749912713014677,
        1.3497150871880077,
        -1.4467794009955763,
    ]
    logits = torch.tensor(z, dtype=torch.float64, requires_grad=True)
    labels = torch.tensor([1.0, 0.0, 0.0, 1.0, 0.0, 1.0], dtype=torch.float64)
    penalty = regularizer("spectral_decoupling", weight=1.0)(logits[:, None], logits[:, None], None)
    value = F.binary_cross_entropy_with_logits(logits, labels) + penalty
    (gradient,) = torch.autograd.grad(value, logits)
    assert penalty.shape == ()
    assert value.item() == pytest.approx(8.247148663409428, abs=1e-9)
    assert gradient.norm().item() == pytest.approx(2.310627760133584, abs=1e-9)


def test_penalties_are_felt_each_by_its_weight():
    without = method({})
    weightless, heavy = (
        method(
            {"one": regularizer("spectral_decoupling", weight=w), "two": regularizer("spectral_decoupling", weight=w)}
        )
        for w in (0.0, 1.0)
    )
    torch.testing.assert_close(weightless(batch(0)), without(batch(0)), rtol=0, atol=0)
    logits = heavy.predict(batch(0).x)
    torch.testing.assert_close(heavy(batch(0)) - without(batch(0)), 2 * logits.square().mean().expand(B))


def test_several_are_named_together(compose, measured):
    none, both, one = (
        measured(run(**compose(f"regularizer={names}")))
        for names in ("none", "[spectral_decoupling,none]", "spectral_decoupling")
    )
    assert both == one != none


def penalty_of(name, *overrides):
    """The first penalty of a run: its value () and its gradient by each parameter of the network."""
    objective, seen = first(f"regularizer={name}", *overrides)
    network, penalty = objective.method.network, objective.method.regularizer.parts[name]
    features = network.features(seen.x)
    value = penalty(features, network.head(features), seen)
    return value.detach(), torch.autograd.grad(value, list(network.parameters()), allow_unused=True), objective, seen


@pytest.mark.parametrize("name", PENALTIES)
def test_a_weight_of_zero_is_no_penalty(name):
    said = ["model.norm=batch", "loss=gce"]
    weightless, seen = first(f"regularizer={name}", f"regularizer.{name}.weight=0", *said)
    plain, _ = first(*said)
    losses, gradients = values(weightless, seen)
    torch.testing.assert_close(losses, values(plain, seen)[0], rtol=0, atol=0)
    for key, gradient in values(plain, seen)[1].items():
        torch.testing.assert_close(gradients[key], gradient, rtol=0, atol=0)


@pytest.mark.parametrize("name", PENALTIES)
def test_twice_the_weight_is_twice_the_penalty(name):
    (once, of_once, *_), (twice, of_twice, *_) = (penalty_of(name, f"regularizer.{name}.weight={w}") for w in (1, 2))
    assert once != 0
    same(twice, 2 * once)
    assert any(gradient is not None for gradient in of_once)
    for one, two in zip(of_once, of_twice, strict=True):
        assert (one is None) == (two is None)
        if one is not None:
            torch.testing.assert_close(two, 2 * one, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("name", [name for name in PENALTIES if name != "vne"])
def test_prices_are_not_negative(name):
    with pytest.raises(ConfigError, match=rf"regularizer.{name}.weight=-1: must be .*\[0, inf\)"):
        cell_of(f"regularizer={name}", f"regularizer.{name}.weight=-1")


@pytest.mark.parametrize("wrong", ["kind=mean", "samples=0", "samples=1.5"])
def test_functional_entropies_that_cannot_be_are_refused(wrong):
    with pytest.raises(ConfigError, match=f"regularizer.functional_entropy.{wrong.partition('=')[0]}"):
        cell_of("regularizer=functional_entropy", f"regularizer.functional_entropy.{wrong}")


H = [
    [-2.310411800234176, -0.3732508612577643, -1.0608166785462863, 0.9995093547811761],
    [-0.8840250045832653, -1.2755469302148053, -0.623224579866079, -0.8664416019125772],
    [0.23871805816817063, 0.7335283685272841, -1.3218818291421377, 1.3148113651971234],
    [-1.4874956356507338, -0.7135753396468577, 0.519998663178938, -0.9528856397032842],
    [0.6748575435940039, 1.0468653769814655, 0.15429517864658948, -0.7498915228391941],
    [-0.7233897004977882, 0.08636989238234997, -1.746404903728242, 1.041012457033509],
]
GRADIENT_OF_H_0 = [-0.027593480611277175, 0.05990024257918824, 0.03922429401077777, 0.00021540489662218209]


def of_vne(features, weight=1.0):
    """Minus the penalty, and its gradient by the features."""
    features = features.clone().requires_grad_()
    value = -regularizer("vne", weight=weight)(features, features, None)
    return value.detach(), *torch.autograd.grad(value, features)


def test_von_neumann_entropy_is_as_released():
    """jaeill/CVPR23-VNE@ff4fa0d, vne/__init__.py, get_vne, in float64."""
    value, gradient = of_vne(torch.tensor(H, dtype=torch.float64))
    assert value.item() == pytest.approx(1.066416628835102, abs=1e-9)
    assert gradient.norm().item() == pytest.approx(0.2834026107497406, abs=1e-9)
    torch.testing.assert_close(gradient[0], torch.tensor(GRADIENT_OF_H_0, dtype=torch.float64), rtol=0, atol=1e-9)
    less, against = of_vne(torch.tensor(H, dtype=torch.float64), weight=-0.5)
    same((less, against), (-0.5 * value, -0.5 * gradient))


def test_von_neumann_entropy_takes_the_smaller_product():
    """Fewer examples than features: the same as from the singular values."""
    h = torch.tensor(H, dtype=torch.float64)[:3]
    e = torch.linalg.svdvals(F.normalize(h, dim=1) / 3**0.5).square()
    same(of_vne(h)[0], -(e * e.log()).sum())


@pytest.mark.parametrize("shape", [(8, 4), (4, 8)])
def test_von_neumann_entropy_has_a_gradient_everywhere(shape):
    """Equal eigenvalues, eigenvalues of zero, examples that are equal, and features that are zero."""
    whole = torch.eye(8, dtype=torch.float64)[: shape[0], : shape[1]]
    for features in (whole, torch.ones(shape).double(), torch.zeros(shape).double()):
        value, gradient = of_vne(features)
        assert value.isfinite()
        assert gradient.isfinite().all()
        together = torch.vmap(torch.func.grad(entropy))(torch.stack([features, torch.randn(shape).double()]))
        same(together[0], gradient)
        assert together.isfinite().all()


def test_von_neumann_entropy_without_an_almost_lost_direction_is_near_that_with_it():
    """What is left out where an eigenvalue is zero is the limit of the gradient there."""
    flat = torch.tensor([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [1.0, 1.0, 0.0], [1.0, -2.0, 0.0]], dtype=torch.float64)
    nearly = flat.clone()
    nearly[0, 2] = 1e-6
    torch.testing.assert_close(of_vne(nearly), of_vne(flat), rtol=0, atol=1e-4)


def test_confidence_penalty_is_minus_the_entropy():
    z = torch.tensor([[0.0, 0.0, 0.0], [800.0, 0.0, -800.0], [1.0, 2.0, 0.5]], dtype=torch.float64, requires_grad=True)
    value = regularizer("confidence_penalty", weight=2.0)(z, z, None)
    entropies = torch.distributions.Categorical(logits=z[[0, 2]]).entropy()
    same(value, -2 * entropies.sum() / 3)  # one row is sure of itself: no entropy
    (gradient,) = torch.autograd.grad(value, z)
    assert gradient.isfinite().all()
    same(gradient[0], torch.zeros(3, dtype=torch.float64))


SLOPE = [
    [-0.48678075071242677, -0.6038215878840039, -0.5580962308236769],
    [0.6675243015344896, -0.19741509323400558, 1.9427835329161933],
    [-1.4017020125953694, -0.7625571360284942, 0.631213407129647],
    [-0.8991351628864754, -0.5577934435782607, 0.6907187884258402],
]


def test_functional_entropys_score_is_as_released():
    """itaigat/removing-bias-in-multi-modal-classifiers@f76416c, regularization.py, the first of two modalities."""
    slope, loss = torch.tensor(SLOPE, dtype=torch.float64), torch.tensor(0.7, dtype=torch.float64)
    assert score(slope, loss).item() == pytest.approx(3.4690567766960294, abs=1e-9)
    assert score(slope, None).item() == pytest.approx(0.7 * 3.4690567766960294, abs=1e-9)
    assert (1 / score(torch.zeros(4, 3), loss)).isfinite()


@pytest.mark.parametrize("kind", ["entropy", "variance"])
def test_functional_entropy_of_a_linear_network_is_known(kind):
    """The gradient of the mean cross-entropy by an input is W^T (p - t) / M, M perturbed inputs."""
    said = [f"regularizer.functional_entropy.{s}" for s in ("weight=0.5", f"kind={kind}", "samples=2")]
    value, _, objective, seen = penalty_of("functional_entropy", *said, "model=linear")
    network = objective.method.network
    noise = seen.draws["functional_entropy_noise"]
    assert noise.shape == (len(seen.x), 2, seen.x.shape[1])
    squares, losses = [], []
    for n in range(2):
        z = network(seen.x + seen.x.std(0) * noise[:, n])
        target = network(seen.x).softmax(1)
        slope = (z.softmax(1) - target) @ network.head.weight / (2 * len(z))
        squares.append(slope.square().sum(1).mean())
        losses.append(-(target * z.log_softmax(1)).sum(1).mean())
    expected = sum(squares) / 2 / (sum(losses) / 2 if kind == "entropy" else 1)
    torch.testing.assert_close(value, (0.5 / expected).detach(), rtol=1e-9, atol=0)


def test_functional_entropy_is_differentiated_through_its_own_gradient():
    """Against a difference of values, with BatchNorm, which it leaves alone."""
    said = ["regularizer.functional_entropy.weight=1e-3", "model.norm=batch", "model.width=16"]
    objective, seen = first("regularizer=functional_entropy", *said)
    network, penalty = objective.method.network, objective.method.regularizer.parts["functional_entropy"]
    target = network(seen.x).detach()

    def value():
        return penalty(target, target, seen)

    weight = network.head.weight
    (gradient,) = torch.autograd.grad(value(), weight)
    direction = gradient / gradient.norm()
    with torch.no_grad():
        weight += 1e-5 * direction
        up = value()
        weight -= 2e-5 * direction
        down = value()
    assert ((up - down) / 2e-5).item() == pytest.approx(gradient.norm().item(), rel=1e-5)
    (norm,) = (m for m in network.modules() if isinstance(m, nn.BatchNorm1d))
    assert norm.num_batches_tracked == 1
    assert network.training
    assert norm.training


def test_l1_and_l2_are_sums_over_all_parameters():
    """BatchNorm's and the biases too; the gradient of L1 is the sign."""
    for name, of in [("l1", torch.abs), ("l2", torch.square)]:
        value, gradients, objective, _ = penalty_of(name, f"regularizer.{name}.weight=0.5", "model.norm=batch")
        parameters = [p.detach() for p in objective.method.network.parameters()]
        assert len(parameters) == 5
        same(value, 0.5 * sum(of(p).sum() for p in parameters))
        for p, gradient in zip(parameters, gradients, strict=True):
            same(gradient, 0.5 * p.sign() if name == "l1" else p)


def test_l2_under_sgd_is_weight_decay_of_twice_its_weight():
    priced, seen = first("regularizer=l2", "regularizer.l2.weight=0.05")
    plain, _ = first()
    before = [p.detach().clone() for p in plain.parameters()]
    for objective, decay in [(priced, 0.0), (plain, 0.1)]:
        optimizer = torch.optim.SGD(objective.parameters(), lr=0.1, momentum=0.9, weight_decay=decay)
        for _ in range(3):
            optimizer.zero_grad()
            objective(seen).backward()
            optimizer.step()
    ours, theirs = (list(objective.parameters()) for objective in (priced, plain))
    same(ours, theirs)
    assert all((p - b).abs().max() > 1e-3 for p, b in zip(theirs, before, strict=True))
