"""Methods that change features or what a loss is of: nested and feature dropout, sets, companions, a noisy code."""

import math

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from runner.console.errors import ConfigError
from runner.data.loader import Batch
from runner.data.streams import generator
from runner.objective.criterion import Criterion, Penalties
from runner.parts.methods.deep_supervision import DeepSupervision, squared_hinge
from runner.parts.methods.feature_dropout import FeatureDropout
from runner.parts.methods.nested_dropout import NestedDropout, shares
from runner.parts.methods.oko import OKO
from runner.parts.methods.vib import VIB, divergence
from tests.objectives import built, cell_of, first, same, values
from tests.zoo import make

NEUTRAL = {
    "nested_dropout": ["method=nested_dropout", "method.sigma=null", "method.keep=null"],
    "feature_dropout": ["method=feature_dropout", "method.rate=0"],
    "oko, hard": ["method=oko", "method.pair=1", "method.odd=0"],
    "oko, soft": ["method=oko", "method.pair=1", "method.odd=0", "method.target=soft"],
    "deep_supervision": ["method=deep_supervision", "method.weight=0", "model.depth=3"],
}


class Network(nn.Module):
    """features(x) is x, (B, features); the head is linear."""

    def __init__(self, features, classes):
        super().__init__()
        self.body = nn.Sequential(nn.Flatten())
        self.head = nn.Linear(features, classes)

    def features(self, x):
        return self.body(x)

    def forward(self, x):
        return self.head(self.features(x))


def parts(features, classes):
    torch.manual_seed(0)
    return Network(features, classes).double(), Criterion(make("ce", num_train=9, num_classes=classes)), Penalties({})


def batch_of(x, labels, **draws):
    return Batch(x, torch.tensor(labels), torch.arange(len(labels)), draws)


@pytest.mark.parametrize("said", NEUTRAL.values(), ids=NEUTRAL)
@pytest.mark.parametrize("loss", ["ce", "gce"])
def test_the_neutral_setting_is_erm(said, loss):
    more = [f"loss={loss}", "noise=0.3", "regularizer=spectral_decoupling"]
    depth = [word for word in said if word.startswith("model")]
    (one, batch), (plain, same_batch) = first(*said, *more), first("method=erm", *more, *depth)
    same(batch.x, same_batch.x)
    (losses, gradients), (losses_of_erm, gradients_of_erm) = values(one, batch), values(plain, batch)
    same(losses, losses_of_erm)
    for name, gradient in gradients_of_erm.items():
        (found,) = (g for n, g in gradients.items() if n.replace("erm.", "") == name)
        same(found, gradient)
    same(one.predict(batch.x), plain.predict(batch.x))


@pytest.mark.parametrize(
    ("method", "wrong", "allowed"),
    [
        ("nested_dropout", "sigma=0", r"\(0, inf\) or null"),
        ("nested_dropout", "keep=0", r"\[1, inf\) or null"),
        ("feature_dropout", "rate=1", r"\[0, 1\)"),
        ("feature_dropout", "rate=-0.1", r"\[0, 1\)"),
        ("oko", "pair=3", "one of 1, 2"),
        ("oko", "odd=-1", r"\[0, inf\)"),
        ("oko", "target=medium", "one of hard, soft"),
        ("deep_supervision", "weight=-1", r"\[0, inf\)"),
        ("deep_supervision", "companion=ce", "one of same, squared_hinge"),
        ("deep_supervision", "decay=cosine", "one of linear, none"),
        ("deep_supervision", "norm=-1", r"\[0, inf\)"),
        ("deep_supervision", "gamma=-1", r"\[0, inf\) or null"),
        ("vib", "dim=0", r"\[1, inf\)"),
        ("vib", "beta=-1", r"\[0, inf\)"),
        ("vib", "samples=0", r"\[1, 10000\]"),
    ],
)
def test_arguments_out_of_range_are_refused(method, wrong, allowed):
    with pytest.raises(ConfigError, match=f"method.{wrong}: must be .*{allowed}"):
        cell_of(f"method={method}", f"method.{wrong}")


# nested dropout


@pytest.mark.parametrize(
    ("sigma", "mean", "firsts"),
    [
        (10.0, 5.969262841805374, [0.11839487627274449, 0.11489577887391314, 0.10929224561579369]),
        (100.0, 56.73812864089461, [0.011346680135613522, 0.011343276642122388, 0.01133760642147462]),
    ],
)
def test_the_width_is_distributed_as_in_the_released_code(sigma, mean, firsts):
    p = shares(512, sigma)
    assert p.sum().item() == pytest.approx(1, abs=1e-12)
    assert p[:3].tolist() == pytest.approx(firsts, abs=1e-9)
    assert (p * torch.arange(1, 513)).sum().item() == pytest.approx(mean, abs=1e-9)


def test_the_drawn_width_is_one_number_from_one_to_all():
    draw = NestedDropout(*parts(3, 2), (3,), sigma=2.0, keep=None).draws["nested_dropout_width"]
    g = generator("test", 0)
    drawn = torch.stack([draw(g, 8) for _ in range(4000)])
    frequency = drawn.bincount(minlength=4) / 4000
    assert drawn.shape == (4000,)
    torch.testing.assert_close(frequency[1:].double(), shares(3, 2.0), rtol=0, atol=0.03)


def test_nested_dropout_keeps_the_first_features_in_training_and_prediction():
    network, loss, none = parts(4, 3)
    method = NestedDropout(network, loss, none, (4,), sigma=10.0, keep=3)
    x = torch.randn(5, 4, dtype=torch.float64)
    batch = batch_of(x, [0, 1, 2, 0, 1], nested_dropout_width=torch.tensor(2))
    cut = network.head(x * torch.tensor([1, 1, 0, 0]))
    same(method(batch), F.cross_entropy(cut, batch.labels, reduction="none"))
    same(method.predict(x), network.head(x * torch.tensor([1, 1, 1, 0])))
    many = NestedDropout(network, loss, none, (4,), sigma=10.0, keep=40)
    same(many.predict(x), network(x))


# dropout of the features


def test_feature_dropout_scales_what_it_keeps_and_predicts_with_all():
    network, loss, none = parts(4, 3)
    method = FeatureDropout(network, loss, none, (4,), rate=0.75)
    x = torch.randn(2, 4, dtype=torch.float64)
    kept = torch.tensor([[True, False, False, True], [False, True, False, False]])
    batch = batch_of(x, [2, 0], feature_dropout_kept=kept)
    same(method(batch), F.cross_entropy(network.head(4 * x * kept), batch.labels, reduction="none"))
    same(method.predict(x), network(x))


def test_the_drawn_mask_keeps_its_share_of_every_example_apart():
    draw = FeatureDropout(*parts(4, 3), (4,), rate=0.3).draws["feature_dropout_kept"]
    mask = draw(generator("test", 0), 5000)
    assert mask.shape == (5000, 4)
    assert mask.dtype == torch.bool
    torch.testing.assert_close(mask.double().mean(0), torch.full((4,), 0.7).double(), rtol=0, atol=0.03)
    assert mask.unique(dim=0).shape == (16, 4)


# odd-k-out sets

# LukasMut/OKO, models/oko_head.py and training/loss_funs.py, transcribed: three sets of three, pair classes 0, 2 and 3
FEATURES = [
    [
        [-2.310411800234176, -0.3732508612577643, -1.0608166785462863, 0.9995093547811761, -0.8840250045832653],
        [-1.2755469302148053, -0.623224579866079, -0.8664416019125772, -1.2956271403277857, 1.52363162310635],
        [0.3236605664983738, 2.0177260314861085, 1.1357423400213507, -1.226881339001083, 0.07138847120511693],
    ],
    [
        [0.3380174030507378, 0.15351883531544036, -0.6332746088675096, -1.2609246557194385, -0.726951062065411],
        [-0.019964750907762653, 0.2102998901016947, 0.17718935139366584, -0.830510051008449, 1.0111892074660187],
        [-0.2426793824588577, -0.7730112772958181, -1.5951814880783068, -0.6870036940435463, 1.117443076566861],
    ],
    [
        [0.36904473680395194, -0.1872021932975887, -3.1452962731231335, -0.11373127757597257, 1.6962024805143952],
        [-0.6652034805381666, -0.587222598359879, -0.0860751366873787, -1.96124168414333, 0.22092437177232177],
        [-1.3809366518587674, -2.0547510174380235, 0.04757655385024031, -0.3855687975933702, -0.27503491919216155],
    ],
]
WEIGHT = [
    [-0.7860438449599233, -0.4388945769312437, 1.366371567034203, -0.5094422054806915],
    [0.6354552054724681, -1.4711947512059713, 1.750044398740185, 0.7416545467936133],
    [-0.9921359914959428, -0.24995242917428942, -0.32011125949334185, -0.13852694221735581],
    [1.5235730700890506, 0.5376904253604189, 0.3198383473926968, 1.3516594875327341],
    [-0.3430023542883952, 0.4755711966122096, -2.004520340744039, 0.1759511928639901],
]
BIAS = [0.8032760780963507, 0.17483339327910358, 0.08897809502587893, -0.6137180077293578]
GRADIENT = [
    [
        [-0.03491794070320636, 0.2171349754610694, -0.07459819316992013, 0.10096987262931634, -0.08340287483476028],
        [-0.03491794070320636, 0.2171349754610694, -0.07459819316992013, 0.10096987262931634, -0.08340287483476028],
        [-0.03491794070320636, 0.2171349754610694, -0.07459819316992013, 0.10096987262931634, -0.08340287483476028],
    ],
    [
        [-0.3784817416608938, -0.7949771817138144, 0.048278760044029784, 0.004245526234468088, 0.5771978000206905],
        [-0.3784817416608938, -0.7949771817138144, 0.048278760044029784, 0.004245526234468088, 0.5771978000206905],
        [-0.3784817416608938, -0.7949771817138144, 0.048278760044029784, 0.004245526234468088, 0.5771978000206905],
    ],
    [
        [-0.18576373643809518, -0.844458422375252, -0.01879475102013964, -0.1542430214699084, 0.340128992410493],
        [-0.18576373643809518, -0.844458422375252, -0.01879475102013964, -0.1542430214699084, 0.340128992410493],
        [-0.18576373643809518, -0.844458422375252, -0.01879475102013964, -0.1542430214699084, 0.340128992410493],
    ],
]
SETS = [0, 0, 1, 2, 2, 0, 3, 3, 2]  # the labels, set by set
HARD = 5.267973682271044  # of the same sums, by log(sum of exp) less the pair class's
DIGITS = [1, 1, 1, 2, 2, 3, 3, 3]


def chosen_keys(size, rows):
    """Keys (size, size) that make each example of `rows` choose its others first."""
    keys = torch.zeros(size, size)
    for anchor, others in rows.items():
        keys[anchor, others] = 0.9
    return keys


def oko(parts, **changed):
    return OKO(*parts, **{"num_classes": 4, "pair": 2, "odd": 1, "target": "hard"} | changed)


@pytest.mark.parametrize(("target", "value"), [("soft", 5.84884614941788), ("hard", HARD)])
def test_a_set_has_the_released_codes_loss(target, value):
    network, loss, none = parts(5, 4)
    with torch.no_grad():
        network.head.weight.copy_(torch.tensor(WEIGHT, dtype=torch.float64).T)
        network.head.bias.copy_(torch.tensor(BIAS, dtype=torch.float64))
    x = torch.tensor(FEATURES, dtype=torch.float64).view(9, 5).requires_grad_()
    keys = chosen_keys(9, {0: [1, 2], 3: [4, 5], 6: [7, 8]})
    mean = oko((network, loss, none), target=target)(batch_of(x, SETS, oko_keys=keys))[[0, 3, 6]].mean()
    assert mean.item() == pytest.approx(value, abs=1e-9)
    if target == "soft":
        (gradient,) = torch.autograd.grad(mean, x)
        torch.testing.assert_close(
            gradient.view(3, 3, 5), torch.tensor(GRADIENT, dtype=torch.float64), rtol=0, atol=1e-9
        )


@pytest.mark.parametrize("odd", [0, 1, 2])
@pytest.mark.parametrize("pair", [1, 2])
def test_a_set_is_a_pair_and_odd_ones_of_distinct_other_classes(pair, odd):
    labels = torch.tensor(DIGITS)
    method = oko(parts(2, 4), pair=pair, odd=odd)
    members, counts = method.sets(labels, method.draws["oko_keys"](generator("test", 0), 8))
    assert members.shape == counts.shape == (8, pair + odd)
    assert counts.all()
    assert members[:, 0].tolist() == list(range(8))
    for anchor, found in enumerate(members.tolist()):
        classes = labels[found].tolist()
        assert classes[:pair] == pair * [DIGITS[anchor]]
        assert len(set(classes)) == 1 + odd
        assert len(set(found)) == pair + odd  # the second of the pair is another


def test_members_are_chosen_evenly():
    labels, g = torch.tensor(DIGITS), generator("test", 0)
    method = oko(parts(2, 4))
    drawn = torch.stack([method.sets(labels, method.draws["oko_keys"](g, 8))[0][0] for _ in range(3000)])
    assert (drawn[:, 1].bincount(minlength=8) / 3000).tolist() == pytest.approx([0, 0.5, 0.5, 0, 0, 0, 0, 0], abs=0.04)
    assert (drawn[:, 2].bincount(minlength=8) / 3000).tolist() == pytest.approx([0, 0, 0] + 5 * [0.2], abs=0.04)


def test_who_has_no_partner_counts_twice_and_who_is_missing_counts_nothing():
    """Of the classes 0, 0, 1: the last is alone in its class, and there is no third class for a second odd one."""
    network, loss, none = parts(2, 4)
    x = torch.randn(3, 2, dtype=torch.float64)
    z = network(x)
    keys = chosen_keys(3, {2: [1]})
    sums = torch.stack([z[0] + z[1] + z[2], z[1] + z[0] + z[2], 2 * z[2] + z[1]])
    batch = batch_of(x, [0, 0, 1], oko_keys=keys)
    same(oko((network, loss, none), odd=2)(batch), F.cross_entropy(sums, batch.labels, reduction="none"))
    classes = torch.tensor([[2, 1, 0, 0], [2, 1, 0, 0], [1, 2, 0, 0]]).double() / 3
    soft = -(classes * sums.log_softmax(1)).sum(1)
    same(oko((network, loss, none), odd=2, target="soft")(batch), soft)
    only = batch_of(x[:1], [3], oko_keys=torch.rand(1, 1))  # a batch of one: twice the same
    same(oko((network, loss, none))(only), F.cross_entropy(2 * z[:1], only.labels, reduction="none"))


def test_a_set_has_no_more_classes_than_there_are():
    with pytest.raises(ConfigError, match=r"method .*odd=3: must be at most 2, one less than there are classes"):
        built("method=oko", "method.odd=3", "dataset.num_classes=3")
    with pytest.raises(ValueError, match="odd=4: must be at most 3"):
        oko(parts(2, 4), odd=4)
    assert oko(parts(2, 4), odd=3)


# deep supervision


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


# the information bottleneck


def test_the_divergence_is_the_integral():
    """KL(N(0.4, 0.7^2) || N(0, 1)) by summing up, and the sum of two dimensions."""
    x = torch.linspace(-12, 12, 200001, dtype=torch.float64)
    one = torch.distributions.Normal(torch.tensor(0.4).double(), torch.tensor(0.7).double())
    other = torch.distributions.Normal(torch.zeros(()).double(), torch.ones(()).double())
    integral = torch.trapezoid(one.log_prob(x).exp() * (one.log_prob(x) - other.log_prob(x)), x)
    mean, scale = (torch.tensor([[number, start]], dtype=torch.float64) for number, start in ((0.4, 0.0), (0.7, 1.0)))
    found = divergence(mean, scale)
    assert found.shape == (1,)
    assert found.item() == pytest.approx((0.4**2 + 0.7**2 - 2 * math.log(0.7) - 1) / 2, abs=1e-9)
    assert found.item() == pytest.approx(integral.item(), abs=1e-7)


def bottleneck(**changed):
    network, loss, none = parts(5, 3)
    return VIB(network, loss, none, (5,), 3, **{"dim": 2, "beta": 0.1, "samples": 2} | changed).double()


X = torch.linspace(-2, 2, 20, dtype=torch.float64).view(4, 5)


def test_the_bottleneck_is_the_papers_objective():
    """By hand: two samples of a code of two dimensions."""
    method = bottleneck()
    noise = torch.randn(4, 2, 2, dtype=torch.float64)
    batch = batch_of(X, [0, 1, 2, 1], vib_noise=noise)
    raw = X @ method.encoder.weight.T + method.encoder.bias
    mu, s = raw[:, :2], (raw[:, 2:] - 5).exp().log1p()
    expected = 0.1 * ((mu**2 + s**2) / 2 - s.log() - 0.5).sum(1)
    for m in range(2):
        z = (mu + s * noise[:, m]) @ method.decoder.weight.T + method.decoder.bias
        expected = expected + F.cross_entropy(z, batch.labels, reduction="none") / 2
    same(method(batch), expected)


def test_without_a_price_and_noise_it_is_the_loss_of_the_mean_code():
    method = bottleneck(beta=0.0, samples=1)
    batch = batch_of(X, [0, 1, 2, 1], vib_noise=torch.zeros(4, 1, 2, dtype=torch.float64))
    mean = method.encoder(X)[:, :2]
    logits = method.decoder(mean)
    same(method(batch), F.cross_entropy(logits, batch.labels, reduction="none"))
    same(method.predict(X), logits)


def test_noise_is_drawn_for_each_sample_and_the_own_head_is_left_alone():
    objective, batch = first("method=vib", "method.samples=3", "method.dim=4")
    _, gradients = values(objective, batch)
    assert batch.draws["vib_noise"].shape == (len(batch.labels), 3, 4)
    assert not any("head" in name for name in gradients)
    assert {"method.encoder.weight", "method.decoder.weight"} <= set(gradients)
