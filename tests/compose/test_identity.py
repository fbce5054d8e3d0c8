"""A result is named by its parts, wherever their code lies; what an earlier version named is renamed, and put back."""

import json
from collections import Counter
from pathlib import Path

import pytest

from runner import migrate
from runner.comparison.results import pack, read
from runner.compose.command_line import compose_cells
from runner.compose.identity import digest, located, named
from runner.console.errors import ConfigError
from runner.nodes import parts
from runner.nodes.parts import part_of, target_of
from runner.store.packed import keep_lines, kept_lines
from runner.store.renaming import Renaming, old_name
from runner.store.seal import sealed, sealed_yaml, unsealed, unsealed_yaml
from runner.store.store import Store
from tests.stores import keep

OLDER = json.loads((Path(__file__).parents[1] / "older_cells.json").read_text())


def identity(said):
    (cell,) = compose_cells(said.split(), multirun=False)
    return cell.identity


def test_every_part_has_a_name_of_its_own():
    groups = [folder.name for folder in (parts.HOME / "conf").iterdir() if folder.is_dir()]
    targets = [(group, target) for group in groups for target in parts._named(group)]
    assert max(Counter((group, target.rpartition(".")[2]) for group, target in targets).values()) == 1
    assert all(target_of(part_of(target)) == target for _, target in targets)
    assert all(target_of(part_of(target)) == target for target in parts.TORCHS)


def test_where_the_code_of_a_part_lies_names_no_result(monkeypatch):
    before = identity("loss=gce noise=0.6")
    moved = {part: target.replace("losses.", "losses.robust.") for part, target in parts.parts().items()}
    monkeypatch.setattr(parts, "parts", lambda: moved)
    node = {"_target_": "losses.robust.gce.GCE", "q": 0.7}
    assert named({"loss": node})["loss"] == before["loss"] == {"part": "loss/GCE", "q": 0.7}
    assert located(before["loss"]) == node
    assert not [word for word in ("_target_", "losses.", "runner.", "datasets.") if word in json.dumps(before)]


def test_two_files_of_one_class_with_the_same_arguments_ask_for_one_cell():
    assert identity("loss=js") == identity("loss=gjs loss.pi=0.7")
    assert identity("loss=js") != identity("loss=gjs")


def test_classification_is_what_a_data_set_that_says_no_task_is_for():
    assert "task" not in identity("dataset=tabular")["dataset"]
    assert named({"_target_": "datasets.tabular.tabular", "task": "classification"}) == {"part": "dataset/tabular"}
    node = {"_target_": "datasets.tabular.tabular", "task": "regression"}
    assert located(named(node)).items() >= node.items()


def test_a_table_whose_rows_are_of_no_environment_is_asked_for_as_before_there_were_any():
    keys = ("environment", "held_out", "validated_on", "oracle_share")
    assert not [key for key in keys if key in identity("dataset=tabular")["dataset"]]
    said = identity("dataset=tabular dataset.environment=site dataset.held_out=north")["dataset"]
    assert (said["environment"], said["held_out"]) == ("site", "north")
    assert located({"part": "dataset/tabular", "source": "iris"})["environment"] is None


def test_examples_are_held_out_of_retrieval_where_a_result_does_not_say_what_is():
    before = {"part": "task/retrieval", "unseen": 0.5}
    assert identity("task=retrieval")["task"] == before
    assert located(before)["held_out"] == "examples"
    assert identity("task=retrieval task.held_out=classes")["task"] == {**before, "held_out": "classes"}


def test_a_network_around_another_is_found_as_it_was():
    inner = {"_target_": "runner.parts.models.mlp.MLP", "width": 8, "activation": "relu"}
    around = {"_target_": "runner.parts.models.nm_sparse.NMSparse", "network": inner}
    assert named(around)["network"] == {"part": "model/MLP", "width": 8}
    assert located(named(around)) == around


def test_a_part_that_is_gone_is_named():
    with pytest.raises(ConfigError, match=r"^loss/GCF: there is no such part; did you mean loss/GCE"):
        located({"part": "loss/GCF"})


@pytest.mark.parametrize("said", OLDER)
def test_what_an_earlier_version_asked_has_the_name_that_it_has_now(said):
    older = OLDER[said]
    assert old_name(older["question"]) == older["cell"]
    its = Renaming({older["cell"]: older["question"]})
    assert its.names == {older["cell"]: digest(identity(said))}
    assert its.question(older["cell"]) == identity(said)


def test_a_cell_that_begins_with_another_begins_with_it_under_its_new_name():
    teacher = {"noise": 0.1, "model": {"_target_": "runner.parts.models.mlp.MLP"}}
    student = {"method": {"_target_": "runner.parts.methods.kd.KD", "teacher_cell": old_name(teacher)}, "noise": 0.2}
    its = Renaming({old_name(student): student, old_name(teacher): teacher})
    now = digest({"noise": 0.1, "model": {"part": "model/MLP"}})
    assert its.names[old_name(teacher)] == now
    assert its.question(old_name(student))["method"] == {"part": "method/KD", "teacher_cell": now}
    assert its.text(f"method.teacher_cell={old_name(teacher)}") == f"method.teacher_cell={now}"


def older(store):
    """Make a store as an earlier version left it; {old name: new name}."""
    names = {}
    for cell in store.cells():
        config = unsealed_yaml((cell.path / "config.yaml").read_bytes())
        config.pop("checksum")
        loss = config["question"]["loss"]["part"].partition("/")[2]
        config["question"]["loss"] = {"_target_": f"losses.{loss}"}
        old = cell.path.with_name(old_name(config["question"]))
        cell.path.rename(old)
        (old / "config.yaml").write_text(sealed_yaml(config))
        for file in old.glob("seed=*/status.json"):
            status = unsealed(file.read_bytes())
            status.pop("checksum")
            file.write_text(sealed(status | {"cell": old.name}, indent=1))
        names[old.name] = cell.path.name
    return names


def contents(root):
    return {str(file.relative_to(root)): file.read_bytes() for file in root.rglob("*") if file.is_file()}


@pytest.fixture
def old_store(tmp_path):
    """A store of before; it, what its cells are called now, and its results as they have to be found."""
    store = Store(tmp_path / "store")
    for loss in ("ce", "gce"):
        keep(store.root, [0.5, 0.6], loss=loss, states=["failed"])
    results = read(str(store.root))
    names = older(store)
    kept = [{"cell": name, "name": "a loss", "seeds": [0]} for name in (*names, "0" * 16)]
    store.keep_sweep("python -m runner -m loss=ce,gce", kept)
    (sweep,) = (store.root / "sweeps").glob("*.json")
    sweep.rename(sweep.with_name(f"{sweep.stem[:16]}.json"))
    (store.root / "tune" / ("1" * 16)).mkdir(parents=True)
    return store, names, results


def test_a_store_is_renamed_and_put_back(old_store, capsys):
    store, names, results = old_store
    before = contents(store.root)
    assert [left.why.partition(";")[0] for left in store.survey()[1]] == 3 * ["named as in an earlier version"]
    with pytest.raises(ConfigError, match=r"2 cells are named as in an earlier version; python -m runner\.migrate"):
        store.check_trainable()
    migrate.main([str(store.root)])
    assert read(str(store.root)) == results
    store.check_trainable()
    assert store.survey()[1] == []
    assert [[cell["cell"] for cell in sweep["cells"]] for sweep in store.sweeps()] == [list(names.values())]
    said = capsys.readouterr().out
    assert "1 planned cells were never begun" in said
    assert "2 cells are renamed" in said
    assert "1 journals of trials are set aside" in said
    migrate.main([str(store.root), "undo=true"])
    assert contents(store.root) == before


def test_renaming_goes_on_where_it_was_stopped(old_store, monkeypatch):
    store, _, results = old_store
    before = contents(store.root)
    for stop in range(1, 60):
        written = Counter()

        def replace(file, text, at=stop, real=migrate.rename_store.__globals__["replace"], written=written):
            written["files"] += 1
            if written["files"] == at:
                raise KeyboardInterrupt
            real(file, text)

        with monkeypatch.context() as patch:
            patch.setattr("runner.store.renaming.replace", replace)
            try:
                migrate.main([str(store.root)])
            except KeyboardInterrupt:
                migrate.main([str(store.root)])
        assert read(str(store.root)) == results
        migrate.main([str(store.root), "undo=true"])
        assert contents(store.root) == before
        if written["files"] < stop:
            break
    assert stop > 5


def test_what_there_is_nothing_to_rename_or_to_put_back_in_is_said(tmp_path, capsys):
    keep(tmp_path / "store", [0.5])
    before = contents(tmp_path / "store")
    migrate.main([str(tmp_path / "store")])
    migrate.main([str(tmp_path / "store"), "undo=true"])
    assert [line.rpartition(": ")[2] for line in capsys.readouterr().out.splitlines()] == [
        "nothing to do",
        "nothing to put back",
    ]
    assert contents(tmp_path / "store") == before
    (tmp_path / "empty").mkdir()
    with pytest.raises(ConfigError, match="empty: is no store and no packed file"):
        migrate.main([str(tmp_path / "empty")])


def test_what_is_damaged_is_set_aside_and_named(old_store, capsys):
    store, names, _ = old_store
    first, second = names
    (store.root / "cells" / first / "config.yaml").write_text("no")
    (store.root / "cells" / second / "seed=0" / "status.json").write_text("no")
    migrate.main([str(store.root)])
    said = capsys.readouterr().out
    assert f"{first}: config.yaml has no checksum" in said
    assert "seed=0: status.json has no checksum" in said
    (found,) = read(str(store.root))
    states = {seed: outcome.state for seed, outcome in found.outcomes.items()}
    assert (found.cell, states) == (names[second], {0: "planned", 1: "done", 2: "failed"})


def test_seeds_that_came_since_stay(old_store, capsys):
    store, _, _ = old_store
    migrate.main([str(store.root)])
    cell = store.cells()[0]
    record = cell.seed(7).claim()
    record.start({}, "")
    record.end("failed", {}, cause="a cause")
    migrate.main([str(store.root), "undo=true"])
    assert "stays, as seed=7 came since" in capsys.readouterr().out
    assert store.named(cell.path.name).seeds() == [0, 1, 2, 7]


def test_a_packed_file_is_renamed_and_put_back(tmp_path, old_store):
    store, names, _ = old_store
    migrate.main([str(store.root)])
    pack(read(str(store.root)), tmp_path / "now.jsonl")
    now = [kept for _, kept in kept_lines(tmp_path / "now.jsonl")]
    back = {new: old for old, new in names.items()}
    lines = []
    for kept in now:
        loss = kept["question"]["loss"]["part"].partition("/")[2]
        lines.append(
            kept | {"cell": back[kept["cell"]], "question": kept["question"] | {"loss": {"_target_": f"losses.{loss}"}}}
        )
    file = tmp_path / "before.jsonl"
    keep_lines(file, lines)
    before = file.read_bytes()
    with pytest.raises(ConfigError, match=r"names parts as an earlier version did; python -m runner\.migrate"):
        read(str(file))
    migrate.main([str(file)])
    assert file.read_bytes() == (tmp_path / "now.jsonl").read_bytes()
    migrate.main([str(file), "undo=true"])
    assert file.read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ([], "which results"),
        (["undo=true"], "which results"),
        (["nowhere"], "nowhere: there is no such store or packed file"),
        (["undo=maybe", "."], "undo=maybe: must be true or false"),
    ],
)
def test_wrong_arguments_are_refused(arguments, line):
    with pytest.raises(ConfigError, match=line):
        migrate.main(arguments)
