"""Deep supervision: where companions stand, how they fade, and what is refused."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from runner.console.errors import ConfigError
from runner.parts.methods.deep_supervision import DeepSupervision, squared_hinge
from tests.objectives import cell_of, first, same
from tests.parts.flat_network import Network, batch_of, parts


@pytest.mark.parametrize(
    ("method", "wrong", "allowed"),
    [
        ("deep_supervision", "weight=-1", r"\[0, inf\)"),
        ("deep_supervision", "companion=ce", "one of same, squared_hinge"),
        ("deep_supervision", "decay=cosine", "one of linear, none"),
        ("deep_supervision", "norm=-1", r"\[0, inf\)"),
        ("deep_supervision", "gamma=-1", r"\[0, inf\) or null"),
    ],
)
def test_arguments_out_of_range_are_refused(method, wrong, allowed):
    with pytest.raises(ConfigError, match=f"method.{wrong}: must be .*{allowed}"):
        cell_of(f"method={method}", f"method.{wrong}")


def test_the_squared_hinge_is_the_papers():
    """By the formula, over the wrong classes; its mean and the norm of its gradient."""
    logits = [
        [-4.620823600468352, -0.7465017225155286, -2.1216333570925725, 1.9990187095623522],
        [-1.7680500091665305, -2.5510938604296105, -1.246449159732158, -1.7328832038251545],
        [0.47743611633634125, 1.4670567370545682, -2.6437636582842754, 2.6296227303942468],
        [-2.9749912713014677, -1.4271506792937154, 1.039997326357876, -1.9057712794065684],
        [1.3497150871880077, 2.093730753962931, 0.30859035729317896, -1.4997830456783883],
        [-1.4467794009955763, 0.17273978476469995, -3.492809807456484, 2.082024914067018],
    ]
    z = torch.tensor(logits, dtype=torch.float64, requires_grad=True)
    mean = squared_hinge(z, torch.tensor([0, 1, 2, 3, 1, 0])).mean()
    (gradient,) = torch.autograd.grad(mean, z)
    assert mean.item() == pytest.approx(38.91915017283302, abs=1e-9)
    assert gradient.norm().item() == pytest.approx(9.690703564198767, abs=1e-9)
    assert gradient[3, 0].item() == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize(
    ("companion", "gamma"), [("same", None), ("same", 1.4), ("squared_hinge", None), ("squared_hinge", 3.0)]
)
def test_companions_stand_on_the_hidden_layers(companion, gamma):
    """The objective, by hand, of a network of three hidden layers: two companions."""
    more = ["model.depth=3", "noise=0.3"]
    said = [f"method.companion={companion}", f"method.gamma={'null' if gamma is None else gamma}", "method.norm=0.01"]
    objective, batch = first("method=deep_supervision", "method.weight=0.5", *said, *more)
    plain, _ = first("method=erm", *more)
    method = objective.method
    one, two, _ = plain.method.network.body
    hidden = [one(batch.x), two(one(batch.x))]
    expected = plain.method(batch)
    assert len(method.companions) == 2
    for h, linear in zip(hidden, method.companions, strict=True):
        z = h @ linear.weight.T + linear.bias
        if companion == "same":
            losses = F.cross_entropy(z, batch.labels, reduction="none")
        else:
            wrong = F.one_hot(batch.labels, z.shape[1]) == 0
            own = z[torch.arange(len(z)), batch.labels][:, None]
            losses = ((1 - own + z).clamp(min=0) ** 2 * wrong).sum(1)
        losses = losses + 0.01 * (linear.weight**2).sum()
        if gamma is not None:
            assert (losses < gamma).any()
            assert (losses > gamma).any()
            losses = (losses - gamma).clamp(min=0)
        expected = expected + 0.5 * losses
    same(method(batch), expected)
    same(objective.predict(batch.x), plain.predict(batch.x))


def test_deep_supervision_fades_to_nothing_after_the_last_epoch():
    linear, constant = (
        first("method=deep_supervision", "epochs=4", "method.weight=0.8", f"method.decay={decay}")[0]
        for decay in ("linear", "none")
    )
    for epoch, alpha in enumerate([0.8, 0.6, 0.4, 0.2], 1):
        linear.begin(epoch)
        constant.begin(epoch)
        assert linear.method.alpha == pytest.approx(alpha)
        assert constant.method.alpha == 0.8


@pytest.mark.parametrize(
    ("model", "sizes"), [("linear", [8]), ("mlp", [256]), ("mlp model.depth=2 model.width=7", [7])]
)
def test_a_body_of_one_part_has_its_companion_beside_the_head(model, sizes):
    objective, _ = first("method=deep_supervision", *f"model={model}".split())
    assert [linear.in_features for linear in objective.method.companions] == sizes


def test_a_companion_on_feature_maps_is_flat():
    torch.manual_seed(0)
    network = Network(4, 3)
    network.body = nn.Sequential(nn.Conv2d(1, 2, 2, stride=2), nn.Sequential(nn.Flatten(), nn.Linear(8, 4)))
    settings = {"weight": 1.0, "companion": "same", "decay": "none", "norm": 0.0, "gamma": None}
    method = DeepSupervision(network, *parts(4, 3)[1:], (1, 4, 4), 3, **settings).double()
    assert [linear.in_features for linear in method.companions] == [8]
    assert method(batch_of(torch.randn(6, 1, 4, 4, dtype=torch.float64), [0, 1, 2, 0, 1, 2])).shape == (6,)


def test_each_companion_has_a_memory_of_its_own():
    """What a loss keeps of the network's outputs is not overwritten by a companion's."""
    said = ["loss=elr", "model.depth=3"]
    (deep, batch), (plain, _) = (first(f"method={m}", *said) for m in ("deep_supervision", "erm"))
    before = [buffer.clone() for buffer in plain.method.loss.buffers()]
    deep.method(batch)
    plain.method(batch)
    kept = list(plain.method.loss.buffers())
    assert any((now != then).any() for now, then in zip(kept, before, strict=True))
    for ours, theirs in zip(deep.method.erm.loss.buffers(), kept, strict=True):
        same(ours, theirs)
