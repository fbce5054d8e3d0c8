"""Risks: their values, their limits, and the weights behind them."""

import math

import pytest
import torch
from sklearn.isotonic import IsotonicRegression
from torch import nn, tensor

from runner.compose.command_line import compose_cells
from runner.console.errors import ConfigError
from runner.data.loader import Batch
from runner.nodes.build import build
from runner.objective.objective import Objective
from runner.parts.risks.isotonic import isotonic
from runner.parts.risks.jacobian import jacobian
from runner.training.stack import Stack
from tests.objectives import built, double, first, same
from tests.zoo import node

LOSSES = tensor([0.3, 2.0, 0.1, 1.2, 0.7, 0.05, 3.1], dtype=torch.float64)
OF_THE_MEAN = [  # and what is said for it
    ("cvar", {"level": 0.0}),
    ("top_k", {"share": 1.0}),
    ("trimmed", {"share": 1.0}),
    ("spectral", {"kind": "superquantile", "parameter": 0.0}),
    ("spectral", {"kind": "extremile", "parameter": 1.0}),
    ("spectral", {"kind": "esrm", "parameter": 0.0}),
]


def risk(name, said=None, **given):
    return build("risk", node(name, "risk") | (said or {}), **given)


def spectral(kind, parameter, smoothing=0.0):
    return risk("spectral", {"kind": kind, "parameter": parameter, "smoothing": smoothing})


def slopes(made, losses, batch=None):
    """The value of a risk, and its gradient by the losses."""
    losses = losses.clone().requires_grad_()
    value = made(losses, batch)
    return value.detach(), torch.autograd.grad(value, losses)[0]


class Linear(nn.Module):
    """Losses with the given rows as gradients: offsets + rows @ w."""

    def __init__(self, rows, offsets):
        super().__init__()
        self.w = nn.Parameter(torch.zeros(rows.shape[1], dtype=rows.dtype))
        self.idle = nn.Parameter(torch.zeros(3))  # of no use to any loss
        self.rows, self.offsets = rows, offsets

    def forward(self, batch):
        return self.offsets + self.rows @ self.w


def stepped(name, rows, offsets, said):
    """An objective of linear losses under a risk, and its gradient."""
    method = Linear(tensor(rows, dtype=torch.float64), tensor(offsets, dtype=torch.float64))
    objective = Objective(method, risk(name, said, method=method).double(), 1)
    objective_value, (gradient, idle) = Stack([objective])._differentiated(tensor([[0.0]]))
    assert idle is None
    return objective, objective_value[0], gradient


@pytest.mark.parametrize("optional", [{}, {"smoothing": 0.7}], ids=["plain", "smoothed"])
@pytest.mark.parametrize(("name", "said"), OF_THE_MEAN)
def test_the_limit_is_the_mean(name, said, optional):
    said = said | optional if name == "spectral" else said
    same(
        slopes(risk(name, {"smoothing": 0.0} | said if name == "spectral" else said), LOSSES),
        slopes(risk("mean"), LOSSES),
    )


@pytest.mark.parametrize("name", ["cvar", "top_k", "trimmed"])
def test_the_limit_is_the_mean_to_the_last_bit(name):
    said = {"level": 0.0} if name == "cvar" else {"share": 1.0}
    losses = torch.rand(63, generator=torch.Generator().manual_seed(0))
    for ours, theirs in zip(slopes(risk(name, said), losses), slopes(risk("mean"), losses), strict=True):
        assert torch.equal(ours, theirs)


@pytest.mark.parametrize(("level", "value"), [(0.5, 1.9), (0.8, 2.785714285714286)])
def test_cvar_is_that_of_a_linear_program(level, value):
    """scipy's linprog; at both levels one loss counts by a part of it."""
    seen, weights = slopes(risk("cvar", {"level": level}), LOSSES)
    assert seen.item() == pytest.approx(value, abs=1e-9)
    assert weights.sum().item() == pytest.approx(1)
    same(weights, slopes(spectral("superquantile", level), LOSSES)[1])


def test_cvar_of_a_level_near_one_is_the_largest():
    same(slopes(risk("cvar", {"level": 0.99}), LOSSES)[1], (LOSSES == 3.1).double())


@pytest.mark.parametrize(
    ("kind", "parameter", "value"),
    [("extremile", 2.0, 1.629591836734694), ("esrm", 1.0, 1.3543694158258281), ("superquantile", 0.5, 1.9)],
)
def test_spectral_risks_are_as_released(kind, parameter, value):
    """ronakdm/prospect@edfa3cc, src/optim/objectives.py."""
    assert spectral(kind, parameter)(LOSSES, None).item() == pytest.approx(value, abs=1e-9)


@pytest.mark.parametrize(
    ("smoothing", "weights"),
    [
        (0.05, [0, 0.2857142857142852, 0, 0.28571428571428564, 0.14285714285714263, 0, 0.285714285714287]),
        (
            1.0,
            [
                0.061428571428571443,
                0.2857142857142857,
                0.032857142857142876,
                0.19,
                0.11857142857142858,
                0.02571428571428573,
                0.2857142857142857,
            ],
        ),
    ],
)
def test_smoothed_weights_are_as_released(smoothing, weights):
    """ronakdm/prospect@edfa3cc, src/optim/smoothing.py, by pooling adjacent violators."""
    made = spectral("superquantile", 0.5, smoothing)
    q = tensor(weights, dtype=torch.float64)
    value, gradient = slopes(made, LOSSES)
    torch.testing.assert_close(gradient, q, rtol=0, atol=1e-9)
    penalty = smoothing * 7 / 2 * (q - 1 / 7).square().sum()
    assert value.item() == pytest.approx((q @ LOSSES - penalty).item(), abs=1e-9)


@pytest.mark.parametrize(("kind", "parameter"), [("superquantile", 0.5), ("extremile", 2.5), ("esrm", 3.0)])
def test_the_weights_are_the_slope_of_the_smoothed_risk(kind, parameter):
    losses = LOSSES.clone().requires_grad_()
    assert torch.autograd.gradcheck(lambda l: spectral(kind, parameter, 0.4)(l, None), losses)


@pytest.mark.parametrize("rho", [1e-9, 1e4])
def test_esrm_is_finite_between_the_mean_and_the_largest(rho):
    expected = LOSSES.mean() if rho < 1 else LOSSES.max()
    torch.testing.assert_close(spectral("esrm", rho)(LOSSES, None), expected, rtol=1e-8, atol=0)


@pytest.mark.parametrize("n", [1, 2, 40])
def test_isotonic_regression_is_that_of_scikit_learn(n):
    values = torch.randn(n, dtype=torch.float64, generator=torch.Generator().manual_seed(n)) + torch.arange(n) / 20
    theirs = IsotonicRegression().fit_transform(range(n), values.numpy())
    torch.testing.assert_close(isotonic(values), torch.from_numpy(theirs), rtol=0, atol=1e-12)


def test_top_k_and_trimmed_take_the_two_ends():
    worst, best = (slopes(risk(name, {"share": 0.3}), LOSSES)[1] for name in ("top_k", "trimmed"))  # 2 of 7
    assert (worst * 2).tolist() == [0, 1, 0, 0, 0, 0, 1]
    assert (best * 2).tolist() == [0, 0, 1, 0, 0, 1, 0]
    same(slopes(risk("top_k", {"share": 0.25}), LOSSES[:4]), slopes(risk("cvar", {"level": 0.75}), LOSSES[:4]))


@pytest.mark.parametrize("name", ["top_k", "trimmed"])
def test_one_example_is_left_at_least(name):
    assert risk(name, {"share": 0.01})(LOSSES, None).item() == (3.1 if name == "top_k" else 0.05)


def test_of_equal_losses_the_weight_is_whole():
    losses = torch.ones(5, dtype=torch.float64)
    for made in (risk("cvar", {"level": 0.5}), risk("top_k", {"share": 0.4}), risk("trimmed", {"share": 0.4})):
        value, weights = slopes(made, losses)
        assert value.item() == pytest.approx(1)
        assert weights.sum().item() == pytest.approx(1)


def classes(*labels):
    return Batch(torch.zeros(len(labels)), tensor(labels), torch.arange(len(labels)), {})


def test_group_dro_moves_weight_by_exponentiated_losses():
    """By hand: two steps, in the second of which group 2 is missing, and has loss 0."""
    made = risk("group_dro", {"step": 0.5}, num_classes=3, domain=None).double()
    made(tensor([1.0, 3.0, 0.5, 4.0], dtype=torch.float64), classes(0, 0, 1, 2))
    q = [math.exp(0.5 * loss) for loss in (2.0, 0.5, 4.0)]
    same(made.weights, tensor(q, dtype=torch.float64) / sum(q))
    value, gradient = slopes(made, tensor([1.0, 2.0, 3.0], dtype=torch.float64), classes(1, 0, 1))
    q = [old * math.exp(0.5 * loss) for old, loss in zip(q, (2.0, 2.0, 0.0), strict=True)]
    share = [weight / sum(q) for weight in q]
    same(made.weights, tensor(share, dtype=torch.float64))
    assert value.item() == pytest.approx(2 * share[0] + 2 * share[1], abs=1e-12)
    same(gradient, tensor([share[1] / 2, share[0], share[1] / 2], dtype=torch.float64))


def test_group_dro_without_steps_is_the_mean_of_means_and_with_one_group_the_mean():
    still = risk("group_dro", {"step": 0.0}, num_classes=2, domain=None).double()
    value, gradient = slopes(still, tensor([1.0, 3.0, 8.0], dtype=torch.float64), classes(0, 0, 1))
    assert value.item() == pytest.approx(5)
    same(gradient, tensor([0.25, 0.25, 0.5], dtype=torch.float64))
    one = risk("group_dro", {"groups": "domains"}, num_classes=3, domain=torch.zeros(9, dtype=torch.int64)).double()
    same(slopes(one, LOSSES, classes(0, 1, 2, 0, 1, 2, 0)), slopes(risk("mean"), LOSSES))


def test_group_dro_finds_an_examples_environment_by_its_place():
    made = risk("group_dro", {"groups": "domains", "step": 1.0}, num_classes=3, domain=tensor([1, 1, 0, 1])).double()
    batch = classes(0, 1)._replace(index=tensor([2, 3]))
    made(tensor([0.0, 1.0], dtype=torch.float64), batch)
    same(made.weights, tensor([1.0, math.e], dtype=torch.float64) / (1 + math.e))


def test_group_dro_can_meet_a_huge_loss():
    made = risk("group_dro", {"step": 1.0}, num_classes=2, domain=None)
    assert made(tensor([1.0, 1e4]), classes(0, 1)).item() == 1e4
    assert made(tensor([1.0, 1.0]), classes(0, 1)).isfinite()


def test_domains_are_refused_where_there_are_none():
    with pytest.raises(ConfigError, match="groups=domains: this data set has no environments"):
        built("risk=group_dro", "risk.groups=domains")


def test_gradients_of_examples_are_those_of_each_alone():
    objective, batch = first("model.norm=batch", "batch_size=5")
    parameters = list(objective.method.parameters())
    losses = objective.method(batch)
    together = torch.cat(jacobian(losses, parameters), dim=1)
    for loss, row in zip(losses, together, strict=True):
        one = torch.autograd.grad(loss, parameters, retain_graph=True)
        same(row, torch.cat([g.flatten() for g in one]))


def test_spl_plus_takes_the_step_that_solves_its_model():
    """A batch of one, checked against a numerical solution (Nelder-Mead)."""
    said = {"level": 0.9, "step": 0.3, "threshold_step": 0.3}
    method = Linear(tensor([[0.6, -0.8]], dtype=torch.float64), tensor([1.7], dtype=torch.float64))
    made = risk("spl_plus", said, method=method).double()
    made.threshold.fill_(0.4)
    _, (gradient, _) = Stack([Objective(method, made, 1)])._differentiated(tensor([[0.0]]))
    w = tensor([0.5, -1.0], dtype=torch.float64) - 0.3 * gradient
    torch.testing.assert_close(w, tensor([0.02, -0.36], dtype=torch.float64), rtol=0, atol=1e-9)
    assert made.threshold.item() == pytest.approx(0.9, abs=1e-9)


@pytest.mark.parametrize(
    ("loss", "eta", "threshold"),
    # by hand, s = 0.1, s_a = 0.5, |g|^2 = 4, a = 0: min(max((l + 0.5) / 0.9, 0), 2), then 0.5 (eta - 1)
    [(-0.7, 0.0, -0.5), (0.85, 1.5, 0.25), (9.0, 2.0, 0.5)],
)
def test_spl_plus_has_two_steps_and_two_ends(loss, eta, threshold):
    said = {"level": 0.5, "step": 0.1, "threshold_step": 0.5}
    objective, value, gradient = stepped("spl_plus", [[2.0]], [loss], said)
    assert gradient.item() == pytest.approx(2 * eta)
    assert value.item() == pytest.approx(eta * loss)
    assert objective.risk.threshold.item() == pytest.approx(threshold)


def test_spl_plus_averages_the_steps_of_a_batch():
    said = {"level": 0.5, "step": 0.1, "threshold_step": 0.5}
    both, _, gradient = stepped("spl_plus", [[2.0], [-2.0]], [0.85, 9.0], said)
    assert gradient.item() == pytest.approx((2 * 1.5 - 2 * 2.0) / 2)
    assert both.risk.threshold.item() == pytest.approx((0.25 + 0.5) / 2)


def test_spl_plus_of_level_zero_and_small_steps_is_the_mean():
    plain, batch = first()
    ours, _ = first("risk=spl_plus", "risk.level=0", "risk.step=1e-6", "risk.threshold_step=0.1")
    seen, expected = (Stack([o])._differentiated(Batch(*(t[None] for t in batch[:3]), {})) for o in (ours, plain))
    same(seen, expected)
    assert ours.risk.threshold == 0


def test_spl_plus_takes_its_step_from_the_optimizer():
    config = compose_cells(["risk=spl_plus", "optimizer.lr=0.03"], multirun=False)[0].config
    assert config["risk"]["step"] == config["risk"]["threshold_step"] == 0.03


@pytest.mark.parametrize(
    ("rows", "eps", "direction"),
    [
        ([[-4.0, 1.0, 1.0], [6.0, 1.0, 1.0]], 1e-4, [0.292902000156936, 1.9003520780018968, 1.9003520780018968]),
        ([[-4.0, 1.0, 1.0], [6.0, 1.0, 1.0]], 1e-12, [0.2923976608237604, 1.9005847953193094, 1.9005847953193094]),
    ],
)
def test_upgrad_is_the_packages(rows, eps, direction):
    """torchjd 0.18.0, the example of its documentation."""
    _, _, gradient = stepped("iwrm_upgrad", rows, [1.0, 2.0], {"norm_eps": eps, "reg_eps": eps})
    torch.testing.assert_close(gradient, tensor(direction, dtype=torch.float64), rtol=0, atol=1e-9)


def test_upgrad_increases_no_loss():
    rows = torch.randn(6, 20, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    assert ((rows @ rows.mean(0)) < 0).any()  # which the mean does
    _, _, gradient = stepped("iwrm_upgrad", rows.tolist(), [0.0] * 6, {"reg_eps": 1e-12})
    assert ((rows @ gradient) > -1e-9).all()


@pytest.mark.parametrize("rows", [[[1.0, 2.0]], [[1.0, 2.0], [2.0, 4.0]], [[1.0, 0.0], [0.0, 3.0]], [[0.0], [0.0]]])
def test_upgrad_of_gradients_without_a_conflict_is_the_mean(rows):
    offsets = [float(i) for i in range(len(rows))]
    _, value, gradient = stepped("iwrm_upgrad", rows, offsets, {"reg_eps": 1e-12})
    torch.testing.assert_close(gradient, tensor(rows, dtype=torch.float64).mean(0), rtol=0, atol=1e-9)
    assert value.item() == pytest.approx(sum(offsets) / len(offsets))


def test_upgrad_leaves_a_diverged_seed_to_whom_it_concerns():
    _, value, _ = stepped("iwrm_upgrad", [[math.inf], [1.0]], [1.0, 2.0], {})
    assert value.isnan()  # inf * 0


@pytest.mark.parametrize("name", ["spl_plus", "iwrm_upgrad"])
def test_what_needs_each_gradient_trains_convolutions_with_batchnorm(name):
    objective, batch = first(f"risk={name}", "dataset=digits", "model=cnn", "batch_size=6")
    _, gradients = Stack([objective])._differentiated(double(Batch(*(t[None] for t in batch[:3]), {})))
    assert all(g.isfinite().all() for g in gradients)


@pytest.mark.parametrize("name", ["spl_plus", "iwrm_upgrad"])
def test_the_method_is_no_part_of_its_risk(name):
    objective, _ = first(f"risk={name}")
    assert list(objective.risk.parameters()) == []
    assert [key for key in objective.state_dict() if key.startswith("risk")] == ["risk.threshold"] * (
        name == "spl_plus"
    )


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ("risk=cvar risk.level=1", r"risk.level=1: must be a number in \[0, 1\)"),
        ("risk=top_k risk.share=0", r"risk.share=0: must be a number in \(0, 1\]"),
        ("risk=trimmed risk.share=1.1", r"risk.share=1.1: must be a number in \(0, 1\]"),
        ("risk=spectral risk.kind=cvar", "risk.kind=cvar: must be one of superquantile, extremile, esrm"),
        ("risk=spectral risk.smoothing=-1", r"risk.smoothing=-1: must be a number in \[0, inf\)"),
        ("risk=spl_plus risk.level=1", r"risk.level=1: must be a number in \[0, 1\)"),
        ("risk=spl_plus risk.step=0", r"risk.step=0: must be a number in \(0, inf\)"),
        ("risk=spl_plus risk.threshold_step=0", r"risk.threshold_step=0: must be a number in \(0, inf\)"),
        ("risk=group_dro risk.groups=labels", "risk.groups=labels: must be one of classes, domains"),
        ("risk=group_dro risk.step=-0.1", r"risk.step=-0.1: must be a number in \[0, inf\)"),
        ("risk=iwrm_upgrad risk.norm_eps=-1", r"risk.norm_eps=-1: must be a number in \[0, inf\)"),
        ("risk=iwrm_upgrad risk.reg_eps=0", r"risk.reg_eps=0: must be a number in \(0, inf\)"),
    ],
)
def test_what_cannot_be_is_refused(said, message):
    with pytest.raises(ConfigError, match=message):
        compose_cells(said.split(), multirun=False)


@pytest.mark.parametrize(
    ("kind", "parameter", "allowed"), [("superquantile", 1.0, r"in \[0, 1\)"), ("extremile", 0.5, "at least 1")]
)
def test_each_kind_of_spectrum_has_its_range(kind, parameter, allowed):
    with pytest.raises(ConfigError, match=f"parameter={parameter}: must be {allowed} where kind={kind}"):
        spectral(kind, parameter)
