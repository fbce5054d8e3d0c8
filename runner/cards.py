"""A card for each loss: `python -m runner.cards` writes docs/losses/, `python -m runner.cards loss=gce` prints one.

It does the same for methods, regularizers and risks in docs/methods/: method=mixup, regularizer=l1 and risk=cvar print
one. `python -m runner.cards contracts` prints what a part must do and may do, and what its constructor may ask for.
"""

import re
from collections.abc import Sequence

from runner.catalog import loss_cards, part_cards
from runner.console.errors import ConfigError, nearest, program, writing


def main(arguments: Sequence[str]) -> None:
    """Write all cards, or print the contracts or one card, such as `loss=gce`."""
    from rich.markdown import Markdown

    from runner.console.plain import Plain

    if not arguments:
        with writing(str(loss_cards.DOCS.parent)):
            loss_cards.write(loss_cards.DOCS)
            part_cards.write(part_cards.DOCS)
        return
    if len(arguments) > 1:
        raise ConfigError(f"{' '.join(arguments)}: one card at a time, or all of them without a word")
    Plain().print(Markdown(re.sub(r"!\[.*\n", "", _text(arguments[0]))))


def _text(said: str) -> str:
    """What a word asks for, in Markdown."""
    if said == "contracts":
        from runner.catalog.contracts import contracts

        return contracts()
    key, _, name = said.partition("=")
    if key not in ("loss", *part_cards.GROUPS):
        raise ConfigError(f"{said}: {nearest(key, ['contracts', 'loss', *part_cards.GROUPS])}")
    known = loss_cards.names() if key == "loss" else part_cards.names(key)
    if name not in known:
        raise ConfigError(f"{said}: {nearest(name, known)}")
    if key == "loss":
        card = loss_cards.card(name)
        return loss_cards.page(card, loss_cards.traits(card.node))
    part = part_cards.part(key, name)
    return part_cards.page(part, part_cards.findings(part))


if __name__ == "__main__":
    program(main)
