"""The laws on trial: each must notice the bugs that were planted for it, and let a sound loss pass."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from losses.ce import CE
from runner.catalog.loss_laws import LAWS, K, N


def nll(z, y):
    return F.cross_entropy(z, y, reduction="none")


class Planted(nn.Module):
    """A loss written as one function, with a little state if the bug needs it."""

    def __init__(self, function):
        super().__init__()
        self.function = function
        self.register_buffer("kept", torch.zeros(N, K))
        self.unkept = torch.zeros(N, K)
        self.memory = torch.ones(())

    def forward(self, logits, labels, index):
        return self.function(self, logits, labels, index)


def in_place(self, z, y, i):
    with torch.no_grad():
        z.sub_(z.max(-1, keepdim=True).values)
    return nll(z, y)


def graph_kept(self, z, y, i):
    self.memory = 0.9 * self.memory + 0.1 * nll(z, y).mean()
    return nll(z, y) * self.memory


def not_a_buffer(self, z, y, i):
    target = 0.7 * self.unkept[i] + 0.3 * z.softmax(-1).detach()
    self.unkept[i] = target
    return nll(z, y) + (1 - (target * z.softmax(-1)).sum(-1)).log()


def branch_on_data(self, z, y, i):
    return nll(z, y) if bool(z.max() > 0) else 2 * nll(z, y)


def no_class_count(self, z, y, i):
    hot = F.one_hot(y)
    return -(hot * z.log_softmax(-1)[:, : hot.shape[1]]).sum(-1)


PLANTED = {  # bug: the laws that must notice it; the first two lines of many a repository's history
    "the mean is taken": (lambda s, z, y, i: nll(z, y).mean(), {"one_loss_an_example"}),
    "float64 comes back": (lambda s, z, y, i: nll(z, y).double(), {"one_loss_an_example"}),
    "inputs changed in place": (in_place, {"inputs_are_untouched"}),
    "a random negative class": (
        lambda s, z, y, i: nll(z, (y + torch.randint(1, K, y.shape)) % K),
        {"no_random_numbers", "right_is_better_than_uniform_than_wrong"},
    ),
    "dropout inside": (lambda s, z, y, i: nll(F.dropout(z, 0.1), y), {"no_random_numbers"}),
    "graph kept across steps": (graph_kept, {"steps_are_separate"}),
    "detached in the wrong place": (
        lambda s, z, y, i: nll(z, y) + (1 - (-nll(z, y).detach()).exp()),
        {"gradient_is_the_derivative"},
    ),
    "sign slip": (
        lambda s, z, y, i: -nll(z, y),
        {"right_is_better_than_uniform_than_wrong"},
    ),
    "gradient reversed": (
        lambda s, z, y, i: 2 * nll(z, y).detach() - nll(z, y),
        {"gradient_points_downhill", "gradient_is_the_derivative"},
    ),
    "log of softmax": (
        lambda s, z, y, i: -z.softmax(-1).gather(-1, y[:, None])[:, 0].log(),
        {"finite_at_extreme_logits"},
    ),
    "softmax over the batch": (
        lambda s, z, y, i: -z.log_softmax(0).gather(-1, y[:, None])[:, 0],
        {"examples_do_not_mix"},
    ),
    "normalised by the batch": (
        lambda s, z, y, i: nll(z, y) / nll(z, y).mean().detach(),
        {"examples_do_not_mix", "gradient_is_the_derivative"},
    ),
    "one_hot without the number of classes": (no_class_count, {"a_stack_is_its_seeds"}),
    "the next class is meant": (
        lambda s, z, y, i: nll(z, (y + 1) % K),
        {"classes_are_only_names", "right_is_better_than_uniform_than_wrong"},
    ),
    "weights by class number": (lambda s, z, y, i: (1 + y) * nll(z, y), {"classes_are_only_names"}),
    "raw logits": (lambda s, z, y, i: (F.one_hot(y, K) - z).square().sum(-1), {"a_common_shift_of_logits_is_nothing"}),
    "clamp kills the gradient": (
        lambda s, z, y, i: -z.softmax(-1).clamp(1e-2, 1).gather(-1, y[:, None])[:, 0].log(),
        {"wrong_examples_pull"},
    ),
    "state is not a buffer": (not_a_buffer, {"state_survives_a_reload"}),
    "branch on data": (branch_on_data, {"a_stack_is_its_seeds"}),
    "boolean mask": (
        lambda s, z, y, i: torch.where(y >= 0, nll(z[y >= 0], y[y >= 0]), 0.0),
        {"a_stack_is_its_seeds"},
    ),
}


def notices(law, make):
    try:
        law(make)
    except Exception:  # whatever a broken loss raises
        return True
    return False


@pytest.mark.parametrize("bug", PLANTED)
def test_a_planted_bug_is_noticed_by_its_laws(bug):
    function, meant = PLANTED[bug]
    noticed = {name for name, law in LAWS.items() if notices(law, lambda: Planted(function))}
    assert meant <= noticed


def test_every_law_has_a_bug_to_notice():
    assert set().union(*(laws for _, laws in PLANTED.values())) == set(LAWS)


@pytest.mark.parametrize("law", LAWS)
def test_a_sound_loss_passes(law):
    LAWS[law](CE)
