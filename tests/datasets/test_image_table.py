"""Images that a table names, with targets of every task."""

import pandas as pd
import pytest
import torch

from datasets.noise_types.human import human
from runner.compose.command_line import compose_cells
from runner.console.errors import ConfigError
from runner.data.prepare import prepare
from runner.nodes.build import build
from runner.training.run import run
from tests.datasets.test_image_folder import paint
from tests.zoo import node

N = 20
NAMES = [f"{['day1', 'day2/late'][i % 2]}/{i:02}.png" for i in range(N)]
FRAME = pd.DataFrame(
    {
        "file": NAMES,
        "age": [20.5 + i for i in range(N)],
        "height": [150 + 7 * i % 40 for i in range(N)],
        "tags": [["hat|dog", "dog", "", "cat"][i % 4] for i in range(N)],
        "hat": [i % 4 == 0 for i in range(N)],
        "dog": [["no", "yes"][i % 4 < 2] for i in range(N)],
        "sort": [["pet", "man"][i % 2] for i in range(N)],
        "person": [f"p{i // 4}" for i in range(N)],
        "shot": range(N),
    }
)
ASKED = {
    "regression": {"target": ["age", "height"], "task": "regression"},
    "multilabel": {"target": "tags", "task": "multilabel"},
    "classification": {"target": "sort", "task": "classification"},
}


@pytest.fixture
def photos(tmp_path):
    """Images whose red says which they are, in folders; and where the table is."""
    for i, name in enumerate(NAMES):
        paint(tmp_path / "photos" / name, (10 * i, 0, 0))
    FRAME.to_csv(tmp_path / "ages.csv", index=False)
    return tmp_path


def load(home, frame=None, **changed):
    if frame is not None:
        frame.to_csv(home / "ages.csv", index=False)
    asked = {"root": "photos", "source": "ages.csv", "target": "age", "task": "regression", "size": 4} | changed
    return build("dataset", node("image_table", "dataset") | asked, data_root=str(home))


def refusal(home, frame=None, **changed):
    with pytest.raises(ConfigError) as error:
        load(home, frame, **changed)
    assert "\n" not in str(error.value)
    assert not (home / "cache").exists()
    return str(error.value)


def shown(x):
    """Which images they are."""
    return (x[:, 0, 0, 0].long() // 10).tolist()


def expected(split, places):
    if split.task == "regression":
        return torch.tensor(FRAME[["age", "height"]].to_numpy()).float()[places]
    if split.task == "multilabel":
        return torch.tensor([[float(label in FRAME["tags"][i]) for label in ("cat", "dog", "hat")] for i in places])
    return torch.tensor([["man", "pet"].index(FRAME["sort"][i]) for i in places])


@pytest.mark.parametrize("task", ASKED)
def test_each_image_has_the_targets_of_its_row(task, photos):
    split = load(photos, FRAME.sample(frac=1, random_state=0), **ASKED[task])
    assert split.task == task
    assert sorted(shown(split.x) + shown(split.test_x)) == list(range(N))
    assert len(split.test_x) == 4
    assert torch.equal(split.y, expected(split, shown(split.x)))
    assert torch.equal(split.test_y, expected(split, shown(split.test_x)))
    names = [split.source_names[number] for number in split.source_index.tolist()]
    assert names == [NAMES[i] for i in shown(split.x)]


def test_labels_are_columns_too(photos):
    split = load(photos, target=["hat", "dog"], task="multilabel")
    assert split.classes == ("hat", "dog")
    assert torch.equal(split.y, torch.tensor([[float(i % 4 == 0), float(i % 4 < 2)] for i in shown(split.x)]))


@pytest.mark.parametrize("task", ASKED)
def test_sides_are_those_of_a_table(task, photos):
    by_person = load(photos, **ASKED[task], group="person")
    assert not {i // 4 for i in shown(by_person.x)} & {i // 4 for i in shown(by_person.test_x)}
    assert max(shown(load(photos, **ASKED[task], order="shot").x)) == 15
    folds = [shown(load(photos, **ASKED[task], fold=fold).test_x) for fold in range(5)]
    assert sorted(i for fold in folds for i in fold) == list(range(N))


def test_a_table_of_its_own_has_the_test_images(photos):
    FRAME[15:].to_csv(photos / "test.csv", index=False)
    split = load(photos, FRAME[:15], test_source="test.csv")
    assert (shown(split.x), shown(split.test_x)) == ([*range(15)], [*range(15, N)])
    assert "row 0 of test.csv names" in refusal(fresh(photos), FRAME[:16], test_source="test.csv")


def fresh(home):
    """Without what was decoded."""
    for file in (home / "cache").iterdir():
        file.unlink()
    (home / "cache").rmdir()
    return home


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ({3: "gone.png", 5: "too.png"}, "file=file: row 3 of ages.csv names gone.png, which is not in"),
        ({3: "03.png"}, "the first of 1 such rows; did you mean day2/late/03.png?"),
        ({3: NAMES[0]}, "file=file: row 3 of ages.csv names day1/00.png, as row 0 of ages.csv does"),
        ({3: "../secret.png"}, "row 3 of ages.csv names '../secret.png'; must be an image's path within"),
        ({3: "/etc/a.png"}, "row 3 of ages.csv names '/etc/a.png'; must be an image's path within"),
        ({3: "day1"}, "row 3 of ages.csv names 'day1'; must be an image's path within"),
        ({3: ""}, "row 3 of ages.csv names '.'; must be an image's path within"),
    ],
)
def test_rows_that_name_no_image_of_their_own_are_refused(names, said, photos):
    (photos / "secret.png").write_bytes((photos / "photos" / NAMES[0]).read_bytes())
    assert said in refusal(photos, FRAME.assign(file=[names.get(i, name) for i, name in enumerate(NAMES)]))


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"file": "fiel"}, "file: ages.csv has no column fiel; did you mean file?"),
        ({"file": "age"}, "file=age: is the target"),
        ({"root": "fotos"}, "root=fotos: there is no such folder"),
        ({"source": "ages.xls"}, "source=ages.xls: must be"),
        ({"target": "sort"}, "holds 'pet' in row 0, and no number at all"),
    ],
)
def test_what_cannot_be_is_refused(changed, said, photos):
    assert said in refusal(photos, **changed)


def test_other_separators_in_paths_are_read(photos):
    split = load(photos, FRAME.assign(file=[name.replace("/", "\\") for name in NAMES]))
    assert set(split.source_names.values()) <= set(NAMES)


def test_images_that_cannot_be_read_take_their_rows_along(photos):
    (photos / "photos" / NAMES[2]).write_bytes(b"no image")
    split = load(photos, unreadable="skip", fold=0)
    assert sorted(shown(split.x) + shown(split.test_x)) == [i for i in range(N) if i != 2]
    assert split.y[:, 0].tolist() == [20.5 + i for i in shown(split.x)]
    assert split.test_y[:, 0].tolist() == [20.5 + i for i in shown(split.test_x)]
    assert "1 images cannot be read and are left out" in split.read[-1]


def test_a_link_that_leads_out_is_refused(photos):
    outside = photos / "outside.png"
    (photos / "photos" / NAMES[0]).rename(outside)
    (photos / "photos" / NAMES[0]).symlink_to(outside)
    assert "leads out of" in refusal(photos)
    assert len(load(photos, follow_links=True).y) == 16


def test_label_files_call_images_by_their_paths(photos):
    split = load(photos, **ASKED["classification"])
    said = pd.DataFrame({"file": NAMES, "anna": [["man", "pet"][i % 2] for i in range(N)]})  # all of them wrong
    said.to_csv(photos / "said.csv", index=False)
    given = human(
        split.y, split.classes, 1.0, torch.Generator(), split.source_index, split.source_size, split.source_names,
        str(photos), lambda line: None, file="said.csv", column="anna", clean=None, first=None,
    )  # fmt: skip
    assert torch.equal(given, 1 - split.y)


@pytest.mark.parametrize(
    ("asked", "metric"),
    [
        (["dataset.target=[age,height]", "dataset.task=regression", "loss=mse", "noise_type=outliers"], "test/rmse"),
        (["dataset.target=tags", "dataset.task=multilabel", "loss=bce", "noise_type=noisy_bits"], "test/hamming"),
    ],
)
def test_they_train(asked, metric, photos, compose, measured):
    said = ["dataset=image_table", "dataset.root=photos", "dataset.source=ages.csv", f"exec.data_root={photos}"]
    rows = measured(run(**compose(*said, *asked, "dataset.size=4", "noise=0.2", "optimizer=adam")))
    assert torch.tensor(rows[0, 2][metric]).isfinite()


def test_groups_are_held_out_whole(photos):
    said = ["dataset=image_table", "dataset.root=photos", "dataset.source=ages.csv", "dataset.target=age", "loss=mse"]
    said += ["dataset.task=regression", "dataset.group=person", "val_fraction=0.3", f"exec.data_root={photos}"]
    (cell,) = compose_cells(said, multirun=False)
    prepared, _ = prepare(cell.data, [0], cell.exec)
    group = prepared.split.group
    assert not set(group[prepared.train.place[0]].tolist()) & set(group[prepared.val.place[0]].tolist())
