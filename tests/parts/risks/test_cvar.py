"""CVaR: its values, and what is refused."""

import pytest

from runner.compose.command_line import compose_cells
from runner.console.errors import ConfigError
from tests.objectives import same
from tests.parts.risk_values import LOSSES, risk, slopes, spectral


@pytest.mark.parametrize(("level", "value"), [(0.5, 1.9), (0.8, 2.785714285714286)])
def test_cvar_is_that_of_a_linear_program(level, value):
    """scipy's linprog; at both levels one loss counts by a part of it."""
    seen, weights = slopes(risk("cvar", {"level": level}), LOSSES)
    assert seen.item() == pytest.approx(value, abs=1e-9)
    assert weights.sum().item() == pytest.approx(1)
    same(weights, slopes(spectral("superquantile", level), LOSSES)[1])


def test_cvar_of_a_level_near_one_is_the_largest():
    same(slopes(risk("cvar", {"level": 0.99}), LOSSES)[1], (LOSSES == 3.1).double())


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ("risk=cvar risk.level=1", r"risk.level=1: must be a number in \[0, 1\)"),
    ],
)
def test_what_cannot_be_is_refused(said, message):
    with pytest.raises(ConfigError, match=message):
        compose_cells(said.split(), multirun=False)
