"""What seeds would be trained on, seen without training."""

import json

import pytest
import torch
from PIL import Image

from datasets.split import Split
from runner.audit import main
from runner.compose.cell_config import unless_said
from runner.compose.command_line import compose_cells
from runner.console.errors import ConfigError
from runner.data.protocol import Labelled, Prepared
from runner.data.targets import targets_of
from runner.data_card.pictures import pictures
from runner.launch.session import run_cell
from runner.store.store import Store
from runner.training.events import Started
from runner.training.run import run


@pytest.fixture
def audit(tmp_path, capsys, monkeypatch):
    """audit(*overrides) -> what is printed, and the records by folder and seed."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "120")

    def audited(*overrides):
        main([*unless_said(["dataset=blobs"], overrides), *overrides])
        files = sorted((tmp_path / "results" / "audits").glob("*/seed=*/audit.json"))
        return capsys.readouterr().out, [json.loads(file.read_text()) for file in files]

    return audited


def test_a_table_says_what_became_of_every_class(audit):
    said, (record,) = audit("noise=0.4", "imbalance=4", "val_fraction=0.25", "noise_type=pair")
    row = next(line for line in said.splitlines() if line.startswith("│ blob 3"))
    source, train, val, labelled = (record["source_class_counts"], record["train"], record["val"], record["train"])
    cells = [part.strip() for part in row.strip("│").split("│")]
    assert cells[:5] == [
        "blob 3", str(source[3]), str(train["class_counts"][3]), str(val["class_counts"][3]),
        str(labelled["given_counts"][3]),
    ]  # fmt: skip
    assert cells[5] == f"{train['noise_rates'][3]:.1%}"
    assert cells[6] == f"blob 0 {train['transition'][3][0]:.1%}"
    assert source == [128] * 4
    assert [a + b for a, b in zip(train["class_counts"], val["class_counts"], strict=True)] == [128, 80, 50, 32]
    assert f"{val['noise_rate']:.1%} of the validation labels are wrong" in said


def test_names_of_classes_keep_to_their_line(audit, tmp_path):
    for name in ("cat", "do\ng"):
        (tmp_path / "pets" / name).mkdir(parents=True)
        for i in range(4):
            Image.new("RGB", (2, 2), (i, len(name), 0)).save(tmp_path / "pets" / name / f"{i}.png")
    said, _ = audit("dataset=image_folder", "dataset.root=pets", "dataset.test_size=0.5", "--quick")
    assert r"cat 4, do\ng 4" in said
    assert any(line.startswith(r"│ do\ng ") for line in said.splitlines())


def test_the_record_is_the_one_in_the_provenance(audit, compose):
    _, records = audit("noise=0.4", "seeds=2", "--quick")
    events = run(**compose("noise=0.4", seeds=[0, 1]))
    facts = [event.facts for event in events if isinstance(event, Started)]
    for record, fact in zip(records, facts, strict=True):
        assert {key: fact[key] for key in record if key in fact} == {
            key: value for key, value in record.items() if key not in ("question", "seed")
        }
    assert records[0]["train"]["labels_sha256"] != records[1]["train"]["labels_sha256"]


def test_objectives_share_an_audit(audit):
    main(["dataset=blobs", "-m", "loss=ce,gce", "noise=0.4", "model.width=8,16", "--quick"])
    _, records = audit("noise=0.4", "loss=poly", "--quick")
    assert len(records) == 1


def test_a_grid_is_audited_cell_by_cell(audit):
    said, records = audit("-m", "noise_type=pair,symmetric", "noise=0.4", "--quick")
    assert len(records) == 2
    assert "noise_type=pair" in said
    assert "noise_type=symmetric" in said


def test_pictures_lie_beside_the_record_and_are_the_same_again(audit, tmp_path):
    audit("noise=0.4")
    (folder,) = tmp_path.glob("results/audits/*/seed=0")
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    pictures = {"transition.svg", "classes.svg", "flipped.png"}
    assert set(before) == {"audit.json", "card.md", "label_errors.csv", *pictures}
    assert all(f"]({name})" in before["card.md"].decode() for name in pictures)
    audit("noise=0.4")
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before


def prepared(x, true=(0, 1, 2, 0), given=(0, 2, 2, 1)):
    classes = ("ant", "bee", "cow")
    y = torch.tensor(true)
    split = Split(x, y.clamp(min=0), x, y, classes, torch.zeros(1), torch.ones(1))
    train = Labelled(torch.arange(4)[None], torch.tensor([given]), y[None])
    return Prepared(split, train, train, targets_of(split), y, y.clamp(min=0).bincount(), False)


@pytest.mark.parametrize("shape", [(3, 8, 8), (1, 8, 8), (2, 8, 8), (40,)])
def test_images_of_any_channels_and_curves_are_shown(shape):
    made = pictures(prepared(torch.ones(4, *shape)), 0)
    assert made["flipped.png"].startswith(b"\x89PNG")
    assert ("examples.png" in made) == (len(shape) == 3)


def test_a_picture_names_classes_and_shares():
    made = pictures(prepared(torch.ones(4, 1, 8, 8)), 0)
    assert all(name in made["transition.svg"] for name in ("ant", "bee", "cow", ">.50<", ">1.00<"))
    assert "given label" in made["classes.svg"]


def test_without_flips_there_is_nothing_to_show():
    assert "flipped.png" not in pictures(prepared(torch.ones(4, 1, 8, 8), given=(0, 1, 2, 0)), 0)


def test_inputs_of_no_class_are_shown_as_such_and_counted(audit):
    assert pictures(prepared(torch.ones(4, 1, 8, 8), true=(0, -1, 2, 0), given=(0, 1, 2, 0)), 0)["flipped.png"]
    said, (record,) = audit("noise=0.4", "noise_type=open_set", "dataset@noise_type.source=blobs", "--quick")
    assert f"{record['train']['outside']} training inputs are of no class" in said


def test_it_works_without_matplotlib(audit, monkeypatch, tmp_path, capsys):
    monkeypatch.setitem(__import__("sys").modules, "runner.data_card.pictures", None)
    audit("noise=0.4", "--quick")
    (folder,) = tmp_path.glob("results/audits/*/seed=0")
    assert {file.name for file in folder.iterdir()} == {"audit.json", "card.md"}


def test_a_quick_audit_trains_no_baseline(audit):
    said, _ = audit("--quick")
    assert "labels that are probably wrong were not looked for: --quick leaves it out" in said
    assert "equal inputs: 0 in train" in said


def test_seeds_with_a_test_part_each_are_audited_one_by_one(audit):
    said, records = audit("dataset=tabular", "dataset.source=digits", "dataset.fold=seed", "seeds=2", "--quick")
    assert len(records) == 2
    assert records[0]["train"]["labels_sha256"] != records[1]["train"]["labels_sha256"]
    assert said.count("saved in") == 2


def test_what_cannot_be_is_refused_and_nothing_is_written(audit, tmp_path):
    with pytest.raises(ConfigError, match="imbalance=1000"):
        audit("imbalance=1000")
    with pytest.raises(ConfigError, match="--cfg: there is no such option"):
        audit("--cfg", "job")
    with pytest.raises(ConfigError, match="did you mean noise"):
        audit("nosie=0.4")
    assert not list(tmp_path.iterdir())


def test_a_run_says_where_its_audit_is(audit, tmp_path):
    _, (record,) = audit("noise=0.4", "seed=3", "--quick")
    (cell,) = compose_cells(["dataset=blobs", "noise=0.4", "seed=3", "epochs=1", "exec.progress=none"], multirun=False)
    run_cell(cell, "title")
    said = Store("results").cell(cell.identity, cell.choices).seed(3).provenance()
    assert json.loads((tmp_path / "results" / said["audit"] / "audit.json").read_text()) == record
    assert said["train"] == record["train"]
