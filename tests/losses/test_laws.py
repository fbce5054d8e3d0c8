"""The laws on trial: each must notice the bugs that were planted for it, and let a sound loss pass."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from runner.catalog.example_batches import TARGETS, B, K, N, embeddings, examples_of, labels, numbers, setting_of
from runner.catalog.loss_laws import ALWAYS, LAWS, OF_KIND, OF_TASK, laws_for
from runner.tasks.families import TASKS


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

    def decode(self, scores):
        """Minus what is minimised, of each batch, unless the function has a `decode`."""
        if hasattr(self.function, "decode"):
            return self.function.decode(scores)
        return -self(scores, None, None) if scores.dim() == 2 else torch.stack([self.decode(each) for each in scores])


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


def contrast(one, other):
    """Each row of one view among those of the other, both ways."""
    scores = 2 * F.normalize(one, dim=-1) @ F.normalize(other, dim=-1).mT
    labels = torch.arange(len(one))
    return (nll(scores, labels) + nll(scores.mT, labels)) / 2


PLANTED = {  # bug: the laws that must notice it; the first two lines of many a repository's history
    "the mean is taken": (lambda s, z, y, i: nll(z, y).mean(), {"one_loss_an_example"}),
    "float64 comes back": (lambda s, z, y, i: nll(z, y).double(), {"one_loss_an_example"}),
    "inputs changed in place": (in_place, {"inputs_are_untouched"}),
    "a random negative class": (
        lambda s, z, y, i: nll(z, (y + torch.randint(1, K, y.shape)) % K),
        {"no_random_numbers", "right_is_better_than_unsure_than_wrong"},
    ),
    "dropout inside": (lambda s, z, y, i: nll(F.dropout(z, 0.1), y), {"no_random_numbers"}),
    "graph kept across steps": (graph_kept, {"steps_are_separate"}),
    "detached in the wrong place": (
        lambda s, z, y, i: nll(z, y) + (1 - (-nll(z, y).detach()).exp()),
        {"gradient_is_the_derivative"},
    ),
    "sign slip": (
        lambda s, z, y, i: -nll(z, y),
        {"right_is_better_than_unsure_than_wrong"},
    ),
    "gradient reversed": (
        lambda s, z, y, i: 2 * nll(z, y).detach() - nll(z, y),
        {"gradient_points_downhill", "gradient_is_the_derivative"},
    ),
    "log of softmax": (
        lambda s, z, y, i: -z.softmax(-1).gather(-1, y[:, None])[:, 0].log(),
        {"finite_at_extremes"},
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
        {"classes_are_only_names", "right_is_better_than_unsure_than_wrong"},
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
    "weights by place": (lambda s, z, y, i: (1 + i) * nll(z, y), {"places_are_only_names"}),
}


def squared(z, t):
    return (z - t).square().mean(-1)


def near(z, y):
    """The mean distance within classes, of lengths 1."""
    apart = (F.normalize(z, dim=1)[:, None] - F.normalize(z, dim=1)).square().sum(2)
    return (apart * (y[:, None] == y)).mean()


SETS = {
    "no mean is taken": (lambda s, z, y, i: nll(z, y), {"one_number_of_a_batch"}),
    "neighbours are compared": (
        lambda s, z, y, i: nll(z, y).mean() + z.diff(dim=0).square().mean(),
        {"the_order_of_a_batch_is_nothing"},
    ),
}


def matched(s, z, y, i):
    return nll(z, torch.arange(len(z))).mean()


def pooled(s, z, y, i):
    return matched(s, z, y, i)


pooled.decode = lambda scores: scores.diagonal(dim1=-2, dim2=-1).mean()

SCORES = {
    "a neighbour is the pair": (
        lambda s, z, y, i: nll(z, torch.arange(len(z)).roll(1)).mean(),
        {"the_order_of_pairs_is_nothing", "pairs_are_to_score_higher_than_others"},
    ),
    "the truth is looked at": (
        lambda s, z, y, i: matched(s, z, y, i) + (0 if y is None else (z.mean(1) * y[:, 0]).mean()),
        {"targets_are_not_looked_at"},
    ),
    "an estimate is of all batches": (pooled, {"an_estimate_of_several_batches_is_theirs"}),
}
PAIRS = {
    "the mean over pairs is taken": (lambda s, z, w, i: contrast(z, w).mean(), {"one_loss_an_example"}),
    "only one view is the anchor": (
        lambda s, z, w, i: nll(2 * F.normalize(z, dim=-1) @ F.normalize(w, dim=-1).mT, torch.arange(len(z))),
        {"views_may_be_swapped"},
    ),
    "a view is detached": (lambda s, z, w, i: contrast(z, w.detach()), {"gradient_is_the_derivative"}),
    "nothing repels": (
        lambda s, z, w, i: 1 - F.cosine_similarity(z, w),
        {"collapse_is_worse_than_spread"},
    ),
    "the next pair is the negative one": (
        lambda s, z, w, i: F.relu(1 - F.cosine_similarity(z, w) + F.cosine_similarity(z, w.roll(1, 0))),
        {"the_order_of_a_batch_is_nothing"},
    ),
}
VIEWS = {
    "a mean over the batch is left out": (lambda s, z, w, i: contrast(z, w), {"one_number_of_a_batch"}),
    "nothing repels a batch": (
        lambda s, z, w, i: (1 - F.cosine_similarity(z, w)).mean(),
        {"collapse_is_worse_than_spread"},
    ),
}
RECOVERED = {
    "the mean is taken": (lambda s, z, t, i: squared(z, t).mean(), {"one_loss_an_example"}),
    "its batch is centred": (lambda s, z, t, i: squared(z - z.mean(0), t), {"examples_do_not_mix"}),
}
EMBEDDINGS = {
    "classes are taken for their reverse": (
        lambda s, z, y, i: -near(z, y),
        {"one_class_near_is_better_than_far"},
    ),
}
KINDS = {  # what makes batches for each kind, its planted bugs, and a sound loss
    "example": (examples_of(labels, K, K), PLANTED, lambda s, z, y, i: nll(z, y)),
    "set": (examples_of(labels, K, K), SETS, lambda s, z, y, i: nll(z, y).mean()),
    "scores": (examples_of(numbers, 1, B), SCORES, matched),
    "recovered": (examples_of(numbers, 1, 1), RECOVERED, lambda s, z, t, i: squared(z, t)),
    "pair": (examples_of(embeddings, K, K), PAIRS, lambda s, z, w, i: contrast(z, w)),
    "views": (examples_of(embeddings, K, K), VIEWS, lambda s, z, w, i: contrast(z, w).mean()),
    "embeddings": (examples_of(labels, K, K), EMBEDDINGS, lambda s, z, y, i: near(z, y)),
}
CASES = [(kind, bug) for kind, (_, planted, _) in KINDS.items() for bug in planted]


def laws(kind):
    return laws_for("classification", kind)


def notices(law, make, examples):
    try:
        law(make, examples)
    except Exception:  # whatever a broken loss raises
        return True
    return False


@pytest.mark.parametrize(("kind", "bug"), CASES)
def test_a_planted_bug_is_noticed_by_its_laws(kind, bug):
    examples, planted, _ = KINDS[kind]
    function, meant = planted[bug]
    noticed = {law for law in laws(kind) if notices(LAWS[law], lambda: Planted(function), examples)}
    assert meant <= noticed


def test_every_law_has_a_bug_to_notice():
    noticed = {law for _, planted, _ in KINDS.values() for _, meant in planted.values() for law in meant}
    assert noticed == set(LAWS)


def test_every_law_is_of_a_kind_or_a_task():
    named = [*ALWAYS, *(law for laws in (*OF_KIND.values(), *OF_TASK.values()) for law in laws)]
    assert set(named) == set(LAWS)


@pytest.mark.parametrize(("kind", "law"), [(kind, law) for kind in KINDS for law in laws(kind)])
def test_a_sound_loss_passes(kind, law):
    examples, _, sound = KINDS[kind]
    LAWS[law](lambda: Planted(sound), examples)


@pytest.mark.parametrize("task", TARGETS)
def test_a_batch_is_of_its_task(task):
    """And the same again for the same draw."""
    examples, _ = setting_of({"_target_": "losses.ce.CE"}, task)
    predictions, targets, index = examples()
    assert len(predictions) == len(targets) == len(index) == B
    assert len(set(index.tolist())) == B
    assert all(torch.equal(a, b) for a, b in zip(examples(), examples(), strict=True))
    assert not torch.equal(examples(1)[1], targets)


def test_every_task_has_batches():
    assert set(TARGETS) == set(TASKS)
