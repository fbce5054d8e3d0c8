"""The runner calls every hook of a contract, and says in one line what a part lacks."""

from dataclasses import fields

import pytest

from runner.cards import main
from runner.catalog.contracts import contracts
from runner.console.errors import ConfigError
from runner.contracts.given import Given
from runner.contracts.make import CLASSES, FUNCTIONS, bound, make
from runner.nodes import parts
from runner.training.run import run
from tests.contracts import probe

PROBES = {
    "loss=ce": "loss._target_=OwnLoss",
    "method=erm": "method._target_=OwnMethod",
    "regularizer=l1": "regularizer.l1._target_=OwnRegularizer",
    "risk=mean": "risk._target_=OwnRisk",
    "model=linear": "model._target_=OwnModel",
    "augment=none": "augment._target_=OwnAugment",
    "sampler=shuffle": "sampler._target_=own_sampler",
    "schedule=constant": "schedule._target_=own_schedule",
}


def test_every_hook_is_called(compose, monkeypatch):
    """In a run of two epochs, each of them a phase."""
    monkeypatch.setattr(parts, "_own", {"tests"})
    monkeypatch.setattr(probe, "CALLED", set())
    said = [word.replace("_target_=", "_target_=tests.contracts.probe.") for pair in PROBES.items() for word in pair]
    list(run(**compose("epochs=2", "batch_size=256", *said)))
    begun = {(f"{group}.begin", 1, 1) for group in ("loss", "method", "regularizer", "risk")}
    entered = {("method.enter", 0), ("method.enter", 1), ("method.forward", 2, True), "method.predict"}
    steps = {"draws", "loss.forward", "regularizer.forward", "risk.forward", "model.features"}
    assert begun | entered | steps | {("augment", 1), "sampler", ("schedule", 1)} == probe.CALLED


@pytest.fixture
def own(tmp_path, monkeypatch):
    """A module of one's own with this text; its name."""

    def module(text):
        name = f"own_{tmp_path.name}"
        (tmp_path / f"{name}.py").write_text(text)
        monkeypatch.syspath_prepend(tmp_path)
        monkeypatch.setattr(parts, "_own", {name})
        return name

    return module


HEAD = """
from torch import nn
from runner.contracts.method import Method
from runner.contracts.model import Model
from runner.contracts.terms import Regularizer, Risk
from runner.contracts.training import Augmentation
"""
FAULTS = {
    ("method", "class Own(Method):\n def forward(self, batch): ..."): "lacks predict; ",
    ("method", "class Own(Method): ..."): "lacks forward and predict; ",
    ("method", "class Own(nn.Module): ..."): "lacks predict; ",
    ("regularizer.own", "class Own(Regularizer): ..."): "lacks forward; ",
    ("risk", "class Own(Risk): ..."): "lacks forward; ",
    ("risk", "class Own(nn.Module):\n def forward(self, losses, batch): ..."): "must be a subclass of "
    "runner.contracts.terms.Risk; ",
    ("augment", "class Own(Augmentation): ..."): "lacks __call__; ",
    ("model", "class Own(nn.Module): ..."): "must be a subclass of runner.contracts.model.Model; ",
    ("model", "class Own(Model):\n def __init__(self):\n  super().__init__()\n  self.body = nn.Sequential()"): (
        "its constructor does not set head; "
    ),
    ("loss", "class Own(nn.Module):\n def __init__(self, num_clases): ..."): "asks for num_clases, which no loss is "
    "given; did you mean num_classes? ",
    ("risk", "class Own(Risk):\n def __init__(self, epochs): ...\n def forward(self, losses, batch): ..."): "asks for "
    "epochs, which no risk is given; ",
    ("sampler", "def Own(labels, rng): ..."): "asks for rng, which no sampler is given; ",
    ("schedule", "def Own(t, total): ..."): "asks for total, which no schedule is given; ",
}


@pytest.mark.parametrize(("path", "text"), FAULTS)
def test_what_a_part_lacks_is_one_line(own, path, text):
    group, name = path.partition(".")[0], own(HEAD + text)
    given = dict.fromkeys(field.name for field in fields(Given) if field.metadata.get("group", group) == group)
    node = {"_target_": f"{name}.Own"}
    with pytest.raises(ConfigError) as refusal:
        bound(path, node) if group in FUNCTIONS else make(path, node, given)
    assert str(refusal.value).startswith(f"{path} ({name}.Own): {FAULTS[path, text]}")
    assert "\n" not in str(refusal.value)


def test_a_part_within_a_part_is_asked_as_well(own):
    name = own(HEAD + "class Own(nn.Module):\n def __init__(self, *, base: nn.Module): ...\n"
               "class Base(nn.Module):\n def __init__(self, labels): ...")  # fmt: skip
    node = {"_target_": f"{name}.Own", "base": {"_target_": f"{name}.Base"}}
    with pytest.raises(ConfigError, match=r"^loss\.base \(own_.*\.Base\): asks for labels, which no loss is given"):
        make("loss", node, {"num_classes": 4})


NUMBER = """
from losses.regression._predictive import Point
class Own(nn.Module):
    fits = ("regression",)
    def forward(self, prediction, target, index):
        return (prediction - target)[:, 0].square()
"""
OUTPUTS = "    @staticmethod\n    def outputs(targets{}"
DECODE = "    def decode(self, prediction):\n        return {}"
UNREAD = {  # what a loss says wrongly of its predictions: how the refusal goes on
    OUTPUTS.format("): return 0"): "its outputs gives 0 where targets are 1 wide; must be a whole number, at least 1",
    OUTPUTS.format("): return -2"): "its outputs gives -2 where targets are 1 wide; ",
    OUTPUTS.format("): return 1.5"): "its outputs gives 1.5 where targets are 1 wide; ",
    OUTPUTS.format("): return True"): "its outputs gives True where targets are 1 wide; ",
    OUTPUTS.format("): return None"): "its outputs gives None where targets are 1 wide; ",
    OUTPUTS.format("): raise ValueError('no levels')"): "its outputs: no levels",
    OUTPUTS.format(", bins): return bins"): "its outputs asks for bins, which its YAML does not say; ",
    OUTPUTS.format("): return 2 * targets"): "outputs and decode make (2, 2) of 2 examples; it must be (2, 1)",
    DECODE.format("prediction[:, 0]"): "outputs and decode make (2,) of 2 examples; it must be (2, 1)",
    DECODE.format("Point(prediction.repeat(1, 3))"): "outputs and decode make (2, 3) of 2 examples; ",
    DECODE.format("None"): "decode gives NoneType; see losses/regression/_predictive.py",
    DECODE.format("prediction.view(3)"): "line 14 of ",
}


@pytest.mark.parametrize("hook", UNREAD)
def test_predictions_that_cannot_be_read_are_one_line_before_anything_is_trained(own, compose, hook):
    name = own(f"{HEAD}{NUMBER}{hook}\n")
    said = compose("dataset=friedman1", "dataset.num_train=20", "loss=l1", f"loss._target_={name}.Own")
    with pytest.raises(ConfigError) as refusal:
        next(run(**said))
    (line,) = str(refusal.value).splitlines()
    assert line.startswith(f"loss ({name}.Own): {UNREAD[hook]}")


def test_a_run_refuses_it_before_anything_is_trained(own, compose):
    name = own(HEAD + "class Own(Method):\n def forward(self, batch): ...")
    with pytest.raises(ConfigError, match=r"^method \(.*\.Own\): lacks predict; "):
        next(run(**compose(f"method._target_={name}.Own")))


@pytest.mark.parametrize("hook", ["def begin(self, epoch, epochs): ...", "draws = {}", "stackable = False"])
def test_a_hook_that_nobody_would_call_is_refused(own, compose, hook):
    """As that of a module within a part, which is no Part itself."""
    name = own(
        f"{HEAD}from runner.parts.methods.erm import ERM\nclass Inner(nn.Module):\n {hook}\n"
        "class Own(ERM):\n def __init__(self, network, loss, regularizer):\n"
        "  super().__init__(network, loss, regularizer)\n  self.inner = Inner()"
    )
    with pytest.raises(ConfigError, match=rf"^{name}\.Inner has \w+: must be a subclass of .*\.Part too$"):
        next(run(**compose(f"method._target_={name}.Own")))


def test_the_page_names_every_contract_and_all_that_is_given():
    text = contracts()
    for contract in (*CLASSES.values(), *FUNCTIONS.values()):
        assert f"`{contract.__module__}.{contract.__name__}`" in text
    for field in fields(Given):
        assert f"- `{field.name}`: " in text


def test_the_command_prints_it(capsys):
    main(["contracts"])
    assert "runner.contracts.method.Method" in capsys.readouterr().out
    with pytest.raises(ConfigError, match=r"^contract: there is no such option; did you mean contracts\?"):
        main(["contract"])
