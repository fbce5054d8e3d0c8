"""The network of one cell in another."""

import pytest
import torch

from runner.compose.identity import located
from runner.console.errors import ConfigError
from runner.nodes.build import build
from runner.store.networks import stored_network


@pytest.mark.parametrize("stack", [1, 3])
@pytest.mark.parametrize("options", [[], ["precision=bf16", "model.norm=batch"]], ids=["plain", "bf16"])
def test_what_was_trained_is_kept_and_found(go, options, stack):
    """Whatever the stack, it predicts as the last row says."""
    cell = go("exec.keep_network=true", "seeds=3", f"exec.stack={stack}", "method=logit_adjusted", *options)
    for seed in range(3):
        node, numbers = stored_network(cell.store, cell.path.name, seed)
        assert node["_target_"] == "runner.parts.models.mlp.MLP"
        assert {name.partition(".")[0] for name in numbers} == {"body", "head"}
    weights = [stored_network(cell.store, cell.path.name, seed)[1]["head.weight"] for seed in range(3)]
    assert weights[0].shape == (4, 256)
    assert not torch.equal(weights[0], weights[1])


def test_a_kept_network_predicts_as_the_last_row_says(go):
    said = ["seeds=2", "model.norm=batch", "noise=0.2"]
    cell = go("exec.keep_network=true", *said)
    split = build("dataset", located(cell.question["dataset"]), data_root="nowhere", download=False)
    for seed in (0, 1):
        node, numbers = stored_network(cell.store, cell.path.name, seed)
        network = build("model", node, input_shape=tuple(split.x.shape[1:]), num_outputs=len(split.classes)).eval()
        network.load_state_dict(numbers)
        right = network((split.test_x - split.mean) / split.std).argmax(1) == split.test_y
        assert right.float().mean().item() == pytest.approx(cell.seed(seed).rows()[-1]["test/accuracy"])


def test_networks_are_kept_only_where_that_is_asked(go):
    cell = go()
    assert cell.seed(0).network() is None
    with pytest.raises(ConfigError, match=r"has no network of seed 0; a run with exec\.keep_network=true keeps it"):
        stored_network(cell.store, cell.path.name, 0)


def test_a_cell_that_is_none_is_named(go):
    cell = go("exec.keep_network=true")
    wrong = cell.path.name[:-1] + ("0" if cell.path.name[-1] != "0" else "1")
    with pytest.raises(ConfigError, match=f"{wrong}: there is no such cell in .*did you mean {cell.path.name}"):
        stored_network(cell.store, wrong, 0)


@pytest.mark.parametrize("name", ["/{}", "../cells/{}", "{}/", "{}.bak", "", ".", "..", "{}\n", "./{}"])
def test_a_cell_is_named_by_its_hash_and_by_no_path(go, name):
    cell = go("exec.keep_network=true")
    named = name.format(cell.path.resolve() if name == "/{}" else cell.path.name)
    with pytest.raises(ConfigError, match="there is no such cell in "):
        stored_network(cell.store, named, 0)


def test_a_kept_model_is_a_model(go):
    """Whatever a cell of somebody else says, with checksums and a name that are right."""
    cell = go("exec.keep_network=true")
    model = cell.question["model"] | {"part": "runner.store.store.forget"}
    forged = cell.store.cell({**cell.question, "model": model}, cell.choices)
    forged.write(cell.data)
    record = forged.seed(0).claim()
    record.start({}, "")
    record.keep_network(cell.seed(0).network())
    record.end("done", {})
    student = ["method=kd", "method.training=stored", f"method.teacher_cell={forged.path.name}"]
    with pytest.raises(ConfigError, match=r"forget: is no model that conf/model/ or a package of exec\.own has"):
        go(*student)


def test_a_damaged_network_is_named(go):
    cell = go("exec.keep_network=true")
    (cell.path / "seed=0" / "network.pt").write_bytes(b"no network")
    with pytest.raises(ConfigError, match=r"seed=0 is damaged \(network\.pt is not what was written\)"):
        stored_network(cell.store, cell.path.name, 0)
