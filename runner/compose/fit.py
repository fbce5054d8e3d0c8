"""What goes together: a data set's task with what is to learn it, and a loss with the head of a model.

Read from the sources of the parts, so that what does not fit is refused before torch is imported.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from functools import partial
from typing import Any

from runner.compose.calculated import calculation_of, task_of_calculation
from runner.console.errors import ConfigError, nearest
from runner.nodes.build import target
from runner.nodes.parts import HOME, TARGET
from runner.nodes.signature import gives, shown, stated, takes
from runner.tasks.families import TASKS
from runner.tasks.task import Task

Node = Mapping[str, Any]


ANY = "any"  # what a part says that fits every task
ASKED = {"class": "labels", "real": "targets", "bits": "bits"}  # how a noise type asks for targets
ACTS_ON = {"labels": "classes", "targets": "numbers", "bits": "labels that are there or not", "preferences": "pairs"}
OF_KIND = {
    "example": "each example",
    "pair": "two views of each example",
    "set": "a whole batch",
    "views": "two views of a whole batch",
    "embeddings": "embeddings and classes of a whole batch",
    "scores": "a critic's scores of pairs",
    "recovered": "what a method asks to be recovered",
}
OF_VIEWS = ("pair", "views")  # kinds that compare two views
OF_PAIRS = ("scores", "recovered")  # kinds that see no target of the data, and report an estimate of blocks of pairs
WHOLE = ("set", "views", "embeddings", "scores")  # kinds that are one number of a batch
CLASSIFICATION = ("classification",)  # what a part fits that does not say
OF_GROUP = ("representation", "retrieval")  # tasks that task=... asks of a data set of classes
OF_DATA = [name for name in TASKS if name not in ("candidates", *OF_GROUP)]  # candidates are made by noise


class MisfitError(ConfigError):
    """Parts that are right by themselves, and do not go together."""


def task_of(config: Mapping[str, Any]) -> Task:
    """What is learnt: the task of a data set, or what its noise or what is asked of it makes of it; or what is
    calculated in place of it.

    Raises:
        ConfigError: a data set names none.
        MisfitError: one is asked for that is no task of this data set.
    """
    if calculation := calculation_of(config):
        return task_of_calculation(calculation)
    name = config["dataset"].get("task", *CLASSIFICATION)
    if name not in OF_DATA:
        raise ConfigError(
            f"dataset.task={shown(name)}: there is no such task of a data set; {nearest(str(name), OF_DATA)}"
        )
    if name in CLASSIFICATION and gives(config["noise_type"]["_target_"]) == "Candidates":
        name = "candidates"
    asked = config.get("task", {}).get("_target_", "").rpartition(".")[2]
    if asked not in TASKS:  # the data set's own
        return TASKS[name]
    if name not in CLASSIFICATION:
        raise MisfitError(f"task={asked}: asks for examples with one class each, this is {name}; what fits: own")
    return TASKS[asked]


def check_fit(config: Mapping[str, Any], choices: Mapping[str, str]) -> None:
    """Raise MisfitError, in one line, where something cannot learn what a data set asks for.

    Args:
        config: resolved and checked.
        choices: the names of what was chosen, by group.
    """
    task = task_of(config)
    what = f"dataset={choices.get('dataset', '')}"
    if task.name == "candidates":
        what += f" noise_type={choices.get('noise_type', '')}"
    elif task.name in OF_GROUP:
        what += f" task={task.name}"
    _check_data(config, task, choices, what)
    _check_measure(config, task, choices, what)
    if config["eval_flips"] and (task.target != "class" or task.trained_as):
        raise _unfit("eval_flips=true", what, f"probabilities of classes are averaged, this is {task.name}", "false")
    for path, node in _chosen(config):
        if not _fits(node, task):
            group, name = path.partition(".")[0], choices.get(path) or path.rpartition(".")[2]
            fits = f"{name} fits {' and '.join(_said(node))}, this is {task.name}"
            fitting = _names(group, partial(_could_be, group, task, config["method"]))
            raise _unfit(f"{path}={name}", what, fits, fitting)
    _check_kinds(config, task, choices, what)
    _check_penalised(config, choices)
    _check_outputs(config, choices)
    _check_calibrator(config, task, choices, what)
    _check_adaptation(config, task, choices, what)


def _check_data(config: Mapping[str, Any], task: Task, choices: Mapping[str, str], what: str) -> None:
    """What happens to examples on their way."""
    asked, name = task.changed_as or ASKED[task.target], choices.get("noise_type", "")
    acts = takes(config["noise_type"]["_target_"])
    if config["noise"] and not task.told:
        why = f"training sees no target that noise could change, this is {task.name}"
        raise _unfit(f"noise={config['noise']:g}", what, why, "0")
    if config["noise"] and asked not in acts:
        on = next((words for argument, words in ACTS_ON.items() if argument in acts), "nothing")
        fitting = _names("noise_type", lambda other: asked in takes(other["_target_"]))
        raise _unfit(f"noise_type={name}", what, f"{name} changes {on}, this is {task.name}", fitting)
    curation, curates = choices.get("curation", ""), takes(config["curation"]["_target_"])
    other_kinds = {*ACTS_ON} - ({asked} if task.name != "candidates" else set())
    if wanted := next((words for argument, words in ACTS_ON.items() if argument in {*curates} & other_kinds), ""):
        fitting = _names("curation", lambda other: not other_kinds & {*takes(other["_target_"])})
        raise _unfit(f"curation={curation}", what, f"{curation} is of {wanted}, this is {task.name}", fitting)
    by = config["dataset"].get("validated_on", "training")
    if by != "training" and config["dataset"].get("held_out", "") is None:
        why = "no environment is left out, and val_fraction says what models are chosen by"
        raise _unfit(f"dataset.validated_on={shown(by)}", "dataset.held_out=null", why, "training")
    if config["val_fraction"] and not task.told and not task.paired:
        why = f"only test examples come with what is true, this is {task.name}"
        raise _unfit(f"val_fraction={config['val_fraction']:g}", what, why, "0")
    if task.name == "candidates" and config["val_fraction"] and config["val_labels"] == "given":
        raise _unfit("val_labels=given", what, "sets of classes are no labels to measure by", "true")
    if task.target != "class":
        _check_without_classes(config, task, what)
    if not {*CLASSIFICATION} & task.taken and "num_classes" in takes(config["sampler"]["_target_"]):
        fitting = _names("sampler", lambda other: "num_classes" not in takes(other["_target_"]))
        why = f"no example is told its class, this is {task.name}"
        raise _unfit(f"sampler={choices.get('sampler', '')}", what, why, fitting)


def _check_measure(config: Mapping[str, Any], task: Task, choices: Mapping[str, str], what: str) -> None:
    names = config["measure"]
    whose = {each.name: [extra.name for extra in each.extras] for each in TASKS.values()}
    for name in names:
        fits = [each for each, extras in whose.items() if name in extras]
        if not fits:
            known = {extra for extras in whose.values() for extra in extras}
            raise ConfigError(f"measure=[{name}]: there is no such metric to add; {nearest(name, known)}")
        if task.name not in fits:
            why = f"{name} is of {' and '.join(fits)}, this is {task.name}"
            raise _unfit(f"measure=[{name}]", what, why, ", ".join(whose[task.name]) or "[]")
    method = choices.get("method", "")
    if "consistency" in names and not _says("consistency", config["method"]):
        fitting = _names("method", partial(_says, "consistency"))
        raise _unfit("measure=[consistency]", f"method={method}", "it has one estimate alone", fitting)
    if "online" in names:
        _check_online(config["method"], method, task)
    for name in names:
        if name in {extra.name for extra in task.extras if extra.of_environments}:
            _check_environments(name, config["dataset"])


def _check_online(node: Node, method: str, task: Task) -> None:
    if not _probed(node):
        why = "it does not show what is evaluated while it trains"
        features = f" method.features={node['features']}" if "features" in node else ""
        raise _unfit(
            "measure=[online]",
            f"method={method}{features}",
            why,
            _names("method", lambda other: _probed(other) and _fits(other, task)),
        )


def _probed(method: Node) -> bool:
    """Can the online probe learn from the features that are evaluated?"""
    return _penalised(method) and not {ANY, method.get("features")} & {*stated(method["_target_"], "unprobed", ())}


def _penalised(method: Node) -> bool:
    """Does it show features to regularizers?"""
    return "regularizer" in takes(method["_target_"])


def _check_environments(name: str, dataset: Node) -> None:
    """What compares environments asks for test examples of several."""
    asked = f"measure=[{name}]"
    if (left := dataset.get("held_out")) is not None:
        why = "all test examples are of the environment that is left out, and there is none to compare it with"
        without = "dataset.held_out=null, or " if "environment" in dataset else ""
        raise _unfit(asked, f"dataset.held_out={shown(left)}", why, f"{without}a data set that leaves none out")
    if dataset.get("environment", name) is None:
        why = "no column says which environment a row is from"
        raise _unfit(asked, "dataset.environment=null", why, "the name of a column")


def _check_penalised(config: Mapping[str, Any], choices: Mapping[str, str]) -> None:
    if config["regularizer"] and not _penalised(config["method"]):
        asked, method = f"regularizer=[{','.join(config['regularizer'])}]", choices.get("method", "")
        why = f"{method} minimises its loss alone"
        raise _unfit(asked, f"method={method}", why, "none")


def _check_without_classes(config: Mapping[str, Any], task: Task, what: str) -> None:
    for key, usual in (("imbalance", 1.0), ("classes", None)):
        if config[key] != usual:
            why = f"there are no classes, this is {task.name}"
            raise _unfit(f"{key}={config[key]}", what, why, "null" if usual is None else "1")


def _check_kinds(config: Mapping[str, Any], task: Task, choices: Mapping[str, str], what: str) -> None:
    """A loss of a whole batch, or of pairs, asks for a method that can do with it, and for the mean."""
    loss, method, risk = (choices.get(group, "") for group in ("loss", "method", "risk"))
    kind = _stated(config["loss"], "kind", "example", tuple(OF_KIND))
    if not task.told and kind not in OF_PAIRS:
        why = f"{loss} is a loss of {OF_KIND[kind]}, this is {task.name}"
        fitting = _names("loss", lambda other: task.name in _said(other))
        raise _unfit(f"loss={loss}", what, why, fitting)
    for path, node in _nodes("loss", config["loss"]):
        if (within := _stated(node, "kind", "example", tuple(OF_KIND))) != kind:
            why = f"{loss} is a loss of {OF_KIND[kind]}, and that is one of {OF_KIND[within]}"
            alike = _names("loss", lambda other: stated(other["_target_"], "kind", "example") == kind)
            raise _unfit(f"{path}={choices.get(path, '')}", f"loss={loss}", why, alike)
    if kind not in _kinds(config["method"]):
        fitting = _names("method", lambda other: kind in _kinds(other) and _fits(other, task))
        raise _unfit(f"method={method}", f"loss={loss}", f"{loss} is a loss of {OF_KIND[kind]}", fitting)
    if task.paired and task.name not in _said(config["method"]):
        why = f"an input is a pair, which {method} takes for one thing"
        raise _unfit(f"method={method}", what, why, _names("method", lambda other: task.name in _said(other)))
    if kind not in ("example", "recovered") and config["batch_size"] == 1:
        raise _unfit("batch_size=1", f"loss={loss}", f"{loss} looks at the examples of a batch together", "2 or more")
    if kind in WHOLE and risk != "mean":
        why = f"{loss} is one number of a whole batch, and leaves a risk nothing to weigh"
        raise _unfit(f"risk={risk}", f"loss={loss}", why, "mean")


def _check_outputs(config: Mapping[str, Any], choices: Mapping[str, str]) -> None:
    """An optimizer that looks at a network's outputs asks for an objective that is a function of them."""
    if not any(_says("of_outputs", node) for _, node in _nodes("optimizer", config["optimizer"])):
        return
    name = choices.get("optimizer", "")
    beside, why = f"optimizer={name}", f"{name} looks at the mean loss as a function of the network's outputs"
    if not _says("judges", config["method"]):
        raise _unfit(f"method={choices.get('method', '')}", beside, why, _names("method", partial(_says, "judges")))
    if config["regularizer"]:
        raise _unfit(f"regularizer=[{','.join(config['regularizer'])}]", beside, why, "none")
    if choices.get("risk") != "mean":
        raise _unfit(f"risk={choices.get('risk', '')}", beside, why, "mean")


def _says(attribute: str, node: Node) -> bool:
    return stated(node["_target_"], attribute, False) is True


def _check_calibrator(config: Mapping[str, Any], task: Task, choices: Mapping[str, str], what: str) -> None:
    fitted_on, name = _fitted_on(config["calibrator"]), choices.get("calibrator", "")
    if fitted_on != "nothing" and not task.calibrated:
        why = f"there are no predictions to calibrate, this is {task.name}"
        raise _unfit(
            f"calibrator={name}", what, why, _names("calibrator", lambda other: _fitted_on(other) == "nothing")
        )
    if fitted_on == "validation" and not validates(config["dataset"], config["val_fraction"]):
        why = f"{name} is fitted on validation examples"
        raise _unfit("val_fraction=0", f"calibrator={name}", why, "more than 0, such as 0.1")


def _check_adaptation(config: Mapping[str, Any], task: Task, choices: Mapping[str, str], what: str) -> None:
    asked = f"adaptation={choices.get('adaptation', '')}"
    if not _adapts(config["adaptation"]):
        return
    if not task.adapted:
        why = f"there are no classes that a network could grow surer of, this is {task.name}"
        raise _unfit(asked, what, why, _names("adaptation", lambda other: not _adapts(other)))
    if config["eval_flips"]:
        raise _unfit("eval_flips=true", asked, "networks adapt to images as they come", "false")


def _adapts(adaptation: Node) -> bool:
    return stated(adaptation["_target_"], "measured", True) is not False


def validates(dataset: Node, val_fraction: float) -> bool:
    """Are examples held out for validation?"""
    return val_fraction > 0 or dataset.get("validated_on", "training") != "training"


def _fitted_on(calibrator: Node) -> str:
    said: str = _stated(calibrator, "fitted_on", "validation", ("validation", "training", "nothing"))
    return said


def _unfit(asked: str, beside: str, why: str, fitting: str) -> MisfitError:
    return MisfitError(f"{asked} with {beside}: {why}; what fits: {fitting}")


def _chosen(config: Mapping[str, Any]) -> Iterator[tuple[str, Node]]:
    """What learns, by its keys."""
    yield from _nodes("loss", config["loss"])
    yield "method", config["method"]
    yield from ((f"regularizer.{name}", node) for name, node in config["regularizer"].items())
    yield "risk", config["risk"]
    yield "calibrator", config["calibrator"]
    yield "adaptation", config["adaptation"]


def _said(node: Node) -> tuple[str, ...]:
    return tuple(_stated(node, "fits", CLASSIFICATION, (ANY, *TASKS)))


def _fits(node: Node, task: Task) -> bool:
    return bool({ANY, *task.taken} & {*_said(node)})


def _could_be(group: str, task: Task, method: Node, node: Node) -> bool:
    """Does it fit a task, and if it is a loss, can the method do with it?"""
    served = group != "loss" or stated(node["_target_"], "kind", "example") in _kinds(method)
    return served and _fits(node, task)


def _kinds(method: Node) -> tuple[str, ...]:
    return tuple(_stated(method, "kinds", ("example",), tuple(OF_KIND)))


def _stated(node: Node, attribute: str, otherwise: Any, known: Collection[str]) -> Any:
    """The word that a part writes out for an attribute, or the words where it is `otherwise` a tuple.

    Raises:
        ConfigError: it is none, or none of those that are known.
    """
    said, name = stated(node["_target_"], attribute, otherwise), f"{node['_target_']}: its {attribute}"
    words = said if isinstance(otherwise, tuple) else (said,)
    if not isinstance(words, list | tuple) or not words:
        raise ConfigError(f"{name} must be a tuple of words; choices: {', '.join(known)}")
    for word in words:
        if word not in known:
            raise ConfigError(f"{name} has {word!r}, which is none; {nearest(str(word), known)}")
    return said


def _names(group: str, fits: Callable[[Node], bool]) -> str:
    """The files of a group that name what fits."""
    files = sorted((HOME / "conf" / group).glob("*.yaml"))
    targets = {file.stem: TARGET.findall(file.read_text(encoding="utf-8")) for file in files}
    found = [name for name, own in targets.items() if own and fits({"_target_": own[-1]})]
    return ", ".join(found) or "none"


def unfit(model: Node, loss: Node) -> Iterator[str]:
    """A line for each loss that is for another head than the model's: see `heads` of a loss.

    A model without a key `head`, such as one of the user's own, may have any.
    """
    head = model.get("head")
    for path, node in _nodes("loss", loss):
        heads = getattr(target(node), "heads", ())
        if heads and head is not None and head not in heads:
            yield (
                f"{path} ({node['_target_']}) is made for logits that are cosines, which model.head={head} does not "
                f"give, and may never leave chance; model.head={' or '.join(heads)} does"
            )


def _nodes(path: str, node: Node) -> Iterator[tuple[str, Node]]:
    """A part and those that it is around, by their keys."""
    yield path, node
    for key, value in node.items():
        if isinstance(value, Mapping):
            yield from _nodes(f"{path}.{key}", value)
