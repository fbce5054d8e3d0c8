"""The program as a user meets it: right questions answered, wrong ones refused in one line."""

import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from runner.compose.command_line import compose_cells
from runner.compose.flags import read
from runner.compose.identity import digest
from runner.console.errors import ConfigError
from tests.contract import answer
from tests.program import program
from tests.zoo import EVERY_LOSS

ROOT = Path(__file__).resolve().parents[2]

REFUSED = {  # what is said: what the answer must contain
    "loss=ploy": ["loss=ploy", "did you mean poly?", "choices: "],
    "optimizer=sdg": ["optimizer=sdg", "did you mean sgd?", "sgd"],
    "nosie=0.6": ["nosie=0.6", "did you mean noise?"],
    "lss=ce": ["lss=ce", "did you mean loss?"],
    "regularizer=[vne,l3]": ["regularizer=[vne,l3]", "there is no regularizer l3", "did you mean l2?"],
    "regularizer=[]": ["must be one regularizer, or several in a list", "none"],
    "regularizer=null": ["regularizer=null", "must be one regularizer, or several in a list"],
    "regularizer=vne,l1": ["several values are a sweep"],
    "regularizer.l1.weight=1": ["regularizer.l1: is not chosen", "regularizer=l1"],
    "regularizer=[l1,l2] regularizer.l1.wieght=1": ["regularizer.l1.wieght=1", "did you mean weight?"],
    "+regularizer.foo=1": ["regularizer.foo=1", "conf/regularizer/"],
    "risk=cvar risk.level=1": ["risk.level=1", "a number in [0, 1)"],
    "method=kd model@method.teacher=cnnn": ["model=cnnn", "did you mean cnn?"],
    "+foo=1": ["foo=1", "there is no such key"],
    "lr=0.1": ["lr=0.1", "there is no such key; did you mean optimizer.lr?"],
    "loss=gce optimizer.q=0.5": ["optimizer.q=0.5", "did you mean loss.q?"],
    "noise=1.5": ["noise=1.5", "[0, 1]"],
    "noise=abc": ["noise=abc", "a number in [0, 1]"],
    "noise=nan": ["noise=nan", "[0, 1]"],
    "noise=true": ["noise=true", "a number"],
    "noise=${foo}": ["noise", "foo", "not found"],
    "epochs=-1": ["epochs=-1", "a whole number in [1, inf)"],
    "epochs=null": ["epochs=null", "a whole number"],
    "seeds=0": ["seeds=0", "[1, inf)"],
    "seed=1.5": ["seed=1.5", "a whole number"],
    "noise_seed=-1": ["noise_seed=-1", "[0, inf) or null"],
    "loss=poly loss.epsilo=2": ["loss.epsilo=2", "did you mean epsilon?"],
    "loss=poly loss.epsilon=abc": ["loss.epsilon=abc", "a number in [-1, inf)"],
    "loss=poly loss.epsilon=-2": ["loss.epsilon=-2", "[-1, inf)"],
    "loss=gce loss.q=0": ["loss.q=0", "(0, 1]"],
    "loss=comp_sum loss.tau=2.5": ["loss.tau=2.5", "[0, 2]"],
    "loss=logit_clip loss@loss.base=gcee": ["loss=gcee", "did you mean gce?"],
    "loss=logit_clip loss@loss.base=gce loss.base.q=2": ["loss.base.q=2", "(0, 1]"],
    "loss=poly +loss.q=1": ["loss.q=1", "epsilon"],
    "loss=poly ~loss.epsilon": ["loss.epsilon is missing"],
    "~loss": ["~loss", "one loss"],
    "~epochs": ["epochs is missing", "epochs=..."],
    "experiment=null": ["experiment=null", "must be a string"],
    "hydra=3": ["hydra=3", "is not to be changed", "hydra.launcher"],
    "classes.0=3": ["classes.0=3"],
    "loss=null": ["loss=null", "one loss"],
    "loss=[ce,gce]": ["loss=[ce,gce]", "one loss"],
    "loss._target_=os.system": ["loss._target_=os.system", "losses"],
    "loss._target_=losses.poly.Ploy": ["losses.poly.Ploy", "did you mean Poly?"],
    "loss._target_=losses.ploy.Poly": ["losses/ploy.py"],
    "model.norm=bath": ["model.norm=bath", "did you mean batch?"],
    "optimizer.lr=abc": ["optimizer.lr=abc", "a number"],
    "schedule=step schedule.milestones=[0.5,2]": ["schedule.milestones", "[0, 1]"],
    "noise_type=symetric": ["noise_type=symetric", "did you mean symmetric?"],
    "noise_type=asymmetric noise_type.pairs=publishd": ["noise_type.pairs=publishd", "did you mean published?"],
    "noise_type=asymmetric noise_type.pairs=[[3,a]]": ["noise_type.pairs", "a whole number"],
    "noise_type=instance noise_type.spread=0": ["noise_type.spread=0", "(0, inf)"],
    "noise_type=polynomial_margin noise_type.kind=4": ["noise_type.kind=4", "one of 1, 2, 3"],
    "noise_type=human": ["noise_type.", "has no default and must be said"],
    "imbalance_type=stepp": ["imbalance_type=stepp", "did you mean step?"],
    "imbalance_type=step imbalance_type.share=1": ["imbalance_type.share=1", "(0, 1)"],
    "imbalance=0.5": ["imbalance=0.5", "[1, inf)"],
    "sampler=balanced": [
        "sampler=balanced",
        "class_balanced, class_sets, domain_balanced, group_balanced, shuffle, square_root",
    ],
    "augment=weak": ["augment=weak", "none, random_erasing, signal, standard, strong"],
    "val_labels=false": ["val_labels=false", "one of given, true"],
    "val_labels=noisy": ["val_labels=noisy", "given, true"],
    "dataset=cifar10n dataset.annotator=worst": ["dataset.annotator=worst", "did you mean worse?"],
    "dataset=image_folder": ["dataset.root has no default"],
    "dataset=image_table dataset.root=a dataset.source=b": ["dataset.target has no default"],
    "exec.stream=perhaps": ["exec.stream=perhaps", "auto or true or false"],
    "exec.stack=0": ["exec.stack=0", "auto or a whole number"],
    "exec.wandb.mode=on": ["exec.wandb.mode=on", "online, offline, disabled"],
    "exec.wandb=3": ["exec.wandb=3", "keys"],
    "noise=0,0.2": ["noise=0,0.2", "--multirun"],
    "seed=range(3)": ["seed=range(3)", "multirun"],
    "a=b=c": ["a=b=c", "key=value"],
    "hydra.launcher.jobs=-1": ["hydra.launcher.jobs=-1", "auto or a whole number in [1, 1024]"],
    "hydra.launcher.jobs=abc": ["hydra.launcher.jobs=abc", "auto or a whole number"],
    "hydra.launcher.jobs=null": ["hydra.launcher.jobs=null", "auto or a whole number"],
    "hydra.launcher.threads=-1": ["hydra.launcher.threads=-1", "auto or a whole number in [1, 1024]"],
    "hydra.launcher.limit=0": ["hydra.launcher.limit=0", "a number in (0, inf) or null"],
    "hydra.launcher.limit=nan": ["hydra.launcher.limit=nan", "a number in (0, inf) or null"],
    "hydra.launcher.retries=-1": ["hydra.launcher.retries=-1", "[0, inf)"],
    "hydra.launcher.job=2": ["hydra.launcher.job=2", "did you mean jobs?"],
    "+hydra.launcher.job=2": ["hydra.launcher.job=2", "did you mean jobs?"],
    "~hydra.launcher.jobs": ["~hydra.launcher.jobs", "cannot be deleted"],
    "hydra.launcher._target_=os.system": ["hydra.launcher._target_=os.system", "hydra/launcher=name"],
    "hydra.sweeper.params={seed:3}": ["hydra.sweeper.params={seed:3}", "is not to be changed"],
    "hydra/sweeper=basic": ["hydra/sweeper=basic", "is not to be changed"],
    "hydra.mode=MULTIRUN": ["hydra.mode=MULTIRUN", "is not to be changed"],
    "loss=ce.yaml": ["loss=ce.yaml", "did you mean ce?"],
    "loss=../loss/ce": ["loss=../loss/ce", "did you mean ce?"],
    "hydra/launcher=pool.yaml": ["hydra/launcher=pool.yaml", "did you mean pool?"],
    "loss=" + 5000 * "a": ["loss=aaa", "(5005 characters)", "there is no loss"],
    "loss.q=" + 3000 * "[" + 3000 * "]": ["loss.q=[[[", "too deep"],
    "seed=" + 5000 * "1": ["seed=111", "4300 digits"],
    "loss._target_=null": ["loss._target_=null", "text"],
    "loss._target_=3": ["loss._target_=3", "text"],
    "dataset=${.}": ["dataset=${.}"],
    "loss=${nowhere}": ["loss=${nowhere}", "interpolation"],
    "++exec.wandb=${noise}": ["exec.wandb=0.0", "a group of keys: mode, "],
    "seeds=1000000000": ["seeds=1000000000", "asks for 1000000000 seeds", "exec.most=10000", "exec.most=1000000000"],
    "loss.q=1": ["loss.q=1", "the chosen loss takes no arguments"],
    "loss=logit_clip loss.base.q=1": ["loss.base.q=1", "the chosen loss.base takes no arguments"],
    "hydra.searchpath=[file:///nowhere]": ["hydra.searchpath=[file:///nowhere]", "there is no folder file:///nowhere"],
    "hydra.searchpath=[nowhere]": ["hydra.searchpath=[nowhere]", "there is no folder nowhere"],
    "hydra.searchpath=[pkg://no.where]": ["there is no package pkg://no.where"],
    "hydra.searchpath=[s3://a]": ["s3:// is unknown", "file://", "pkg://"],
    "hydra/launcher=slurm": ["hydra/launcher=slurm", "basic", "'.[cluster]' adds submitit_slurm"],
}


@pytest.mark.parametrize("said", REFUSED, ids=lambda said: said[:80])
def test_a_wrong_question_is_refused_in_one_line(said):
    with pytest.raises(ConfigError) as refusal:
        compose_cells(said.split(), multirun=False)
    line = str(refusal.value)
    assert "\n" not in line
    assert all(part in line for part in REFUSED[said]), line


@pytest.mark.parametrize("value", ["~/photos", "été", "a;b", "it's"])
def test_a_value_that_needs_quotes_is_answered_with_them(value):
    with pytest.raises(ConfigError) as refusal:
        compose_cells(["dataset=image_folder", f"dataset.root={value}"], multirun=False)
    assert str(refusal.value).startswith(f"dataset.root={value}: cannot be read; quote its value, ")
    (quoted,) = shlex.split(str(refusal.value).partition("value, ")[2])
    (cell,) = compose_cells(["dataset=image_folder", quoted], multirun=False)
    assert cell.config["dataset"]["root"] == value


@pytest.mark.parametrize("said", ["loss=ce,ploy", "noise=0,2", "loss=ce,poly loss.epsilon=1,2", "noise=interval(0,1)"])
def test_a_grid_is_refused_for_any_of_its_cells(said):
    with pytest.raises(ConfigError):
        compose_cells(said.split(), multirun=True)


@pytest.mark.parametrize(
    "said", ["epochs=range(1,1000000000)", "seed=range(0,100000)", "seeds=1,1000000000", "seed=shuffle(range(0,1e9))"]
)
def test_more_seeds_than_one_would_mean_are_asked_back(said):
    with pytest.raises(
        ConfigError, match=r"seeds, and exec\.most=10000 is as many as one command may ask for"
    ) as refusal:
        compose_cells([said], multirun=True)
    assert str(refusal.value).startswith(f"{said}: this asks for ")


def test_as_many_seeds_as_are_meant_can_be_asked_for():
    (cell,) = compose_cells(["seeds=1000000000", "exec.most=1000000000"], multirun=False)
    assert cell.config["seeds"] == 1_000_000_000
    with pytest.raises(ConfigError, match=r"^seed=0,1 seeds=3: this asks for 6 seeds, and exec\.most=5 "):
        compose_cells(["seed=0,1", "seeds=3", "exec.most=5"], multirun=True)


def test_a_range_without_an_end_is_refused():
    with pytest.raises(ConfigError, match=r"^seed=range\(0,inf\): has no end"):
        compose_cells(["seed=range(0,inf)"], multirun=True)


@pytest.mark.parametrize(("said", "mode"), [("", "offline"), ("dryrun", "offline"), ("run", "online"), ("online",) * 2])
def test_the_environment_says_whether_wandb_records(said, mode, monkeypatch):
    monkeypatch.setenv("WANDB_MODE", said)
    assert compose_cells([], multirun=False)[0].config["exec"]["wandb"]["mode"] == mode


def test_a_mode_of_the_environment_that_is_none_is_named(monkeypatch):
    monkeypatch.setenv("WANDB_MODE", "oflin")
    with pytest.raises(ConfigError, match=r"^WANDB_MODE=oflin, in the environment: did you mean offline\?"):
        compose_cells([], multirun=False)
    assert compose_cells(["exec.wandb.mode=disabled"], multirun=False)


def test_a_grid_of_nothing_is_refused():
    with pytest.raises(ConfigError, match=r"^loss=glob\(foo\*\): this asks for nothing"):
        compose_cells(["loss=glob(foo*)"], multirun=True)


def test_a_sweep_over_experiments_is_refused():
    with pytest.raises(ConfigError, match="one experiment at a time"):
        compose_cells(["experiment=zoo_noise,zoo_noise"], multirun=True)


def test_a_grid_is_its_cells_last_key_fastest():
    cells = compose_cells(["loss=ce,gce", "noise=0,0.6", "seeds=5"], multirun=True)
    assert [c.overrides for c in cells] == [
        [f"loss={loss}", f"noise={noise}", "seeds=5"] for loss in ("ce", "gce") for noise in ("0", "0.6")
    ]
    assert cells[2].choices["loss"] == "gce"


def test_a_loss_within_a_loss_is_a_choice_of_its_own():
    wrapped = compose_cells(["loss=logit_clip", "loss@loss.base=gce", "loss.base.q=0.5"], multirun=False)[0]
    assert wrapped.choices["loss"] == "logit_clip"
    assert wrapped.choices["loss.base"] == "gce"
    assert wrapped.config["loss"]["base"] == {"_target_": "losses.gce.GCE", "q": 0.5}


def test_an_experiment_sweeps_unless_the_command_line_does():
    losses = "loss=ce,gce,ael"
    whole = compose_cells(["experiment=zoo_noise", losses], multirun=True)
    assert {c.config["noise"] for c in whole} == {0.0, 0.2, 0.4, 0.6, 0.8}
    assert {c.config["seeds"] for c in whole} == {10}
    less = compose_cells(["experiment=zoo_noise", losses, "noise=0.2", "seeds=2"], multirun=True)
    assert len(less) * 5 == len(whole)
    assert {(c.config["noise"], c.config["seeds"]) for c in less} == {(0.2, 2)}
    own = compose_cells(["experiment=fashion", "seeds=1"], multirun=True)
    assert len({c.choices["loss"] for c in own}) == len(own) > 1


def cell(*overrides):
    (only,) = compose_cells(overrides, multirun=False)
    return digest(only.identity)


@pytest.mark.parametrize(
    "other", ["seed=4", "seeds=7", "store=elsewhere", "exec.device=cpu", "exec.wandb.tags=[a]", "noise=0"]
)
def test_what_does_not_matter_stays_in_the_cell(other):
    assert cell(other) == cell()


@pytest.mark.parametrize("other", ["noise=0.1", "loss=gce", "optimizer.lr=0.2", "noise_seed=0", "eval_train=5"])
def test_what_matters_is_another_cell(other):
    assert cell(other) != cell()


def test_whole_numbers_are_numbers():
    assert cell("loss=poly", "loss.epsilon=2") == cell("loss=poly", "loss.epsilon=2.0")
    assert cell("schedule=step", "schedule.milestones=[0,1]") == cell("schedule=step", "schedule.milestones=[0.0,1.0]")


WRONG = [
    ["loss=ploy"], ["nosie=0.6"], ["noise=1.5"], ["noise=abc"], ["epochs=-1"], ["loss=poly", "loss.epsilo=2"],
    ["loss=poly", "loss.epsilon=abc"], ["seeds=0"], ["optimizer=sdg"], ["optimizer.lr=-1"], ["imbalance=1e9"],
    ["dataset=blobs", "model=cnn"], ["dataset=mnist", "exec.download=false"], ["exec.device=cuda:99"],
    ["noise_type=asymmetric", "dataset=blobs", "noise=0.4"], ["augment=standard", "dataset=blobs"],
    ["noise_type=matrix", "noise_type.file=gone.npy", "noise=1"], ["dataset=image_folder", "dataset.root=gone"],
    ["imbalance_type=custom", "imbalance_type.counts=[1,2]"], ["dataset=cifar10", "exec.download=false"],
    ["dataset=tabular", "dataset.source=gone.csv", "dataset.target=y"], ["val_fraction=0.999"],
    ["method=gjs"], ["method=selmix"], ["method=kd", "epochs=1"], ["risk=group_dro", "risk.groups=domains"],
    ["method=kd", "method.training=stored", f"method.teacher_cell={'0' * 15}a"],
    ["exec.compile=true", "method=co_teaching"],
    ["loss=ce", "loss=gce"], ["-m", "seeds=2", "seed=0,1", "seeds=3"], ["loss=ce", "+loss=gce"],
    ["~method", "method=erm"], ["hydra.searchpath=[file:///nowhere]"], ["-m", "hydra.searchpath=[file:///nowhere]"],
    ["-m", "loss=ce,ploy"], ["-m", "seed=0,1", "hydra.launcher.limit=0"], ["--cfg", "jo"], ["--resolve"],
    ["--cfg", "job", "loss=ploy"], ["--config-name", "other"], ["--seeds", "10"],
]  # fmt: skip


@pytest.mark.parametrize("arguments", WRONG, ids=" ".join)
def test_the_program_refuses_with_status_2_and_writes_nothing(arguments, tmp_path):
    done = answer("runner", [*arguments, "exec.progress=none"], tmp_path)
    assert (done.status, done.broke, done.printed, done.wrote) == (2, "", "", [])
    assert done.said.startswith("seedwise: ")
    assert len(done.said.splitlines()) == 1


@pytest.mark.parametrize("arguments", [["loss=ploy"], ["imbalance=1e9"], ["-m", "loss=ce,ploy"]], ids=" ".join)
def test_so_it_does_as_a_process_of_its_own(arguments, tmp_path):
    done = program(*arguments, "exec.progress=none", cwd=tmp_path)
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("said", "hint"),
    [
        (["--seeds", "10"], "options are key=value: seeds=10"),
        (["--seeds=10"], "options are key=value: seeds=10"),
        (["--seeds", "noise=0.2"], "options are key=value: seeds=..."),
        (["--multirn", "loss=ce,gce"], "did you mean --multirun?"),
    ],
)
def test_an_option_that_is_none_is_said_as_it_would_be_right(said, hint, tmp_path):
    assert program(*said, cwd=tmp_path).stderr == f"seedwise: {said[0]}: there is no such option; {hint}\n"


def test_a_key_is_said_once(tmp_path):
    """What an experiment sweeps is no second saying."""
    said = ["-m", "experiment=noise", "noise=0.2", "dry=true"]
    assert program(*said, cwd=tmp_path).returncode == 0
    again = program(*said, "noise=0.4", cwd=tmp_path)
    assert again.stderr == "seedwise: noise=0.2 noise=0.4: noise is said twice\n"


def test_the_command_of_a_cell_says_each_key_once():
    """Where a claim's scale says other epochs than its grid, the last counts."""
    (cell,) = compose_cells(["loss=ce", "epochs=3", "loss=gce", "epochs=2"], multirun=False)
    again = shlex.split(cell.command)[3:]
    assert again == ["loss=gce", "epochs=2"]
    assert compose_cells(read(again).overrides, multirun=False)[0].config == cell.config


def test_a_grid_shows_what_was_done_beside_what_was_refused(tmp_path):
    done = program("-m", "method=erm,gjs,mixup", "dataset=blobs", "epochs=1", "exec.progress=none", cwd=tmp_path)
    assert done.returncode == 2
    assert "needs a loss of several views" in done.stderr
    table = done.stdout[done.stdout.index("test accuracy") :]
    assert "erm" in table
    assert "mixup" in table
    assert "gjs" not in table
    again = program("-m", "method=gjs", "dataset=blobs", "exec.progress=none", "store=other", cwd=tmp_path)
    assert again.returncode == 2
    assert "accuracy" not in again.stdout


def test_a_teacher_is_found_in_the_store_seed_by_seed(tmp_path):
    """And what is said of a seed that has none does not depend on what the cell has already."""
    quick = ["dataset=blobs", "epochs=1", "exec.progress=none"]
    assert program(*quick, "exec.keep_network=true", cwd=tmp_path).returncode == 0
    (teacher,) = (tmp_path / "results" / "cells").iterdir()
    student = [*quick, "method=kd", "method.training=stored", f"method.teacher_cell={teacher.name}"]
    assert program(*student, cwd=tmp_path).returncode == 0
    other = program(*student, "seed=1", cwd=tmp_path)
    assert other.returncode == 2
    assert "has no network of seed 1" in other.stderr
    assert len(other.stderr.splitlines()) == 1
    assert not other.stdout


def test_refusing_and_answering_do_not_import_torch():
    code = """
import sys
import runner.__main__
sys.argv[1:] = ["loss=ploy"]
try:
    runner.__main__.main()
except SystemExit:
    print("torch" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout == "False\n"


def test_help_and_cfg_answer(tmp_path):
    helped = program("--help", cwd=tmp_path)
    assert helped.returncode == 0
    assert f"loss: {', '.join(EVERY_LOSS)}" in helped.stdout
    shown = program("--cfg", "job", "loss=poly", cwd=tmp_path)
    assert shown.returncode == 0
    assert "_target_: losses.poly.Poly" in shown.stdout
    assert list(tmp_path.iterdir()) == []


def test_options_may_stand_between_overrides(tmp_path):
    said = ["loss=ce,gce", "-m", "seed=0,1", "dataset=blobs", "epochs=1", "exec.progress=none"]
    done = program(*said, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "2 cells, 4 seeds: 4 to do" in done.stderr
    shown = program("loss=poly", "--cfg", "job", "noise=0.5", cwd=tmp_path)
    assert "noise: 0.5" in shown.stdout
    informed = program("--info", "loss=poly", cwd=tmp_path)
    assert informed.returncode == 0, informed.stderr
    assert "losses.poly.Poly" in informed.stdout


def test_the_console_script_completes(tmp_path):
    script = Path(sys.executable).with_name("seedwise")
    line = "seedwise loss="
    environment = {"PATH": "/usr/bin:/bin", "COMP_LINE": line, "COMP_POINT": str(len(line))}
    done = subprocess.run([script, "-sc", "query=bash"], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.stdout.split() == [f"loss={name}" for name in EVERY_LOSS]


def test_a_grid_runs_and_seeds_of_a_sweep_land_in_its_cells(tmp_path, stored):
    first = program("-m", "loss=ce,gce", "noise=0,0.6", "seeds=2", "dataset=blobs", "epochs=1", cwd=tmp_path)
    assert first.returncode == 0, first.stderr
    assert "[4/4] loss=" in first.stderr
    assert first.stdout.count("n=2") == 4
    before = stored(tmp_path / "results")
    again = program("-m", "loss=ce,gce", "noise=0,0.6", "seed=range(2)", "dataset=blobs", "epochs=1", cwd=tmp_path)
    assert again.returncode == 0
    assert "4 cells, 8 seeds: 8 done" in again.stderr
    assert again.stdout == first.stdout
    assert stored(tmp_path / "results") == before


def test_the_contents_of_files_that_are_named_are_part_of_the_question(tmp_path):
    file = tmp_path / "T.csv"
    said = ["noise_type=matrix", f"noise_type.file={file}", "noise=1"]
    file.write_text("1 0\n0 1")
    first = cell(*said)
    assert cell(*said) == first
    file.write_text("0 1\n1 0")
    assert cell(*said) != first
    folder = tmp_path / "photos"
    (folder / "cat").mkdir(parents=True)
    said = ["dataset=image_folder", f"dataset.root={folder}"]
    empty = cell(*said)
    (folder / "cat" / "a.png").write_text("a")
    assert cell(*said) != empty


def test_nothing_below_zero_is_zero():
    cells = compose_cells(["noise=0,-0.0,0.0", "loss=gce", "optimizer.weight_decay=0,-0.0"], multirun=True)
    assert len(cells) == 1
