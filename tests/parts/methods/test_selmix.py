"""SelMix: gains, chances, the pairs that it draws, when it begins, and what is refused."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn, tensor

from runner.console.errors import ConfigError
from runner.parts.methods.selmix import SelMix, chances, drawn_pairs, gains
from tests.objectives import built, cell_of, first, same, values
from tests.parts.affine import Affine, ce
from tests.parts.erm import DEEP, erm_like

# val-iisc/SelMix@1f66851, MetricOptimisation/base_optimizer.py and metrics.py, their loops transcribed, in float64:
# lambda_min = 0.6, DistTemp = 0.1; for min_recall beta = 0.5 and val_lr = 5
MU = [[1.54, -0.29], [-2.18, 0.57], [-1.08, -1.4]]
WEIGHT = [[0.4, 0.84], [-0.72, -0.4], [-0.6, 0.18]]
BIAS = [0.1, -0.2, 0.3]
TAKEN = [[0.85, 0.1, 0.05], [0.25, 0.5, 0.25], [0.6, 0.2, 0.2]]
GAINS = {
    "mean_recall": [
        [0.1353439569404944, 0.24680379313589745, 0.2450642397555408],
        [0.46615949319611855, 0.4148396105438414, 0.38894722574894713],
        [0.07417622988207767, -0.006572080505478736, 0.01273567567540175],
    ],
    "min_recall": [
        [0.10277806639270243, 0.17637833711139245, 0.18037912524300503],
        [0.14039861684611232, 0.09194002637265902, 0.07137645224965711],
        [0.29738364642395515, 0.2416545937475376, 0.2569214766131299],
    ],
    "g_mean": [
        [0.13863560372612627, 0.2451408795961712, 0.24721701482625102],
        [0.32992008830184827, 0.2708855058205922, 0.24309068155816843],
        [0.24906054589077445, 0.1700187510783906, 0.190232023242494],
    ],
    "h_mean": [
        [0.13660472950152164, 0.23077559111164653, 0.2367943273007155],
        [0.1112586020813745, 0.042931570459647794, 0.01950358165831137],
        [0.437877195769876, 0.3670241272728013, 0.3874120425326027],
    ],
}
CHANCES = {
    "mean_recall": [
        [0.015574867640125088, 0.047477527570148295, 0.046658772793674044],
        [0.42573339118744974, 0.2548345465093447, 0.1967021510543297],
        [0.008448440257824793, 1.0037677332878077e-08, 0.004570292949426353],
    ],
    "min_recall": [
        [0.04161967570476203, 0.0868841490490088, 0.09043067073845419],
        [0.06062931114033136, 0.03734476183740359, 0.03040347698355405],
        [0.29138010672019327, 0.16689053564502251, 0.1944173121812701],
    ],
    "g_mean": [
        [0.0380359079972127, 0.11034184704239515, 0.11265663875233088],
        [0.25759157359836665, 0.14274067022142792, 0.10810265325088098],
        [0.11475276066346767, 0.05205818646835168, 0.06371976200556646],
    ],
    "h_mean": [
        [0.019838929805537437, 0.050874126178058046, 0.05403012806784169],
        [0.015397190078819843, 0.007775014716355385, 0.006151129985225364],
        [0.4035782280105555, 0.19870865030847212, 0.24364660284913475],
    ],
}
MULTIPLIERS = [
    [0.03072674032643643, 0.1768201821074443, 0.7924530775661193],
    [0.006859711412334385, 0.0946953950865811, 0.8984448935010846],
]
SAID = ["method=selmix", "val_fraction=0.2", "epochs=4", "method.warmup=0"]
AT = {"rtol": 0, "atol": 1e-9}


def selmix(objective, held_out=None, **changed):
    """SelMix of three classes and two features, the last layer that of the numbers above."""
    network = Affine(tensor(WEIGHT, dtype=torch.float64))
    network.head.bias = nn.Parameter(tensor(BIAS, dtype=torch.float64))
    arguments = {"start": None, "warmup": 0.0, "temperature": 0.1, "val_lr": 5.0, "beta": 0.5, "least_share": 0.6}
    arguments["every_pair"] = "released"
    given = (3, 4, held_out or (lambda: (torch.zeros(3, 2), torch.arange(3))), None)
    return SelMix(network, *ce(3), *given, objective=objective, **arguments | changed).double()


@pytest.mark.parametrize("objective", GAINS)
def test_selmix_gains_and_chances_are_as_released(objective):
    method = selmix(objective)
    slopes = method.slopes(tensor(TAKEN, dtype=torch.float64))
    gain = gains(slopes, tensor(MU, dtype=torch.float64), method.erm.network.head, 0.8)
    torch.testing.assert_close(gain, tensor(GAINS[objective], dtype=torch.float64), **AT)
    torch.testing.assert_close(chances(gain, 0.1, 0.0), tensor(CHANCES[objective], dtype=torch.float64), **AT)


def test_selmix_multipliers_go_on_from_where_they_were():
    method = selmix("min_recall")
    for wanted in MULTIPLIERS:
        method.slopes(tensor(TAKEN, dtype=torch.float64))
        torch.testing.assert_close(method.multipliers.exp(), tensor(wanted, dtype=torch.float64), **AT)


@pytest.mark.parametrize("objective", GAINS)
def test_selmix_slopes_are_derivatives(objective):
    """Of M by the logits A of which each class's row of R is the softmax; for min_recall with the multipliers held."""
    a = tensor(TAKEN, dtype=torch.float64).log().requires_grad_()
    recall = a.softmax(-1).diagonal()
    held = tensor(MULTIPLIERS[0], dtype=torch.float64)
    m = {
        "mean_recall": lambda: recall.mean(),
        "min_recall": lambda: (held * recall).sum(),
        "g_mean": lambda: recall.prod() ** (1 / 3),
        "h_mean": lambda: 3 / (1 / recall).sum(),
    }[objective]()
    slopes = selmix(objective).slopes(tensor(TAKEN, dtype=torch.float64))
    torch.testing.assert_close(slopes, torch.autograd.grad(m, a)[0], **AT)


@pytest.mark.parametrize("objective", GAINS)
def test_selmix_slopes_are_finite_and_balanced_where_a_class_is_never_recalled(objective):
    """A step that lifts all logits of a class alike changes nothing."""
    taken = tensor([[1.0, 0, 0], [0.5, 0, 0.5], [0, 0.5, 0.5]], dtype=torch.float64)
    slopes = selmix(objective).slopes(taken)
    assert slopes.abs().max() < 10
    torch.testing.assert_close(slopes.sum(1), torch.zeros(3, dtype=torch.float64), rtol=0, atol=1e-12)


def test_selmix_looks_at_held_out_examples_with_the_network_as_it_is_evaluated():
    """Classes of 1, 2 and 3 examples; the logits are the features, and of the last class two thirds are taken for 0."""
    x = tensor([[3.0, 0, 0], [0, 2, 0], [0, 4, 0], [5, 0, 1], [7, 0, 1], [0, 0, 4]])
    method = selmix("mean_recall", lambda: (x, tensor([0, 1, 1, 2, 2, 2])))
    method.erm.network = Affine(torch.eye(3, dtype=torch.float64))
    method.begin(1, 1)
    taken = tensor([[1, 0, 0], [0, 1, 0], [2 / 3, 0, 1 / 3]], dtype=torch.float64)
    centroids = tensor([[3, 0, 0], [0, 3, 0], [4, 0, 2]], dtype=torch.float64)
    gain = gains(method.slopes(taken), centroids, method.erm.network.head, 0.8)
    same(method.chances, chances(gain, 0.1, 1 / 27))
    objective, _ = first(*SAID, *DEEP)
    assert objective.method.tuning
    assert all(module.training for module in objective.method.erm.modules())
    assert {b.item() for name, b in objective.named_buffers() if "num_batches_tracked" in name} == {0}


def test_selmix_leaves_every_pair_a_chance_as_the_released_sampler_does():
    """A 27th more for each of nine pairs; or none."""
    gain = tensor([[0.0, 1.0, -1.0], [-1.0, -1.0, -1.0], [-1.0, -1.0, -1.0]], dtype=torch.float64)
    same(chances(gain, 0.1, 1 / 27)[1], torch.full((3,), 1 / 36, dtype=torch.float64), rtol=1e-6)
    assert chances(gain, 0.1, 0.0)[1].max() < 1e-7
    assert selmix("mean_recall", every_pair="none").floor == 0
    assert selmix("mean_recall").floor == pytest.approx(1 / 27)


def test_selmix_draws_pairs_of_classes_by_their_chance():
    p = tensor([[0.0, 0.5, 0.1], [0.0, 0.1, 0.2], [0.1, 0.0, 0.0]], dtype=torch.float64)
    labels = tensor([2, 0, 1, 1, 0, 2, 1])
    one, other = drawn_pairs(p, labels, (torch.arange(10_000, dtype=torch.float64) + 0.5) / 10_000)
    seen = (labels[one] * 3 + labels[other]).bincount(minlength=9).view(3, 3) / 10_000
    assert (seen - p).abs().max() < 5e-4
    assert not seen[p == 0].any()
    reached = torch.zeros(7, 7).index_put_((one, other), torch.ones(10_000), accumulate=True)
    assert reached[1, [2, 3, 6]].tolist() == pytest.approx([5000 / 6] * 3, abs=1)  # each of a class's examples alike
    assert [t.item() for t in drawn_pairs(p, labels, tensor([0.0]).double())] != [0, 0]  # that pair has no chance
    absent = drawn_pairs(p, tensor([1, 2]), tensor([0.0, 0.999]))  # class 0 is not in the batch
    assert [t.tolist() for t in absent] == [[0, 0], [0, 1]]


def test_selmix_trains_on_mixed_features_with_the_labels_of_the_first():
    objective, batch = first(*SAID, "regularizer=spectral_decoupling")
    method = objective.method
    one, other = drawn_pairs(method.chances, batch.labels, batch.draws["selmix_pair"])
    share = 0.6 + 0.4 * batch.draws["selmix_share"][:, None]
    features = method.erm.network.features(batch.x)
    z = method.erm.network.head(share * features[one] + (1 - share) * features[other])
    wanted = F.cross_entropy(z, batch.labels[one], reduction="none") + 0.1 * z.square().mean()
    assert one.tolist() != other.tolist()
    same(method(batch), wanted)


def test_selmix_is_erm_before_it_begins_and_where_it_mixes_nothing():
    objective, batch = first(*SAID, "method.warmup=1")
    losses, gradients = values(objective, batch)
    wanted, theirs = erm_like(batch, "val_fraction=0.2")
    same(losses, wanted)
    same(list(gradients.values()), list(theirs.values()))
    objective, batch = first(*SAID, "method.least_share=1")
    one, _ = drawn_pairs(objective.method.chances, batch.labels, batch.draws["selmix_pair"])
    same(objective.method(batch), wanted[one])


def test_selmix_begins_after_its_share_of_the_epochs():
    (objective,), _ = built(*SAID, "method.warmup=0.6")
    phases = []
    for epoch in (1, 2, 3, 4):
        objective.begin(epoch)
        phases.append(objective.method.tuning)
    assert phases == [False, False, True, True]


def test_selmix_begins_with_a_stored_network():
    (trained,), _ = built("val_fraction=0.2", seeds=[7])
    numbers = trained.method.network.state_dict()
    asked_for = []

    def stored(cell, seed):
        asked_for.append((cell, seed))
        return cell_of().recipe.model, {name: n.float() for name, n in numbers.items()}

    said = [*SAID, "method.start=ee12341234ee1234ee12", "method.warmup=1"]
    objective, _ = first(*said, seeds=[5], stored=stored)
    assert asked_for == [("ee12341234ee1234ee12", 5)]
    assert objective.method.tuning  # from the first epoch, whatever warmup is
    same(objective.method.erm.network.state_dict(), numbers)
    with pytest.raises(ConfigError, match="start=ee12341234ee1234ee12: its network is of another kind"):
        built(*said, "model.width=8", stored=stored)


def test_selmix_needs_validation_examples_of_every_class():
    with pytest.raises(ConfigError, match="needs validation examples; val_fraction"):
        built(*SAID, "val_fraction=0")
    with pytest.raises(ConfigError, match="needs validation examples of each class, of class 3 too; a larger val_frac"):
        built(*SAID, "imbalance=64", "val_fraction=0.1")


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("method=selmix method.warmup=2", r"method.warmup=2.*number in \[0, 1\]"),
        ("method=selmix method.objective=accuracy", "method.objective=accuracy.*must be one of mean_recall"),
        ("method=selmix method.temperature=0", r"method.temperature=0.*number in \(0, inf\)"),
        ("method=selmix method.val_lr=-1", r"method.val_lr=-1.*number in \[0, inf\)"),
        ("method=selmix method.beta=2", r"method.beta=2.*number in \[0, 1\]"),
        ("method=selmix method.every_pair=all", "method.every_pair=all.*must be one of released, none"),
        ("method=selmix method.least_share=1.5", r"method.least_share=1.5.*number in \[0, 1\]"),
    ],
)
def test_what_is_out_of_range_is_refused_by_name(said, words):
    with pytest.raises(ConfigError, match=words):
        built(*said.split(), "val_fraction=0.2")
