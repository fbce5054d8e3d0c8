"""A metric where another one is equal, on the line between results that differ in an argument of their loss."""

import pytest

from runner.comparison.equal import at_equal, equal_of
from runner.comparison.results import Outcome, Result
from runner.console.errors import ConfigError
from runner.tasks.metric import Metric

METRICS = {
    "test/reward": Metric("reward", "higher", -10.0, 10.0, "", optimum=3.0),
    "test/kl": Metric("kl", "lower", 0.0, 10.0, "nats"),
}


def cell(loss, beta, *points, code="a", state="done", noise=0.0):
    """A result whose seeds have these pairs of divergence and reward."""
    outcomes = {
        seed: Outcome(state, {"last": {"test/kl": kl, "test/reward": reward}}, {}, {"code": code}, METRICS)
        for seed, (kl, reward) in enumerate(points)
    }
    question = {"loss": {"part": f"loss/{loss}", "beta": beta}, "noise": noise}
    return Result(f"{loss}{beta}{noise}", {"loss": loss}, question, "", "", outcomes)


def rewards(results, **settings):
    """{(loss, value): the reward of each seed, None where it has none}."""
    return {
        (each.choices["loss"], each.settings["test/kl"]): [
            outcome.rows["last"].get("test/reward") for outcome in each.outcomes.values()
        ]
        for each in results
    }


def test_each_seed_is_on_its_own_line():
    found = at_equal(
        [
            cell("dpo", 0.1, (1.0, 2.0), (2.0, 2.0)),
            cell("dpo", 1.0, (0.0, 0.0), (0.0, 1.0)),
            cell("ipo", 1.0, (0.5, 7.0)),
        ],
        equal_of("test/kl=0.5|3"),
        "test/reward",
        "last",
    )
    assert rewards(found) == {
        ("dpo", 0.5): [1.0, 1.25],
        ("dpo", 3.0): [None, None],
        ("ipo", 0.5): [None],
        ("ipo", 3.0): [None],
    }
    assert found[0].settings["loss"] == "dpo"
    assert "loss.beta" not in found[0].settings
    assert found[0].outcomes[0].metrics["test/reward"].optimum is None


def test_a_neighbour_and_not_a_further_point_is_taken():
    points = [cell("dpo", beta, point) for beta, point in enumerate([(0.0, 0.0), (3.0, 0.0), (1.0, 4.0), (2.0, 2.0)])]
    assert rewards(at_equal(points, equal_of("test/kl=1.5"), "test/reward", "last")) == {("dpo", 1.5): [3.0]}


def test_other_settings_make_other_fronts():
    cells = [
        cell("dpo", beta, (kl, noise), noise=noise) for noise in (0.0, 0.4) for beta, kl in ((0.1, 1.0), (1.0, 0.0))
    ]
    found = at_equal(cells, equal_of("test/kl=0.5"), "", "last")
    assert [(each.settings["noise"], each.outcomes[0].rows["last"]["test/reward"]) for each in found] == [
        (0.0, 0.0),
        (0.4, 0.4),
    ]


def test_a_seed_that_is_not_done_is_on_no_line():
    cells = [cell("dpo", 0.1, (1.0, 2.0)), cell("dpo", 1.0, (0.0, 0.0), state="diverged")]
    assert rewards(at_equal(cells, equal_of("test/kl=0.5"), "test/reward", "last")) == {("dpo", 0.5): [None]}
    (found,) = at_equal(cells[1:], equal_of("test/kl=0.5"), "test/reward", "last")
    assert found.outcomes[0].state == "diverged"


def test_unlike_code_and_unknown_metrics_are_refused():
    cells = [cell("dpo", 0.1, (1.0, 2.0)), cell("dpo", 1.0, (0.0, 0.0), code="b")]
    with pytest.raises(ConfigError, match="was trained with unlike code"):
        at_equal(cells, equal_of("test/kl=0.5"), "test/reward", "last")
    with pytest.raises(ConfigError, match=r"equal=test/k: no result has it; did you mean test/kl\?"):
        at_equal(cells, equal_of("test/k=0.5"), "test/reward", "last")
    with pytest.raises(ConfigError, match=r"equal=test/kl: must be a metric and its values"):
        equal_of("test/kl")
