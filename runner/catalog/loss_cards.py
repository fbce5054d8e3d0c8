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

from runner.catalog.markdown import markdown
from runner.compose.command_line import CONF, compose_cells
from runner.console.errors import ConfigError
from runner.nodes.build import target
from runner.store.files import save

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
        text: the docstring without its doctests.
        numbers: the YAML's own lines, with their comments.
    """

    name: str
    title: str
    node: Mapping[str, Any]
    text: str
    numbers: str


def card(name: str) -> Card:
    """Read one. Raises ConfigError for a name that is none."""
    node = compose_cells([f"loss={name}"], multirun=False)[0].config["loss"]
    lines = (CONF / "loss" / f"{name}.yaml").read_text(encoding="utf-8").splitlines()
    module = importlib.import_module(node["_target_"].rpartition(".")[0])
    text = inspect.cleandoc(module.__doc__ or "").partition("\n>>>")[0].strip()
    return Card(name, lines[0].removeprefix("# "), node, text, "\n".join(lines[1:]))


def names() -> list[str]:
    """The losses that have a card: those that give one number an example of classification."""
    files = {file.stem: yaml.safe_load(file.read_text(encoding="utf-8")) for file in (CONF / "loss").glob("*.yaml")}
    return sorted(name for name, node in files.items() if _of_classes(target(node)))


def _of_classes(loss: type) -> bool:
    return "classification" in getattr(loss, "fits", ("classification",)) and not hasattr(loss, "kind")


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
    from runner.catalog.properties import properties

    needed = ", ".join(needs(node)) or "nothing"
    try:
        found = properties(maker(node))
    except ConfigError:  # it does not take ten classes
        return {"needs": needed}
    top = "unbounded" if math.isinf(found.highest) else f"at most {found.highest:.4g}"
    bottom = "falls without end" if math.isinf(found.lowest) else f"at least {found.lowest + 0.0:.4g}"
    mixes = "mixes examples or draws"
    return {
        "symmetric": mixes if found.symmetric is None else "yes" if found.symmetric else "no",
        "bounded": f"{top}, {bottom}",
        "convex in the logits": mixes if found.convex is None else "no counterexample" if found.convex else "no",
        "finds the likeliest class": mixes if found.calibrated is None else f"{found.calibrated:.0%} of 64",
        "state": "yes" if found.stateful else "no",
        "needs": needed,
    }


def page(known: Card, found: Mapping[str, str]) -> str:
    """The card in Markdown."""
    rows = "\n".join(f"| {what} | {finding} |" for what, finding in found.items())
    picture = f"![loss and gradient of {known.name} beside cross-entropy]({known.name}.svg)\n\n"
    return (
        f"# `{known.name}`\n\n{known.title}\n\n"
        f"{picture if 'symmetric' in found else ''}"
        f"```yaml\n# conf/loss/{known.name}.yaml\n{known.numbers.strip()}\n```\n\n"
        f"| ten classes, first use | |\n|---|---|\n{rows}\n\n"
        f"{markdown(known.text)}\n"
    )


def draw(known: Card, file: Path) -> None:
    """Loss and gradient norm against the probability of the label, beside cross-entropy's, as an SVG."""
    import torch
    from matplotlib.figure import Figure

    from runner.catalog.properties import profile
    from runner.console.drawing import BLUE, GREY, style, svg

    p = torch.linspace(0.01, 0.99, 50, dtype=torch.float64)
    curves = {"cross-entropy": profile(maker(card("ce").node), p), known.name: profile(maker(known.node), p)}
    styles = {"cross-entropy": {"color": GREY, "linestyle": "--"}, known.name: {"color": BLUE}}
    with style():
        figure = Figure(figsize=(7, 2.6), layout="constrained")
        for axis, which, label in zip(figure.subplots(1, 2), (0, 1), ("loss", "norm of its gradient"), strict=True):
            for name, values in curves.items():
                axis.plot(p, values[which], label=name, linewidth=1.6, **styles[name])
            axis.set(xlabel="probability of the label", ylabel=label, xlim=(0, 1))
            axis.spines[["top", "right"]].set_visible(False)
        figure.axes[0].legend(frameon=False)
        save(file, svg(figure))


def index(cards: Sequence[Card], found: Mapping[str, Mapping[str, str]]) -> str:
    """The table of the whole zoo, in Markdown."""
    columns = ["symmetric", "bounded", "convex in the logits", "finds the likeliest class", "state", "needs"]
    rows = [
        f"| [`{c.name}`]({c.name}.md) | {c.title} | " + " | ".join(found[c.name].get(k, "") for k in columns) + " |"
        for c in cards
    ]
    return (
        f"# The {len(cards)} losses\n\nMade by `python -m runner.cards`. The properties are found by evaluating a loss "
        "of ten classes at its first use: *symmetric*, the sum over all labels is constant; *bounded*, over logits up "
        "to ten thousand times their usual size; *convex*, no midpoint above a chord among 4,096 pairs; *finds the "
        "likeliest class*, minimising the expected loss for given class probabilities ends at their argmax (losses "
        "that weigh classes by size were given falling sizes, and move it on purpose).\n\n"
        f"| loss | what | {' | '.join(columns)} |\n{'|---' * (len(columns) + 2)}|\n" + "\n".join(rows) + "\n"
    )


def write(folder: Path) -> None:
    """All cards, their pictures and their index; what else was there goes."""
    cards = [card(name) for name in names()]
    found = {}
    for known in cards:
        found[known.name] = traits(known.node)
        save(folder / f"{known.name}.md", page(known, found[known.name]))
        if "symmetric" in found[known.name]:
            draw(known, folder / f"{known.name}.svg")
    save(folder / "README.md", index(cards, found))
    for file in folder.iterdir():
        if file.stem not in {*found, "README"}:
            file.unlink()
