"""Objectives of a critic's scores under their laws, at the released values, and at their limits."""

import json
import math

import pytest
import torch

from runner.catalog.example_batches import B
from runner.catalog.loss_laws import laws_for, laws_of
from tests.zoo import ROOT, losses_for, make, node

TASK = "mutual_information"
LOSSES = losses_for(TASK, "scores")
CASES = json.loads((ROOT / "tests" / "values" / TASK / "scores.json").read_text())
BOUNDS = [case for case in CASES if "infonce" in case["output"]]
AVERAGED = [case for case in CASES if "batch_mean_exp" in case["output"]]
EXEMPT = {
    ("mine", "gradient_is_the_derivative"): "the moving average, of which this batch is a part, is held constant",
    ("nwj", "finite_at_extremes"): "the bound itself is an exponential, and has no float32 there",
}
VALUES = {  # of a reference case: (loss, its arguments)
    "infonce": ("infonce", {}),
    "nwj": ("nwj", {}),
    "dv": ("dv", {}),
    "js": ("js_critic", {"read": "released"}),
    "smile_1": ("smile", {"tau": 1.0}),
    "smile_5": ("smile", {"tau": 5.0}),
    "smile_inf": ("smile", {"tau": None}),
}


def loss(name, **changed):
    return make(name, num_train=B, num_classes=0, **changed).double()


def scores_of(case):
    return torch.tensor(case["inputs"]["scores"], dtype=torch.float64, requires_grad=True)


def minimised(objective, scores):
    return objective(scores, torch.zeros(len(scores), 1), torch.arange(len(scores)))


@pytest.fixture(params=[0, 1], ids=["small", "large"])
def scores(request):
    draw = torch.Generator().manual_seed(request.param)
    return (1 + 3 * request.param) * torch.randn(B, B, generator=draw, dtype=torch.float64)


@pytest.mark.parametrize("law", laws_for(TASK, "scores"))
@pytest.mark.parametrize("name", LOSSES)
def test_law(name, law, request):
    if reason := EXEMPT.get((name, law)):
        request.applymarker(pytest.mark.xfail(reason=reason, strict=True))
    laws_of(node(name), TASK)[law]()


@pytest.mark.parametrize("what", VALUES)
@pytest.mark.parametrize("case", BOUNDS, ids=lambda case: str(len(case["inputs"]["scores"])))
def test_what_is_reported_is_what_the_released_code_gives(case, what):
    name, changed = VALUES[what]
    assert loss(name, **changed).decode(scores_of(case)).item() == pytest.approx(case["output"][what], abs=1e-9)


@pytest.mark.parametrize("name", ["smile", "js_critic"])
@pytest.mark.parametrize("case", BOUNDS, ids=lambda case: str(len(case["inputs"]["scores"])))
def test_what_is_minimised_is_that_of_a_discriminator(case, name):
    scores = scores_of(case)
    objective = minimised(loss(name), scores)
    assert objective.item() == pytest.approx(-case["output"]["js_fgan"], abs=1e-9)
    (gradient,) = torch.autograd.grad(-objective, scores)
    torch.testing.assert_close(gradient, torch.tensor(case["output"]["grad_js_fgan"], dtype=torch.float64))
    torch.testing.assert_close(gradient, torch.tensor(case["output"]["grad_smile_5"], dtype=torch.float64))


@pytest.mark.parametrize("average", ["paper", "released"])
@pytest.mark.parametrize("case", AVERAGED, ids=lambda case: str(len(case["inputs"]["scores"])))
def test_mine_is_the_released_step(case, average):
    """Its value, its gradient after a moving average of 2, and what the next step has in its place."""
    scores, told = scores_of(case), case["output"]
    objective = loss("mine", momentum=case["hyper"]["momentum"], average=average)
    objective.log_average.fill_(math.log(case["hyper"]["buffer"]))
    (gradient,) = torch.autograd.grad(-minimised(objective, scores), scores)
    torch.testing.assert_close(gradient, torch.tensor(told["grad"], dtype=torch.float64))
    assert objective.decode(scores).item() == pytest.approx(told["value"], abs=1e-9)
    moved = 0.9 * case["hyper"]["buffer"] + 0.1 * told["batch_mean_exp"]
    kept = moved if average == "paper" else told["batch_mean_exp"]
    assert objective.log_average.exp().item() == pytest.approx(kept, rel=1e-9)


def test_mine_without_a_memory_has_the_gradient_of_dv(scores):
    found = []
    for name, changed in (("mine", {"momentum": 0.0}), ("dv", {})):
        given = scores.clone().requires_grad_()
        found.append(torch.autograd.grad(minimised(loss(name, **changed), given), given)[0])
    torch.testing.assert_close(*found)


def test_smile_that_does_not_clip_reports_what_dv_does(scores):
    torch.testing.assert_close(loss("smile", tau=None).decode(scores), loss("dv").decode(scores))


@pytest.mark.parametrize("constant", [-2.0, 0.0, 3.0])
def test_equal_scores_tell_nothing(constant):
    same = torch.full((B, B), constant, dtype=torch.float64)
    expected = {
        "infonce": 0.0,
        "dv": 0.0,
        "mine": 0.0,
        "smile": 0.0,
        "nwj": constant - math.exp(constant - 1),
        "js_critic": constant + 1 - math.exp(constant),
    }
    assert expected.keys() == set(LOSSES)
    for name, value in expected.items():
        assert loss(name).decode(same).item() == pytest.approx(value, abs=1e-12)


def test_infonce_is_capped_by_the_number_of_pairs_and_dv_is_not():
    sure = 50 * torch.eye(B, dtype=torch.float64)
    assert loss("infonce").decode(sure).item() == pytest.approx(math.log(B))
    assert loss("dv").decode(sure).item() == pytest.approx(50)
    assert loss("smile", tau=5.0).decode(-sure).item() == pytest.approx(-50)  # scores of pairs are not clipped


@pytest.mark.parametrize(
    ("name", "changed", "shift"),
    [("nwj", {}, 1.0), ("dv", {}, 7.0), ("js_critic", {"read": "shifted"}, 0.0), ("smile", {"tau": 50.0}, 0.0)],
)
def test_the_best_critic_gives_the_information(name, changed, shift):
    """Of pairs of numbers with correlation 0.8: the log density ratio, and the constant that a bound adds to it."""
    draw, rho = torch.Generator().manual_seed(0), 0.8
    x, noise = torch.randn(2, 3000, generator=draw, dtype=torch.float64)
    y = rho * x + math.sqrt(1 - rho**2) * noise
    ratio = -math.log(1 - rho**2) / 2 + rho * (2 * x[:, None] * y - rho * (x.square()[:, None] + y.square())) / (
        2 * (1 - rho**2)
    )
    estimate = loss(name, **changed).decode(ratio + shift).item()
    assert estimate == pytest.approx(-math.log(1 - rho**2) / 2, abs=0.05)
