"""Two views: what the loss is given, what is trained, and what is refused."""

import pytest
import torch

from runner.compose.command_line import compose_cells
from runner.console.errors import ConfigError
from runner.objective.criterion import Criterion
from runner.training.run import Ended, Row, run
from tests.objective.test_objectives import SUITS
from tests.objectives import first, same, values
from tests.zoo import make

SAID = ["method=two_views", *SUITS["two_views"]]


def test_losses_are_of_the_projections_of_both_views():
    objective, batch = first(*SAID, "method.width=5")
    method = objective.method
    one, other = (method.projection(method.network.features(view)) for view in batch.x.unbind(1))
    assert one.shape == (len(batch.labels), 5)
    assert not torch.equal(one, other)
    expected = make("nt_xent", num_train=8, num_classes=10)(one, other, batch.index)
    same(objective.method(batch), expected)


def test_labels_are_not_seen():
    objective, batch = first(*SAID)
    other = batch._replace(labels=batch.labels.flip(0))
    same(objective.method(batch), objective.method(other))


def test_the_head_is_not_trained_and_the_projection_is():
    objective, batch = first(*SAID)
    _, gradients = values(objective, batch)
    trained = {name.rsplit(".", 1)[0] for name in gradients}
    assert not any(".head" in name for name in trained)
    assert {"method.projection.0", "method.projection.2"} <= trained


def test_penalties_look_at_the_first_view():
    objective, batch = first(*SAID, "regularizer=vne")
    plain, _ = first(*SAID)
    features = objective.method.network.features(batch.x[:, 0])
    penalty = objective.method.regularizer.parts["vne"](features, features, batch)
    same(objective.method(batch), plain.method(batch) + penalty)


def test_the_objective_falls(compose):
    events = list(run(**compose(*SAID, "epochs=4", "optimizer.lr=0.1", seeds=[0, 1])))
    assert [event.state for event in events if isinstance(event, Ended)] == ["done", "done"]
    objectives = [event.values["train/objective"] for event in events if isinstance(event, Row)]
    assert max(objectives[-2:]) < min(objectives[:2])


@pytest.mark.parametrize(
    ("said", "line"),
    [
        (
            ["loss=nt_xent"],
            "method=erm with loss=nt_xent: nt_xent is a loss of two views of each example; what fits: two_views",
        ),
        (["method=two_views"], "method=two_views with loss=ce: ce is a loss of each example; what fits: "),
    ],
)
def test_what_does_not_go_together_is_refused(said, line):
    with pytest.raises(ConfigError) as refusal:
        compose_cells(said, multirun=False)
    assert str(refusal.value).startswith(line)


def test_a_loss_of_pairs_fits_every_task():
    assert compose_cells(["dataset=boxes", "loss=nt_xent", "method=two_views"], multirun=False)


def test_a_criterion_of_pairs_takes_the_views_apart():
    one, other = torch.randn(2, 4, 3, generator=torch.Generator().manual_seed(0)).unbind()
    loss = make("nt_xent", num_train=8, num_classes=3)
    _, batch = first(*SAID)
    few = batch._replace(index=batch.index[:4], labels=batch.labels[:4])
    same(Criterion(loss)(torch.stack([one, other], 1), few), loss(one, other, few.index))
