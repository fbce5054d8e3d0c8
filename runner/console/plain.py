"""Text for a terminal: nothing in it can control the terminal, wherever it comes from."""

from collections.abc import Iterable
from typing import Any

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.text import Text

from runner.console.escape import terminal

WIDE = 300  # characters


class Plain(Console):
    """A console of rich to which [l1] and :smile: are no markup, and which no escape sequence gets through."""

    def __init__(self, **options: Any):
        super().__init__(markup=False, emoji=False, highlight=False, **options)

    def render_str(self, text: str, **options: Any) -> Text:
        return super().render_str(terminal(text, lines=True), **options)

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        for segment in super().render(renderable, options):
            yield segment if segment.control else segment._replace(text=terminal(segment.text, lines=True))


def wide_console() -> Plain:
    """Standard output, as wide as it takes where it is no terminal."""
    console = Plain()
    return console if console.is_terminal else Plain(width=WIDE)
