"""Odd-k-out sets: their loss, their members, and what is refused."""

import pytest
import torch
import torch.nn.functional as F

from runner.console.errors import ConfigError
from runner.data.streams import generator
from runner.parts.methods.oko import OKO
from tests.objectives import built, cell_of, same
from tests.parts.flat_network import batch_of, parts


@pytest.mark.parametrize(
    ("method", "wrong", "allowed"),
    [
        ("oko", "pair=3", "one of 1, 2"),
        ("oko", "odd=-1", r"\[0, inf\)"),
        ("oko", "target=medium", "one of hard, soft"),
    ],
)
def test_arguments_out_of_range_are_refused(method, wrong, allowed):
    with pytest.raises(ConfigError, match=f"method.{wrong}: must be .*{allowed}"):
        cell_of(f"method={method}", f"method.{wrong}")


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
