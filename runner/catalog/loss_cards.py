"""A card for each loss.

Formula, arguments and source are the loss's own docstring and YAML; what it is like is found by evaluating it.
"""

import importlib
import inspect
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from runner.catalog.loss_families import FAMILIES, Family, family_of, task_of
from runner.catalog.markdown import markdown
from runner.compose.command_line import CONF, compose_cells
from runner.compose.fit import OF_GROUP
from runner.console.errors import ConfigError
from runner.contracts.loss import said
from runner.nodes.build import target
from runner.store.files import save
from runner.tasks.families import TASKS

DOCS = CONF.parent / "docs" / "losses"
NEEDS = {
    "class_counts": "class sizes",
    "transition": "the noise transition matrix",
    "num_train": "a place for every training example",
}


class Card(NamedTuple):
    """What is known of a loss without evaluating it.

    Attributes:
        name: of its YAML.
        title: the YAML's first line.
        node: its configuration, composed.
        family: that it is listed in.
        text: the docstring without its doctests.
        numbers: the YAML's own lines, with their comments.
    """

    name: str
    title: str
    node: Mapping[str, Any]
    family: Family
    text: str
    numbers: str


def card(name: str) -> Card:
    """Read one, of names()."""
    lines = (CONF / "loss" / f"{name}.yaml").read_text(encoding="utf-8").splitlines()
    node = yaml.safe_load("\n".join(lines))
    if "defaults" in node:  # it is around another loss
        task = task_of(target(node))
        asked = [f"task={task}"] if task in OF_GROUP else []
        node = compose_cells([*asked, f"loss={name}"], multirun=False)[0].config["loss"]
    module = importlib.import_module(node["_target_"].rpartition(".")[0])
    text = inspect.cleandoc(module.__doc__ or "").partition("\n>>>")[0].strip()
    return Card(name, lines[0].removeprefix("# "), node, family_of(target(node)), text, "\n".join(lines[1:]))


def names() -> list[str]:
    """All losses."""
    return sorted(file.stem for file in (CONF / "loss").glob("*.yaml"))


def maker(node: Mapping[str, Any]) -> Any:
    """(num_train, num_classes) -> a fresh loss of this configuration."""
    from runner.catalog.examples import example_loss

    return lambda n, k: example_loss(node, num_train=n, num_classes=k)


def needs(node: Mapping[str, Any]) -> list[str]:
    """What a loss, with those it wraps, must be given besides logits, labels and places."""
    from runner.catalog.examples import WithFixedDraws, example_loss

    found = list(dict.fromkeys(_asked_for(node)))
    try:
        loss = example_loss(node, num_train=4, num_classes=10)
    except ConfigError:
        found.append("a data set of two classes")
        loss = example_loss(node, num_train=4, num_classes=2)
    if said(target(node), "inputs"):
        return [*found, "the inputs"]
    return [*found, "random draws from the loader"] if isinstance(loss, WithFixedDraws) else found


def _asked_for(node: Mapping[str, Any]) -> Iterator[str]:
    module, _, name = node["_target_"].rpartition(".")
    wanted = inspect.signature(getattr(importlib.import_module(module), name)).parameters
    yield from (words for key, words in NEEDS.items() if key in wanted)
    for part in node.values():
        if isinstance(part, Mapping):
            yield from _asked_for(part)


def traits(node: Mapping[str, Any]) -> dict[str, str]:
    """The computed part of a card, as {what: finding}."""
    from runner.catalog.family_traits import traits_of
    from runner.catalog.properties import properties

    needed = ", ".join(needs(node)) or "nothing"
    if family_of(target(node)) != FAMILIES["classification"]:
        return {what: _in_words(what, finding) for what, finding in traits_of(node).items()} | {"needs": needed}
    try:
        found = properties(maker(node))
    except ConfigError:  # it does not take ten classes
        return {"needs": needed}
    mixes = "mixes examples or draws"
    return {
        "symmetric": mixes if found.symmetric is None else "yes" if found.symmetric else "no",
        "bounded": _bounds(found.lowest, found.highest),
        "convex in the logits": mixes if found.convex is None else "no counterexample" if found.convex else "no",
        "finds the likeliest class": mixes if found.calibrated is None else f"{found.calibrated:.0%} of 64",
        "state": "yes" if found.stateful else "no",
        "needs": needed,
    }


def _bounds(lowest: float, highest: float) -> str:
    top = "unbounded" if math.isinf(highest) else f"at most {highest:.4g}"
    bottom = "falls without end" if math.isinf(lowest) else f"at least {lowest + 0.0:.4g}"
    return f"{top}, {bottom}"


ENDS = {  # where a loss has an end: (none below, none above)
    (False, False): "above and below",
    (False, True): "below",
    (True, False): "above",
    (True, True): "no",
}


def _in_words(what: str, finding: Any) -> str:
    if what == "bounded":
        return ENDS[math.isinf(finding[0]), math.isinf(finding[1])]
    words = ("no counterexample", "no") if what.startswith("convex") else ("yes", "no")
    return words[not finding] if isinstance(finding, bool) else str(finding)


def page(known: Card, found: Mapping[str, str]) -> str:
    """The card in Markdown."""
    rows = "\n".join(f"| {what} | {finding} |" for what, finding in found.items())
    picture = f"![loss and gradient of {known.name} beside {_baseline(known)[1]}]({known.name}.svg)\n\n"
    seen = "ten classes, first use" if known.family == FAMILIES["classification"] else "random batches, first use"
    return (
        f"# `{known.name}`\n\n{known.title}\n\n"
        f"{picture if _pictured(known, found) else ''}"
        f"```yaml\n# conf/loss/{known.name}.yaml\n{known.numbers.strip()}\n```\n\n"
        f"| {seen} | |\n|---|---|\n{rows}\n\n"
        f"{markdown(known.text)}\n"
    )


def _pictured(known: Card, found: Mapping[str, str]) -> bool:
    """A loss that refuses ten classes, of which nothing is found, has no picture."""
    return known.family.pictured and "bounded" in found


def _baseline(known: Card) -> tuple[str, str]:
    """The name of the loss that one would take without thinking, and what it is called."""
    name = TASKS[task_of(target(known.node))].baseline
    return name, "cross-entropy" if name == "ce" else f"`{name}`"


def draw(known: Card, file: Path) -> None:
    """An SVG of the loss and the norm of its gradient, beside those of the task's baseline."""
    from runner.catalog.loss_pictures import picture

    name, called = _baseline(known)
    losses = {called.strip("`"): card(name).node, known.name: known.node}
    save(file, picture(losses, task_of(target(known.node))))


def index(cards: Sequence[Card], found: Mapping[str, Mapping[str, str]]) -> str:
    """The table of a family, in Markdown."""
    family = cards[0].family
    rows = [
        f"| [`{c.name}`]({c.name}.md) | {c.title} | "
        + " | ".join(found[c.name].get(trait, "") for trait in family.traits)
        + " |"
        for c in cards
    ]
    title = family.title if len(cards) > 1 else family.title.replace("losses", "loss")
    head = f"| loss | what | {' | '.join(family.traits)} |\n{'|---' * (len(family.traits) + 2)}|\n"
    return (
        f"# The {len(cards)} {title}\n\nMade by `python -m runner.cards`. {family.about}\n\n"
        + head
        + "\n".join(rows)
        + "\n"
    )


def write(folder: Path) -> None:
    """All cards, their pictures and an index of each family; what else was there goes."""
    cards = [card(name) for name in names()]
    for family in FAMILIES.values():
        _write(folder / family.folder, [known for known in cards if known.family == family])


def _write(folder: Path, cards: Sequence[Card]) -> None:
    folder.mkdir(exist_ok=True)
    found = {}
    for known in cards:
        found[known.name] = traits(known.node)
        save(folder / f"{known.name}.md", page(known, found[known.name]))
        if _pictured(known, found[known.name]):
            draw(known, folder / f"{known.name}.svg")
    save(folder / "README.md", index(cards, found))
    for file in folder.iterdir():
        if file.is_file() and file.stem not in {*found, "README"}:
            file.unlink()
