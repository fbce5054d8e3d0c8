"""Which examples are trained on, tested on and validated on where an environment is left out."""

import pytest
import torch

from datasets.environments.changed_inputs import changed_inputs
from datasets.environments.dealt import dealt
from datasets.environments.left_out import of_seed
from runner.compose.command_line import compose_cells
from runner.console.errors import ConfigError
from runner.data.prepare import prepare
from tests.datasets.environments.examples import digits

VECTORS = digits()._replace(x=torch.rand(600, 5), test_x=torch.rand(200, 5))


def turned(**changed):
    asked = {"change": "roll", "strengths": [0.0, 1, 2, 3], "held_out": 1, "validated_on": "training"}
    return changed_inputs(**{"source": digits(), "oracle_share": 0.2} | asked | changed)


def test_every_example_of_the_source_is_of_one_environment_and_none_is_lost():
    whole, domain = dealt(digits(), 4)
    assert domain.bincount().tolist() == [200] * 4
    assert sorted(whole.source_index.tolist()) == list(range(800))
    for k, part in enumerate(digits()[:1]):
        assert torch.equal(whole.x[(whole.source_index < 600).nonzero()[:, 0]].sum(), part.sum()), k


def test_the_noise_of_each_environment_is_a_draw_of_its_own():
    still = digits()._replace(x=torch.zeros(600, 50), test_x=torch.zeros(200, 50))
    split = turned(source=still, change="noise", strengths=[1, 2, 3], held_out=3)
    weak, strong = (split.x[split.domain == k][:200].flatten() for k in (0, 1))
    assert (strong.std() / weak.std()).item() == pytest.approx(2, rel=0.05)
    assert torch.corrcoef(torch.stack([weak, strong]))[0, 1].abs() < 0.05


def test_the_environment_that_is_left_out_is_tested_on_but_for_the_oracles_share():
    split = turned()
    assert (len(split.y), len(split.test_y)) == (600, 160)
    assert split.domain.bincount().tolist() == [200] * 3
    oracle = turned(validated_on="oracle")
    shares = (
        oracle.y[oracle.validation == 0].bincount() / torch.cat([oracle.y[oracle.domain == 3], split.test_y]).bincount()
    )
    assert ((shares - 0.2).abs() < 0.05).all()  # of each class
    assert split.validation is None
    assert "0, 2, 3 for training, 1 for testing (160 examples)" in split.read[-1]


def test_all_ways_to_choose_a_model_are_tested_on_the_same_examples():
    tested = [turned(validated_on=way) for way in ("training", "oracle", of_seed(0), 3)]
    assert all(torch.equal(each.test_x, tested[0].test_x) for each in tested)
    assert all(torch.equal(each.test_y, tested[0].test_y) for each in tested)


def test_the_oracles_share_is_never_tested_on_and_never_trained_on():
    split = turned(validated_on="oracle")
    oracle = split.validation == 0
    assert oracle.sum() == 40
    assert split.domain[oracle].unique().tolist() == [3]
    seen = {bytes(image.numpy().tobytes()) for image in split.x[oracle]}
    assert not seen & {bytes(image.numpy().tobytes()) for image in split.test_x}
    assert split.validation[~oracle].unique().tolist() == [-1]


def test_an_environment_is_validated_on_by_its_name_or_each_in_turn():
    named = turned(validated_on=3)
    assert torch.equal(named.validation == 0, named.domain == 2)  # 0, 2 and 3 are numbered 0, 1, 2
    for key, its in ((0, 0), (2, 2), (4, 1)):
        turns = turned(validated_on=of_seed(key))
        assert torch.equal(turns.validation == 0, turns.domain == its)
        assert turns.validation.min() == -1


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"held_out": 7}, "held_out=7: must be one of 0, 1, 2, 3"),
        ({"validated_on": "orcale"}, "validated_on=orcale: must be one of .*; the nearest is oracle"),
        ({"validated_on": 1}, "validated_on=1: is the environment that is held out; oracle is its name"),
        ({"strengths": [0.0, 1], "validated_on": of_seed(1)}, "of 2 environments too few are left to train on"),
        ({"strengths": [1.0, 1]}, "strengths=.*: must be two or more different numbers"),
        ({"change": "rotate", "source": VECTORS}, "is for images"),
        ({"source": digits()._replace(domain=torch.zeros(600))}, "source: has environments or wrong labels"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(asked, said):
    with pytest.raises(ValueError, match=said):
        turned(**asked)


ROTATED = ("dataset=rotated_digits", "dataset@dataset.source=digits", "val_fraction=0", "noise=0.2")


def prepared(*said, seeds):
    (cell,) = compose_cells([*ROTATED, *said], multirun=False)
    return prepare(cell.data, seeds, cell.exec)[0]


def test_each_seed_validates_on_the_next_environment():
    held = []
    for seed in range(6):
        found = prepared("dataset.validated_on=seed", seeds=[seed])
        (own,) = found.split.domain[found.val.place[0]].unique().tolist()
        assert own not in found.split.domain[found.train.place[0]]
        held.append(own)
    assert held == [0, 1, 2, 3, 4, 0]


def test_what_says_what_is_held_out_goes_without_a_share():
    with pytest.raises(ConfigError, match=r"val_fraction=0.1: must be 0, for dataset.validated_on says"):
        prepared("dataset.validated_on=oracle", "val_fraction=0.1", seeds=[0])
