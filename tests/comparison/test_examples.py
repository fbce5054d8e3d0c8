"""Comparisons over test examples: only of the same examples, and of what was kept."""

import json

import numpy as np
import pytest

from runner.comparison.compare import against_baseline
from runner.comparison.kept_examples import written
from runner.comparison.panels import Layout, panels
from runner.comparison.results import pack, read
from runner.comparison.tables import differences, means
from runner.statistics.crossed import examples_p, over_both, over_examples
from runner.tasks.families import DECLARED
from tests.stores import keep

M = 40
RNG = np.random.default_rng(0)
RIGHT = {loss: RNG.random((5, M)) < share for loss, share in (("ce", 0.6), ("gce", 0.8), ("sce", 0.7))}
NLL = DECLARED["test/nll"]


def store(root, by_loss, test="a hash", metric="test/accuracy", states=None, lacks=()):
    """A cell of each loss, whose last row is what its examples come to; those that lack have none kept."""
    for loss, values in by_loss.items():
        cell = keep(root, [], loss=loss, metric=metric, states=states and states.get(loss))
        for seed, its in enumerate(values, start=len((states or {}).get(loss, ()))):
            record = cell.seed(seed).claim()
            record.start({}, f"python -m runner loss={loss} seed={seed} seeds=1")
            record.append({"epoch": 1, "test/accuracy": 0.1, metric: 0.1})
            record.append({"epoch": 2, "test/accuracy": 0.5, metric: float(its.mean())})
            if loss not in lacks:
                record.keep_examples(written(test if isinstance(test, str) else test[loss], {2: {metric: its}}))
            metrics = {name: DECLARED[name] for name in ("test/accuracy", metric)}
            record.end("done", {"seconds": 1.0, "stack_size": 1, "peak_memory_bytes": 1}, metrics)
    return root


def compared(root, over, **more):
    (panel,) = panels(read(root), Layout(over=over, **more))
    return panel, {each.row: each for each in against_baseline(panel)}


def test_over_both_is_the_two_way_estimate(tmp_path):
    _, found = compared(store(tmp_path, RIGHT), "both")
    for loss in ("gce", "sce"):
        its = over_both(RIGHT[loss].astype(float) - RIGHT["ce"])
        assert (found[loss].paired.low, found[loss].paired.high) == pytest.approx(its.interval())
        assert found[loss].paired.p == pytest.approx(its.p())
        assert found[loss].paired.mean == pytest.approx(its.mean)
        assert found[loss].examples == M


def test_over_examples_takes_the_seeds_as_given(tmp_path):
    _, found = compared(store(tmp_path, RIGHT), "examples")
    apart = RIGHT["gce"].astype(float) - RIGHT["ce"]
    assert found["gce"].paired.p == examples_p(apart)
    assert (found["gce"].paired.low, found["gce"].paired.high) == pytest.approx(over_examples(apart).interval())


def test_by_default_it_is_over_seeds_and_the_caption_says_on_what(tmp_path):
    panel, found = compared(store(tmp_path, RIGHT), "seeds")
    assert found["gce"].paired.p == 0.0625
    assert "over seeds on one fixed test set" in differences(panel).caption


@pytest.mark.parametrize(
    ("over", "said"),
    [("examples", "over 40 test examples, for these seeds"), ("both", "over seeds and 40 test examples")],
)
def test_the_caption_says_over_what(tmp_path, over, said):
    panel, _ = compared(store(tmp_path, RIGHT), over)
    caption = differences(panel).caption
    assert said in caption
    assert "fixed test set" not in caption


def test_marks_are_over_seeds_alone_which_is_said(tmp_path):
    alike = {"ce": RIGHT["ce"], "gce": np.roll(RIGHT["ce"], 1, axis=0)}
    panel, _ = compared(store(tmp_path, alike), "both")
    assert "(all pairs of a column, level 0.1, over seeds alone)" in means(panel, 0.1).caption


def test_one_seed_is_mcnemars_test(tmp_path):
    panel, found = compared(store(tmp_path, {loss: its[:1] for loss, its in RIGHT.items()}), "examples")
    assert 0 < found["gce"].paired.p < 1
    assert "McNemar's exact test" in differences(panel).caption


def test_what_was_not_kept_is_said_and_not_compared(tmp_path):
    """An older store has none at all."""
    panel, found = compared(store(tmp_path, RIGHT, lacks=["sce"]), "both")
    assert not found["sce"].made
    assert found["gce"].holm == found["gce"].paired.p  # the only one that counts
    caption = differences(panel).caption
    assert "not compared over=both, as what became of each test example was not kept: sce" in caption
    panel, _ = compared(store(tmp_path / "old", RIGHT, lacks=RIGHT), "both")
    assert "was not kept: gce, sce" in differences(panel).caption
    assert means(panel).body


def test_other_test_examples_are_not_laid_beside_them(tmp_path):
    """As many of them, and all of the same data set's name."""
    panel, found = compared(store(tmp_path, RIGHT, test={"ce": "one", "gce": "one", "sce": "another"}), "both")
    assert found["gce"].made
    assert not found["sce"].made
    assert "as they were not tested on the same examples: sce" in differences(panel).caption


def test_examples_that_do_not_come_to_the_result_are_not_used(tmp_path):
    cell = keep(tmp_path, [], loss="gce")
    store(tmp_path, {"ce": RIGHT["ce"]})
    record = cell.seed(0).claim()
    record.start({}, "")
    record.append({"epoch": 2, "test/accuracy": 0.9})
    record.keep_examples(written("a hash", {2: {"test/accuracy": RIGHT["gce"][0]}}))
    record.end(
        "done", {"seconds": 1.0, "stack_size": 1, "peak_memory_bytes": 1}, {"test/accuracy": DECLARED["test/accuracy"]}
    )
    panel, found = compared(tmp_path, "both")
    assert not found["gce"].made
    assert "examples.json of seed 0 is not of its result" in differences(panel).caption


def test_a_damaged_file_is_a_damaged_seed(tmp_path, capsys):
    file = store(tmp_path, RIGHT).glob("cells/*/seed=3/examples.json")
    for each in file:
        each.write_text(each.read_text().replace("bits", "bots"))
    _, found = compared(tmp_path, "both")
    assert "examples.json is not what was written" in capsys.readouterr().err
    assert found["gce"].paired.n == 4


def test_numbers_are_compared_as_bits_are(tmp_path):
    losses = {loss: RNG.exponential(scale, (4, M)) for loss, scale in (("ce", 1.0), ("gce", 2.0))}
    _, found = compared(store(tmp_path, losses, metric="test/nll"), "both", metric="test/nll")
    its = over_both(losses["gce"] - losses["ce"])
    assert found["gce"].paired.p == pytest.approx(its.p(), rel=1e-2)
    assert found["gce"].paired.low == pytest.approx(its.interval()[0], rel=1e-2)


def test_a_diverged_seed_is_wrong_on_every_example(tmp_path):
    """As it counts over seeds; the first seed of gce is one."""
    _, found = compared(
        store(tmp_path, {"ce": RIGHT["ce"], "gce": RIGHT["gce"][1:]}, states={"gce": ["diverged"]}), "both"
    )
    its = over_both(np.vstack([np.zeros((1, M)), RIGHT["gce"][1:]]) - RIGHT["ce"])
    assert found["gce"].paired.low == pytest.approx(its.interval()[0])
    assert found["gce"].diverged == 1


def test_a_packed_file_has_them_where_it_is_asked_for(tmp_path):
    results = read(store(tmp_path / "store", RIGHT))
    whole, without = tmp_path / "whole.jsonl", tmp_path / "without.jsonl"
    pack(results, whole, ["test/accuracy"], by_example=True)
    pack(results, without)
    theirs, ours = compared(tmp_path / "store", "both")[1], compared(whole, "both")[1]
    assert ours["gce"].paired.p == pytest.approx(theirs["gce"].paired.p)
    panel, _ = compared(without, "both")
    assert "was not kept: gce, sce" in differences(panel).caption


def test_a_packed_file_whose_examples_are_none_is_refused(tmp_path):
    from runner.console.errors import ConfigError
    from runner.store.seal import sealed_lines, unsealed_lines

    file = tmp_path / "packed.jsonl"
    pack(read(store(tmp_path / "store", RIGHT)), file, by_example=True)
    lines = [kept for _, kept in unsealed_lines(file.read_bytes())]
    for flaw in ({"0": {"test": 1}}, {"99": lines[0]["examples"]["0"]}, {"a": {}}):
        for line in lines:
            line.pop("line", None)
        file.write_text(sealed_lines([lines[0] | {"examples": flaw}, *lines[1:]]))
        with pytest.raises(ConfigError, match="line 1"):
            read(file)
    assert json.dumps(lines)
