"""Which code a command line may name: parts of their group, and nothing else on the machine."""

import ast
import json
import subprocess
import sys
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
import torch

from runner.compose.command_line import compose_cells
from runner.console.errors import ConfigError
from runner.nodes import parts
from runner.nodes.annotation import Part, group_in, read
from runner.nodes.build import build, target
from runner.nodes.parts import HOME, offered, source
from runner.nodes.signature import asks
from runner.training.wiring import wire

EVIL = """
open({mark!r}, "w").close()


class Evil:
    def __init__(self, *, q: open({mark!r}, "w"), r: (lambda: open({mark!r}, "w"))() = 1): ...
"""


@pytest.fixture
def evil(tmp_path, monkeypatch):
    """A file outside of all packages, which leaves a mark where anything of it is run."""
    monkeypatch.chdir(tmp_path)
    mark = tmp_path / "mark"
    (tmp_path / "evil.py").write_text(EVIL.format(mark=str(mark)))
    yield tmp_path
    assert not mark.exists()


OUTSIDE = [
    "losses.{root}/evil.Evil", "losses../{root}/evil.Evil", "losses...evil.Evil", "losses.{up}{root}/evil.Evil",
    "{root}/evil.Evil", "evil.Evil", ".evil.Evil", "losses..ce.CE", "losses.ce..CE", "losses.ce.", "losses.", ".", "",
    "..", "losses", "losses.ce", "losses.ce.CE.forward", "losses.ce.CE\n", "losses.ce\x00.CE", "losses.\x1b[2J.CE",
    "losses.ce.CE ", " losses.ce.CE", "losses.ce:CE", "losses.__init__.CE", "losses.ce.torch", "losses.ce.nn",
    "os.system", "builtins.eval", "builtins.exec", "subprocess.call", "torch.load", "torch.hub.load", "torch.nn.Linear",
    "torch.optim", "torch.optim.SGD.step", "tests.nodes.test_parts.EVIL",
    "numpy.load", "yaml.unsafe_load", "conf.config.X",
    "hydra_plugins.seedwise.PoolLauncher", "bench.measure.measure",
]  # fmt: skip


@pytest.mark.parametrize("target", OUTSIDE)
def test_what_lies_in_no_package_of_parts_is_refused(target, evil):
    named = target.format(root=evil, up="../" * 20)
    node = {"_target_": named, "q": 1}
    with pytest.raises(ConfigError, match=r"^loss\._target_="):
        build("loss", node)


@pytest.mark.parametrize("target", [None, 3, 0.5, True, ["losses.ce.CE"], {"losses": "ce"}])
def test_a_target_is_text(target):
    with pytest.raises(ConfigError, match=r"^loss\._target_=.*: must be text$"):
        build("loss", {"_target_": target})


NO_PART = {
    "loss": [
        "runner.__main__.main", "runner.store.store.forget", "runner.store.store.Store", "runner.parts.models.mlp.MLP",
        "runner.parts.methods.erm.ERM", "torch.optim.sgd.SGD", "losses._transition.checked", "datasets.blobs.blobs",
    ],
    "method": ["losses.ce.CE", "runner.parts.methods.teaching.taught", "runner.forget.main"],
    "dataset": ["datasets.image_cache.cached", "datasets.places.place", "datasets.noise_types.pair.pair"],
    "optimizer": ["torch.optim.lr_scheduler.StepLR", "torch.optim.swa_utils.AveragedModel", "losses.ce.CE",
                  "torch.optim.optimizer.Optimizer", "torch.optim._adafactor.Adafactor", "torch.optim._muon.Muon"],
    "model": ["runner.parts.models.heads.Cosine", "runner.stack.stack.Stack", "losses.ce.CE"],
    "schedule": ["runner.training.restarts.restarting", "runner.parts.samplers.shuffle.shuffle"],
    "risk": ["runner.launch.session.run_cell", "runner.parts.regularizers.l2.L2"],
}  # fmt: skip


@pytest.mark.parametrize(("group", "target"), [(group, name) for group in NO_PART for name in NO_PART[group]])
def test_a_group_takes_its_own_parts_alone(group, target):
    with pytest.raises(ConfigError, match=rf"^{group}\._target_={target}: "):
        build(group, {"_target_": target})


def test_a_loss_takes_losses_and_a_method_networks(compose):
    """As their definitions say: `base: nn.Module` is of the same group, `teacher` is a model."""
    ce, mlp = (compose()["cell"].config[group] for group in ("loss", "model"))
    for base, why in ((mlp, r"MLP: is no loss"), (3, r"loss\.base=3: must be a group of keys"), ({}, "must name a")):
        with pytest.raises(ConfigError, match=why):
            build("loss", {"_target_": "losses.normalized.Normalized", "base": base}, num_classes=4)
    for teacher in (ce, compose()["cell"].recipe.method):
        with pytest.raises(ConfigError, match=r"^method\.teacher\._target_=.*: is no model"):
            build("method", compose("method=kd")["cell"].recipe.method | {"teacher": teacher})
    noise_type = compose("noise_type=open_set")["cell"].data.noise_type
    with pytest.raises(ConfigError, match=r"^noise_type\.source\._target_=losses\.ce\.CE: is no dataset"):
        build("noise_type", noise_type | {"source": ce})


@pytest.mark.parametrize("model", ["compander", "lr2vq", "nm_sparse"])
@pytest.mark.parametrize("method", ["kd", "co_teaching"])
def test_a_network_around_another_may_be_a_methods_own(model, method, compose):
    """What it is around is the file's, not the seed's network, which a method may ask for by the same name."""
    cell = compose(f"model={model}", f"method={method}")["cell"]
    (objective,) = wire(cell, [0]).objectives
    networks = [module for module in objective.modules() if isinstance(module, target(cell.recipe.model))]
    one, other = (list(module.parameters()) for module in networks)
    assert [p.shape for p in one] == [p.shape for p in other]
    assert not {*map(id, one)} & {*map(id, other)}


@pytest.mark.parametrize("group", sorted(folder.name for folder in (HOME / "conf").iterdir() if folder.is_dir()))
def test_no_two_parts_of_a_group_have_one_name(group):
    """Results name a part by its group and name, wherever its code lies; of two of one name the first could not run."""
    targets = parts._named(group)
    assert len({target.rpartition(".")[2] for target in targets}) == len(targets)


def test_a_number_is_no_part():
    with pytest.raises(ConfigError, match=r"loss\.q=.*: must be a number in \(0, 1\]"):
        build("loss", {"_target_": "losses.gce.GCE", "q": {"_target_": "losses.ce.CE"}})
    with pytest.raises(ConfigError, match=r"^loss\.base=.*: there is no such key"):
        build("loss", {"_target_": "losses.ce.CE", "base": {"_target_": "losses.ce.CE"}})


def test_torchs_optimizers_that_keep_seeds_apart_are_there():
    assert offered("optimizer", "torch.optim.rprop.Rprop") is None
    made = build("optimizer", {"_target_": "torch.optim.rprop.Rprop"}, params=[torch.nn.Parameter(torch.zeros(1))])
    assert type(made).__name__ == "Rprop"
    with pytest.raises(ConfigError, match=r"there is no file torch/optim\.py; did you mean torch\.optim\.rprop\.Rprop"):
        source("torch.optim.Rprop")


class TestPackagesOfTheUsers:
    LOSS = """
        import torch.nn.functional as F
        from torch import nn


        class Mine(nn.Module):
            def __init__(self, *, tau: float): super().__init__()

            def forward(self, logits, labels, index):
                return F.cross_entropy(logits, labels, reduction="none")
    """

    @pytest.fixture
    def package(self, tmp_path, monkeypatch):
        """The name of one in the working directory, which nobody has imported."""
        name = f"lab_{tmp_path.name.replace('-', '_')}"
        (tmp_path / name).mkdir()
        text = "\n".join(line[8:] for line in self.LOSS.splitlines())
        (tmp_path / name / "__init__.py").write_text("")
        (tmp_path / name / "mine.py").write_text(text)
        (tmp_path / f"{name}_alone.py").write_text(text)
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(parts, "_own", set())
        monkeypatch.setattr(sys, "path", list(sys.path))
        return name

    def test_they_have_to_be_named(self, package):
        said = ["dataset=blobs", f"loss._target_={package}.mine.Mine", "+loss.tau=1"]
        with pytest.raises(ConfigError, match=r"must be .* or one of exec\.own$"):
            compose_cells(said, multirun=False)
        (cell,) = compose_cells([*said, f"exec.own=[{package}]"], multirun=False)
        assert cell.config["loss"] == {"_target_": f"{package}.mine.Mine", "tau": 1.0}
        assert "own" not in str(cell.identity)
        assert package not in sys.modules

    @pytest.mark.parametrize("target", ["{}.mine.Mine", "{}_alone.Mine"])
    def test_a_package_or_a_module(self, package, target):
        own = target.format(package).partition(".")[0]
        parts.admit([own])
        assert isinstance(build("loss", {"_target_": target.format(package), "tau": 1}), torch.nn.Module)

    def test_a_name_does_not_open_those_that_begin_with_it(self, package):
        parts.admit([package])
        with pytest.raises(ConfigError, match="must be a class or function in"):
            source(f"{package}_alone.Mine")

    @pytest.mark.parametrize(
        ("name", "why"),
        [
            ("gone", "there is no gone in "), ("../lab", "must be names"), ("/lab", "must be names"), ("", "must be"),
            ("a b", "must be names"), ("runner", "not a package of your own"), ("losses.ce", "not a package of your"),
            ("os", "not a package of your own"), ("torch.hub", "not a package of your own"), ("builtins", "not a"),
        ],
    )  # fmt: skip
    def test_what_is_no_package_of_the_users_is_refused(self, name, why):
        with pytest.raises(ConfigError, match=rf"^exec\.own={name}: .*{why}"):
            compose_cells([f"exec.own=['{name}']"], multirun=False)

    def test_links_do_not_lead_out_of_it(self, package, evil):
        (evil / package / "away.py").symlink_to(evil / "evil.py")
        parts.admit([package])
        with pytest.raises(ConfigError, match=rf"{package}/away\.py is a link that leads out of {package}"):
            source(f"{package}.away.Evil")

    def test_a_key_that_it_has_not_is_explained(self, package):
        said = [f"exec.own=[{package}]", "loss=gce", f"loss._target_={package}.mine.Mine", "loss.to=2"]
        with pytest.raises(ConfigError, match=r"^loss\.to=2: there is no such key; "):
            compose_cells(said, multirun=False)

    @pytest.mark.programs
    @pytest.mark.parametrize("program", [["-m", "runner"], [str(Path(sys.executable).with_name("seedwise"))]])
    def test_it_trains_from_either_program_in_a_worker_too(self, package, tmp_path, program):
        (tmp_path / "own" / "loss").mkdir(parents=True)
        (tmp_path / "own" / "loss" / "my_loss.yaml").write_text(f"# my loss\n_target_: {package}.mine.Mine\ntau: 2\n")
        quick = ["dataset=blobs", "epochs=1", "exec.progress=none", "hydra.searchpath=[file://own]"]
        command = [sys.executable, *program, "-m", *quick, f"exec.own=[{package}]", "loss=my_loss,ce"]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        assert "my_loss" in done.stdout
        assert len(list(tmp_path.glob("results/cells/*/seed=0/rows.jsonl"))) == 2
        kept = [json.loads(file.read_text()) for file in tmp_path.glob("results/cells/*/seed=0/provenance.json")]
        assert len({each["sources"]["loss"] for each in kept}) == 2


def test_a_folder_of_the_same_name_does_not_stand_for_ours(tmp_path):
    """As in a working directory that has a folder `losses` of its own."""
    (tmp_path / "losses").mkdir()
    (tmp_path / "losses" / "__init__.py").touch()
    (tmp_path / "losses" / "ce.py").write_text(f"open({str(tmp_path / 'mark')!r}, 'w')\n\n\nclass CE: ...\n")
    code = "import runner.__main__; runner.__main__.main()"
    path = {"PYTHONPATH": f"{tmp_path}:{HOME}", "PATH": "/usr/bin:/bin"}
    run = [sys.executable, "-c", code, "dataset=blobs", "epochs=1"]
    done = subprocess.run(run, cwd=tmp_path, env=path, capture_output=True, text=True)
    assert done.returncode == 2
    assert "losses.ce.CE: another package called losses hides ours" in done.stderr
    assert sorted(file.name for file in tmp_path.iterdir()) == ["losses"]


READ = {
    "float": float,
    "Annotated[float, '(0, 1]']": Annotated[float, "(0, 1]"],
    "Annotated[int, '[1, inf)'] | None": Annotated[int, "[1, inf)"] | None,
    "Annotated[float, '(0, 1e-4]']": Annotated[float, "(0, 1e-4]"],
    "Annotated[str, '[0-9a-f]{20}'] | None": Annotated[str, "[0-9a-f]{20}"] | None,
    "Literal['a', 2, None, True, -1]": Literal["a", 2, None, True, -1],
    "Literal['a'] | list[list[int]]": Literal["a"] | list[list[int]],
    "list[Annotated[float, '(0, inf)']] | None": list[Annotated[float, "(0, inf)"]] | None,
    "nn.Module": Part,
    "Annotated[nn.Module, 'model']": Annotated[Part, "model"],
    "nn.Module | None": Part | None,
    "float | Callable[[int], int]": Any,
    "Sequence[int]": Any,
    "__import__('os').system('false')": Any,
    "[].append(1)": Any,
    "Literal[print(1)]": Any,
    "(lambda: float)()": Any,
    "float if True else int": Any,
}


@pytest.mark.parametrize("text", READ)
def test_annotations_are_read_and_not_run(text):
    assert read(ast.parse(text, mode="eval").body) == READ[text]


def test_a_range_that_is_none_is_named(tmp_path, monkeypatch):
    (tmp_path / "ranged_loss.py").write_text(
        "class Mine:\n    def __init__(self, *, q: Annotated[float, '0 to 1']): ..."
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(parts, "_own", set())
    parts.admit(["ranged_loss"])
    with pytest.raises(ConfigError, match=r"its argument q: '0 to 1' is no range; '\(0, 1\]'"):
        asks("ranged_loss.Mine")


def test_the_group_of_a_part_is_found_within_unions():
    assert group_in(Annotated[Part, "model"] | None, "method") == "model"
    assert group_in(Part | None, "loss") == "loss"
    assert group_in(float | None, "loss") is None
