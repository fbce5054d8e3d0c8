"""What an audit says of targets that are no single class."""

import json
from itertools import pairwise

import pytest
import torch

from runner.audit import main
from runner.compose.command_line import compose_cells
from runner.data.prepare import prepare
from runner.data_card.duplicates import duplicates
from runner.data_card.kinds import shown

BLOBS = ["dataset=blobs", "noise_type=candidates", "loss=cc", "noise=0.3"]
ASKED = {
    "numbers": (["dataset=diabetes", "noise=0.2"], {"targets.svg", "flipped.png"}),
    "boxes": (["dataset=boxes", "dataset.num_train=99", "noise=0.2"], {"targets.svg", "flipped.png", "examples.png"}),
    "labels": (
        ["dataset=mosaic", "dataset.num_train=99", "noise=0.5"],
        {"labels.svg", "together.svg", "flipped.png", "examples.png"},
    ),
    "bits": (["dataset=topics", "noise_type=noisy_bits", "noise=0.2"], {"labels.svg", "together.svg", "flipped.png"}),
    "sets": (BLOBS, {"classes.svg", "transition.svg"}),
    "steps": (["dataset=logistic_map", "dataset.num_train=99", "dataset.num_test=64"], {"targets.svg"}),
    "halves": (["dataset=halves", "noise=0.2"], {"targets.svg"}),
    "pairs": (["dataset=gaussian_pairs", "dataset.num_train=99", "dataset.num_test=64"], set()),
}


@pytest.fixture
def audit(tmp_path, capsys, monkeypatch):
    """audit(*overrides) -> what is printed, the record, and the files of the only seed."""
    monkeypatch.setenv("COLUMNS", "140")

    def audited(*overrides):
        main([f"store={tmp_path}", *overrides])
        (folder,) = tmp_path.glob("audits/*/seed=0")
        return (
            capsys.readouterr().out,
            json.loads((folder / "audit.json").read_text()),
            {file.name: file.read_bytes() for file in folder.iterdir()},
        )

    return audited


def prepared(*said):
    (cell,) = compose_cells([*said], multirun=False)
    return prepare(cell.data, [0], cell.exec)[0]


def cells(said, name):
    """Those of a row of the table in the terminal."""
    row = next(line for line in said.splitlines() if line.startswith(f"│ {name} "))
    return [part.strip() for part in row.strip("│").split("│")]


@pytest.mark.parametrize("kind", ASKED)
@pytest.mark.parametrize("more", [[], ["val_fraction=0.2", "val_labels=true"], ["noise=0"]])
def test_every_kind_is_audited_and_all_pictures_are_on_the_card(kind, more, audit):
    asked = [word for word in ASKED[kind][0] if "noise=0" not in more or not word.startswith("noise=")]
    said, _, files = audit(*asked, *more)
    pictures = ASKED[kind][1] - ({"flipped.png", "transition.svg"} if "noise=0" in more else set())
    page = files["card.md"].decode()
    assert pictures <= set(files)
    assert {name for name in files if f"]({name})" in page} >= pictures
    assert "probably wrong were not looked for: confident learning asks for" in said
    assert "Not looked for: confident learning asks for" in page


def test_numbers_are_described_in_their_own_unit(audit):
    said, record, files = audit("dataset=diabetes", "noise=0.2")
    split = prepared("dataset=diabetes", "noise=0.2").split
    assert cells(said, "target")[1:4] == ["353", f"{split.y.mean():.4g}", f"{split.y.std(correction=0):.4g}"]
    assert cells(said, "target")[4:7] == ["25", f"{split.y.median():.4g}", "346"]
    assert cells(said, "target")[7] == f"{record['train']['noise_rate']:.1%}"
    assert float(cells(said, "target")[8]) == pytest.approx(record["train"]["change_rms"][0], rel=1e-3)
    page = files["card.md"].decode()
    true = f"| {split.y.quantile(0.05):.4g} | {split.y.quantile(0.25):.4g} | {split.y.median():.4g} |"
    assert page.count(true) == 2  # of the data set and of the seed's true ones, but not of those given
    assert "## Targets" in page
    assert "| part | examples |" in page


def test_labels_are_counted(audit):
    said, record, files = audit("dataset=topics", "noise_type=noisy_bits", "noise=0.2")
    train = prepared("dataset=topics", "noise_type=noisy_bits", "noise=0.2").train
    wrong = (train.given[0] != train.true[0]).float().mean(0)
    for k in range(train.true.shape[2]):
        counts = [train.true[0], train.true[0], train.given[0]]
        expected = [*(str(int(bits[:, k].sum())) for bits in counts), "0", f"{wrong[k]:.1%}"]
        assert cells(said, f"topic {k}")[1:] == expected
    assert f"| topic 0 | {record['train']['class_counts'][0]} |" in files["card.md"].decode()


def test_what_is_not_told_is_not_wrong(audit):
    said, record, _ = audit("dataset=topics", "noise_type=missing_bits", "noise=0.4")
    assert cells(said, "topic 1")[4:] == [str(record["train"]["unknown_counts"][1]), "0.0%"]
    assert record["train"]["unknown_counts"][1] > 0


def test_candidates_are_sets(audit):
    said, record, files = audit(*BLOBS)
    train = prepared(*BLOBS).train
    row = record["train"]["transition"][2]
    share, other = max((share, k) for k, share in enumerate(row) if k != 2)
    expected = ["128", "128", str(int(train.given[0][:, 2].sum())), f"blob {other} {share:.1%}"]
    assert cells(said, "blob 2")[1:] == expected
    size = train.given[0].sum(1).mean()
    assert cells(said, "all")[-1] == f"{size:.3g} a set (noise=0.3)"
    assert f"sets of {size:.3g} classes on average" in files["card.md"].decode()
    assert "flipped.png" not in files


def test_an_example_has_its_own_targets_in_words():
    numbers = shown(prepared("dataset=diabetes", "noise=1"), 0)
    given, true = numbers.told(0)
    assert float(true) == pytest.approx(float(numbers.split.y[numbers.train.place[0], 0]), rel=1e-3)
    assert given != true
    labels = shown(prepared("dataset=topics", "noise_type=missing_bits", "noise=1"), 0)
    assert labels.told(0)[0] == "none, 5 not told"
    assert labels.text(torch.tensor([1.0, 0, 1, 0, 0])) == "topic 0|topic 2"


def test_groups_to_look_at_are_by_what_is_given():
    numbers = shown(prepared("dataset=diabetes"), 0)
    parts = [numbers.train.given[places, 0] for _, places in numbers.groups()]
    assert sum(map(len, parts)) == 353
    assert all(low.max() <= high.min() for low, high in pairwise(parts))
    labels = shown(prepared("dataset=topics", "noise=0.5"), 0)
    for k, (name, places) in enumerate(labels.groups()):
        assert name == f"topic {k}"
        assert (labels.train.given[places, k] == 1).all()
        assert len(places) == (labels.train.given[:, k] == 1).sum()


@pytest.mark.parametrize("said", [["dataset=diabetes"], ["dataset=topics"]])
def test_equal_inputs_may_have_other_targets(said):
    split = prepared(*said).split
    x = split.x.clone()
    x[1], x[2] = x[0], x[3]
    y = split.y.clone()
    y[2] = y[3]
    y[1] = 1 - y[0]
    found = duplicates(split._replace(x=x, y=y)).train
    assert found.equal[:4].all()
    assert found.unlike[:4].tolist() == [True, True, False, False]
