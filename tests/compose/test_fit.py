"""What does not go together is refused in one line, before torch is imported; what does is composed."""

import subprocess
import sys
from itertools import product

import pytest

from runner.compose.command_line import compose_cells
from runner.compose.fit import task_of
from runner.console.errors import ConfigError
from runner.nodes import parts
from runner.tasks.families import TASKS

ASKS = {  # a data set of each task, as it is asked for
    "classification": ["dataset=blobs"],
    "candidates": ["dataset=blobs", "noise_type=candidates", "loss=cc"],
    "regression": ["dataset=diabetes"],
    "multilabel": ["dataset=mosaic"],
    "boxes": ["dataset=boxes"],
    "mutual_information": ["dataset=gaussian_pairs"],
    "representation": ["dataset=blobs", "task=representation"],
    "retrieval": ["dataset=blobs", "task=retrieval"],
    "dynamics": ["dataset=logistic_map"],
    "matching": ["dataset=halves"],
    "preference": ["dataset=preferences"],
    "density": ["dataset=planar"],
    "language": ["dataset=bigram"],
}
LOSS = {
    "classification": "gce", "candidates": "proden", "regression": "cauchy", "multilabel": "asl", "boxes": "iou",
    "mutual_information": "dv", "representation": "nt_xent", "retrieval": "contrastive", "dynamics": "dpnets",
    "matching": "clip", "preference": "ipo", "density": "pseudo_huber", "language": "mixce",
}  # fmt: skip
AROUND = {  # others take what goes around any loss
    "mutual_information": ["method=joint_critic", "regularizer=l2"],
    "density": ["method=diffusion", "regularizer=l2"],
    "representation": ["regularizer=l2"],
    "retrieval": ["regularizer=l2"],
    "dynamics": ["regularizer=l2"],
    "matching": ["regularizer=l2"],
}
NOISE = {
    "classification": "pair",
    "regression": "outliers",
    "multilabel": "noisy_bits",
    "dynamics": "outliers",
    "matching": "outliers",
    "preference": "swapped_pairs",
}
METHOD = {"classification": "kd"}
REGULARIZER = {"classification": "confidence_penalty"}
SET = ["dataset=blobs", "dataset.num_classes=2", "loss=nnpu", "noise_type=positive_unlabelled"]
PAIRS = [
    (task, other)
    for task, other in product(TASKS, TASKS)
    if task != other
    and other not in ("representation", "dynamics", "matching", "language")
    and other not in TASKS[task].trained_as
]


def refusal(*overrides):
    with pytest.raises(ConfigError) as caught:
        compose_cells(list(overrides), multirun=False)
    (line,) = str(caught.value).splitlines()
    return line


@pytest.mark.parametrize(
    ("said", "line"),
    {
        "method=mixup": "method=mixup with optimizer=sso: {why}; what fits: erm",
        "regularizer=[l2,vne]": "regularizer=[l2,vne] with optimizer=sso: {why}; what fits: none",
        "risk=cvar": "risk=cvar with optimizer=sso: {why}; what fits: mean",
    }.items(),
)
def test_an_optimizer_of_outputs_asks_for_plain_erm(said, line):
    why = "sso looks at the mean loss as a function of the network's outputs"
    assert refusal("dataset=blobs", "optimizer=sso", said) == line.format(why=why)
    assert compose_cells(["dataset=blobs", "optimizer=sam", said], multirun=False)
    assert compose_cells(["dataset=blobs", "optimizer=sso"], multirun=False)


def test_an_optimizer_around_one_of_outputs_asks_for_it_too():
    line = refusal("dataset=blobs", "optimizer=sam", "optimizer@optimizer.base=sso", "risk=cvar")
    assert line.startswith("risk=cvar with optimizer=sam: ")


def test_every_task_is_asked_for():
    assert ASKS.keys() == LOSS.keys() == TASKS.keys()


@pytest.mark.parametrize("task", TASKS)
def test_what_fits_is_composed(task):
    around = AROUND.get(task, ["method=mixup", "risk=cvar", "regularizer=l2"])
    (cell,) = compose_cells([*ASKS[task], *around], multirun=False)
    assert cell.task.name == task
    more = [f"loss={LOSS[task]}", *([f"noise_type={NOISE[task]}"] if task in NOISE else [])]
    said = [override for override in ASKS[task] if not override.startswith("loss=")]
    assert compose_cells([*said, *more, f"noise={0.1 * TASKS[task].told}"], multirun=False)


@pytest.mark.parametrize(("task", "other"), PAIRS)
def test_a_loss_of_another_task_is_refused_with_those_that_fit(task, other):
    said = [override for override in ASKS[task] if not override.startswith("loss=")]
    line = refusal(*said, f"loss={LOSS[other]}")
    assert line.startswith(f"loss={LOSS[other]} with {' '.join(said)}: {LOSS[other]} fits {other}, this is {task}; ")
    assert LOSS[task] in line.partition("what fits: ")[2].split(", ")


@pytest.mark.parametrize(
    ("task", "other"), [(a, b) for a, b in PAIRS if {a, b} <= NOISE.keys() and NOISE[a] != NOISE[b]]
)
def test_a_noise_type_of_another_task_is_refused_once_there_is_noise(task, other):
    line = refusal(*ASKS[task], f"noise_type={NOISE[other]}", "noise=0.2")
    assert line.startswith(f"noise_type={NOISE[other]} with {ASKS[task][0]}: {NOISE[other]} changes ")
    assert NOISE[task] in line.partition("what fits: ")[2].split(", ")
    assert compose_cells([*ASKS[task], f"noise_type={NOISE[other]}"], multirun=False)


@pytest.mark.parametrize("task", [task for task in TASKS if task != "classification" and not TASKS[task].trained_as])
@pytest.mark.parametrize(("group", "name"), [("method", "kd"), ("regularizer", "confidence_penalty")])
def test_a_part_of_classification_is_refused_elsewhere(task, group, name):
    line = refusal(*ASKS[task], f"{group}={name}")
    assert f"{name} fits classification, this is {task}" in line
    assert line.startswith((f"{group}={name} with", f"{group}.{name}={name} with"))


@pytest.mark.parametrize("said", ["imbalance=10", "classes=[0,1]", "sampler=class_balanced"])
@pytest.mark.parametrize("task", ["regression", "multilabel", "boxes"])
def test_what_only_classes_have_is_refused_where_there_are_none(task, said):
    assert refusal(*ASKS[task], said).startswith(said.replace("[0,1]", "[0, 1]"))


@pytest.mark.parametrize("sampler", ["class_balanced", "class_sets"])
def test_sets_of_classes_are_no_classes_to_draw_by(sampler):
    line = refusal(*ASKS["candidates"], f"sampler={sampler}")
    assert line.startswith(f"sampler={sampler} with dataset=blobs noise_type=candidates: ")
    assert line.endswith("what fits: domain_balanced, shuffle")


def test_a_loss_within_a_loss_has_to_fit_too():
    line = refusal("dataset=blobs", "loss=logit_clip", "loss@loss.base=huber")
    assert line.startswith(
        "loss.base=huber with dataset=blobs: huber fits regression and boxes, this is classification; "
    )


def test_sets_of_classes_are_no_labels_to_measure_by():
    line = refusal(*ASKS["candidates"], "val_fraction=0.2")
    assert line.startswith("val_labels=given with dataset=blobs noise_type=candidates: ")
    assert compose_cells([*ASKS["candidates"], "val_fraction=0.2", "val_labels=true"], multirun=False)


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (
            "fits = ('regresion',)",
            "its fits has 'regresion', which is none; did you mean regression? choices: any, ",
        ),
        ("fits = 'regression'", "its fits must be a tuple of words; choices: any, classification, "),
        ("fits = None", "its fits must be a tuple of words; "),
        ("fits = ()", "its fits must be a tuple of words; "),
        ("kind = 'sets'", "its kind has 'sets', which is none; did you mean set? choices: embeddings, example, pair, "),
        (
            "kind = None",
            "its kind has None, which is none; choices: embeddings, example, pair, recovered, scores, set, views",
        ),
        ("kind = ('set',)", "its kind has ('set',), which is none; "),
    ],
)
def test_what_a_loss_says_of_itself_is_a_word_that_there_is(tmp_path, monkeypatch, said, reason):
    module = f"own_{tmp_path.name}"
    (tmp_path / f"{module}.py").write_text(f"from torch import nn\nclass Own(nn.Module):\n    {said}\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(parts, "_own", {module})
    line = refusal("dataset=blobs", "loss=ce", f"loss._target_={module}.Own")
    assert line.startswith(f"{module}.Own: {reason}")


@pytest.mark.parametrize(
    ("task", "said"),
    [
        ("multilable", "multilable: there is no such task of a data set; did you mean multilabel? choices: boxes, "),
        ("candidates", "candidates: there is no such task of a data set; "),
        (None, "null: there is no such task of a data set; "),
        (["multilabel"], "['multilabel']: there is no such task of a data set; "),
    ],
)
def test_a_task_that_no_data_set_has_is_refused(task, said):
    with pytest.raises(ConfigError) as caught:
        task_of({"dataset": {"task": task}})
    assert str(caught.value).startswith(f"dataset.task={said}")


@pytest.mark.parametrize("task", ["representation", "retrieval"])
def test_a_task_of_classes_is_asked_of_no_other_data_set(task):
    said = f"task={task}: asks for examples with one class each, this is"
    assert refusal("dataset=friedman1", f"task={task}") == f"{said} regression; what fits: own"
    assert refusal(*ASKS["candidates"], f"task={task}") == f"{said} candidates; what fits: own"


@pytest.mark.parametrize("task", ["representation", "retrieval"])
def test_features_are_not_calibrated(task):
    line = refusal(*ASKS[task], "calibrator=temperature", "val_fraction=0.2")
    assert line.startswith(f"calibrator=temperature with {' '.join(ASKS[task])}: ")
    assert line.endswith("what fits: none")


@pytest.mark.parametrize(
    ("said", "outer", "base"),
    [
        (["task=retrieval", "loss=tcm"], "tcm", "ce"),
        (SET, "logit_clip", "nnpu"),
        (["task=representation", "loss=logit_clip", "method=erm"], "logit_clip", "nt_xent"),
    ],
)
def test_a_loss_is_around_one_of_its_own_kind(said, outer, base):
    said = [each for each in said if not each.startswith("loss=")]
    line = refusal(*said, f"loss={outer}", f"loss@loss.base={base}")
    assert line.startswith(f"loss.base={base} with loss={outer}: {outer} is a loss of ")
    fitting = line.partition("what fits: ")[2].split(", ")
    assert base not in fitting
    assert len(fitting) > 3


def test_embeddings_are_for_retrieval_alone():
    line = refusal(*ASKS["representation"], "loss=contrastive", "method=embedding")
    assert line.startswith("loss=contrastive with dataset=blobs task=representation: ")
    line = refusal(*ASKS["retrieval"], "risk=cvar")
    assert line.startswith("risk=cvar with loss=contrastive: contrastive is one number of a whole batch")


def test_candidates_are_made_of_classes_alone():
    line = refusal("dataset=diabetes", "noise_type=candidates", "noise=0.2")
    assert line.startswith(
        "noise_type=candidates with dataset=diabetes: candidates changes classes, this is regression; "
    )


def test_a_loss_of_a_whole_batch_leaves_a_risk_nothing_to_weigh():
    assert refusal(*SET, "risk=cvar").startswith("risk=cvar with loss=nnpu: ")
    assert refusal(*SET, "method=co_teaching").startswith(
        "method=co_teaching with loss=nnpu: nnpu is a loss of a whole batch; "
    )
    assert compose_cells(SET, multirun=False)


def test_what_a_glob_matches_and_does_not_fit_is_left_out_and_said(capsys):
    cells = compose_cells(["dataset=diabetes", "loss=glob(m*)", "noise=0,0.1"], multirun=True)
    assert {cell.choices["loss"] for cell in cells} == {"mse", "mse_clamped"}
    assert len(cells) == 4
    (line,) = capsys.readouterr().err.splitlines()
    assert line.endswith(
        "left out, as it does not fit (one alone says why): "
        "loss=mae, loss=mine, loss=mixce, loss=mmpo, loss=mse_softmax, loss=multi_similarity"
    )
    with pytest.raises(ConfigError, match="mae fits classification"):
        compose_cells(["dataset=diabetes", "loss=mae,mse"], multirun=True)
    with pytest.raises(ConfigError, match="gce_truncated fits classification"):
        compose_cells(["dataset=diabetes", "loss=glob(gce*)"], multirun=True)


def test_it_is_said_before_torch_is_imported():
    code = (
        "import sys\n"
        "from runner.compose.command_line import compose_cells\n"
        "from runner.console.errors import ConfigError\n"
        "try:\n    compose_cells(['dataset=blobs', 'loss=huber'], multirun=False)\n"
        "except ConfigError:\n    sys.exit(int('torch' in sys.modules))\n"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_what_fits_is_what_the_method_can_do_with():
    line = refusal("dataset=diabetes", "loss=ce")
    fitting = line.partition("what fits: ")[2].split(", ")
    assert "nt_xent" not in fitting
    assert {"mse", "cs_divergence"} <= {*fitting}


@pytest.mark.parametrize(
    ("said", "line"),
    {
        "noise=0.4": "noise=0.4 with {data}: training sees no target that noise could change, this is {task}; "
        "what fits: 0",
        "risk=cvar": "risk=cvar with loss=infonce: infonce is one number of a whole batch, and leaves a risk nothing "
        "to weigh; what fits: mean",
        "method=erm": "method=erm with loss=infonce: infonce is a loss of a critic's scores of pairs; what fits: "
        "joint_critic, self_consistency, separable_critic",
        "loss=nt_xent method=two_views": "loss=nt_xent with {data}: nt_xent is a loss of two views of each example, "
        "this is {task}; what fits: dv, infonce, js_critic, mine, nwj, reconstruction, smile",
    }.items(),
)
def test_a_critic_of_pairs_sees_no_targets_and_all_pairs_of_a_batch(said, line):
    data, task = "dataset=gaussian_pairs", "mutual_information"
    assert refusal(data, *said.split()) == line.format(data=data, task=task)


def test_validation_examples_without_a_truth_are_refused():
    line = (
        "val_fraction=0.2 with dataset=planar: only test examples come with what is true, this is density; what fits: 0"
    )
    assert refusal("dataset=planar", "val_fraction=0.2") == line


def test_a_method_that_takes_a_pair_for_one_thing_is_refused():
    said, why = ["method=two_views", "dataset=logistic_map"], "an input is a pair, which two_views takes for one thing"
    assert refusal(*said) == f"{' with '.join(said)}: {why}; what fits: next_state"


@pytest.mark.parametrize("loss", ["nt_xent", "barlow"])
def test_losses_of_views_ask_for_more_than_one_example(loss):
    said = [*ASKS["representation"], f"loss={loss}"]
    why = f"{loss} looks at the examples of a batch together"
    assert refusal(*said, "batch_size=1") == f"batch_size=1 with loss={loss}: {why}; what fits: 2 or more"
    assert compose_cells([*said, "batch_size=2"], multirun=False)


HELD_OUT = (
    "all test examples are of the environment that is left out, and there is none to compare it with; what fits: "
)


@pytest.mark.parametrize("name", ["fairness", "environments", "front"])
@pytest.mark.parametrize(
    ("said", "line"),
    [
        (["dataset=rotated_digits"], f"dataset.held_out=75: {HELD_OUT}a data set that leaves none out"),
        (["dataset=colored_digits"], f"dataset.held_out=0.9: {HELD_OUT}a data set that leaves none out"),
        (
            ["dataset=tabular", "dataset.source=people.csv", "dataset.environment=site", "dataset.held_out=west"],
            f"dataset.held_out=west: {HELD_OUT}dataset.held_out=null, or a data set that leaves none out",
        ),
        (
            ["dataset=tabular", "dataset.source=people.csv"],
            "dataset.environment=null: no column says which environment a row is from; what fits: the name of a column",
        ),
    ],
)
def test_what_compares_environments_asks_for_test_examples_of_several(name, said, line):
    assert refusal(*said, f"measure=[{name}]") == f"measure=[{name}] with {line}"


@pytest.mark.parametrize(
    "said",
    [
        ["dataset=biased_numbers"],
        ["dataset=textured_digits"],
        ["dataset=tabular", "dataset.source=people.csv", "dataset.environment=site"],
    ],
)
def test_where_test_examples_may_be_of_several_they_are_compared(said):
    assert compose_cells([*said, "measure=[fairness,environments,front]"], multirun=False)


def test_a_measure_that_does_without_environments_goes_with_one_left_out():
    assert compose_cells(["dataset=rotated_digits", "measure=[calibration]"], multirun=False)


@pytest.mark.parametrize("by", ["oracle", "seed", "north"])
@pytest.mark.parametrize("more", [[], ["dataset.environment=site"]])
def test_what_models_are_chosen_by_is_said_where_an_environment_is_left_out(by, more):
    """Without it validated_on would say nothing."""
    said = ["dataset=tabular", "dataset.source=people.csv", *more, f"dataset.validated_on={by}"]
    line = refusal(*said)
    assert line.startswith(f"dataset.validated_on={by} with dataset.held_out=null: no environment is left out, ")
    assert line.endswith("what fits: training")
    assert not more or compose_cells([*said, "dataset.held_out=west"], multirun=False)
