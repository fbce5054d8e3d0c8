"""What an optimizer cannot be combined with."""

import pytest

from runner.compose.command_line import compose_cells
from runner.console.errors import ConfigError
from runner.training.optimizer import check_optimizer

SAYS_ITSELF = ["schedule_free_sgd", "schedule_free_adamw", "o2nc"]


def check(*words):
    check_optimizer(compose_cells(list(words), multirun=False)[0].training)


@pytest.mark.parametrize("optimizer", SAYS_ITSELF)
@pytest.mark.parametrize("around", [[], ["optimizer=sam"]], ids=["itself", "within"])
def test_one_that_says_which_weights_are_evaluated_takes_no_average_and_no_rate_of_each_seed(optimizer, around):
    chosen = [*around, f"optimizer@optimizer.base={optimizer}"] if around else [f"optimizer={optimizer}"]
    check(*chosen, "schedule=constant", "average=none")
    with pytest.raises(ConfigError, match=r"average=ema: .* says itself which weights"):
        check(*chosen, "average=ema")
    with pytest.raises(ConfigError, match=r"schedule=plateau: .* no learning rate of each seed"):
        check(*chosen, "schedule=plateau")


def test_any_other_takes_both():
    check("optimizer=sgd", "schedule=plateau", "average=ema")
