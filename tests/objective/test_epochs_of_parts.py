"""A part's schedule is of epochs of the phase that trains: for all examples at once, under every sampler and method."""

from copy import deepcopy

import pytest
import torch

from runner.catalog.objective_laws import double
from runner.objective.criterion import Criterion
from tests.objective.test_objectives import OF_PAIRS, OF_PLANE, OWN_LOSS, SUITS
from tests.objectives import CONF, NAMES, alone, built
from tests.zoo import BINARY, LOSSES, make

EPOCHS = 5  # kd, self_distillation and jtt: two of the first network, three of the second
SCHEDULED = {  # what it takes that all examples feel the schedule, and epochs before it begins, of so many
    "gce_truncated": (["loss.start=1", "loss.every=7", "loss.k=0.999"], {2: 1, 3: 1, 5: 1}),
    "ldam": (["loss.drw_from=0.5", "imbalance=5"], {2: 1, 3: 2, 5: 3}),
}
OF_DOMAINS = {"domain_balanced", "group_balanced"}
SAMPLERS = sorted({file.stem for file in (CONF / "sampler").glob("*.yaml")} - OF_DOMAINS)
WITHIN = "calls its loss within a gradient of its own, where a watcher's copy of it cannot keep anything"
UNWATCHED = {
    "forward_forward": "has no use for a loss",
    **dict.fromkeys(("fish", "proxy_prox", "sl_bamm", "ssvi"), WITHIN),
}
METHODS = [name for name in NAMES["method"] if name not in OWN_LOSS | UNWATCHED.keys()]
PHASES = {"kd": [2, 3], "self_distillation": [2, 3], "jtt": [2, 3], "reject": [2, 3]}
IN_FULL = {"erm", "oko", "regmixup", *PHASES}  # under every sampler: those with phases, and some that ask a loss twice


def objective_of(method, sampler, *more):
    more = [*more, "sampler.classes=2", "sampler.examples=24"] if sampler == "class_sets" else more
    said = ["val_fraction=0.2", *SUITS.get(method, []), *more, "batch_size=48"]
    if not any(each.startswith("dataset=") for each in said):
        said = ["dataset=blobs", "dataset.num_train=120", *said]
    (objective,), loader = built(f"method={method}", f"sampler={sampler}", f"epochs={EPOCHS}", *said)
    return objective.train(), loader


def suited(method, group):
    """Does a method ask for a part of this group?"""
    return any(each.startswith(f"{group}=") for each in SUITS.get(method, []))


def rescheduled(loss):
    """Has a loss, or one within it, a schedule?"""
    return any(hasattr(module, "begin") for module in loss.modules())


def test_every_method_with_phases_is_looked_at():
    assert {method for method in METHODS if len(objective_of(method, "shuffle")[0].starts) > 1} == set(PHASES)


def test_every_loss_with_a_schedule_is_looked_at():
    assert {
        name for name in LOSSES if name not in BINARY and rescheduled(make(name, num_train=8, num_classes=3))
    } == set(SCHEDULED)


def watched(objective):
    """For each call of a loss, (B,): does it differ from what it was before any schedule began?"""
    seen = []

    def look(loss, early, given, losses):
        seen.append((losses != early(*given)).detach())

    for criterion in [module for module in objective.modules() if isinstance(module, Criterion)]:
        early = deepcopy(criterion.loss)
        criterion.loss.register_forward_hook(lambda loss, given, losses, early=early: look(loss, early, given, losses))
    return seen


@pytest.mark.parametrize(
    ("method", "sampler"),
    [(method, sampler) for method in METHODS for sampler in SAMPLERS if sampler == "shuffle" or method in IN_FULL],
)
@pytest.mark.parametrize("loss", SCHEDULED)
def test_the_schedule_of_a_loss_begins_for_all_examples_at_once(loss, method, sampler):
    options, begins = SCHEDULED[loss]
    objective, loader = objective_of(method, sampler, f"loss={loss}", *options)
    seen = watched(objective)
    epoch = 0
    for phase in PHASES.get(method, [EPOCHS]):
        for within in range(phase):
            epoch += 1
            seen.clear()
            objective.begin(epoch)
            for batch in loader:
                objective(alone(double(batch)))
            if method == "reject" and epoch > 2:
                continue  # its predictor is frozen, and the rejector has a loss of its own
            assert seen
            for moved in seen:
                assert moved.all() if within >= begins[phase] else not moved.any()


def attributes(objective):
    """What the epoch decides of all parts, and nothing of their numbers."""
    plain = (bool, int, float, str)
    return {
        name: {key: value for key, value in vars(module).items() if isinstance(value, plain)}
        for name, module in objective.named_modules()
    }


@pytest.mark.parametrize(
    ("method", "sampler"),
    [
        (method, sampler)
        for method in NAMES["method"]
        for sampler in SAMPLERS
        if sampler == "shuffle" or (method not in OF_PAIRS | OF_PLANE and not suited(method, "sampler"))
    ],
)
def test_the_schedule_of_a_method_is_of_epochs_whatever_is_drawn(method, sampler):
    """It stands where that of an objective stands that has seen no example."""
    (trained, loader), (idle, _) = (objective_of(method, sampler) for _ in range(2))
    for epoch in range(1, EPOCHS + 1):
        for each in (trained, idle):
            each.train()
            each.begin(epoch)
        assert attributes(trained) == attributes(idle)
        for batch in loader:
            trained(alone(double(batch)))


def test_parts_are_told_the_epochs_of_their_phase():
    objective, _ = objective_of("kd", "shuffle", "loss=ldam", "loss.drw_from=0.5")
    told, method = [], objective.method
    for loss in (method.loss, method.teacher.loss):
        loss.loss.begin = lambda epoch, epochs: told.append((epoch, epochs))
    for epoch in range(1, EPOCHS + 1):
        objective.begin(epoch)
    assert told[::2] == told[1::2] == [(1, 2), (2, 2), (1, 3), (2, 3), (3, 3)]


def test_a_schedule_goes_on_where_it_was_left():
    """Nothing but the epoch decides it: also after a checkpoint, which begins in the middle."""
    loss = make("ldam", num_train=8, num_classes=2, drw_from=0.7)
    late = []
    for epoch in range(1, 11):
        loss.begin(epoch, 10)
        late.append(bool(loss.late))
    assert late == [False] * 7 + [True] * 3
    other = make("ldam", num_train=8, num_classes=2, drw_from=0.7)
    other.begin(8, 10)
    assert torch.equal(other.late, loss.late)
