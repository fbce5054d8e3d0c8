"""A grid is composed set of choices by set of choices, and every cell of it is what Hydra composes for it alone."""

import pytest
from hydra import compose, initialize_config_dir
from hydra._internal import defaults_list
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import HydraException
from omegaconf import OmegaConf

from runner.compose import grid
from runner.compose.command_line import CONF, HYDRA, choices_of, compose_cells, plain
from runner.console.errors import ConfigError


@pytest.fixture
def hydra():
    with initialize_config_dir(str(CONF), **HYDRA):
        yield


def by_hydra(overrides):
    """What Hydra composes for one cell, with nothing of ours but the last check."""
    with initialize_config_dir(str(CONF), **HYDRA), pytest.MonkeyPatch.context() as patch:
        patch.setattr(defaults_list, "_create_interpolation_map", grid._choices)
        config = compose("config", overrides=overrides, return_hydra_config=True)
    chosen = config.hydra.runtime.choices
    OmegaConf.set_struct(config, False)
    del config["hydra"]
    resolved = plain(config)
    return resolved, choices_of(chosen, resolved)


def composed(composer, *overrides):
    return composer(OverridesParser.create().parse_overrides(list(overrides)))


def named(parameter):
    return " ".join(parameter) if isinstance(parameter, list) else None


GRIDS = [  # what is said, how many cells it has
    (["loss=ce,gce", "noise=0,0.6", "seeds=5"], 4),
    (["noise=range(0,0.5,0.1)", "loss=poly", "loss.epsilon=-1,2.0"], 10),
    (["seed=range(3)", "loss=glob(nce_a*)", "epochs=2"], 9),
    (["loss=logit_clip", "loss@loss.base=ce,gce", "loss.tau=1,0.5"], 4),
    (["loss=logit_clip,normalized", "loss@loss.base=gce", "loss.base.q=0.5,0.7"], 4),
    (["experiment=zoo_noise", "loss=ce,gce"], 10),
    (["experiment=zoo_noise", "loss=ce", "noise=0.1,0.2", "seeds=2", "epochs=3"], 2),
    (["dataset=colored_mnist", "dataset@dataset.source=mnist5k,digits", "dataset.label_noise=0,0.25"], 4),
    (["noise_type=open_set", "dataset@noise_type.source=kmnist,mnist", "noise=0.2,0.4"], 4),
    (["noise_type=symmetric,pair", "model=linear,mlp", "model.head=cosine,linear"], 8),
    (["store='a b','c,d'", "exec.wandb.tags=[a,'b c'],[]", 'exec.wandb.group="it\'s",null'], 8),
    (["classes=[0,1],null", "schedule=step", "schedule.milestones=[0,1],[0.25,0.5]"], 4),
    (["schedule=step", "schedule.milestones.0=0.1,0.2", "+exec.wandb.tags=[a]"], 2),
    (["val_fraction=0.1,0.2", "noise=${val_fraction}", "loss=poly", "loss.epsilon=${noise}"], 2),
    (["store=${oc.env:HOME},${exec.data_root}", "noise_seed=${seed}", "seed=1,2"], 4),
    (["loss=poly", "~loss.epsilon", "+loss.epsilon=1,2"], 2),
    (["regularizer=[spectral_decoupling,l1],l2,none", "noise=0,0.1"], 6),
    (["regularizer=[l1,l2]", "regularizer.l1.weight=0.1,0.2"], 2),
    (["++optimizer.lr=0.1,0.2", "optimizer=sgd,adam", "~optimizer.weight_decay"], 4),
    (["~experiment", "hydra/launcher=basic", "exec.wandb={mode:offline,tags:[a]}", "noise=0,1"], 2),
    (["noise=0.1", "noise=0.2,0.3", "noise_seed=null,4", "seed=shuffle(1,2)"], 8),
    (["hydra.verbose=true", "noise=0,0.1", "loss=ce,gce"], 4),
    (["noise=0.1,0.2", "noise=0.3", "seed=0,1"], 2),
    (["batch_size=16,3_2", "noise=0,1e-1,.5", "epochs=2", "optimizer.lr=1,0.5"], 12),
    (["seed=range(4,1,-1)", "noise=range(0.1,0.3,0.1)", "exec.download=true,false", "store=a,3"], 24),
    (["loss=ce,gce", "noise=0,0.1", "++optimizer.lr=0.1,0.2"], 8),
]


@pytest.mark.parametrize(("said", "count"), GRIDS, ids=named)
def test_every_cell_is_what_hydra_composes_for_it_alone(said, count):
    cells = compose_cells(said, multirun=True)
    assert len(cells) == count
    for cell in cells:
        assert repr((cell.config, cell.choices)) == repr(by_hydra(cell.overrides))  # repr: 1 is not 1.0 is not True


@pytest.mark.parametrize(
    ("said", "count"),
    [
        (["noise=0,0.1,0.2", "seed=range(3)"], 1),
        (["loss=ce,gce", "noise=0,0.1,0.2", "seed=range(3)"], 2),
        (["noise=0,0.1,0.2", "loss=ce,gce", "model=mlp,linear"], 4),
        (["loss=logit_clip", "loss@loss.base=ce,gce", "loss.tau=1,2"], 2),
        (["loss=poly", "loss.epsilon=1,2", "~loss.epsilon", "++loss.epsilon=3,4"], 1),
        (["noise=0,0.1,0.2", "hydra.verbose=true"], 3),
    ],
    ids=named,
)
def test_hydra_composes_each_set_of_choices_once(said, count, monkeypatch):
    sets = []

    def counted(name, overrides, **options):
        sets.append(overrides)
        return compose(name, overrides, **options)

    monkeypatch.setattr(grid, "compose", counted)
    grid._merged.cache_clear()
    compose_cells(said, multirun=True)
    assert len(sets) == count


@pytest.mark.parametrize(
    ("said", "count"),
    [
        (["noise=0,0.1,0.2", "seed=range(3)", "store=a,'b c'"], 1),
        (["loss=ce,gce", "noise=0,0.1,0.2", "seed=range(3)"], 2),
        (
            ["noise=0.1,0.2", "val_fraction=${noise}"],
            4,
        ),  # the set of choices, the first cell to know the size, each cell
    ],
    ids=named,
)
def test_what_names_no_other_value_is_resolved_once(said, count, monkeypatch):
    resolved = []
    whole = OmegaConf.to_container

    def counted(config, *, resolve=False, **options):
        if resolve and "exec" in config:
            resolved.append(config)
        return whole(config, resolve=resolve, **options)

    monkeypatch.setattr(OmegaConf, "to_container", counted)
    compose_cells(said, multirun=True)
    assert len(resolved) == count


def test_of_a_cell_only_what_is_new_is_applied(monkeypatch):
    applied = []
    whole = grid.ConfigLoaderImpl._apply_overrides_to_config

    def counted(overrides, config):
        applied.append([override.input_line for override in overrides])
        whole(overrides, config)

    monkeypatch.setattr(grid.ConfigLoaderImpl, "_apply_overrides_to_config", staticmethod(counted))
    compose_cells(["epochs=2", "noise=0,0.1,0.2", "store=a"], multirun=True)
    assert applied[-2:] == [["noise=0.1"], ["noise=0.2"]]


def test_a_cell_after_one_that_is_refused_is_what_it_is_alone(hydra):
    composer = grid.Composer()
    composed(composer, "noise=0.1", "seed=1", "epochs=3")
    with pytest.raises(HydraException):
        composed(composer, "noise=0.2", "seed=x", "epochs=4")
    found = composed(composer, "noise=0.1", "seed=1", "epochs=3")
    assert (found.resolved["noise"], found.resolved["seed"], found.resolved["epochs"]) == (0.1, 1, 3)
    assert OmegaConf.to_container(found.config, resolve=True) == found.resolved


REFUSED = [
    ["loss=ploy", "noise=0.1"],
    ["noise=abc", "seed=1"],
    ["seed=x", "noise=abc"],
    ["loss=gce", "loss.epsilon=1"],
    ["loss.q=1", "noise=abc"],
    ["nosie=0.6"],
    ["exec.nothing=1"],
    ["+noise=0.2"],
    ["~nothing"],
    ["loss=poly", "~loss.epsilon=3"],
    ["nothing@there=1"],
    ["model@there=mlp"],
    ["~optimizer=adam"],
    ["+loss=gce"],
    ["++loss=gce"],
    ["exec.wandb=3"],
    ["classes=[1,x]"],
    ["schedule=step", "schedule.milestones.9=1"],
    ["noise=abc", "hydra.nothing=1"],
    ["hydra.nothing=1", "noise=abc"],
    ["noise=0,0.1"],
    ["noise=abc", "seed=range(3)"],
    ["noise=abc", "loss=ce,gce"],
]


@pytest.mark.parametrize("said", REFUSED, ids=named)
def test_what_hydra_refuses_is_refused_in_its_words(said, hydra):
    with pytest.raises(HydraException) as theirs:
        compose("config", overrides=said)
    with pytest.raises(HydraException) as ours:
        composed(grid.Composer(), *said)
    assert ours.type is theirs.type
    assert str(ours.value) == str(theirs.value)
    assert repr(ours.value.__cause__) == repr(theirs.value.__cause__)


@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        (["loss=ce,ploy", "noise=0,0.6"], ["loss=ploy", "noise=0"]),
        (["noise=0,abc", "loss=ce"], ["noise=abc", "loss=ce"]),
        (["noise=0.5,2", "loss=ce,null"], ["noise=0.5", "loss=null"]),
        (["noise=2,0.5", "loss=ce,null"], ["noise=2", "loss=ce"]),
        (["loss=poly,gce", "loss.epsilon=1,2"], ["loss=gce", "loss.epsilon=1"]),
        (["loss=poly", "loss.epsilon=1,-2"], ["loss=poly", "loss.epsilon=-2"]),
        (["seed=0,1", "+foo=1"], ["seed=0", "+foo=1"]),
        (["val_fraction=0,1", "noise=${val_fraction}"], ["val_fraction=1", "noise=${val_fraction}"]),
        (["dataset=digits,image_folder", "seed=0,1"], ["dataset=image_folder", "seed=0"]),
        (["seed=0,1", "noise=${nothing}"], ["seed=0", "noise=${nothing}"]),
    ],
    ids=named,
)
def test_the_first_wrong_cell_of_a_grid_is_refused_as_it_is_alone(said, wrong):
    with pytest.raises(ConfigError) as alone:
        compose_cells(wrong, multirun=False)
    with pytest.raises(ConfigError) as among:
        compose_cells(said, multirun=True)
    assert str(among.value) == str(alone.value)


def test_cells_leave_nothing_behind(hydra):
    composer = grid.Composer()
    first = composed(composer, "loss=poly")
    before = OmegaConf.to_yaml(first.config)
    first.choices["loss"] = "changed"
    composed(composer, "loss=poly", "noise=0.5", "~loss.epsilon", "+foo=1", "+exec.wandb.tags=[a]")
    after = composed(composer, "loss=poly")
    assert OmegaConf.to_yaml(after.config) == before
    assert after.choices["loss"] == "poly"


def test_groups_of_other_folders_are_choices_too(tmp_path):
    (tmp_path / "hard").mkdir()
    (tmp_path / "hard" / "very.yaml").write_text("# @package _global_\nnoise: 0.8\n")
    cells = compose_cells([f"hydra.searchpath=['{tmp_path}']", "+hard=very", "seed=0,1"], multirun=True)
    assert [(cell.config["noise"], cell.config["seed"]) for cell in cells] == [(0.8, 0), (0.8, 1)]


def test_the_same_configuration_is_asked_for_once():
    cells = compose_cells(["seed=1,0,1", "noise=0,0.0"], multirun=True)
    assert [cell.overrides for cell in cells] == [["seed=1", "noise=0"], ["seed=0", "noise=0"]]
