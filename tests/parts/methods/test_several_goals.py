"""Goals that steps are taken for: the loss, penalties, numbers of a target, environments."""

import pytest
import torch

from runner.console.errors import ConfigError
from runner.training.run import run
from tests.objectives import first, same

NAMES = ("conflict_free", "mgda", "pamal", "pcgrad")
QUICK = ["dataset=blobs", "epochs=2", "dataset.num_train=128"]
GROUPS = ["dataset=biased_numbers", "dataset.num_train=200", "dataset.num_test=64", "epochs=2"]
BOXES = ["dataset=boxes", "dataset.num_train=64", "dataset.num_test=16", "loss=l1", "epochs=2"]


@pytest.mark.parametrize("name", NAMES)
def test_with_one_goal_it_is_plain_training(compose, measured, name):
    plain, mine = (measured(run(**compose(*QUICK, f"method={each}"))) for each in ("erm", name))
    assert plain == mine


@pytest.mark.parametrize("name", NAMES)
def test_a_penalty_is_a_goal(compose, measured, name):
    said = [*QUICK, "regularizer=l2", "regularizer.l2.weight=0.1"]
    plain, mine = (measured(run(**compose(*said, f"method={each}"))) for each in ("erm", name))
    assert plain != mine


@pytest.mark.parametrize("name", NAMES)
def test_each_number_of_a_target_may_be_a_goal(compose, measured, name):
    said = [*BOXES, f"method={name}"]
    together, apart = (measured(run(**compose(*said, f"method.per_target={each}"))) for each in ("false", "true"))
    assert together != apart


@pytest.mark.parametrize("name", NAMES)
def test_each_environment_may_be_a_goal(compose, measured, name):
    said = [*GROUPS, f"method={name}"]
    together, apart = (measured(run(**compose(*said, f"method.per_domain={each}"))) for each in ("false", "true"))
    assert together != apart


def goals_of(name, *said):
    """The goals (m, B) of a first batch, and that batch's losses (B,) and environments (B,)."""
    objective, batch = first(f"method={name}", "method.per_domain=true", *GROUPS, *said)
    method = objective.method
    losses = method.loss(method.network(batch.x), batch)
    return torch.stack(method._by_environment([losses], batch)), losses, method.domain[batch.index]


def test_environments_add_up_to_the_mean_of_their_means():
    goals, losses, domain = goals_of("mgda")
    of = [losses[domain == e].mean() for e in (0, 1)]
    same(goals.mean(1), torch.stack(of) / 2)
    for e, goal in enumerate(goals):
        assert not goal[domain != e].any()


def test_an_environment_that_a_batch_lacks_is_no_goal():
    objective, batch = first("method=mgda", "method.per_domain=true", *GROUPS)
    method = objective.method
    alone = torch.nonzero(method.domain[batch.index] == 0)[:, 0]
    lone = batch._replace(x=batch.x[alone], labels=batch.labels[alone], index=batch.index[alone])
    losses = method.loss(method.network(lone.x), lone)
    goals = torch.stack(method._by_environment([losses], lone))
    same(goals[0], losses)
    assert not goals[1].any()
    same(method(lone), losses)


@pytest.mark.parametrize("name", NAMES)
def test_data_without_environments_are_refused(compose, name):
    with pytest.raises(ConfigError, match="no environments"):
        list(run(**compose(*QUICK, f"method={name}", "method.per_domain=true")))


def test_a_loss_with_other_outputs_has_no_such_goals(compose):
    said = ["dataset=boxes", "loss=ciou", "method=conflict_free", "method.per_target=true", "dataset.num_train=64"]
    with pytest.raises(ConfigError, match="method"):
        list(run(**compose(*said)))
