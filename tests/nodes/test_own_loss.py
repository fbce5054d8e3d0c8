"""Code of one's own: what it may not do is refused at once, and a result knows the code that it was made with."""

import re
import shutil
import textwrap
from itertools import count

import pytest
import torch

from runner.comparison.panels import Layout, panels
from runner.comparison.results import read
from runner.compose.command_line import compose_cells
from runner.console.errors import ConfigError
from runner.launch import session, summary
from runner.launch.plan import plan
from runner.nodes import code_hash, parts
from runner.objective.assemble import stackable
from runner.store import sources
from runner.training.events import Stopped
from runner.training.run import automatic_stack, run
from tests import damage
from tests.objectives import NAMES
from tests.zoo import LOSSES, node

NUMBER = count()
LOSS = """
    '''A loss.'''

    import torch
    import torch.nn.functional as F
    from torch import nn


    class Loss(nn.Module):
        {attributes}

        def forward(self, logits, labels, index):
            losses = F.cross_entropy(logits, labels, reduction="none")  # one a label
            {body}
"""


@pytest.fixture
def write(tmp_path, monkeypatch):
    """Write a module of a package beside ours, in each test another; the package's name."""
    package = f"own{next(NUMBER)}"
    (tmp_path / package).mkdir()
    (tmp_path / package / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    parts.admit([package])

    def module(name, text):
        (tmp_path / package / f"{name}.py").write_text(textwrap.dedent(text))
        return package

    return module


@pytest.fixture
def loss(write):
    """A loss of one's own in place of cross-entropy, as an override."""

    def said(body, attributes="pass"):
        return f"loss._target_={write('loss', LOSS.format(body=body, attributes=attributes))}.loss.Loss"

    return said


@pytest.fixture
def again():
    """As if a new process read the code."""

    def forgotten():
        for known in (code_hash._module, code_hash.code_hash):
            known.cache_clear()

    forgotten()
    return forgotten


SHAPES = {"losses.mean()": r"\(\)", "losses[:, None]": r"\(64, 1\)", "losses[:7]": r"\(7,\)"}


@pytest.mark.parametrize("seeds", [1, 2])
@pytest.mark.parametrize("given", SHAPES)
def test_a_loss_of_another_shape_is_refused(loss, compose, given, seeds):
    wanted = (
        rf"^loss \(own\d+\.loss\.Loss\) gives shape {SHAPES[given]} for 64 examples; .* one loss an example, \(64,\)$"
    )
    with pytest.raises(ConfigError, match=wanted):
        next(run(**compose(loss(f"return {given}"), seeds=range(seeds))))


FORBIDDEN = {
    "return losses * torch.rand_like(losses)": "draws random numbers: name them in draws",
    "return F.dropout(losses)": "draws random numbers: name them in draws",
    "return losses if losses.mean() > 0 else -losses": "branches on data: torch.where, not if",
    "return losses / losses.max().item()": "reads the value of a tensor",
    "return losses * float(losses[0])": "reads the value of a tensor",
    "return losses[losses > 0]": "torch.where, not a boolean mask",
    "return losses * F.one_hot(labels).sum(1)": r"one_hot\(labels, K\)",
}


@pytest.mark.parametrize("seeds", [1, 2])
@pytest.mark.parametrize("body", FORBIDDEN)
def test_what_no_stack_can_is_refused_for_one_seed_as_for_two(loss, compose, body, seeds):
    wanted = rf"^loss \(own\d+\.loss\.Loss\): line 14 of own\d+/loss\.py .*{FORBIDDEN[body]}"
    with pytest.raises(ConfigError, match=wanted):
        next(run(**compose(loss(body), seeds=range(seeds))))


MISTAKEN = {
    "return losses.gather(-1, labels)[:, 0]": "too many indices for tensor of dimension 1",
    "return losses.gather(-1, labels[:, None])": "same number of dimensions",
    "return loses": "name 'loses' is not defined",
    "return losses + logits": r"must match the size of tensor b \(4\)",
    "return losses * self.nothing": "has no attribute 'nothing'",
}


@pytest.mark.parametrize("body", MISTAKEN)
def test_what_python_or_torch_refuses_is_one_line_that_names_the_place(loss, compose, body):
    with pytest.raises(ConfigError) as refusal:
        next(run(**compose(loss(body), seeds=[0])))
    wanted = rf"^loss \(own\d+\.loss\.Loss\): line 14 of own\d+/loss\.py: .*{MISTAKEN[body]}[^\n]*$"
    assert re.search(wanted, str(refusal.value)), refusal.value


def test_a_part_that_is_not_stackable_is_free_to_do_so(loss, compose, measured):
    """But for its shape; and seeds are trained one at a time."""
    body = "return losses if losses.mean() > 0 else -losses"
    arguments = compose(loss(body, "stackable = False"))
    assert measured(run(**arguments)) == measured(run(**compose("loss=ce")))
    cell = arguments["cell"]
    assert automatic_stack(cell, 5) == 1
    around = compose("loss=logit_clip")["cell"].recipe
    assert stackable(around)
    around.loss["base"] = cell.recipe.loss
    assert not stackable(around)


def test_what_goes_wrong_with_numbers_alone_is_told_where_it_trains(loss, compose):
    events = run(**compose(loss("return losses * torch.linalg.cholesky(-torch.eye(3)).sum()")))
    next(events)  # it has started
    with pytest.raises(RuntimeError, match="cholesky"):
        next(events)


def test_methods_and_risks_are_tried_as_well(write, compose):
    package = write(
        "part",
        """
        import torch
        from runner.contracts import terms
        from runner.parts.methods.erm import ERM

        class Method(ERM):
            def forward(self, batch):
                return super().forward(batch).mean()

        class Risk(terms.Risk):
            def forward(self, losses, batch):
                return losses

        class Nervous(terms.Risk):
            def forward(self, losses, batch):
                return (losses * torch.rand(len(losses))).mean()
        """,
    )
    with pytest.raises(ConfigError, match=r"^method .* gives shape \(\) for 64 .* \(64,\)$"):
        next(run(**compose(f"method._target_={package}.part.Method")))
    with pytest.raises(
        ConfigError, match=r"^risk .* gives shape \(64,\) for 64 examples; it must be one number, \(\)$"
    ):
        next(run(**compose(f"risk._target_={package}.part.Risk")))
    with pytest.raises(ConfigError, match=r"^risk .*: line \d+ of own\d+/part\.py draws random numbers"):
        next(run(**compose(f"risk._target_={package}.part.Nervous")))


@pytest.mark.parametrize("said", [["loss=elr"], ["loss=nlnl"], ["model.norm=batch", "method=regmixup"]], ids=" ".join)
def test_trying_disturbs_nothing(compose, measured, monkeypatch, said):
    """Neither numbers nor streams, torch's own among them."""
    arguments = compose("noise=0.4", *said, seeds=[0, 1])
    state = torch.get_rng_state()
    tried = measured(run(**arguments))
    assert torch.equal(torch.get_rng_state(), state)
    monkeypatch.setattr("runner.training.run.take_dry_step", lambda *_: None)
    assert measured(run(**arguments)) == tried


def test_the_constructor_says_what_a_yaml_can(write):
    package = write("loss", "class Loss:\n    def __init__(self, q: float = 0.7, *, tau: float): ...\n")
    said = ["loss=ce", f"loss._target_={package}.loss.Loss", "+loss.tau=1"]
    reason = r"loss\.q=0\.2: stands before the \* of Loss's arguments, and is no key; what a YAML says stands after it"
    with pytest.raises(ConfigError, match=reason):
        compose_cells([*said, "+loss.q=0.2"], multirun=False)
    with pytest.raises(ConfigError, match=r"loss\.to=2: there is no such key; .*choices: tau"):
        compose_cells([*said, "+loss.to=2"], multirun=False)


def test_a_key_that_the_yaml_lacks_is_explained_as_well():
    with pytest.raises(ConfigError, match=r"loss\.num_train=5: stands before the \* of ELR's arguments"):
        compose_cells(["loss=elr", "loss.num_train=5"], multirun=False)


def test_code_that_cannot_be_read_is_one_line(write):
    package = write("loss", "class Loss:\n    def forward(self:\n")
    with pytest.raises(ConfigError, match=rf"line 2 of {package}/loss\.py: "):
        compose_cells(["loss=ce", f"loss._target_={package}.loss.Loss"], multirun=False)


def test_a_result_knows_its_code(loss, go, again, capsys):
    """The comment, the docstring and empty lines of a file are not its code; results stay."""
    said = loss("return 2 * losses.tanh()")
    cell = go(said)
    before = cell.seed(0).provenance()["sources"]
    again()
    go(loss("\n            return 2 * losses.tanh()  # of two"))
    assert "other code" not in capsys.readouterr().err
    again()
    other = [loss("return 2 * losses.atan()"), "seeds=2"]
    with pytest.raises(ConfigError, match=r"1 of 1 seeds .* were trained with other code .* exec\.mixed_code=true"):
        go(*other)
    assert cell.seeds() == [0]
    go(*other, "exec.mixed_code=true")
    line = next(line for line in capsys.readouterr().err.splitlines() if "other code" in line)
    assert line.startswith(f"1 of 1 seeds in {cell.path} were trained with other code of loss than there is now;")
    assert "to train the cell anew: python -m runner.forget dataset=blobs" in line
    assert line.endswith(", then the same command")
    assert cell.seed(0).provenance()["sources"] == before
    after = cell.seed(1).provenance()["sources"]
    assert {part for part in before if before[part] != after[part]} == {"loss"}


def test_the_command_says_so_at_its_end(loss, go, again, capsys, tmp_path):
    """Once a cell, beside the tables; the exit status is as before."""
    said = loss("return losses")
    go(said, "seeds=2")
    go("seeds=2")
    again()
    loss("return 2 * losses")
    quick = ["dataset=blobs", "epochs=2", f"store={tmp_path}", "seeds=2"]
    planned = plan([cell for each in (said, "loss=ce") for cell in compose_cells([*quick, each], multirun=False)])
    capsys.readouterr()
    assert summary.show(planned) == 0
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("seedwise: 2 of 2 seeds in ")
    assert line.endswith(
        f"python -m runner.forget dataset=blobs epochs=2 store={tmp_path} {said}, then the same command"
    )


def test_changed_code_is_said_before_anything_is_trained(loss, go, again, tmp_path, monkeypatch):
    """In one line and with nothing beside it, and no sweep is kept; dry=true says it, too."""
    said = loss("return losses")
    go(said)
    again()
    loss("return 2 * losses")
    monkeypatch.setattr(session, "run_cell", None)
    quick = ["dataset=blobs", "epochs=2", f"store={tmp_path}", "exec.progress=none", "exec.wandb.mode=disabled"]
    for grid in ([], ["-m"]):
        done = damage.call("runner.__main__", [*grid, *quick, said, "seeds=3"])
        assert (done.code, done.out, done.error) == (2, "", None)
        (line,) = done.err.splitlines()
        assert "were trained with other code of loss than there is now" in line
        dry = damage.call("runner.__main__", [*grid, *quick, said, "seeds=3", "dry=true"])
        assert (dry.code, dry.err, dry.error) == (0, done.err, None)
        assert "1 done, 2 to do" in dry.out
    assert not (tmp_path / "sweeps").exists()
    assert damage.call("runner.__main__", [*quick, said, "seeds=3", "exec.mixed_code=true", "dry=true"]).err == ""


def test_a_cell_that_is_refused_is_in_no_table(go, tmp_path, monkeypatch):
    """Whatever it is refused for, and whatever of it is there."""

    def refused(*_):
        raise ConfigError("the data set has changed")

    go()
    monkeypatch.setattr(session, "run_cell", refused)
    done = damage.call("runner.__main__", ["dataset=blobs", "epochs=2", f"store={tmp_path}", "seeds=2"])
    assert (done.code, done.out, done.err) == (2, "", "seedwise: the data set has changed\n")


def test_what_is_refused_leaves_nothing(loss, go, tmp_path):
    with pytest.raises(ConfigError, match="one loss an example"):
        go(loss("return losses.mean()"), f"store={tmp_path / 'store'}")
    assert not (tmp_path / "store").exists()


def test_a_changed_engine_is_other_code(go, again, capsys, monkeypatch):
    """No more seeds are trained beside those that were trained before it changed, and what is shown says so."""
    cell = go()
    read = code_hash._Reader.read
    monkeypatch.setattr(code_hash._Reader, "read", lambda reader, node: f"other {read(reader, node)}")
    again()
    with pytest.raises(ConfigError, match=r"1 of 1 seeds .* were trained with other code of .*engine"):
        go("seeds=2")
    with pytest.raises(ConfigError, match=r"1 of 1 seeds .* were trained with other code"):
        go("seed=1")  # whatever seeds are asked for
    assert cell.seeds() == [0]
    go()
    assert "other code of augment, dataset, engine" in capsys.readouterr().err


def test_seeds_of_unlike_code_are_shown_apart(loss, go, again, tmp_path):
    """As where two stores were copied into one; seeds that were said to be the same are not."""
    said = loss("return losses")
    cell = go(said, "seeds=2")
    shutil.rmtree(cell.path / "seed=1")
    again()
    loss("return 2 * losses")
    go(said, "seed=1", "exec.mixed_code=true")
    (found,) = read(tmp_path)
    assert list(found.outcomes) == [0, 1]
    shutil.rmtree(cell.path / "seed=1")
    (cell.path / "seed=0").rename(tmp_path / "first")
    go(said, "seed=1")
    (tmp_path / "first").rename(cell.path / "seed=0")
    assert [list(part.outcomes) for part in read(tmp_path)] == [[0], [1]]
    assert {panel.title.partition("=")[0] for panel in panels(read(tmp_path), Layout())} == {"code"}
    with pytest.raises(ConfigError, match=r"seeds 0 and 1 were trained with unlike code, and do not make one result"):
        go(said, "seeds=2")


def test_a_checkpoint_of_other_code_is_of_no_use(loss, go, again, capsys, monkeypatch):
    def once(cell, seeds, **arguments):
        yield from original(cell, seeds, **arguments | {"stopping": lambda: True})

    original = session.run
    with monkeypatch.context() as patch:
        patch.setattr(session, "run", once)
        with pytest.raises(Stopped):
            go(loss("return losses"), "epochs=3")
    again()
    cell = go(loss("return 2 * losses"), "epochs=3")
    assert (
        "it was kept by other code than is there now); seeds 0 are trained from their start" in capsys.readouterr().err
    )
    assert cell.seed(0).provenance()["continued_after_epoch"] is None


def test_every_loss_and_part_has_code():
    usual = compose_cells([], multirun=False)[0].config
    for group, names in {**NAMES, "loss": LOSSES}.items():
        for name in names:
            part = node(name, group)
            assert (
                sources.sources({**usual, group: part}).keys() > {"engine", "measures.classification"} or name == "none"
            )
