"""Co-teaching: its values, and what is refused."""

import pytest

from runner.compose.command_line import compose_cells
from runner.console.errors import ConfigError
from runner.parts.methods.co_teaching import CoTeaching
from tests.parts.two_networks import near, pair_of, slopes


@pytest.mark.parametrize(
    ("rate", "picks", "sums", "norms"),
    [
        (0.25, ([0, 2, 7, 5, 6, 4], [2, 3, 4, 1, 0, 7]), (1.8932296465935865, 2.147769936169365),
         (0.36109485427115656, 0.3677833459442982)),
        (0.5, ([0, 2, 7, 5], [2, 3, 4, 1]), (2.3225683436681837, 2.1480937257250456),
         (0.48105528887877835, 0.43656037808984904)),
    ],
)  # fmt: skip
def test_co_teaching_gives_the_released_codes_numbers(rate, picks, sums, norms):
    """Of bhanML/Co-teaching@49fa8e5, loss.py, transcribed: before it divides by the number of examples once more."""
    made, batch = pair_of(CoTeaching, forget_rate=rate)
    losses = made(batch)
    near(losses.mean().item(), sum(sums))
    ours, theirs = slopes(made, losses)
    near(ours.norm().item(), norms[0])
    near(theirs.norm().item(), norms[1])
    for gradient, chosen in ((theirs, picks[0]), (ours, picks[1])):
        assert gradient.norm(dim=1).nonzero().flatten().tolist() == sorted(chosen)


@pytest.mark.parametrize(
    ("said", "message"),
    [
        (["method=co_teaching", "method.forget_rate=1"], r"method.forget_rate=1.*\[0, 1\)"),
        (["method=co_teaching", "method.ramp_epochs=0"], r"method.ramp_epochs=0.*\[1, inf\)"),
        (["method=co_teaching", "method.evaluate=second"], "method.evaluate=second.*first, mean"),
    ],
    ids=str,
)
def test_what_cannot_be_is_refused_by_name(said, message):
    with pytest.raises(ConfigError, match=message):
        compose_cells(["dataset=blobs", *said], multirun=False)
