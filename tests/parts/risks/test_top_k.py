"""The largest losses: what is refused."""

import pytest

from runner.compose.command_line import compose_cells
from runner.console.errors import ConfigError


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ("risk=top_k risk.share=0", r"risk.share=0: must be a number in \(0, 1\]"),
    ],
)
def test_what_cannot_be_is_refused(said, message):
    with pytest.raises(ConfigError, match=message):
        compose_cells(said.split(), multirun=False)
