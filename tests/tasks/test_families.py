"""Every task: what it declares goes together, and its page names what there is."""

import re
from importlib import import_module

import pytest

from runner.compose.calculated import known
from runner.console.errors import ConfigError
from runner.contracts.measures import Measures
from runner.tasks.families import DECLARED, TASKS
from runner.tasks.metric import primary
from tests.zoo import EVERY_LOSS, ROOT, losses_for

OF_CLASSES = {"language": "classification"}  # trained by losses of classes alone
PAGE = (ROOT / "docs" / "tasks.md").read_text(encoding="utf-8")


def losses_of(task):
    """All that are made for a task; of features, states and sides, those of two views, which fit any, and of scores."""
    if task in ("representation", "dynamics", "matching"):
        return {*losses_for("any", "pair"), *losses_for("any", "views"), *losses_for(task, "scores")}
    task = OF_CLASSES.get(task, task)
    return {name for kind in ("example", "set", "scores", "recovered", "embeddings") for name in losses_for(task, kind)}


@pytest.mark.parametrize("task", TASKS.values(), ids=TASKS)
def test_a_task_can_be_measured_and_compared(task):
    module, _, name = task.measures.rpartition(".")
    assert issubclass(getattr(import_module(module), name), Measures)
    assert task.baseline in EVERY_LOSS
    assert task.baseline in losses_of(task.name)
    assert primary(task.declared) == task.primary
    assert task.judge in task.declared
    assert all(key in task.declared for key in task.diverged)


def test_a_key_is_declared_alike_by_all_tasks():
    """So that a claim or a report may name it without saying of which task."""
    for task in TASKS.values():
        assert all(DECLARED[key] == metric for key, metric in task.declared.items())


def test_a_metric_that_no_task_declares_is_refused():
    with pytest.raises(ConfigError, match=r"metric=test/rsme: .* did you mean test/rmse\?"):
        known("test/rsme", "metric")


@pytest.mark.parametrize("task", [task for task in TASKS if OF_CLASSES.get(task, task) != "classification"])
def test_the_page_of_tasks_names_every_loss_of_it(task):
    (line,) = [line for line in PAGE.splitlines() if line.startswith(f"| {task} | `")]
    assert set(re.findall(r"`(\w+)`", line.split("|")[2])) == losses_of(task)


def test_the_page_of_tasks_names_every_metric_and_noise_type_of_theirs():
    from tests.zoo import asked_by

    for task in ("regression", "multilabel"):
        assert all(f"`{metric.name}`" in PAGE for metric in TASKS[task].quality)
    files = [file.stem for file in (ROOT / "conf" / "noise_type").glob("*.yaml")]
    assert all(f"`{name}`" in PAGE for name in files if "labels" not in asked_by(name))
