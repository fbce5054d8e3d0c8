"""What holds of every optimizer in conf/."""

import copy

import pytest
import torch

from runner.training.optimizer import keeps_seeds_apart
from tests.parts.optimizers.bowls import assert_seeds_are_kept_apart, descend, go_on
from tests.parts.optimizers.logistic import VALUES, expected, iterates
from tests.zoo import ROOT, node

NAMES = sorted(file.stem for file in (ROOT / "conf" / "optimizer").glob("*.yaml"))

STACKABLE = [name for name in NAMES if keeps_seeds_apart(node(name, "optimizer"))]
COUPLED = {"m_fac"}  # a step of each weight depends on the gradients of all, decay included
DECAYING = [name for name in NAMES if "weight_decay" in node(name, "optimizer") and name not in COUPLED]
TRIED = {  # with other numbers than those of conf/
    "fosi": {"every": 2, "warm_up": 2},  # or forty steps would see none of it
    "m_fac": {"damp": 0.01},  # or rounding would grow a millionfold
    "ortho_grad": {"base": node("sgd", "optimizer") | {"lr": 0.01}},  # or steps along steep walls would leave the bowls
    "schedule_free_sgd": {"lr": 0.1},  # or it would leave them, too
    "sso": {"lr": 0.2},  # or the steepest of the bowls would be left
}


@pytest.mark.parametrize("name", STACKABLE)
def test_seeds_are_kept_apart(name):
    assert_seeds_are_kept_apart(name, **TRIED.get(name, {}))


@pytest.mark.parametrize("name", STACKABLE)
def test_a_seed_that_diverges_leaves_the_others_alone(name):
    sound, _ = descend(name, [0, 1, 2], 5, **TRIED.get(name, {}))
    broken, optimizer = descend(name, [0, 1, 2], 0, **TRIED.get(name, {}))
    for p in broken.parameters:
        p.data[1] = float("nan")
    go_on(broken, optimizer, 5)
    for seed in (0, 2):
        for ours, theirs in zip(broken.seed(seed), sound.seed(seed), strict=True):
            torch.testing.assert_close(ours, theirs, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("name", NAMES)
def test_it_goes_down(name):
    bowls, _ = descend(name, [0], steps=0)
    before = bowls.value()
    bowls, _ = descend(name, [0])
    bowls.step = 0
    assert bowls.value() < before


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("seeds", [[0], [0, 1]])
def test_what_it_keeps_is_all_that_going_on_needs(name, seeds):
    """In float32, as training keeps it."""
    told = TRIED.get(name, {})
    whole, _ = descend(name, seeds, 6, torch.float32, **told)
    begun, first = descend(name, seeds, 3, torch.float32, **told)
    fresh, second = descend(name, seeds, 0, torch.float32, **told)
    for p, number in zip(fresh.parameters, begun.parameters, strict=True):
        p.data.copy_(number)
    fresh.step = 3
    second.load_state_dict(copy.deepcopy(first.state_dict()))
    go_on(fresh, second, 3)
    for ours, theirs in zip(fresh.parameters, whole.parameters, strict=True):
        assert torch.equal(ours, theirs)


@pytest.mark.parametrize("name", NAMES)
def test_a_weight_without_a_gradient_stays(name):
    bowls, optimizer = descend(name, [0], steps=0)
    still = bowls.parameters[1]
    slopes = bowls._slopes

    def but_one(i):
        return [slope if p is not still else None for p, slope in zip(bowls.parameters, slopes(i), strict=True)]

    bowls._slopes = but_one
    before = [p.detach().clone() for p in bowls.parameters]
    go_on(bowls, optimizer, 3)
    assert [torch.equal(p, start) for p, start in zip(bowls.parameters, before, strict=True)] == [False, True, False]


@pytest.mark.parametrize("name", DECAYING)
@pytest.mark.parametrize("seeds", [[0], [0, 1]])
def test_biases_may_be_left_out_of_the_decay(name, seeds):
    """With weights alone decayed, a bias moves as with no decay at all."""

    def after(**changed):
        return descend(name, seeds, 3, **{"decay": "all"} | changed)[0].parameters

    none, all_, weights = after(weight_decay=0.0), after(weight_decay=0.1), after(weight_decay=0.1, decay="weights")
    same = [[torch.equal(p, other) for p, other in zip(weights, those, strict=True)] for those in (all_, none)]
    assert same == [[True, False, True], [False, True, False]]


VALUES_OF = {  # of torch's own: which optimizer they are of
    "adam_logit": "adam", "adam_quad_small_beta": "adam", "adamax_quad": "adamax", "adamw_logit": "adamw",
    "rmsprop_logit": "rmsprop", "sgd_nesterov_wd_logit": "sgd",
}  # fmt: skip
SAID = {"lr", "betas", "eps", "alpha", "momentum", "nesterov", "weight_decay"}


@pytest.mark.parametrize("name", VALUES_OF)
def test_torchs_are_as_conf_has_them(name):
    """Against iterates that were computed by another program."""
    case = VALUES[name]
    told = {key: value for key, value in case["inputs"].items() if key in SAID}
    torch.testing.assert_close(iterates(case, VALUES_OF[name], **told), expected(case), rtol=1e-9, atol=1e-12)
