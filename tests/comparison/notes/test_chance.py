"""What a loss is made for is said before training, and what never left chance after it."""

import pytest

from runner.comparison.notes.chance import at_chance
from runner.compose.command_line import compose_cells
from runner.compose.fit import unfit
from runner.console.errors import ConfigError
from runner.training.run import run
from tests.zoo import LOSSES, ROOT, node

CHANCE = "seeds never left chance"


def said(*overrides):
    recipe = compose_cells(list(overrides), multirun=False)[0].recipe
    return list(unfit(recipe.model, recipe.loss))


@pytest.mark.parametrize("name", LOSSES)
def test_a_loss_whose_page_asks_for_a_head_says_so_before_training(name):
    text = (ROOT / "conf" / "loss" / f"{name}.yaml").read_text()
    code = ROOT.joinpath(*node(name)["_target_"].split(".")[:-1]).with_suffix(".py").read_text()
    assert [line.partition(" ")[0] for line in said(f"loss={name}")] == ["loss"] * ("model.head=" in text + code)


@pytest.mark.parametrize("head", ["cosine", "equiangular"])
def test_with_such_a_head_nothing_is_said(head):
    assert said("loss=ldam", f"model.head={head}") == []


def test_it_is_said_of_a_loss_within_another_and_names_what_would_do():
    (line,) = said("loss=logit_clip", "loss@loss.base=ldam")
    assert line.startswith("loss.base (losses.ldam.LDAM) ")
    assert "model.head=linear does not give" in line
    assert line.endswith("model.head=cosine or equiangular does")


def test_it_is_said_once_a_cell_that_trains(go, capsys):
    go("loss=ldam", "seeds=2")
    assert capsys.readouterr().err.count("made for logits that are cosines") == 1
    go("loss=ldam", "seeds=2")
    assert "cosines" not in capsys.readouterr().err


def test_what_never_left_chance_is_said_and_what_did_is_not(go):
    still = go("optimizer.lr=1e-9", "seeds=3", "imbalance=5")
    assert at_chance([still.seed(i) for i in range(3)]).startswith(f"3 of 3 {CHANCE}: test/balanced_accuracy is ")
    assert at_chance([still.seed(i) for i in range(3)]).endswith("25.00% where one class is said of all examples")
    learned = go("dataset.distance=4")
    assert at_chance([learned.seed(0)]) == ""
    assert at_chance([learned.seed(0), still.seed(0)]).startswith(f"1 of 2 {CHANCE}")
    assert at_chance([still.seed(9)]) == "", "it is not there"


def test_the_summary_says_it(tmp_path, monkeypatch, capsys):
    from runner import __main__

    line = ["runner", "dataset=blobs", "epochs=1", "optimizer.lr=1e-9", f"store={tmp_path}", "exec.progress=none"]
    monkeypatch.setattr("sys.argv", line)
    with pytest.raises(SystemExit) as ended:
        __main__.main()
    assert ended.value.code == 0
    assert f"seedwise: dataset=blobs epochs=1 optimizer.lr=1e-9: 1 of 1 {CHANCE}" in capsys.readouterr().err


def test_a_batch_of_one_is_refused_under_batchnorm_by_its_key(compose):
    with pytest.raises(ConfigError, match=r"batch_size=1: leaves BatchNorm one value a channel"):
        next(run(**compose("model.norm=batch", "batch_size=1")))
    for fits in (["batch_size=1"], ["model.norm=batch", "batch_size=2"]):
        next(run(**compose(*fits)))


def first(arguments):
    return next(run(**arguments))


def test_a_transition_that_is_hardly_known_is_not_inverted(compose):
    """(K - 1) / K of symmetric noise, at which it is singular but for what few labels make of it by chance."""
    words = ["loss=backward_correction", "dataset.num_train=40", "classes=[0,1]", "noise=0.5"]
    with pytest.raises(ConfigError, match=r"condition number .*, at most 1000 can be.*loss.matrix="):
        first(compose(*words, seeds=range(50)))
    first(compose(*words, "loss.matrix=[[0.5001,0.4999],[0.4999,0.5001]]"))
    with pytest.raises(ConfigError, match=r"matrix has condition number .*, at most 1e\+06 can be"):
        first(compose(*words, "loss.matrix=[[0.5,0.5],[0.5,0.5]]"))
