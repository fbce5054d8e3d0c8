"""JoCoR: its values, and what is refused."""

import pytest

from runner.compose.command_line import compose_cells
from runner.console.errors import ConfigError
from runner.parts.methods.jocor import JoCoR
from tests.parts.two_networks import near, pair_of, slopes


@pytest.mark.parametrize(
    ("rate", "chosen", "mean", "norms"),
    [
        (0.25, [2, 0, 6, 7, 3, 1], 1.7438413596533142, (0.3067241665653438, 0.31248778946586964)),
        (0.5, [2, 0, 6, 7], 1.4560317688822773, (0.32459861009171304, 0.3861411473498285)),
    ],
)
def test_jocor_gives_the_released_codes_numbers(rate, chosen, mean, norms):
    """Of hongxin001/JoCoR@20a570e, algorithm/loss.py, transcribed."""
    made, batch = pair_of(JoCoR, forget_rate=rate, agreement=0.9)
    losses = made(batch)
    near(losses.mean().item(), mean)
    assert losses.nonzero().flatten().tolist() == sorted(chosen)
    ours, theirs = slopes(made, losses)
    near(ours.norm().item(), norms[0])
    near(theirs.norm().item(), norms[1])


@pytest.mark.parametrize(
    ("said", "message"),
    [
        (["method=jocor", "noise=1"], r"method.forget_rate=1.*\[0, 1\)"),
        (["method=jocor", "method.agreement=1.1"], r"method.agreement=1.1.*\[0, 1\]"),
    ],
    ids=str,
)
def test_what_cannot_be_is_refused_by_name(said, message):
    with pytest.raises(ConfigError, match=message):
        compose_cells(["dataset=blobs", *said], multirun=False)
