"""Folders of environments: which images are whose, and what is refused."""

import pytest
import torch
from PIL import Image

from datasets.environments.environment_folders import environment_folders
from datasets.environments.left_out import of_seed
from datasets.split import moments
from runner.compose.command_line import compose_cells
from runner.data.prepare import prepare

USUAL = {
    "size": 4, "colour": "grey", "mean": None, "std": None, "alike": "ask", "unreadable": "refuse",
    "follow_links": False, "held_out": "sketch", "validated_on": "training", "oracle_share": 0.25,
}  # fmt: skip
SHADES = {"art": 10, "photo": 60, "sketch": 200}


@pytest.fixture
def root(tmp_path):
    """Three environments of two classes with four images each, whose shade says of which they are."""
    for name, shade in SHADES.items():
        for k, kind in enumerate(("cat", "dog")):
            (tmp_path / "pacs" / name / kind).mkdir(parents=True)
            for i in range(4):
                Image.new("L", (5, 5), shade + 10 * k).save(tmp_path / "pacs" / name / kind / f"{i}.png")
    return tmp_path


def read(root, **changed):
    return environment_folders(str(root), root=str(root / "pacs"), **USUAL | changed)


def test_folders_are_environments_and_the_folders_in_them_classes(root):
    split = read(root)
    assert split.classes == ("cat", "dog")
    assert split.domain.tolist() == [0] * 8 + [1] * 8
    assert split.x.unique().tolist() == [10, 20, 60, 70]
    assert sorted(split.test_x[:, 0, 0, 0].tolist()) == [200] * 3 + [210] * 3
    assert torch.equal(split.test_y, (split.test_x[:, 0, 0, 0] == 210).long())
    assert split.source_names[0] == "art/cat/0.png"


def test_inputs_are_normalised_by_what_is_trained_on(root):
    split = read(root)
    assert all(torch.equal(ours, its) for ours, its in zip((split.mean, split.std), moments(split.x), strict=True))
    assert read(root, mean=[0.5]).mean.item() == 127.5


@pytest.mark.parametrize(
    ("way", "shades"), [("oracle", [10, 20, 60, 70]), ("art", [60, 70]), (of_seed(1), [10, 20]), (of_seed(4), [60, 70])]
)
def test_what_models_are_chosen_by_does_not_normalise(root, way, shades):
    split = read(root, validated_on=way)
    assert split.mean.item() == sum(shades) / len(shades)
    assert split.std.item() == pytest.approx(torch.tensor(shades).float().std(correction=0).item())


def test_each_seed_is_normalised_by_what_it_is_trained_on(root, monkeypatch):
    monkeypatch.chdir(root)
    asked = ["dataset=environment_folders", "dataset.root=pacs", "dataset.held_out=sketch", "dataset.colour=grey"]
    (cell,) = compose_cells([*asked, "dataset.size=4", "dataset.validated_on=seed", "val_fraction=0"], multirun=False)
    seen = [prepare(cell.data, [seed], cell.exec) for seed in (0, 1, 2)]
    assert [prepared.split.mean.item() for prepared, _ in seen] == [65, 15, 65]
    for prepared, _ in seen:
        trained, held = (prepared.split.x[part.place[0]].float() for part in (prepared.train, prepared.val))
        assert trained.mean() == prepared.split.mean
        assert held.mean() != prepared.split.mean
    assert len({data_hash for _, data_hash in seen}) == 1


@pytest.mark.parametrize(
    ("changed", "said"),
    [({"held_out": "phtoo"}, "held_out=phtoo: must be one of art, photo, sketch; the nearest is photo")],
)
def test_an_environment_that_is_not_there_is_refused(root, changed, said):
    with pytest.raises(ValueError, match=said):
        read(root, **changed)


def test_a_single_folder_is_no_environments(root):
    with pytest.raises(ValueError, match=r"class folder"):
        environment_folders(str(root), root=str(root / "pacs" / "art"), **USUAL)
    with pytest.raises(FileNotFoundError, match="there is no such folder"):
        environment_folders(str(root), root="nowhere", **USUAL)
