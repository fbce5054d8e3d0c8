"""A card for each loss: `python -m runner.cards` writes docs/losses/, `python -m runner.cards loss=gce` prints one.

It does the same for methods, regularizers and risks in docs/methods/.
"""

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from runner.catalog import loss_cards, part_cards
from runner.compose.options import flag, option, parse
from runner.compose.program import program
from runner.console.errors import ConfigError, nearest, writing


@dataclass(frozen=True)
class Options:
    """What is printed."""

    contracts: bool = flag("what a part must do and may do, and what its constructor may ask for", "contracts")
    loss: str | None = option(None, "the name of a loss, gce")
    method: str | None = option(None, "of a method, mixup")
    regularizer: str | None = option(None, "of a regularizer, l1")
    risk: str | None = option(None, "of a risk, cvar")


def main(arguments: Sequence[str]) -> None:
    """Write all cards, or print the contracts or one card."""
    from rich.markdown import Markdown

    from runner.console.plain import Plain

    options, _ = parse(Options, arguments)
    asked = {key: name for key, name in asdict(options).items() if name}
    if not arguments:
        with writing(str(loss_cards.DOCS.parent)):
            loss_cards.write(loss_cards.DOCS)
            part_cards.write(part_cards.DOCS)
        return
    if len(arguments) > 1:
        raise ConfigError(f"{' '.join(arguments)}: one card at a time, or all of them without a word")
    text = _contracts() if options.contracts else _card(*asked.popitem())
    Plain().print(Markdown(re.sub(r"!\[.*\n", "", text)))


def _contracts() -> str:
    from runner.catalog.contracts import contracts

    return contracts()


def _card(key: str, name: str) -> str:
    """The card of a part, in Markdown. Raises ConfigError where there is none."""
    known = loss_cards.names() if key == "loss" else part_cards.names(key)
    if name not in known:
        raise ConfigError(f"{key}={name}: {nearest(name, known)}")
    if key == "loss":
        card = loss_cards.card(name)
        return loss_cards.page(card, loss_cards.traits(card.node))
    part = part_cards.part(key, name)
    return part_cards.page(part, part_cards.findings(part))


if __name__ == "__main__":
    program(main, Options)
