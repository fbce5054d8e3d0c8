"""Two networks side by side, and selection by small losses: values, limits, state, and what is refused."""

import math
import warnings
from functools import partial

import pytest
import torch
import torch.nn.functional as F
from sklearn.mixture import GaussianMixture
from torch import nn

from runner.compose.command_line import compose_cells
from runner.console.errors import ConfigError
from runner.data.loader import Batch
from runner.objective.criterion import Criterion, Penalties
from runner.objective.objective import draws_of
from runner.parts.methods.co_teaching import CoTeaching
from runner.parts.methods.crosssplit import extremes, jsd, sharpened, trust
from runner.parts.methods.draws import beta
from runner.parts.methods.jocor import JoCoR
from runner.parts.methods.pairs import peers
from runner.parts.methods.small_loss import FLOOR, small
from tests.objectives import alone, built, double, first, same, values
from tests.zoo import make

LABELS = torch.tensor([9, 5, 9, 6, 0, 0, 6, 5])
Z = torch.tensor(
    [
        [
            -2.310411800234176,
            -0.3732508612577643,
            -1.0608166785462863,
            0.9995093547811761,
            -0.8840250045832653,
            -1.2755469302148053,
            -0.623224579866079,
            -0.8664416019125772,
            -1.2956271403277857,
            1.52363162310635,
        ],
        [
            0.3236605664983738,
            2.0177260314861085,
            1.1357423400213507,
            -1.226881339001083,
            0.07138847120511693,
            0.3380174030507378,
            0.15351883531544036,
            -0.6332746088675096,
            -1.2609246557194385,
            -0.726951062065411,
        ],
        [
            -0.019964750907762653,
            0.2102998901016947,
            0.17718935139366584,
            -0.830510051008449,
            1.0111892074660187,
            -0.2426793824588577,
            -0.7730112772958181,
            -1.5951814880783068,
            -0.6870036940435463,
            1.4880743158106724,
        ],
        [
            -0.4484158047114511,
            -0.8910030351707375,
            -0.09174174090816388,
            0.5563227724483105,
            -0.009446277892507904,
            -1.21768777910687,
            -1.2654653080284903,
            -1.1195351830271254,
            1.1664857205254855,
            0.9262324572968778,
        ],
        [
            0.6539244967350809,
            0.14821544548810084,
            -1.1461092231976013,
            1.8727763768553416,
            -0.30991497424174674,
            0.24018023403782535,
            -1.3487610270963772,
            0.2443990933828689,
            -3.1452962731231335,
            -0.11373127757597257,
        ],
        [
            1.6962024805143952,
            -0.6652034805381666,
            -0.587222598359879,
            2.832104167511146,
            0.9039973689601122,
            0.947836532432321,
            -1.3809366518587674,
            -2.0547510174380235,
            0.04757655385024031,
            -0.3855687975933702,
        ],
        [
            -0.27503491919216155,
            0.886589630091246,
            1.4857416299332185,
            -0.007855617400547969,
            -1.1287986397999445,
            -0.09376858138313218,
            0.998343579451126,
            -0.08262167465143246,
            0.1825319491801699,
            0.9509038124935927,
        ],
        [
            -1.7631617835191395,
            1.0107316682629284,
            0.7494883300195011,
            -0.560555214098722,
            0.07424681473465156,
            1.9936457271364452,
            0.44986533984459376,
            1.5531453898519594,
            0.05398594882285299,
            1.4744415042312724,
        ],
    ],
    dtype=torch.float64,
)
W = torch.tensor(
    [
        [
            -0.7012303945657874,
            0.326255796287562,
            -0.8738640219900763,
            0.3941269998738486,
            0.8915170821381018,
            1.1731555158319225,
            -0.39490340565105597,
            0.44642257211843217,
            -0.1726536808458421,
            0.975120345181078,
        ],
        [
            0.4164541966117019,
            -0.4986513835421579,
            -0.4754698199105609,
            0.28634406331767814,
            -1.3181871188381729,
            0.8887144617352294,
            -0.5918823592164963,
            0.6195092629710962,
            -1.4872950971304264,
            1.3626823808042956,
        ],
        [
            0.4188191254194787,
            0.34341487809757076,
            -0.34859980650048067,
            -1.2090699446332276,
            0.20710026569896173,
            -0.11727393443191467,
            -0.017436740784596904,
            -0.24317130976865137,
            -0.43942236360685477,
            2.7144660166018406,
        ],
        [
            -1.4631736798004056,
            0.4357325629861231,
            -0.5312331855486973,
            -0.13408449243234943,
            1.3642724524235599,
            0.2327705351743837,
            1.1064458833206277,
            0.8527354795918417,
            -0.6301719953003105,
            -0.6019872001874332,
        ],
        [
            1.114919051942112,
            -0.5559898033655196,
            0.5331687087503058,
            -0.18787474948239727,
            0.3993685890598303,
            -0.6760874461803966,
            1.662168703751691,
            -0.6036839371988663,
            0.0534191942795709,
            0.013427502769270348,
        ],
        [
            -1.5406177939388193,
            -0.4819087554044004,
            0.7623209434576803,
            0.21679229361763427,
            -0.4789120616253859,
            -0.2578760451372613,
            0.2631423185835337,
            -0.4053288789025133,
            -0.0727123537950913,
            -0.13985617336865128,
        ],
        [
            0.785995459350369,
            -2.0568571650881626,
            -0.6711099455038106,
            -0.40096823326862124,
            0.09346980467841959,
            -0.6487992451336398,
            -0.679095884649028,
            -0.08377947239717036,
            -1.3083177047571641,
            -1.41739733683466,
        ],
        [
            0.3237499278733888,
            -1.2819324564954782,
            -0.4117908858856197,
            -1.1128682991908616,
            -0.39202495491980177,
            -0.4522967443547727,
            1.0930261889419515,
            -0.1639182226412006,
            -0.20150312169022844,
            -1.8609565968157826,
        ],
    ],
    dtype=torch.float64,
)
near = partial(torch.testing.assert_close, rtol=0, atol=1e-9)


class Said(nn.Module):
    """A network whose logits are its parameters."""

    def __init__(self, logits):
        super().__init__()
        self.body = nn.Sequential()
        self.head = nn.Identity()
        self.logits = nn.Parameter(logits.clone())

    def features(self, x):
        return self.logits

    def forward(self, x):
        return self.logits


def pair_of(method, **arguments):
    """A method of two such networks under cross-entropy, after its ramp; and the batch."""
    loss = Criterion(make("ce", num_train=8, num_classes=10))
    made = method(Said(Z), loss, Penalties({}), peer=Said(W), ramp_epochs=10, evaluate="mean", **arguments)
    made.begin(11, 20)
    return made, Batch(torch.zeros(8, 1), LABELS, torch.arange(8), {})


def slopes(made, losses):
    return torch.autograd.grad(losses.mean(), [made.erm.network.logits, made.peer.network.logits])


@pytest.mark.parametrize(
    ("rate", "picks", "sums", "norms"),
    [
        (0.25, ([0, 2, 7, 5, 6, 4], [2, 3, 4, 1, 0, 7]), (1.8932296465935865, 2.147769936169365),
         (0.36109485427115656, 0.3677833459442982)),
        (0.5, ([0, 2, 7, 5], [2, 3, 4, 1]), (2.3225683436681837, 2.1480937257250456),
         (0.48105528887877835, 0.43656037808984904)),
    ],
)  # fmt: skip
def test_co_teaching_gives_the_released_codes_numbers(rate, picks, sums, norms):
    """Of bhanML/Co-teaching@49fa8e5, loss.py, transcribed: before it divides by the number of examples once more."""
    made, batch = pair_of(CoTeaching, forget_rate=rate)
    losses = made(batch)
    near(losses.mean().item(), sum(sums))
    ours, theirs = slopes(made, losses)
    near(ours.norm().item(), norms[0])
    near(theirs.norm().item(), norms[1])
    for gradient, chosen in ((theirs, picks[0]), (ours, picks[1])):
        assert gradient.norm(dim=1).nonzero().flatten().tolist() == sorted(chosen)


@pytest.mark.parametrize(
    ("rate", "chosen", "mean", "norms"),
    [
        (0.25, [2, 0, 6, 7, 3, 1], 1.7438413596533142, (0.3067241665653438, 0.31248778946586964)),
        (0.5, [2, 0, 6, 7], 1.4560317688822773, (0.32459861009171304, 0.3861411473498285)),
    ],
)
def test_jocor_gives_the_released_codes_numbers(rate, chosen, mean, norms):
    """Of hongxin001/JoCoR@20a570e, algorithm/loss.py, transcribed."""
    made, batch = pair_of(JoCoR, forget_rate=rate, agreement=0.9)
    losses = made(batch)
    near(losses.mean().item(), mean)
    assert losses.nonzero().flatten().tolist() == sorted(chosen)
    ours, theirs = slopes(made, losses)
    near(ours.norm().item(), norms[0])
    near(theirs.norm().item(), norms[1])


@pytest.mark.parametrize(
    "said", [["method=co_teaching", "noise=0"], ["method=jocor", "noise=0", "method.agreement=0"]], ids=lambda s: s[0]
)
@pytest.mark.parametrize("extra", [["loss=ce"], ["loss=gce", "regularizer=spectral_decoupling"], ["loss=elr"]])
def test_two_networks_that_forget_nothing_are_erm_of_both(said, extra):
    objective, batch = first(*said, *extra)
    objective.begin(40)
    losses, gradients = values(objective, batch)
    expected = 0.0
    for name in ("erm", "peer"):
        plain, _ = first(*extra)
        plain.method.network.load_state_dict(getattr(objective.method, name).network.state_dict())
        of_erm, slopes_of_erm = values(plain, batch)
        expected = expected + of_erm
        for key, gradient in slopes_of_erm.items():
            same(gradients[key.replace("method.", f"method.{name}.")], gradient)
    same(losses, expected)


@pytest.mark.parametrize("name", ["co_teaching", "jocor"])
def test_the_share_left_out_rises_from_nothing(name):
    objective, _ = first(f"method={name}", "noise=0.4")
    seen = []
    for epoch in (1, 2, 6, 11, 60):
        objective.begin(epoch)
        seen.append(objective.method.rate)
    assert seen == pytest.approx([0, 0.04, 0.2, 0.4, 0.4], abs=1e-15)


@pytest.mark.parametrize("name", ["co_teaching", "jocor"])
def test_one_network_is_evaluated_or_both(name):
    objective, batch = first(f"method={name}")
    both, _ = first(f"method={name}", "method.evaluate=mean")
    ours, theirs = (erm.network(batch.x) for erm in (objective.method.erm, objective.method.peer))
    assert not torch.equal(ours, theirs), "initial weights are other ones"
    same(objective.predict(batch.x), ours)
    same(both.predict(batch.x), (ours + theirs) / 2)


def test_each_network_has_the_state_of_its_loss():
    objective, batch = first("method=co_teaching", "loss=elr")
    plain, _ = first("loss=elr")
    objective.method(batch)
    plain.method(batch)
    ours, theirs = (dict(erm.loss.named_buffers()) for erm in (objective.method.erm, objective.method.peer))
    changed = [name for name, kept in plain.method.loss.named_buffers() if kept.is_floating_point()]
    assert changed
    for name in changed:
        same(ours[name], plain.method.loss.get_buffer(name))
        assert not torch.equal(ours[name], theirs[name])


class Price(nn.Module):
    """A penalty that looks at a network, and draws."""

    def __init__(self, network):
        super().__init__()
        self.network = network
        self.weight = network.logits
        self.draws = {"price_share": partial(beta(1.0))}


def test_the_second_network_has_regularizers_that_look_at_it():
    network, peer = Said(Z), Said(W)
    one, other = peers(network, peer, Criterion(nn.Identity()), Penalties({"price": Price(network)}))
    assert one.regularizer.parts.price.network is network
    price = other.regularizer.parts.price
    assert price.network is peer
    assert price.weight is peer.logits
    assert set(draws_of(nn.ModuleList([one, other]))) == {"price_share"}  # one draw, not two that quarrel


def mixture(losses, steps):
    """scikit-learn's own, from the same start."""
    x = ((losses - losses.min()) / (losses.max() - losses.min())).numpy()[:, None]
    precision = 1 / (x.var() + FLOOR)
    start = {"means_init": [[0.0], [1.0]], "weights_init": [0.5, 0.5], "precisions_init": [[[precision]]] * 2}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that it has not converged, to a tolerance of nothing
        fitted = GaussianMixture(2, max_iter=steps, tol=0, reg_covar=FLOOR, **start).fit(x)
    return torch.from_numpy(fitted.predict_proba(x)[:, fitted.means_.argmin()])


@pytest.mark.parametrize("steps", [50, 300])
def test_the_mixture_is_scikit_learns_and_has_settled(steps):
    g = torch.Generator().manual_seed(0)
    low, high = torch.randn(600, generator=g).double(), torch.randn(400, generator=g).double()
    losses = torch.cat([0.3 * low.abs(), (2 + 0.7 * high).abs()])
    found = small(losses)
    near(found, mixture(losses, steps))
    assert found[:600].mean() > 0.9
    assert found[600:].mean() < 0.1


def test_the_mixture_of_two_points_and_of_one():
    near(small(torch.tensor([2.0, 5.0, 2.0, 5.0, 5.0]).double()), torch.tensor([1.0, 0.0, 1.0, 0.0, 0.0]).double())
    torch.testing.assert_close(small(torch.full((4,), 0.7)), torch.ones(4))


def test_small_losses_are_kept_and_the_others_not():
    objective, batch = first("method=small_loss", "method.warm_up=3", "noise=0.4")
    plain, _ = first("noise=0.4")
    method = objective.method
    losses, gradients = values(plain, batch)
    for epoch in (1, 3):
        objective.begin(epoch)
        found, ours = values(objective, batch)
        same(found, losses)
        same(list(ours.values()), list(gradients.values()))
    same(method.latest[batch.index], losses)  # kept while training
    method.latest.zero_()
    large = torch.arange(len(losses)) % 4 == 1
    method.latest[batch.index[large]] = 3.0
    objective.begin(4)
    found, ours = values(objective, batch)
    same(found, torch.where(large, 0.0, losses * len(losses) / (~large).sum()))
    _, of_kept = values(plain, batch.at((~large).nonzero().flatten()))
    for name, gradient in of_kept.items():
        same(ours[name.replace("method.", "method.erm.")], gradient)


def test_a_threshold_of_nothing_is_erm_and_none_is_a_weight():
    for threshold in ("0", "null"):
        (objective,), loader = built(
            "method=small_loss", "method.warm_up=1", "noise=0.4", f"method.threshold={threshold}"
        )
        for batch in map(alone, map(double, loader)):
            objective.method(batch)
        objective.begin(2)
        clean = objective.method.clean[batch.index]
        assert clean.min() < 0.3
        assert clean.max() > 0.7
        losses, gradients = values(first("noise=0.4")[0], batch)
        found, ours = values(objective, batch)
        same(found, losses if threshold == "0" else losses * clean / clean.mean())
        if threshold == "0":
            same(list(ours.values()), list(gradients.values()))


def test_nothing_kept_moves_nothing():
    objective, batch = first("method=small_loss", "noise=0.4")
    objective.method.clean.zero_()
    losses, gradients = values(objective, batch)
    assert not losses.any()
    assert not any(gradient.any() for gradient in gradients.values())


def test_label_correction_gives_the_released_codes_numbers():
    """Of SAITPublic/CrossSplit@7f0ae9c, Train_cifar.py, transcribed: extremes of JSD 0.05 and log 2, T = 0.5."""
    peer, one_hot = (Z.softmax(-1) + W.softmax(-1)) / 2, F.one_hot(LABELS, 10).double()
    divergence = jsd(one_hot, peer)
    near(
        divergence,
        torch.tensor(
            [
                0.335656826899849,
                0.489399437919957,
                0.2207078796766015,
                0.509070265747738,
                0.45858604939116965,
                0.5251796923090655,
                0.5086216248819104,
                0.4422152854933045,
            ],
            dtype=torch.float64,
        ),
    )
    by_gamma = {
        0.6: (
            [
                0.466492804945033,
                0.6099211980101363,
                0.35925550309773036,
                0.6282723578276961,
                0.5811750047963589,
                0.6433010421303799,
                0.6278538151867067,
                0.5659025156436157,
            ],
            [
                0.013121474277129879,
                0.08088504300517155,
                0.01799409724241768,
                0.004770264753601885,
                0.0023649628659643167,
                0.8302142324480022,
                0.004152768086556203,
                0.010108604844015582,
                0.00038886676155553833,
                0.035999685715584914,
            ],
        ),
        1.0: (
            [
                0.44415467490838834,
                0.6832019966835605,
                0.26542583849621726,
                0.7137872630461602,
                0.6352916746605981,
                0.7388350702172998,
                0.7130896919778444,
                0.6098375260726929,
            ],
            [
                0.01974209458235935,
                0.12169670385968129,
                0.027073266477620605,
                0.007177167440143997,
                0.003558237405152903,
                0.7445464883780424,
                0.006248104337352619,
                0.015209040440987956,
                0.000585074834155332,
                0.05416382224450353,
            ],
        ),
    }
    for gamma, (shares, row) in by_gamma.items():
        b = trust(divergence, 0.05, math.log(2), gamma)
        near(b, torch.tensor(shares, dtype=torch.float64))
        target = sharpened(b[:, None] * peer + (1 - b[:, None]) * one_hot, 0.5)
        near(target[1], torch.tensor(row, dtype=torch.float64))


def test_extremes_are_of_what_is_known_of_a_class():
    divergence = torch.tensor([[0.1, 0.4, 0.2, 0.3], [0.6, 0.5, 0.4, 0.3]])
    known = torch.tensor([[True, True, True, False], [True, False, False, False]])
    low, high = extremes(divergence, torch.tensor([0, 0, 1, 1]), known, 3)
    torch.testing.assert_close(low, torch.tensor([[0.1, 0.2, 0], [0.6, 0, 0]]))
    top = math.log(2)
    torch.testing.assert_close(high, torch.tensor([[0.4, 0.2, top], [0.6, top, top]]))
    assert trust(torch.tensor([0.2]), torch.tensor([0.2]), torch.tensor([0.2]), 1.0) == 0  # one example, no range


def test_the_training_set_is_split_in_two_and_each_seed_has_its_own():
    (one, other), _ = built("method=crosssplit", seeds=(0, 1))
    own = one.method.own
    assert torch.equal(own[0], ~own[1])
    assert own[0].sum() == own[1].sum() == 256
    assert not torch.equal(own, other.method.own)
    assert built("method=crosssplit", "method.split=released")[0][0].method.own.all()


@pytest.mark.parametrize("split", ["halves", "released"])
def test_warming_up_is_erm_of_each_network_on_what_it_reads(split):
    objective, batch = first("method=crosssplit", "noise=0.3", f"method.split={split}")
    plain, _ = first("noise=0.3")
    losses, gradients = values(objective, batch)
    seen = batch._replace(x=batch.x[:, 0])
    means = []
    for own, (name, erm) in zip(objective.method.own, objective.method.named_children(), strict=False):
        plain.method.network.load_state_dict(erm.network.state_dict())
        expected, of_erm = values(plain, seen.at(own[batch.index].nonzero().flatten()))
        means.append(expected.mean())
        for key, gradient in of_erm.items():
            same(gradients[key.replace("method.", f"method.{name}.")], gradient)
    same(losses.mean(), sum(means))


def begun(*said):
    """CrossSplit two epochs after its warm-up of one, with another batch's divergences known; and a batch."""
    (objective,), loader = built("method=crosssplit", "noise=0.3", "method.warm_up=1", *said)
    objective.train()
    for epoch in (1, 2):
        objective.begin(epoch)
        batches = [alone(double(batch)) for batch in loader]
        for batch in batches:
            objective.method(batch)
    objective.begin(4)
    return objective, batches[0]


def refined(method, batch, seen, k, gamma):
    """Targets of the labelled half, as the released code has them, one example after the other."""
    peer, rows = seen[1 - k], []
    for i, y in enumerate(batch.labels.tolist()):
        one_hot = F.one_hot(torch.tensor(y), 4).double()
        middle = (peer[i] + one_hot) / 2
        log = [((r + 1e-10) / (middle + 1e-10)).log() for r in (peer[i], one_hot)]
        w = 0.5 * (peer[i] * log[0]).sum() + 0.5 * (one_hot * log[1]).sum()
        w = ((w - method.low[k][y]) / (method.high[k][y] - method.low[k][y])).clamp(0, 1)
        w = (w - 0.5) * gamma + 0.5
        target = (w * peer[i] + (1 - w) * one_hot) ** 2
        rows.append(target / target.sum())
    return torch.stack(rows)


def looked(method, views):
    """What both networks make of all views."""
    networks = [method.erm.network, method.peer.network]
    return networks, [sum(n(view).detach().softmax(-1) for view in views) / len(views) for n in networks]


def test_label_correction_alone_is_cross_entropy_with_its_targets():
    objective, batch = begun("method.correction_only=true", "method.gamma=[0.2,0.8]", "method.stages=[2]")
    method = objective.method
    networks, seen = looked(method, [batch.x])
    expected = 0.0
    for k in range(2):
        target, own = refined(method, batch, seen, k, 0.8), method.own[k][batch.index]
        expected += F.cross_entropy(networks[k](batch.x)[own], target[own])
    same(method(batch).mean(), expected)


@pytest.mark.parametrize("split", ["halves", "released"])
def test_a_step_of_crosssplit_is_the_released_codes(split):
    """train() of SAITPublic/CrossSplit@7f0ae9c, Train_cifar.py, followed row by row on one batch."""
    objective, batch = begun(f"method.split={split}")
    method, views = objective.method, [batch.x[:, 0], batch.x[:, 1] + 0.1]
    batch = batch._replace(x=torch.stack(views, 1))
    networks, seen = looked(method, views)
    expected = 0.0
    for k in range(2):
        labelled, own = refined(method, batch, seen, k, 0.6), method.own[k][batch.index]
        guessed = seen[k] ** 2 / (seen[k] ** 2).sum(1, keepdim=True)
        if split == "halves":
            x = torch.cat(views)
            targets, read = torch.cat([torch.where(own[:, None], labelled, guessed)] * 2), torch.cat([own, own])
        else:
            x, read = torch.cat(views + views), torch.arange(4 * len(own)) < 2 * len(own)
            targets = torch.cat([labelled, labelled, guessed, guessed])
        share, order = batch.draws["crosssplit_share"][k], batch.draws["crosssplit_order"][k]
        share = max(share, 1 - share)
        logits = networks[k](share * x + (1 - share) * x[order])
        targets = share * targets + (1 - share) * targets[order]
        p = logits.softmax(-1)
        lx = -(targets * logits.log_softmax(-1)).sum(1)[read].mean()
        lu = ((p - targets) ** 2)[~read].mean()
        penalty = (0.25 * (0.25 / p.mean(0)).log()).sum()
        f = F.normalize(torch.cat([networks[k].features(view) for view in views]), dim=1)
        near_by, n = f @ f.T / 0.05, len(own)
        pulls = [
            near_by[i, (i + n) % (2 * n)] - near_by[i, torch.arange(2 * n) != i].logsumexp(0) for i in range(2 * n)
        ]
        expected += lx + 30 * 2 / 16 * lu + penalty - 0.025 * sum(pulls) / (2 * n)
    torch.testing.assert_close(method(batch).mean(), expected, rtol=1e-9, atol=1e-9)


def test_crosssplit_grows_bolder_in_stages_and_predicts_by_both():
    objective, batch = first("method=crosssplit")
    seen = []
    for epoch in (11, 30, 31, 40, 41, 300):
        objective.begin(epoch)
        seen.append(objective.method.gamma)
    assert seen == [0.6, 0.6, 0.8, 0.8, 1.0, 1.0]
    x = batch.x[:, 0]
    same(objective.predict(x), objective.method.erm.network(x) + objective.method.peer.network(x))


def test_extremes_come_from_the_examples_whose_labels_a_network_reads():
    objective, _ = begun()
    method = objective.method
    assert (method.labels >= 0).all()
    for k in range(2):
        for y in range(4):
            kept = method.divergence[k][method.own[k] & (method.labels == y)]
            assert (method.low[k][y], method.high[k][y]) == (kept.min(), kept.max())


@pytest.mark.parametrize(
    ("said", "message"),
    [
        (["method=co_teaching", "method.forget_rate=1"], r"method.forget_rate=1.*\[0, 1\)"),
        (["method=co_teaching", "method.ramp_epochs=0"], r"method.ramp_epochs=0.*\[1, inf\)"),
        (["method=co_teaching", "method.evaluate=second"], "method.evaluate=second.*first, mean"),
        (["method=jocor", "noise=1"], r"method.forget_rate=1.*\[0, 1\)"),
        (["method=jocor", "method.agreement=1.1"], r"method.agreement=1.1.*\[0, 1\]"),
        (["method=small_loss", "method.warm_up=0"], r"method.warm_up=0.*\[1, inf\)"),
        (["method=small_loss", "method.threshold=2"], r"method.threshold=2.*\[0, 1\] or null"),
        (["method=crosssplit", "method.split=true"], "method.split=true.*halves, released"),
        (["method=crosssplit", "method.gamma=[2]"], r"method.gamma=\[2\].*\[0, 1\]"),
        (["method=crosssplit", "method.temperature=0"], r"method.temperature=0.*\(0, 1\]"),
        (["method=crosssplit", "method.alpha=0"], r"method.alpha=0.*\(0, inf\)"),
        (["method=crosssplit", "method.weight=-1"], r"method.weight=-1.*\[0, inf\)"),
        (["method=crosssplit", "method.ramp_epochs=0"], r"method.ramp_epochs=0.*\[1, inf\)"),
        (["method=crosssplit", "method.contrastive=-1"], r"method.contrastive=-1.*\[0, inf\)"),
    ],
    ids=str,
)
def test_what_cannot_be_is_refused_by_name(said, message):
    with pytest.raises(ConfigError, match=message):
        compose_cells(["dataset=blobs", *said], multirun=False)


@pytest.mark.parametrize("said", ["method.gamma=[0.5]", "method.stages=[30,20]"])
def test_stages_must_fit_what_they_begin(said):
    with pytest.raises(ConfigError, match=r"gamma=.* must have one number more than stages="):
        built("method=crosssplit", said)
