"""Command lines as users mistype them: refused early, in one line that names the key, status 2, nothing written.

Of all lines that tests/lines.py makes, a sample is tried here; `make test-faults` tries every one.
"""

import random
import re
from pathlib import Path

import pytest

from runner.compose.command_line import CONF
from runner.console.errors import ConfigError
from runner.nodes.signature import asks, check
from tests.contract import PROGRAMS, SPARED, answer, sparing, violation
from tests.lines import TUNE, begun, furnished, lines

SLOW = {"claims": 12, "repro": 12, "report": 60}  # lines that are tried, where that is not MANY
MANY = 120
GROUPS = ("schedule", "noise_type", "risk")  # whose choices are tried here
STORING = {  # a line of each program that names a store
    "runner": ["loss=gce"], "audit": [], "maps": [], "barriers": [], "forget": [], "tune": TUNE, "report": [],
    "status": [],
    "variance": ["noise=0.4"], "claims": ["gce_symmetric", "scale=smoke"], "repro": ["squentropy", "scale=smoke"],
}  # fmt: skip
HUGE = {  # sizes that no machine has the memory for, or the time, and what is allowed
    "optimizer=m_fac optimizer.past=10000000000": "[1, 10000]", "optimizer=fosi optimizer.k=10000000000": "[0, 10000]",
    "optimizer=sso optimizer.m=10000000000": "[1, 10000]", "optimizer=muon optimizer.iterations=1000000": "[0, 10000]",
    "model.width=10000000000": "[1, 1000000]", "method=vib method.dim=10000000000": "[1, 1000000]",
    "loss=hl_gauss loss.bins=10000000000": "[2, 1000000]",
}  # fmt: skip
SIZES = {"width", "rank", "dim", "features", "hidden", "bins"}  # arguments whose product is memory
TARGET = re.compile(r"^_target_: *(\S+)", re.MULTILINE)
SHUT = "/proc/self/fdinfo"  # where nobody can write, root neither
WRITING = ("runner", "audit", "barriers", "maps", "tune", "claims", "repro", "variance")


@pytest.fixture
def said(tmp_path):
    """From a program and its arguments to its answer; nothing is trained."""

    def tried(program, *arguments):
        with sparing():
            return answer(program, arguments, tmp_path)

    return tried


def refused(answer, *parts):
    """Is it one line with these parts, and nothing else?"""
    assert answer.broke == ""
    assert answer.status == 2
    assert answer.wrote == []
    assert len(answer.said.splitlines()) == 1
    assert SPARED not in answer.said
    assert all(part in answer.said for part in ("seedwise: ", *parts)), answer.said


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_line_that_is_right_is_not_refused(program, tmp_path):
    with sparing():
        its = answer(program, begun(program), furnished(program, tmp_path))
    assert its.right, its
    assert its.wrote == []


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_wrong_line_is_refused_as_it_should_be(program, tmp_path):
    every = list(lines(program, GROUPS))
    tried = random.Random(program).sample(every, min(len(every), SLOW.get(program, MANY)))
    folder = furnished(program, tmp_path)
    with sparing():
        found = {str(line): why for line in tried if (why := violation(line, answer(program, line.arguments, folder)))}
    assert found == {}


@pytest.mark.parametrize("program", STORING)
def test_a_store_that_can_be_none_is_refused_by_every_program(program, tmp_path, said):
    (tmp_path / "file").write_text("no results")
    refused(said(program, *STORING[program], "store=file"), "store=file: ")
    refused(said(program, *STORING[program], "store=file/below"), "store=file/below: ", "Not a directory")
    refused(said(program, *STORING[program], f"store={300 * 'a'}"), "store=aaa", "File name too long")


@pytest.mark.parametrize("program", WRITING)
def test_a_store_that_cannot_be_written_to_is_refused_before_anything_is_trained(program, said):
    refused(said(program, *STORING[program], f"store={SHUT}"), f"store={SHUT}: {SHUT} cannot be written to")


@pytest.mark.parametrize("program", ["tune", "claims", "repro", "variance"])
def test_what_could_not_be_kept_is_refused_before_anything_is_trained(program, tmp_path, said):
    (tmp_path / "file").write_text("")
    refused(said(program, *STORING[program], f"keep={SHUT}/a"), f"keep={SHUT}/a: {SHUT} cannot be written to")
    refused(said(program, *STORING[program], "keep=file/a"), "keep=file/a: ", "Not a directory")
    refused(said(program, *STORING[program], f"keep={tmp_path}"), f"keep={tmp_path}: is a folder; must be a file")
    refused(said(program, *STORING[program], "keep="), "keep")


def test_all_tables_are_looked_at_before_one_is_trained(said):
    refused(said("repro", "apl", "apl2", "scale=smoke"), "apl2: there is no such table; did you mean apl?")
    refused(said("repro", "squentropy", "apl", "scale=nano"), "scale=nano: ")


def test_all_claims_are_composed_before_an_arm_is_tuned(said, monkeypatch):
    monkeypatch.setattr("runner.replication.tuned_arms.trials", None)
    monkeypatch.setattr(
        "runner.replication.studies.composed", lambda name, *_: (_ for _ in ()).throw(ConfigError(f"{name}: wrong"))
    )
    refused(said("claims", "gce_symmetric", "tuned=true", "scale=smoke"), "gce_symmetric: wrong")


@pytest.mark.parametrize(
    ("space", "parts"),
    [
        ("space.optimizer.lr=choice(-1)", ["choice(-1)", "optimizer.lr=-1: must be a number in [0, inf)"]),
        ("space.optimizer.lr=choice(range(1,1000000000))", ["range(1,1000000000)", "up to 1000 of them"]),
        ("space.optimizer.lr=choice(0.1,range(3))", ["choice(0.1,range(3))", "up to 1000 of them"]),
        ("space.optimizer.nesterov=choice(true,false)", ["Nesterov momentum requires a momentum"]),
    ],
)
def test_what_no_optimizer_takes_is_refused_before_the_defaults_are_trained(space, parts, said):
    refused(said("tune", "trials=2", "val_fraction=0.1", "optimizer.momentum=0", space), *parts)


@pytest.mark.parametrize("target", ["torch.optim.sgd.SGD", "torch.optim.adamw.AdamW", "torch.optim.rmsprop.RMSprop"])
def test_numbers_of_optimizers_are_checked_before_torch_is_there(target):
    for name in ("lr", "weight_decay"):
        assert check(name, 0, asks(target)[name]) == 0.0
        with pytest.raises(ConfigError, match=rf"^{name}=-1: must be a number in \[0, inf\)"):
            check(name, -1, asks(target)[name])
    assert "fused" not in asks(target)


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (["optimizer=adam", "+optimizer.betas=3"], ["optimizer (torch.optim.adam.Adam): "]),
        (["model.depth=100000"], ["model.depth=100000: must be a whole number in [1, 1000]"]),
        (
            ["dataset=blobs", "dataset.dim=9000000000000000000"],
            ["dataset (datasets.blobs.blobs): a size is too large for any machine"],
        ),
        (
            ["dataset=digit_bags", "model=abmil", "model.heads=9000000000000000000"],
            ["model (runner.parts.models.abmil.ABMIL): a size is too large for any machine"],
        ),
        (["batch_size=1e20"], ["batch_size=1e20: must be a whole number in [1, inf)"]),
        (["batch_size=100000000000000000000"], ["batch_size=100000000000000000000: must be less than 2^63"]),
        (["+loss@loss.base=ce"], ["loss.base=losses.ce.CE: there is no such key"]),
        (["exec.device=@x"], ["exec.device=@x: not usable here"]),
        (
            [f"exec.data_root={5000 * 'a'}", "dataset=mnist", "exec.download=false"],
            ["dataset (datasets.mnist.mnist)", "File name too long"],
        ),
    ],
)
def test_what_training_cannot_begin_with_is_one_line(arguments, parts, tmp_path):
    """Without exec.progress=none: the title of a cell is said once there is something to say of it."""
    refused(answer("runner", arguments, tmp_path), *parts)


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (["show=means,"], ["show=means,: names nothing between two commas"]),
        (["where=noise=["], ["where=noise=["]),
        ([f"where=noise={3000 * '['}"], ["where=noise=[[["]),
        ([f"took={5000 * '1'}"], ["took=111", "must be true or false"]),
        (["rows=los"], ["rows=los: no result has such a key; did you mean loss?"]),
        (["cols=nose"], ["cols=nose: no result has such a key; did you mean noise?"]),
        (["pack=a.jsonl", "page=b"], ["page=b: pack=a.jsonl goes without it"]),
        (["only=test/nll"], ["only=test/nll: what is shown by default goes without it; it is for pack=, tidy="]),
        (["page=/proc/self/fdinfo/a"], ["page=/proc/self/fdinfo/a: /proc/self/fdinfo cannot be written to"]),
        (["pictures=results/cells/x/y", "store=results"], []),
    ],
)
def test_a_report_that_cannot_be_is_refused(arguments, parts, tmp_path, said):
    furnished("report", tmp_path)
    its = said("report", *arguments)
    if parts:
        refused(its, *parts)
    else:
        assert its.right


@pytest.mark.parametrize(
    ("program", "arguments", "parts"),
    [
        ("cards", ["loss=ce", "loss=gce"], ["loss=ce loss=gce: loss is said twice"]),
        ("cards", ["loss=ce", "method=mixup"], ["loss=ce method=mixup: one card at a time"]),
        ("status", ["a", "store=b"], ["a store=b: must be the folder of one store"]),
        ("render", [], ["of which pages?"]),
        ("render", [5000 * "a"], ["does not exist; must be a Markdown file"]),
        ("status", ["stor=results"], ["stor=results: there is no such option; did you mean store?"]),
        ("claims", ["gce_symmetric", "seeds=1000000000"], ["seeds=1000000000: must be a whole number in [2, 10000]"]),
        ("claims", ["gce_symmetric", "jobs=-1"], ["jobs=-1: must be auto or a whole number in [1, 1024]"]),
    ],
)
def test_other_programs_refuse_what_they_would_pass_over(program, arguments, parts, said):
    refused(said(program, *arguments), *parts)


def test_a_store_may_have_any_name(said, tmp_path):
    """Claims hand theirs to Hydra, which has a grammar of its own."""
    its = said("claims", "gce_symmetric", "scale=smoke", "store=it's, [here] = ${there}", "--plan")
    assert its.right, its
    assert Path(tmp_path, "it's, [here]").exists() is False


@pytest.mark.parametrize("words", HUGE)
def test_a_size_that_no_machine_has_is_refused(words, said):
    refused(said("runner", *words.split()), words.split()[-1], f"in {HUGE[words]}")


def sizes():
    """(target, argument, what it may be) of each size of a part."""
    names = {match for file in CONF.rglob("*.yaml") for match in TARGET.findall(file.read_text(encoding="utf-8"))}
    ours = sorted(name for name in names if name.startswith(("runner.parts.", "losses.")))
    return [(name, size, kind) for name in ours for size, kind in asks(name).items() if size in SIZES]


@pytest.mark.parametrize(("name", "size", "kind"), sizes(), ids=lambda its: its if isinstance(its, str) else "")
def test_every_size_of_a_part_has_a_largest(name, size, kind):
    with pytest.raises(ConfigError, match="must be"):
        check(size, 10**12, kind)
