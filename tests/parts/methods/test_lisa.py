"""LISA: who is mixed with whom, values by hand, its limits."""

import math

import pytest
import torch
from torch import tensor

from runner.data.loader import Batch
from runner.parts.methods.lisa import LISA
from tests.objectives import built, first, same, values
from tests.parts.affine import Affine, ce
from tests.parts.erm import erm_like

VECTORS = ["dataset=biased_numbers", "dataset.num_train=200", "dataset.num_test=64"]
X = tensor([[2.0, 0.0], [0.0, 2.0], [4.0, 0.0], [0.0, 4.0]], dtype=torch.float64)
LABELS, DOMAIN = tensor([0, 1, 0, 1]), tensor([0, 0, 1, 1])
SHARE = tensor([0.75, 0.5, 1.0, 0.25], dtype=torch.float64)


def losses_of(within_labels):
    """On logits that are the inputs."""
    made = LISA(Affine(torch.eye(2, dtype=torch.float64)), *ce(2), DOMAIN, intra_label=0.5, alpha=2.0)
    order = tensor([0, 1, 2, 3])
    draws = {"lisa_share": SHARE, "lisa_places": order, "lisa_within_labels": tensor(within_labels)}
    return made(Batch(X, LABELS, torch.arange(4), draws)).tolist()


def test_within_labels_is_the_same_label_from_another_environment():
    """Examples 0 and 2, 1 and 3: logits (2.5, 0), (0, 3), (4, 0), (0, 2.5), all with their own label."""
    assert losses_of(True) == pytest.approx([math.log1p(math.exp(-z)) for z in (2.5, 3, 4, 2.5)], abs=1e-12)


def test_within_environments_is_another_label_from_the_same_one():
    """Examples 0 and 1, 2 and 3: logits (1.5, 0.5), (1, 1), (4, 0), (3, 1), and labels in these shares."""
    margins = [1.0, 0.0, 4.0, 2.0]  # of the label of the first share over the other one
    parts = [0.75, 0.5, 1.0, 0.75]
    wanted = [
        p * math.log1p(math.exp(-m)) + (1 - p) * math.log1p(math.exp(m)) for m, p in zip(margins, parts, strict=True)
    ]
    assert losses_of(False) == pytest.approx(wanted, abs=1e-12)


@pytest.mark.parametrize(("within_labels", "label", "environment"), [(True, True, False), (False, False, True)])
def test_partners_share_what_is_said_and_nothing_else(within_labels, label, environment):
    """Inputs are unit vectors, so that what was mixed can be read."""
    b, draws = 24, torch.Generator().manual_seed(0)
    labels, domain = (torch.randint(3, (b,), generator=draws) for _ in range(2))
    eye = torch.eye(b, dtype=torch.float64)
    made = LISA(Affine(eye), *ce(b), domain, intra_label=0.5, alpha=2.0)
    seen = []
    made.erm.network.features = lambda x: (seen.append(x), x)[1]
    mixing = {
        "lisa_share": torch.full((b,), 0.25, dtype=torch.float64),
        "lisa_places": torch.randperm(b, generator=draws),
        "lisa_within_labels": tensor(within_labels),
    }
    made(Batch(eye, labels, torch.arange(b), mixing))
    places = seen[0].argmax(1)
    same(seen[0], 0.25 * eye + 0.75 * eye[places])
    moved = places != torch.arange(b)
    assert moved.sum() > b / 2
    assert ((labels == labels[places])[moved] == label).all()
    assert ((domain == domain[places])[moved] == environment).all()


def test_how_often_labels_are_the_same_is_a_draw_of_each_batch():
    _, loader = built("method=lisa", "method.intra_label=0.25", *VECTORS, "batch_size=4")
    drawn = [batch.draws["lisa_within_labels"].item() for _ in range(10) for batch in loader]
    assert sum(drawn) / len(drawn) == pytest.approx(0.25, abs=0.08)  # of 500, four deviations


def test_lisa_without_alpha_is_erm():
    objective, batch = first("method=lisa", "method.alpha=0", *VECTORS)
    losses, gradients = values(objective, batch)
    wanted, theirs = erm_like(batch, *VECTORS)
    same(losses, wanted)
    same(list(gradients.values()), list(theirs.values()))


def test_an_example_without_a_partner_stays_as_it_is():
    """Of one environment alone none has another one, and labels are not mixed."""
    objective, batch = first("method=lisa", "method.intra_label=1", *VECTORS)
    objective.method.domain.zero_()
    same(values(objective, batch)[0], erm_like(batch, *VECTORS)[0])
