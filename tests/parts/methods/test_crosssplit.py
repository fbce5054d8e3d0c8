"""CrossSplit: its targets, its halves, its stages, and what is refused."""

import math

import pytest
import torch
import torch.nn.functional as F

from runner.catalog.objective_laws import double
from runner.compose.command_line import compose_cells
from runner.console.errors import ConfigError
from runner.parts.methods.crosssplit import extremes, jsd, sharpened, trust
from tests.objectives import alone, built, first, same, values
from tests.parts.two_networks import LABELS, W, Z, near


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
