"""Barriers between the stored networks of two seeds."""

import json
from shlex import split

import pytest

from runner import barriers, maps
from runner.console.errors import ConfigError
from runner.merging.pairs import read_pairs
from runner.render import rendered
from runner.store.networks import stored_network

KEPT = ["exec.keep_network=true", "seeds=4"]


@pytest.fixture
def lie(tmp_path, capsys, monkeypatch):
    """What lies between networks, by the words of a command beside those of `go`; what was printed."""
    monkeypatch.setenv("COLUMNS", "300")

    def said(*words):
        blobs = [] if any(word.startswith("dataset=") for word in words) else ["dataset=blobs"]
        barriers.main([*blobs, "epochs=2", f"store={tmp_path}", *words])
        return capsys.readouterr().out

    return said


def test_all_pairs_are_measured_saved_and_shown_again_from_a_file(go, lie, tmp_path, capsys):
    cell = go(*KEPT)
    file = tmp_path / "kept.jsonl"
    printed = lie("seeds=4", "points=5", f"keep={file}")
    folder = tmp_path / "barriers" / cell.path.name
    assert {each.name for each in folder.iterdir()} == {"line.svg", "pairs.jsonl"}
    assert (folder / "pairs.jsonl").read_text() == file.read_text()
    pairs = read_pairs(file)
    assert [pair.seeds for pair in pairs] == [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)]
    for pair in pairs:
        assert {len(curve) for curve in (*pair.nll.values(), *pair.accuracy.values())} == {5}
        assert pair.distance["matched"] < pair.distance["plain"]
        for end in (0, -1):  # units in other places compute the same
            assert pair.nll["matched"][end] == pytest.approx(pair.nll["plain"][end], abs=1e-5)
    barriers.main([f"from={file}"])
    assert capsys.readouterr().out == printed[printed.index("saved") :].partition("\n")[2]
    barriers.main([f"from={file}", f"picture={tmp_path / 'new.svg'}"])
    assert (tmp_path / "new.svg").read_text() == (folder / "line.svg").read_text()
    page = tmp_path / "page.md"
    page.write_text(f"<!-- python -m runner.barriers from={file} -->\n<!-- end -->\n")
    assert "| dataset=blobs epochs=2 | cross-entropy (nats) |" in rendered(page)[1]


def test_the_ends_of_a_line_are_the_stored_networks(go, lie, tmp_path):
    cell = go(*KEPT)
    lie("seeds=4", "points=3", f"keep={tmp_path / 'kept.jsonl'}")
    last = json.loads((cell.path / "seed=1" / "rows.jsonl").read_text().splitlines()[-1])
    pair = read_pairs(tmp_path / "kept.jsonl")[0]
    assert pair.accuracy["plain"][-1] == pytest.approx(last["test/accuracy"], abs=1e-6)


def test_the_distance_is_that_of_all_numbers(go, lie, tmp_path):
    cell = go(*KEPT)
    lie("seeds=4", "points=3", f"keep={tmp_path / 'kept.jsonl'}")
    states = [stored_network(cell.store, cell.path.name, seed)[1] for seed in (0, 1)]
    expected = sum(float((states[0][key] - states[1][key]).double().square().sum()) for key in states[0])
    assert read_pairs(tmp_path / "kept.jsonl")[0].distance["plain"] == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize(
    ("trained", "asked", "why"),
    [
        ([], [], r"has no network of seed 0; a run with exec\.keep_network=true keeps it"),
        (KEPT, ["seeds=1"], r"seeds=1: must be at least 2"),
        ([*KEPT, "dataset=diabetes", "loss=mse"], ["dataset=diabetes", "loss=mse"], "tell one class of each example"),
        ([*KEPT, "model.norm=group", "model.width=64"], ["model.norm=group", "model.width=64"], "chains of layers"),
        (None, [], "has no such cell; python -m runner .* trains it"),
        (None, ["points=2"], r"points=2: must be a whole number in \[3, 1001\]"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_written(trained, asked, why, go, lie, tmp_path):
    if trained is not None:
        go(*trained)
    with pytest.raises(ConfigError, match=why):
        lie(*(["seeds=2"] if "seeds=1" not in asked else []), *asked)
    assert not (tmp_path / "barriers").exists()


@pytest.mark.parametrize("text", ["", "{}\n", "[1]\n", "abc\n", '{"cell": "a"}\n'])
def test_a_file_of_something_else_is_refused(text, tmp_path):
    file = tmp_path / "other.jsonl"
    file.write_text(text)
    with pytest.raises(ConfigError, match="holds no pairs of seeds"):
        barriers.main([f"from={file}"])


def test_from_goes_alone(tmp_path):
    with pytest.raises(ConfigError, match="from= goes alone or with picture="):
        barriers.main([f"from={tmp_path}", "loss=gce"])


def test_a_shallow_network_is_brought_together_with_the_same_seeds_deep_one(go, lie, tmp_path):
    shallow, deep = go(*KEPT, "model.width=16"), go(*KEPT, "model.width=16", "model.depth=3")
    file = tmp_path / "kept.jsonl"
    lie("seeds=4", "model.width=16", "model.depth=3", "shallow=model.depth=1", f"keep={file}")
    assert (tmp_path / "barriers" / deep.path.name / f"shallow={shallow.path.name}" / "pairs.jsonl").exists()
    pairs = read_pairs(file)
    assert [pair.seeds for pair in pairs] == [(seed, seed) for seed in range(4)]
    for cell, end in ((deep, 0), (shallow, -1)):
        for pair in pairs:
            last = json.loads((cell.path / f"seed={pair.seeds[0]}" / "rows.jsonl").read_text().splitlines()[-1])
            assert pair.accuracy["matched"][end] == pytest.approx(last["test/accuracy"], abs=1e-6)
    with pytest.raises(ConfigError, match=r"shallow=model\.depth=3: 3 hidden layers are more than 1"):
        lie("seeds=4", "model.width=16", "shallow=model.depth=3")
    go(*KEPT, "model.width=16", "model.depth=2", "model.activation=tanh")
    with pytest.raises(ConfigError, match="need activation=relu"):
        lie(
            "seeds=4",
            "model.width=16",
            "model.depth=2",
            "model.activation=tanh",
            "shallow='model.depth=1' model.activation=relu",
        )


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("model.dept=1", "shallow=model.dept=1: model.dept=1: there is no such key"),
        ("model.depth=1,2", "shallow=model.depth=1,2: .*-m"),
        ("a'b", "shallow=a'b: No closing quotation"),
        ("", "shallow=: says nothing"),
        (
            "model.width=8",
            r"has no such cell; python -m runner dataset=blobs epochs=2 store=\S+ seeds=4 model.width=8 exec",
        ),
    ],
)
def test_a_shallow_network_that_is_not_there_is_refused_by_what_was_said(said, why, go, lie, tmp_path):
    go(*KEPT)
    with pytest.raises(ConfigError, match=why):
        lie("seeds=4", f"shallow={said}")
    assert not (tmp_path / "barriers").exists()


@pytest.mark.parametrize("program", [barriers, maps])
def test_the_command_that_a_refusal_names_trains_what_is_asked_for(program, tmp_path):
    words = ["dataset=blobs", "epochs=2", f"store={tmp_path}", "seeds=3", "seed=5"]
    with pytest.raises(ConfigError) as caught:
        program.main(words)
    said = str(caught.value).removeprefix(f"store={tmp_path}: has no such cell; ").removesuffix(" trains it")
    assert split(said) == ["python", "-m", "runner", *words, "exec.keep_network=true"]
