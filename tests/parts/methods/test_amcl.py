"""AMCL: both sums and the penalty at the reference's values, and temperatures that are of pairs."""

import json

import pytest
import torch
import torch.nn.functional as F

from runner.console.errors import ConfigError
from runner.parts.methods.amcl import far
from tests.objective.test_objectives import SUITS
from tests.objectives import first, near, values
from tests.zoo import ROOT

CASE = json.loads((ROOT / "tests" / "values" / "methods" / "amcl.json").read_text())
TEMPERATURES = torch.tensor(CASE["temperature"], dtype=torch.float64).movedim(-1, 0)
PENALTY = CASE["reg_half_d_log_t_plus_inverse"]
SAID = ["method=amcl", *SUITS["amcl"]]
SUMS = {"exponentials": "summed_inside_log", "losses": "summed_outside_log"}


class Known(torch.nn.Module):
    """A projection to these embeddings (B, 2, D)."""

    def __init__(self, embeddings):
        super().__init__()
        self.embeddings = embeddings

    def forward(self, features):
        return self.embeddings


@pytest.mark.parametrize("sum_of", SUMS)
def test_both_sums_are_the_reference_s(sum_of, monkeypatch):
    objective, batch = first(*SAID, f"method.sum_of={sum_of}")
    method, size = objective.method, TEMPERATURES.shape[1]
    views = [[torch.tensor(CASE[f"head{c}_view{v}"], dtype=torch.float64) for v in (1, 2)] for c in (0, 1)]
    method.projections = torch.nn.ModuleList(Known(torch.stack(view, 1)) for view in views)
    monkeypatch.setattr(method, "temperatures", lambda one, other: TEMPERATURES)
    found = method(batch._replace(**{key: getattr(batch, key)[:size] for key in ("x", "labels", "index")}))
    of_anchors = torch.tensor(CASE[SUMS[sum_of]], dtype=torch.float64)
    estimates = 1 if sum_of == "exponentials" else len(views)  # of InfoNCE, each with a log B that the reference lacks
    near(found, (of_anchors.mean() + PENALTY - estimates * torch.tensor(size).double().log()).expand(size))


def test_the_penalty_is_the_reference_s():
    assert CASE["beta"] * far(TEMPERATURES, 4).item() == pytest.approx(PENALTY, abs=1e-12)


def test_the_penalty_counts_the_batch_or_the_width():
    (of_batch, batch), (of_width, _), (without, _) = (
        first(*SAID, f"method.{words}") for words in ("numbers=batch", "numbers=width", "penalty=0")
    )
    features = without.method.network.features(batch.x.flatten(0, 1)).unflatten(0, (-1, 2))
    z = torch.stack([projection(features) for projection in without.method.projections])
    temperatures, plain = without.method.temperatures(*F.normalize(z, dim=-1).unbind(2)), without.method(batch)
    for objective, n in ((of_batch, len(batch.x)), (of_width, 128)):
        near(objective.method(batch), plain + 0.1 * far(temperatures, n))


def test_one_head_is_both_sums():
    near(
        *(
            objective.method(batch)
            for objective, batch in (first(*SAID, "method.heads=1", f"method.sum_of={s}") for s in SUMS)
        )
    )


def test_one_head_of_one_temperature_is_infonce_of_cosines():
    objective, batch = first(*SAID, "method.heads=1", "method.lowest=0.5", "method.highest=0.5", "method.penalty=0")
    method, place = objective.method, torch.arange(len(batch.x))
    z, w = (F.normalize(method.projections[0](method.network.features(view)), dim=1) for view in batch.x.unbind(1))
    expected = F.cross_entropy(z @ w.T / 0.5, place) - torch.tensor(len(place)).double().log()
    near(method(batch), expected.expand(len(place)))


def test_a_temperature_is_of_both_embeddings_of_a_pair_and_lower_where_they_are_alike():
    method = first(*SAID)[0].method
    z, w = torch.randn(2, 3, 5, 128, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    found = method.temperatures(z, w)
    for c, i, j in ((0, 1, 3), (2, 3, 1)):
        likeness = method.of_pair(z[c, i]) @ method.of_pair(w[c, j])
        near(found[c, i, j], 1e-5 + (2 - 1e-5) * (-likeness).sigmoid())
    assert (method.temperatures(z, z).diagonal(dim1=1, dim2=2) < 1).all()


def test_temperatures_are_trained():
    _, gradients = values(*first(*SAID))
    of_pairs = [g for name, g in gradients.items() if "of_pair" in name and name.endswith("weight")]
    assert len(of_pairs) == 2
    assert all(g.abs().max() > 0 for g in of_pairs)


def test_limits_the_wrong_way_round_are_refused():
    with pytest.raises(ConfigError, match=r"the lowest temperature, 3.0, is above the highest, 2.0"):
        first(*SAID, "method.lowest=3")
