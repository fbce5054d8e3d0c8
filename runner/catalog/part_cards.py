"""A page for each method, regularizer and risk: `python -m runner.cards` writes docs/methods/, beside the loss cards.

Formula, arguments and source are the part's own docstring and YAML; what it costs and keeps is found by taking a step.
"""

import importlib
import inspect
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import yaml

from runner.catalog.markdown import markdown
from runner.compose.command_line import CONF, compose_cells
from runner.console.errors import ConfigError
from runner.nodes.signature import stated
from runner.store.files import save
from runner.tasks.families import TASKS

if TYPE_CHECKING:
    from runner.stack.stack import Stack

DOCS = CONF.parent / "docs" / "methods"
GROUPS = {
    "method": "what a step minimises, when it is more than the loss of the network's output",
    "regularizer": "penalties added to every loss, several at once if wanted: `regularizer=[vne,l1]`",
    "risk": "how the losses of a batch become one number",
}
SETTING = ("handwritten digits", ["dataset=digits", "noise=0.4", "val_fraction=0.1", "epochs=60"])  # of a page's look
SETTINGS = {  # the same of parts that are for one task alone
    "mutual_information": (
        "pairs of Gaussian vectors",
        ["dataset=gaussian_pairs", "dataset.num_train=640", "epochs=1"],
    ),
    "dynamics": ("steps of the noisy logistic map", ["dataset=logistic_map", "dataset.num_train=640", "epochs=20"]),
    "density": ("points of a plane", ["dataset=planar", "dataset.num_train=640", "epochs=20"]),
    "matching": ("halves of handwritten digits", ["dataset=halves", "epochs=60"]),
    "representation": (
        "handwritten digits",
        [
            "task=representation",
            "method=erm",
            "loss=ce",
            "model=mlp",
            "augment=standard",
            "augment.padding=1",
            *SETTING[1],
        ],
    ),
    "retrieval": ("handwritten digits", ["task=retrieval", *SETTING[1]]),
}
ENVIRONMENTS = (  # the data set of parts that compare environments
    "handwritten digits on two grounds",
    ["dataset=textured_digits", "dataset@dataset.source=digits"],
)
COST = "examples through a network, for one of the batch"
NEUTRAL = {"method": "erm", "regularizer": "none", "risk": "mean"}


class Part(NamedTuple):
    """What is known of one without building it.

    Attributes:
        title: the YAML's first line.
        text: the docstrings of module and class, without doctests.
        numbers: the YAML's own lines, with their comments.
        claims: {name: its sentence} of the claims that it is an arm of.
        loss: that it is looked at with: cross-entropy, unless it is for losses of another kind.
        setting: in which it is looked at: what its inputs are called, and what is asked for.
    """

    group: str
    name: str
    title: str
    text: str
    numbers: str
    claims: Mapping[str, str]
    loss: str
    setting: tuple[str, Sequence[str]]


def names(group: str) -> list[str]:
    """All of a group, but for those that do nothing."""
    found = {file.stem for file in (CONF / group).glob("*.yaml")}
    return sorted(found - {NEUTRAL[group]})


def part(group: str, name: str) -> Part:
    """Read one."""
    lines = (CONF / group / f"{name}.yaml").read_text(encoding="utf-8").splitlines()
    node = yaml.safe_load("\n".join(lines))
    target = (node[name] if group == "regularizer" else node)["_target_"]
    module = importlib.import_module(target.rpartition(".")[0])
    docs = (module, getattr(module, target.rpartition(".")[2]))
    texts = [inspect.cleandoc(doc.__doc__ or "").partition("\n>>>")[0].strip() for doc in docs]
    text = "\n\n".join(each for each in texts if each)
    task = stated(target, "fits", ("classification",))[0]
    numbers, loss = "\n".join(lines[1:]), _loss(stated(target, "kinds", ("example",)), task)
    setting = SETTINGS.get(task, SETTING)
    if stated(target, "compares_environments", False):
        others = [said for said in setting[1] if not said.startswith("dataset=")]
        setting = (ENVIRONMENTS[0], [*ENVIRONMENTS[1], *others])
    return Part(group, name, lines[0].removeprefix("# "), text, numbers, _claims(group, name), loss, setting)


def _loss(kinds: Sequence[str], task: str) -> str:
    """The baseline of a task where it is of these kinds, else the first loss of these that fits; of single examples,
    cross-entropy."""
    if "example" in kinds:
        return "ce"
    first = TASKS[task].baseline if task in TASKS else ""
    files = sorted((CONF / "loss").glob("*.yaml"), key=lambda file: (file.stem != first, file.stem))
    targets = {file.stem: yaml.safe_load(file.read_text(encoding="utf-8"))["_target_"] for file in files}
    return next(
        name
        for name, target in targets.items()
        if stated(target, "kind", "example") in kinds and {"any", task} & {*stated(target, "fits", ("classification",))}
    )


def _claims(group: str, name: str) -> dict[str, str]:
    found = {}
    for file in sorted((CONF / "claim").glob("*.yaml")):
        text = file.read_text(encoding="utf-8")
        if any(f"{said}{end}" in text for said in (f"{group}={name}", f"{group}=[{name}") for end in ("]", ",", " ")):
            found[file.stem] = yaml.safe_load(text)["about"]
    return found


def findings(known: Part) -> dict[str, str]:
    """What it is like, as {what: finding}: its first and its last epoch in its setting, with its loss."""
    from runner.objective.assemble import stackable
    from runner.objective.objective import draws_of
    from runner.stack.stack import Stack
    from runner.training.wiring import wire

    _, asked = known.setting
    (cell,) = compose_cells([*asked, f"{known.group}={known.name}", f"loss={known.loss}"], multirun=False)
    try:
        wired = wire(cell, [0])
    except ConfigError as error:
        return {"needs": str(error).rpartition(": ")[2]}
    (objective,), (plain,) = wired.objectives, wire(compose_cells(asked, multirun=False)[0], [0]).objectives
    batch, stack, passes = next(iter(wired.loader)), Stack([objective]), []
    for epoch in (1, cell.training.epochs):
        stack.begin(epoch)
        passes.append(_passes(stack, batch))
    trained = [sum(p.numel() for p in o.parameters()) for o in (objective, plain)]
    drawn, kept = draws_of(objective), [name.rpartition(".")[2] for name, _ in objective.named_buffers()]
    return {
        COST: " at first, ".join(dict.fromkeys(passes)) + _end(passes),
        "trained numbers, for one of plain training": f"{trained[0] / trained[1]:.3g}",
        "draws": ", ".join(drawn) or "nothing",
        "keeps": ", ".join(kept) or "nothing",
        "changes from epoch to epoch": "no" if objective.constant else "yes",
        "learning-rate schedule": "once" if len(objective.starts) == 1 else f"{len(objective.starts)} times",
        "seeds": "in a stack" if stackable(cell.recipe) else "one at a time",
    }


def _end(passes: Sequence[str]) -> str:
    return " at the end" if len(set(passes)) > 1 else ""


def _passes(stack: "Stack", batch: Any) -> str:
    """Rows that go into the networks in one step, for one of the batch."""
    from runner.contracts.model import Model

    rows = 0

    def count(module: Any, args: Any) -> None:
        nonlocal rows
        rows += len(args[0])

    networks: Any = [module for module in stack.modules() if isinstance(module, Model)]
    hooks = [network.body[0].register_forward_pre_hook(count) for network in networks]
    stack(batch)
    for hook in hooks:
        hook.remove()
    return f"{rows / batch.index.numel():.3g}"


def page(known: Part, found: Mapping[str, str]) -> str:
    """The page in Markdown."""
    rows = "\n".join(f"| {what} | {finding} |" for what, finding in found.items())
    claims = "\n".join(f"- [`{name}`](../../conf/claim/{name}.yaml): {about}" for name, about in known.claims.items())
    told = f"\n## Claims\n\n{claims}\n\nPut to the test: `python -m runner.claims {' '.join(known.claims)}`\n"
    loss = "cross-entropy" if known.loss == "ce" else f"`loss={known.loss}`"
    return (
        f"# `{known.group}={known.name}`\n\n{known.title}\n\n"
        f"```yaml\n# conf/{known.group}/{known.name}.yaml\n{known.numbers.strip()}\n```\n\n"
        f"| on {known.setting[0]}, with {loss} | |\n|---|---|\n{rows}\n\n"
        f"{markdown(known.text)}\n" + (told if known.claims else "")
    )


def index(parts: Sequence[Part], found: Mapping[str, Mapping[str, str]]) -> str:
    """The table of them all, in Markdown."""
    text = [
        "# Objectives that are more than a loss\n\nMade by `python -m runner.cards`. Each goes with any loss, data, "
        "noise and imbalance: `python -m runner method=regmixup loss=gce noise=0.4`. *Cost* is how many examples go "
        "through a network for one of the batch, of which plain training has one; *seeds*, whether they train as a "
        "stack."
    ]
    for group, about in GROUPS.items():
        rows = [
            f"| [`{p.name}`]({p.name}.md) | {p.title} | {found[p.name].get(COST, '')} | "
            f"{found[p.name].get('seeds', found[p.name].get('needs', ''))} |"
            for p in parts
            if p.group == group
        ]
        text.append(f"## `{group}=`: {about}\n\n| | what | cost | seeds |\n|---|---|---|---|\n" + "\n".join(rows))
    return "\n\n".join(text) + "\n"


def write(folder: Path) -> None:
    """All pages and their index; what else was there goes."""
    parts = [part(group, name) for group in GROUPS for name in names(group)]
    found = {known.name: findings(known) for known in parts}
    for known in parts:
        save(folder / f"{known.name}.md", page(known, found[known.name]))
    save(folder / "README.md", index(parts, found))
    for file in folder.iterdir():
        if file.stem not in {*found, "README"}:
            file.unlink()
