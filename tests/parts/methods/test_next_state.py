"""A state and the next one: embedded alike, and linear where the model is."""

import pytest
import torch

from runner.parts.methods.critics import halves
from tests.objectives import first, near

SMALL = ["dataset=ornstein_uhlenbeck", "dataset.num_train=64", "dataset.num_test=64", "dataset.dim=3", "batch_size=8"]


def objective_of(*more):
    return first(*SMALL, "method.width=4", *more)


def test_a_state_is_embedded_alike_whichever_it_is():
    objective, batch = objective_of("model.width=8")
    method = objective.method
    one, other = method.represent(batch.x).chunk(2, dim=1)
    assert one.shape == (8, 4)
    near(method.represent(batch.x.flip(1)), torch.cat([other, one], 1))
    near(one, method.embedding(method.network.features(halves(batch.x)[0])))


@pytest.mark.parametrize("loss", ["dpnets", "nt_xent"])
def test_the_loss_compares_both_states(loss):
    objective, batch = objective_of("model.width=8", f"loss={loss}")
    one, other = objective.method.represent(batch.x).chunk(2, dim=1)
    near(objective.method(batch), objective.method.loss.loss(one, other, batch.index).expand(8))


def test_penalties_see_the_features_of_the_first_state():
    objective, batch = objective_of("model.width=8", "regularizer=vne")
    plain, _ = objective_of("model.width=8")
    features = objective.method.network.features(halves(batch.x)[0])
    near(objective.method(batch), plain.method(batch) + objective.method.regularizer(0, features, None, batch))


def test_of_a_linear_model_eigenvalues_are_those_of_the_state(compose, measured):
    """A linear process of three coordinates, and however the embedding was trained."""
    from runner.training.run import run

    said = ["dataset=ornstein_uhlenbeck", "dataset.dim=3", "dataset.num_train=20000", "model=linear", "epochs=1"]
    for row in measured(run(**compose(*said, seeds=[0, 1]))).values():
        assert row["test/eigenvalue_error"] < 0.03
        assert row["test/forecast_rmse"] == pytest.approx(0.627, abs=0.02)
