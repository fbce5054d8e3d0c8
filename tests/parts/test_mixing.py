"""Methods that train between examples: what they mix, by how much, and when they are ERM."""

import math

import pytest
import torch
import torch.nn.functional as F
from torch import nn, tensor

from runner.console.errors import ConfigError
from runner.data.loader import Batch
from runner.data.streams import generator
from runner.objective.assemble import main_network
from runner.objective.criterion import Criterion, Penalties
from runner.parts.methods.mixing import blend
from runner.parts.methods.mixup import Mixup
from runner.parts.methods.regmixup import RegMixup
from runner.parts.methods.selmix import SelMix, chances, drawn_pairs, gains
from tests.objectives import built, cell_of, first, same, values
from tests.zoo import make


class Affine(nn.Module):
    """Features are the inputs, logits are x @ weight.T."""

    def __init__(self, weight):
        super().__init__()
        self.body = nn.Sequential(nn.Flatten())
        self.head = nn.Linear(weight.shape[1], weight.shape[0], bias=False, dtype=torch.float64)
        self.head.weight = nn.Parameter(weight)

    def features(self, x):
        return self.body(x)


def ce(num_classes):
    return Criterion(make("ce", num_train=8, num_classes=num_classes)), Penalties({})


def erm_like(batch, *overrides):
    """Losses and gradients of plain ERM with the same network, at this batch."""
    return values(first(*overrides)[0], batch)


# --- mixup ---


def test_blend_takes_one_share_or_each_its_own_for_inputs_of_any_shape():
    x = torch.arange(12.0).view(3, 1, 2, 2)
    places = tensor([2, 0, 1])
    same(blend(x, places, tensor(0.75)), 0.75 * x + 0.25 * x[places])
    seen = blend(x, places, tensor([1.0, 0.0, 0.5]))
    same(seen, torch.stack([x[0], x[0], (x[2] + x[1]) / 2]))


def test_mixup_of_two_points_is_what_a_pencil_says():
    """Logits [1.5, 0.5] and [0.5, 1.5]: 3/4 log(1 + 1/e) + 1/4 log(1 + e)."""
    x = tensor([[2.0, 0.0], [0.0, 2.0]], dtype=torch.float64)
    draws = {"mixup_share": tensor(0.75, dtype=torch.float64), "mixup_places": tensor([1, 0])}
    losses = Mixup(Affine(torch.eye(2, dtype=torch.float64)), *ce(2), alpha=1.0)(
        Batch(x, tensor([0, 1]), tensor([0, 1]), draws)
    )
    wanted = 0.75 * math.log1p(math.exp(-1)) + 0.25 * math.log1p(math.exp(1))
    assert losses.tolist() == pytest.approx([wanted, wanted], abs=1e-12)


def test_mixup_takes_any_loss_and_the_penalties_of_mixed_inputs():
    objective, batch = first("method=mixup", "loss=gce", "regularizer=spectral_decoupling", "noise=0.3")
    share, places = batch.draws["mixup_share"], batch.draws["mixup_places"]
    assert 0 < share < 1
    assert sorted(places.tolist()) == list(range(64))
    z = objective.predict(share * batch.x + (1 - share) * batch.x[places])
    p = z.softmax(-1) ** 0.7
    each = [(1 - p.gather(1, y[:, None])[:, 0]) / 0.7 for y in (batch.labels, batch.labels[places])]
    same(objective.method(batch), share * each[0] + (1 - share) * each[1] + 0.1 * z.square().mean())


def test_mixup_without_alpha_is_erm():
    objective, batch = first("method=mixup", "method.alpha=0", "loss=elr", "regularizer=spectral_decoupling")
    same(values(objective, batch)[0], erm_like(batch, "loss=elr", "regularizer=spectral_decoupling")[0])
    objective, batch = first("method=mixup", "method.alpha=0")
    losses, gradients = values(objective, batch)
    wanted, theirs = erm_like(batch)
    same(losses, wanted)
    same(list(gradients.values()), list(theirs.values()))


# --- manifold mixup ---

DEEP = ["model.depth=2", "model.norm=batch"]


def test_manifold_mixup_of_the_input_alone_is_mixup():
    objective, batch = first("method=manifold_mixup", "method.layers=[0]", *DEEP)
    losses, gradients = values(objective, batch)
    renamed = {name.removeprefix("manifold_"): drawn for name, drawn in batch.draws.items()}
    wanted, theirs = erm_like(batch._replace(draws=renamed), "method=mixup", *DEEP)
    same(losses, wanted)
    same(list(gradients.values()), list(theirs.values()))


@pytest.mark.parametrize("layer", [0, 1, 2])
def test_manifold_mixup_mixes_after_the_layer_that_was_drawn_and_no_other(layer):
    objective, batch = first("method=manifold_mixup", *DEEP)
    batch.draws["manifold_mixup_layer"] = tensor(layer)
    share, places = batch.draws["manifold_mixup_share"], batch.draws["manifold_mixup_places"]
    network = objective.method.erm.network
    hidden = network.body[:layer](batch.x)
    z = network.head(network.body[layer:](share * hidden + (1 - share) * hidden[places]))
    each = [F.cross_entropy(z, y, reduction="none") for y in (batch.labels, batch.labels[places])]
    same(objective.method(batch), share * each[0] + (1 - share) * each[1])


@pytest.mark.parametrize(("said", "layers"), [("null", [0, 1, 2]), ("[0,2]", [0, 2])])
def test_manifold_mixup_draws_each_of_its_layers_alike(said, layers):
    (objective,), _ = built("method=manifold_mixup", f"method.layers={said}", "model.depth=2")
    draw, g = objective.method.draws["manifold_mixup_layer"], generator("test", 0)
    counts = torch.stack([draw(g, 64) for _ in range(600)]).bincount(minlength=3)
    assert counts.nonzero().flatten().tolist() == layers
    assert (counts[layers] / 600 - 1 / len(layers)).abs().max() < 0.1


# --- RegMixup ---


def test_regmixup_is_as_released():
    """FrancescoPinto/RegMixup@0fa323a, models/regmixup.py, transcribed, in float64: half of the paper's form."""
    x = [
        [1.5409961082440433, -0.2934289057609464, -2.1787893820745574],
        [0.5684312772806678, -1.084522342424021, -1.3985953953708767],
        [0.4033468476292993, 0.8380263329976598, -0.7192575784693592],
        [-0.40334352493217457, -0.5966353626151273, 0.18203648506130554],
    ]
    weight = [
        [0.04472753863654923, 1.911239043445692, -0.2310308923435549],
        [0.34592815167069546, 1.3180282301962654, 0.3696370193668759],
        [0.3841115513396856, 0.2970382679874422, 0.7472865483738005],
    ]
    gradient = [
        [-0.21039196286666048, 0.3064928096355938, -0.09610084676893332],
        [0.060772622284386506, 0.1554461443345016, -0.21621876661888817],
        [0.32063010233497746, -0.4236032395243943, 0.10297313717941678],
    ]
    draws = {"regmixup_share": tensor(0.47, dtype=torch.float64), "regmixup_places": tensor([2, 0, 3, 1])}
    batch = Batch(tensor(x, dtype=torch.float64), tensor([0, 1, 2, 0]), torch.arange(4), draws)
    network = Affine(tensor(weight, dtype=torch.float64).T)
    released, paper = (
        RegMixup(network, *ce(3), alpha=20.0, eta=1.0, weighting=w)(batch).mean() for w in ("released", "paper")
    )
    assert released.item() == pytest.approx(1.616453031699256, abs=1e-9)
    assert paper.item() == pytest.approx(3.232906063398513, abs=1e-9)
    (seen,) = torch.autograd.grad(released, network.head.weight)
    torch.testing.assert_close(seen.T, tensor(gradient, dtype=torch.float64), rtol=0, atol=1e-9)


def test_regmixup_weighs_the_mixed_part_by_eta_and_leaves_penalties_whole():
    said = ["method=regmixup", "regularizer=spectral_decoupling"]
    objective, batch = first(*said)
    one, three, half = (
        erm_like(batch, *said, *more)[0] for more in ([], ["method.eta=3"], ["method.weighting=released"])
    )
    plain = erm_like(batch, "regularizer=spectral_decoupling")[0]
    same(three - plain, 3 * (one - plain))
    penalty = 0.1 * objective.predict(batch.x).square().mean()
    same(half - penalty, (one - penalty) / 2)


def test_regmixup_without_eta_is_erm_and_sees_no_mixed_inputs():
    objective, batch = first("method=regmixup", "method.eta=0", *DEEP)
    losses, gradients = values(objective, batch)
    wanted, theirs = erm_like(batch, *DEEP)
    same(losses, wanted)
    same(list(gradients.values()), list(theirs.values()))


def test_regmixup_sees_examples_and_mixed_inputs_in_one_pass():
    objective, batch = first("method=regmixup", *DEEP)
    objective.method(batch)
    assert {b.item() for name, b in objective.named_buffers() if "num_batches_tracked" in name} == {1}


# --- AdaMixUp ---


def bias(objective, *numbers):
    """The gate says the same of every pair."""
    gate = objective.method.gate
    with torch.no_grad():
        gate.weight.zero_()
        gate.bias.copy_(tensor(numbers))


@pytest.mark.parametrize("more", [[], DEEP])
def test_adamixup_that_leaves_every_example_as_it_is_is_erm(more):
    objective, batch = first("method=adamixup", "method.intrusion=0", *more)
    bias(objective, 800.0, 0.0, 0.0)
    losses, gradients = values(objective, batch)
    wanted, theirs = erm_like(batch, *more)
    same(losses, wanted)
    prefix = main_network(objective)
    ours = {name: g for name, g in gradients.items() if name.startswith(prefix)}
    torch.testing.assert_close(list(ours.values()), list(theirs.values()), rtol=1e-9, atol=1e-12)
    assert all(not g.any() for name, g in gradients.items() if name not in ours)


def test_adamixup_draws_the_share_from_the_interval_and_knows_no_difference_at_first():
    """a = d = 1/3, so lam = (1 + u) / 3; a discriminator of zeros adds log 2."""
    objective, batch = first("method=adamixup", "method.intrusion=2")
    bias(objective, 0.0, 0.0, 0.0)
    with torch.no_grad():
        objective.method.discriminator.weight.zero_()
    share, places = (1 + batch.draws["adamixup_within"]) / 3, batch.draws["adamixup_places"]
    assert share.shape == (64,)
    z = objective.predict(blend(batch.x, places, share))
    each = [F.cross_entropy(z, y, reduction="none") for y in (batch.labels, batch.labels[places])]
    clean = F.cross_entropy(objective.predict(batch.x), batch.labels, reduction="none")
    wanted = (clean + share * each[0] + (1 - share) * each[1]) / 2 + 2 * math.log(2)
    same(objective.method(batch), wanted)


def test_adamixup_asks_the_policy_about_both_of_a_pair():
    objective, batch = first("method=adamixup")
    method, other = objective.method, batch.at(batch.draws["adamixup_places"])
    first_share = method.share(batch, other)
    low, high = (1 + batch.draws["adamixup_within"]) / 3 - 0.01, (1 + batch.draws["adamixup_within"]) / 3 + 0.01
    assert ((low < first_share) & (first_share < high)).all()  # its layers begin near 0
    nn.init.normal_(method.gate.weight, generator=generator("test", 0))
    seen = (batch.draws["adamixup_one"] * batch.x + batch.draws["adamixup_other"] * other.x) / 2
    p = (method.policy.features(seen) @ method.gate.weight.T).softmax(-1)
    same(method.share(batch, other), p[:, 0] + batch.draws["adamixup_within"] * p[:, 1])


def test_adamixup_tells_real_from_mixed():
    """The discriminator's loss is binary cross-entropy by the classifier's features, label 1 for real inputs."""
    objective, batch = first("method=adamixup")
    without = erm_like(batch, "method=adamixup", "method.intrusion=0")[0]
    method, places = objective.method, batch.draws["adamixup_places"]
    nn.init.normal_(method.discriminator.weight, generator=generator("test", 0))
    between = blend(batch.x, places, method.share(batch, batch.at(places)))
    told = [
        F.binary_cross_entropy_with_logits(
            method.discriminator(method.erm.network.features(x))[:, 0],
            torch.full((64,), real).double(),
            reduction="none",
        )
        for x, real in ((batch.x, 1.0), (between, 0.0))
    ]
    assert (told[0] - told[1]).abs().min() > 0
    same(method(batch) - without, (told[0] + told[1]) / 2)


def test_adamixup_trains_policy_and_discriminator_but_evaluates_the_classifier():
    objective, batch = first("method=adamixup")
    trained = {name for name, g in values(objective, batch)[1].items() if g.any()}
    assert {"method.gate.weight", "method.discriminator.weight"} < trained
    assert any(name.startswith("method.policy.body") for name in trained)
    assert not any(name.startswith("method.policy.head") for name in trained)
    assert main_network(objective) == "method.erm.network"
    same(objective.predict(batch.x), objective.method.erm.network(batch.x))
    drawn = batch.draws["adamixup_one"]
    assert drawn.shape == batch.x.shape
    assert 1.5 < drawn.abs().max() <= 2


# --- SelMix ---

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


# --- what is refused ---


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("method=mixup method.alpha=-1", r"method.alpha=-1.*number in \[0, inf\)"),
        ("method=manifold_mixup method.alpha=0", r"method.alpha=0.*number in \(0, inf\)"),
        ("method=manifold_mixup method.layers=[-1]", r"method.layers=\[-1\].*each of it a whole number in \[0, inf\)"),
        ("method=manifold_mixup method.layers=[]", r"layers=\[\]: must be different numbers from 0.* to 1, the feat"),
        ("method=manifold_mixup method.layers=[0,0]", r"layers=\[0, 0\]: must be different numbers"),
        ("method=manifold_mixup method.layers=[0,2]", r"layers=\[0, 2\]: must be different numbers"),
        ("method=regmixup method.alpha=0", r"method.alpha=0.*number in \(0, inf\)"),
        ("method=regmixup method.eta=-1", r"method.eta=-1.*number in \[0, inf\)"),
        ("method=regmixup method.weighting=half", "method.weighting=half.*must be one of paper, released"),
        ("method=adamixup method.intrusion=-1", r"method.intrusion=-1.*number in \[0, inf\)"),
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
