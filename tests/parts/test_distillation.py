"""Methods whose targets are predictions: of the network itself an epoch ago, or of a teacher."""

import json
from pathlib import Path

import pytest
import torch
from torch import nn, tensor

from runner.console.errors import ConfigError
from runner.data.loader import Batch
from runner.objective.criterion import Criterion, Penalties
from runner.parts.methods.class_means import ClassMeans
from runner.parts.methods.divergences import balanced, forward, reverse, squared_logit
from runner.parts.methods.kd import KD
from runner.parts.methods.ps_kd import PSKD
from runner.parts.methods.self_distillation import SelfDistillation
from tests.objective.test_objectives import steps
from tests.objectives import built, first, same, values
from tests.zoo import make

INPUTS = json.loads((Path(__file__).parents[1] / "values" / "inputs.json").read_text())
LABELS = tensor([0, 1, 2, 3, 1, 0])
LOGITS = tensor(
    [
        [-4.620823600468352, -0.7465017225155286, -2.1216333570925725, 1.9990187095623522],
        [-1.7680500091665305, -2.5510938604296105, -1.246449159732158, -1.7328832038251545],
        [0.47743611633634125, 1.4670567370545682, -2.6437636582842754, 2.6296227303942468],
        [-2.9749912713014677, -1.4271506792937154, 1.039997326357876, -1.9057712794065684],
        [1.3497150871880077, 2.093730753962931, 0.30859035729317896, -1.4997830456783883],
        [-1.4467794009955763, 0.17273978476469995, -3.492809807456484, 2.082024914067018],
    ],
    dtype=torch.float64,
)
BEFORE = tensor(
    [
        [0.08674625640735913, 0.0850901497422044, 0.5094126291553527, 0.3187509646950838],
        [0.22891380913140327, 0.47901604105936674, 0.13607631829401212, 0.15599383151521795],
        [0.037006956640719096, 0.09911248269317381, 0.035590793041035906, 0.8282897676250711],
        [0.0925230544652594, 0.7802658046609916, 0.06827035896147614, 0.05894078191227271],
        [0.018974866842533845, 0.020569556502683113, 0.7659430108960681, 0.19451256575871514],
        [0.27988694928143776, 0.43182619407170597, 0.0493617808128869, 0.23892507583396935],
    ],
    dtype=torch.float64,
)
TEACHER = tensor(
    [
        [0.27837984592949944, -1.8736145168964604, 1.4606952818041987, -0.5314479952161992],
        [-0.28024234096141765, -0.5534924027429814, 0.5078845851492793, 0.5386378298124714],
        [0.8501625519309879, 2.3109229158069886, -0.2950906788722701, 0.1470925520113958],
        [-0.05326145649604994, -0.7104865186192452, -0.11861101825319312, 1.1876890203287251],
        [1.2529401363476884, 0.39860194391097237, 1.4444980526335587, -1.9953509520815504],
        [-0.19219485315289647, 1.2066453004393594, 1.4117704646278466, 0.8676848041428987],
    ],
    dtype=torch.float64,
)
MEANS = tensor(
    [
        [0.05876052854311795, 0.28740308662909997, 0.21254023945657965, 0.4412961453712024],
        [0.08616771398324861, 0.3538578874136797, 0.42687941544339464, 0.13309498315967713],
        [0.459661146780258, 0.06421051816147277, 0.3355726870533242, 0.14055564800494477],
        [0.47959534427651995, 0.09542173082751917, 0.3098269829939865, 0.11515594190197422],
    ],
    dtype=torch.float64,
)


class Given(nn.Module):
    """A network that predicts these logits, learnable, whatever the inputs."""

    def __init__(self, logits):
        super().__init__()
        self.body = nn.Sequential(nn.Identity())
        self.head = nn.Identity()
        self.logits = nn.Parameter(logits.clone())

    def features(self, x):
        return self.logits

    def forward(self, x):
        return self.head(self.features(x))


def parts(logits=LOGITS):
    n, k = logits.shape
    return Given(logits), Criterion(make("ce", num_train=n, num_classes=k)), Penalties({})


def batch_of(labels=LABELS):
    return Batch(torch.zeros(len(labels), 1), labels, torch.arange(len(labels)), {})


def nll_of(logits, labels):
    return nn.functional.cross_entropy(logits, labels, reduction="none")


def slope(losses, network):
    return torch.autograd.grad(losses.mean(), network.logits)[0].norm().item()


def on_to(objective, epoch):
    """Every part as it is in that epoch."""
    objective.train()
    objective.begin(epoch)
    return objective


def of_student(gradients):
    return {name: g for name, g in gradients.items() if name.startswith("method.network.")}


def test_ps_kd_has_the_released_codes_numbers():
    """lgcnsai/PS-KD-Pytorch, transcribed: halfway, where a = 0.4."""
    method = PSKD(*parts(), num_train=6, num_classes=4, weight=0.8).double()
    method.before.copy_(BEFORE)
    method.begin(5, 10)
    losses = method(batch_of())
    assert losses.mean().item() == pytest.approx(3.045660263307581, abs=1e-9)
    assert slope(losses, method.network) == pytest.approx(0.3541302772971882, abs=1e-9)
    torch.testing.assert_close(method.before, LOGITS.softmax(-1))  # for the next epoch


@pytest.mark.parametrize("loss", ["ce", "gce"])
def test_ps_kd_is_erm_in_the_first_epoch_and_without_weight(loss):
    plain, batch = first(f"loss={loss}", "epochs=2")
    soft, _ = first("method=ps_kd", f"loss={loss}", "epochs=2")
    without, _ = first("method=ps_kd", f"loss={loss}", "method.weight=0", "epochs=2")
    same(values(soft, batch), values(plain, batch))
    for epoch in (1, 2):
        same(values(on_to(without, epoch), batch), values(plain, batch))
    losses, _ = values(on_to(soft, 2), batch)
    assert not torch.allclose(losses, values(plain, batch)[0], atol=1e-3)


def test_ps_kd_takes_the_label_alone_of_what_was_never_seen():
    soft, batch = first("method=ps_kd", "epochs=2")
    soft.method(batch.at(torch.arange(3)))
    on_to(soft, 2)
    plain, _ = first("epochs=2")
    other = soft.method(batch) - plain.method(batch)
    assert (other[3:] == 0).all()
    assert (other[:3].abs() > 1e-3).all()


@pytest.mark.parametrize(
    ("xi", "loss", "gradient"),
    [
        (0.5, 2.364715738584412, 0.1971000163931693),
        (1.0, 2.862446699866979, 0.16103516529836218),
        (1.5, 3.360177661149546, 0.25145795438667506),
        (3.5, 5.3511015062798135, 0.8453253337518895),
    ],
)
def test_self_distillation_is_cross_entropy_with_the_papers_target(xi, loss, gradient):
    logits, teacher = (tensor(INPUTS["logits"][which], dtype=torch.float64) for which in ("first", "second"))
    method = SelfDistillation(*parts(logits), epochs=4, teacher=Given(teacher), teacher_share=0.5, xi=xi)
    method.enter(1)
    batch = batch_of(tensor(INPUTS["labels"]))
    losses = method(batch)
    assert losses.mean().item() == pytest.approx(loss, abs=1e-9)
    assert slope(losses, method.network) == pytest.approx(gradient, abs=1e-9)
    target = xi * teacher.softmax(-1) + (1 - xi) * nn.functional.one_hot(batch.labels, 10)
    torch.testing.assert_close(losses, -(target * logits.log_softmax(-1)).sum(-1))


NEUTRAL = {"self_distillation": "method.xi=0", "kd": "method.weight=0"}


@pytest.mark.parametrize("loss", ["ce", "gce"])
@pytest.mark.parametrize("name", NEUTRAL)
def test_a_student_without_its_teacher_is_erm(name, loss):
    plain, batch = first(f"loss={loss}", "regularizer=spectral_decoupling")
    student, _ = first(f"method={name}", NEUTRAL[name], f"loss={loss}", "regularizer=spectral_decoupling", "epochs=4")
    same(values(on_to(student, 3), batch), values(plain, batch))
    same(student.predict(batch.x), plain.predict(batch.x))


@pytest.mark.parametrize("name", NEUTRAL)
def test_the_teacher_goes_first_and_then_stands_still(name):
    """By ERM, as its predictions say, and neither BatchNorm's statistics nor a gradient moves it after that."""
    normed = ["method.teacher.norm=batch"] if name == "kd" else []  # the other has it from the model
    objective, batch = first(f"method={name}", "model.norm=batch", *normed, "epochs=4")
    method = objective.method
    teacher, student = method.teacher.network, method.network
    assert method.starts == (0, 2)
    for epoch, teaching in ((1, False), (2, False), (3, True), (4, True)):
        on_to(objective, epoch)
        before = {key: number.clone() for key, number in teacher.state_dict().items()}
        losses, gradients = values(objective, batch)
        assert {key.startswith("method.network.") for key in gradients} == {teaching}
        moved = any(not torch.equal(number, before[key]) for key, number in teacher.state_dict().items())
        assert moved is not teaching
        if not teaching:
            torch.testing.assert_close(
                losses, nn.functional.cross_entropy(teacher(batch.x), batch.labels, reduction="none")
            )
        objective.eval()
        same(objective.predict(batch.x), (student if teaching else teacher)(batch.x))


@pytest.mark.parametrize("name", NEUTRAL)
def test_what_a_loss_keeps_begins_anew_with_the_student(name):
    objective, batch = first(f"method={name}", "loss=elr", "epochs=2")
    objective.method(batch)
    assert objective.method.teacher.loss.loss.average[batch.index].sum() > 0
    assert objective.method.loss.loss.average.sum() == 0
    on_to(objective, 2).method(batch)
    assert objective.method.loss.loss.average[batch.index].sum() > 0


def distilled(teacher=TEACHER, logits=LOGITS, epochs=10, stored=None, **changed):
    said = {
        "training": "first",
        "teacher_cell": None,
        "teacher_share": 0.1,
        "divergence": "forward",
        "temperature": 1.0,
        "weight": 1.0,
        "cmi": 0.0,
        "cmi_share": 0.1,
    }
    given = {"epochs": epochs, "num_classes": logits.shape[1], "stored": stored}
    return KD(*parts(logits), **given, teacher=Given(teacher), **said | changed).double()


def test_squared_logit_distillation_has_the_formulas_numbers():
    """Half the squares of the differences of normalised log-probabilities, over all classes; of all examples."""
    method = distilled(divergence="squared_logit")
    method.enter(1)
    losses = method(batch_of())
    assert losses.sum().item() == pytest.approx(53.476468592975046, abs=1e-9)
    assert slope(6 * losses, method.network) == pytest.approx(14.806045776650146, abs=1e-9)


@pytest.mark.parametrize(("divergence", "swapped"), [("forward", False), ("reverse", True)])
@pytest.mark.parametrize("t", [1.0, 4.0])
def test_distillation_is_torchs_divergence_at_a_temperature(divergence, swapped, t):
    method = distilled(divergence=divergence, temperature=t, weight=0.9)
    method.enter(1)
    of, to = (LOGITS, TEACHER) if swapped else (TEACHER, LOGITS)
    kl = nn.functional.kl_div((to / t).log_softmax(-1), (of / t).softmax(-1), reduction="none").sum(-1)
    nll = nll_of(LOGITS, LABELS)
    torch.testing.assert_close(method(batch_of()), 0.1 * nll + 0.9 * t**2 * kl, rtol=0, atol=1e-9)


def test_at_high_temperature_distillation_compares_centred_logits():
    """Hinton et al., Section 2.1: T^2 KL tends to the mean squared difference of the logits, halved."""
    method = distilled(temperature=1e4)
    method.enter(1)
    between = (LOGITS - LOGITS.mean(-1, keepdim=True)) - (TEACHER - TEACHER.mean(-1, keepdim=True))
    torch.testing.assert_close(method(batch_of()), between.square().mean(-1) / 2, rtol=1e-3, atol=1e-3)


def test_the_balanced_divergence_lies_between_the_two_and_leans_on_the_surer_side():
    sure, unsure = (tensor([[a, -a]], dtype=torch.float64).log_softmax(-1) for a in (3.0, 0.1))
    for student, teacher, heavier in ((sure, unsure, forward), (unsure, sure, reverse)):
        lighter = reverse if heavier is forward else forward
        share = (balanced(student, teacher) - lighter(student, teacher)) / (
            heavier(student, teacher) - lighter(student, teacher)
        )
        assert 0.5 < share.item() < 1
    equal = tensor([[0.7, 0.3]]).log(), tensor([[0.3, 0.7]]).log()  # as sure: both by half
    torch.testing.assert_close(balanced(*equal), (forward(*equal) + reverse(*equal)) / 2)


@pytest.mark.parametrize("fit", [forward, squared_logit])
def test_whole_soft_labels_teach_a_table_the_teacher(fit):
    """In a table each state has its own logits: from all of its probabilities the teacher's are the minimum."""
    logits = LOGITS.clone().requires_grad_()
    teacher = TEACHER.log_softmax(-1)
    optimizer = torch.optim.LBFGS([logits], max_iter=200, line_search_fn="strong_wolfe", tolerance_grad=1e-12)

    def closure():
        optimizer.zero_grad()
        loss = fit(logits.log_softmax(-1), teacher).sum()
        loss.backward()
        return loss

    optimizer.step(closure)
    torch.testing.assert_close(logits.softmax(-1), teacher.exp(), rtol=0, atol=1e-5)


def test_the_information_has_the_released_codes_numbers():
    """iclr2024mcmi/ICLRMCMI, CE_KL_loss: cross-entropy less 0.15 times the information."""
    method = distilled(teacher=LOGITS, cmi=0.15, cmi_share=0.1)
    method.enter(1)
    assert method.starts == (0, 1, 2)
    method.means.means.copy_(MEANS)
    losses = method(batch_of())
    assert method.means(LOGITS, batch_of()).mean().item() == pytest.approx(0.613471236018639, abs=1e-9)
    assert losses.mean().item() == pytest.approx(3.548626614886751, abs=1e-9)


def test_class_means_are_those_of_the_last_epoch():
    means = ClassMeans(4).double()
    means.begin(1, 3)
    assert (means(LOGITS, batch_of()) == 0).all()  # none is known
    for some in (slice(0, 2), slice(2, 6)):
        means(LOGITS[some], Batch(None, LABELS[some], None, {}))
    means.begin(2, 3)
    p = LOGITS.softmax(-1)
    torch.testing.assert_close(means.means, torch.stack([p[y == LABELS].mean(0) for y in range(4)]))
    means.begin(3, 3)  # and nothing since
    assert (means.means == 0).all()


def test_information_moves_the_teacher_in_its_epochs_alone():
    plain, batch = first("method=kd", "epochs=6")
    praised, _ = first("method=kd", "method.cmi=1", "method.cmi_share=0.2", "epochs=6")
    assert praised.method.starts == (0, 3, 4)
    for epoch, differs in ((1, False), (2, False), (3, False), (4, True), (5, False)):
        on_to(plain, min(epoch, 3) if epoch < 5 else 5)
        losses, gradients = values(on_to(praised, epoch), batch)
        expected = values(plain, batch)
        assert torch.allclose(losses, expected[0], rtol=0, atol=1e-12) is not differs
        same(gradients, expected[1]) if not differs else None


def test_a_stored_teacher_is_the_cells_network_of_the_same_seed():
    (teacher,), _ = built("model=mlp", "model.width=8", seeds=[7])
    node = {"_target_": "runner.parts.models.mlp.MLP", "width": 8, "depth": 1, "norm": "none", "head": "linear"}
    asked_for = []

    def stored(cell, seed):
        asked_for.append((cell, seed))
        return node, teacher.method.network.state_dict()

    said = ["method=kd", "method.training=stored", f"method.teacher_cell={'a' * 20}", "model.width=16"]
    student, batch = first(*said, "method.temperature=2", "method.weight=0.5", seeds=[3], stored=stored)
    assert asked_for == [("a" * 20, 3)]
    assert student.method.starts == (0,)
    losses, gradients = values(student, batch)
    assert {key.startswith("method.network.") for key in gradients} == {True}
    t, s = (module.predict(batch.x) for module in (teacher, student))
    kl = nn.functional.kl_div((s / 2).log_softmax(-1), (t / 2).softmax(-1), reduction="none").sum(-1)
    nll = nll_of(s, batch.labels)
    torch.testing.assert_close(losses, 0.5 * nll + 0.5 * 4 * kl, rtol=1e-6, atol=1e-6)  # the stored one is of float32

    without, _ = first(*said, "method.weight=0", seeds=[3], stored=stored)
    plain, _ = first("model.width=16", seeds=[3])
    same(values(without, batch), values(plain, batch))  # from the first epoch

    tuned, _ = first(*said, "method.cmi=0.1", "method.cmi_share=0.25", "epochs=4", seeds=[3], stored=stored)
    assert tuned.method.starts == (0, 1)
    losses, gradients = values(tuned, batch)
    torch.testing.assert_close(losses, nll_of(t, batch.labels))
    assert {key.startswith("method.teacher.") for key in gradients} == {True}


@pytest.mark.parametrize("divergence", ["forward", "balanced"])
def test_an_online_teacher_learns_beside_its_student(divergence):
    """What is reported is the student's; a balanced teacher also follows the student."""
    said = ["method=kd", "method.training=online", f"method.divergence={divergence}", "method.temperature=2"]
    both, batch = first(*said)
    teacher, student = (network(batch.x) for network in (both.method.teacher.network, both.method.network))
    losses, gradients = values(both, batch)
    log_t, log_s = (teacher / 2).log_softmax(-1), (student / 2).log_softmax(-1)
    distance = {"forward": forward, "balanced": balanced}[divergence]
    nll = [nll_of(z, batch.labels) for z in (student, teacher)]
    torch.testing.assert_close(losses, 0.1 * nll[0] + 0.9 * 4 * distance(log_s, log_t.detach()))

    own = nll[1] + (0.9 * 4 * forward(log_t, log_s.detach()) if divergence == "balanced" else 0)
    named = dict(both.method.teacher.network.named_parameters())
    expected = torch.autograd.grad(own.mean(), list(named.values()))
    for name, gradient in zip(named, expected, strict=True):
        torch.testing.assert_close(gradients[f"method.teacher.network.{name}"], gradient)

    without, _ = first(*said, "method.weight=0")
    plain, _ = first()
    losses, gradients = values(without, batch)
    expected = values(plain, batch)
    same((losses, of_student(gradients)), expected)


@pytest.mark.parametrize(
    "options",
    [
        ["method.training=online", "method.divergence=balanced"],
        ["method.cmi=0.3", "method.cmi_share=0.25", "method.divergence=reverse"],
        ["model@method.teacher=linear", "method.divergence=squared_logit"],
    ],
    ids=["online", "information", "another kind"],
)
def test_every_way_of_teaching_keeps_seeds_apart(options):
    said = ["method=kd", "epochs=4", *options]
    together, _ = steps(*built(*said, seeds=[3, 4, 5]), 4)
    for i, seed in enumerate([3, 4, 5]):
        single, _ = steps(*built(*said, seeds=[seed]), 4)
        torch.testing.assert_close(together[:, i], single[:, 0], rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (["method=ps_kd", "method.weight=1.5"], r"method\.weight=1\.5: must be a number in \[0, 1\]"),
        (["method=self_distillation", "method.xi=-1"], r"method\.xi=-1: must be a number in \[0, inf\)"),
        (["method=self_distillation", "method.teacher_share=1"], r"method\.teacher_share=1: .* in \(0, 1\)"),
        (["method=self_distillation", "epochs=1"], r"teacher_share=0\.5: of 1 epochs none are left for the student"),
        (["method=kd", "method.training=offline"], r"method\.training=offline: must be one of stored, first, online"),
        (["method=kd", "method.divergence=js"], r"method\.divergence=js: must be one of forward, reverse, balanced"),
        (["method=kd", "method.temperature=0"], r"method\.temperature=0: must be a number in \(0, inf\)"),
        (["method=kd", "method.weight=2"], r"method\.weight=2: must be a number in \[0, 1\]"),
        (["method=kd", "method.cmi=-1"], r"method\.cmi=-1: must be a number in \[0, inf\)"),
        (["method=kd", "method.cmi=1", "method.cmi_share=0.5", "epochs=4"], r"cmi_share=0\.5: of 4 epochs none are"),
        (["method=kd", "method.training=online", "method.cmi=1"], r"cmi=1\.0: must be 0 where training=online"),
        (["method=kd", "method.training=stored"], r"teacher_cell=null: must name a cell where training=stored"),
        (["method=kd", f"method.teacher_cell={'a' * 20}"], r"teacher_cell=a{20}: .* be null elsewhere"),
        (
            ["method=kd", "method.teacher_cell=/a"],
            r"method\.teacher_cell=/a: must be text of the form \[0-9a-f\]\{20\}",
        ),
    ],
)
def test_what_cannot_be_is_named(said, why):
    with pytest.raises(ConfigError, match=why):
        built(*said)
