"""The means of `make bench`; what it measures is no matter of tests."""

import math
import re
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from omegaconf import OmegaConf

from bench import cost, gpu, growth, parts, peers
from bench.bare import accuracy, contenders, split
from bench.beside import beside
from bench.measure import Figure, spent
from bench.peer import cell, plain
from bench.processes import Watch, one_a_core
from losses.gce import GCE
from runner.console.errors import ConfigError

BLOBS = ["dataset=blobs", "exec.device=cpu"]


def test_epochs_take_turns():
    counted = {"runs": 0}

    def contender():
        while True:
            counted["runs"] += 1
            yield 1000.0

    took = beside([*BLOBS, "epochs=5", "seeds=2"], {"idle": contender})
    assert counted["runs"] == 5
    assert 0 < took.runner < took.before
    assert took.others == {"idle": 1000.0}
    assert took.ratio("idle") == pytest.approx(took.runner / 1000, rel=1e-9)


def test_a_bare_loop_learns():
    """What one is measured against does the job."""
    data = split(BLOBS)
    made = []

    def make():
        made.append(torch.nn.Linear(8, 4))
        return made[-1]

    before = torch.nn.functional.cross_entropy
    loops = contenders(data, 64, make)
    for name in ("tests", "trains"):
        loop = loops[name]()
        assert all(next(loop) > 0 for _ in range(5))
        assert before(made[-1](data.test_x), data.test_y) < math.log(4)


def test_an_exponent_is_a_slope_of_logarithms():
    assert growth.slope([(n, 3.0 * n**2) for n in (1, 2, 4, 8, 16)]) == pytest.approx(2)


def test_without_a_gpu_there_is_nothing_to_measure_on_one(tmp_path, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert gpu.measure(tmp_path) == []


def test_what_a_gpu_is_asked_can_be_asked(monkeypatch):
    """All of the question, at a size and on a device that tests have."""
    monkeypatch.setattr(gpu, "SEEDS", (10,))
    monkeypatch.setattr(gpu, "MANY", 2)
    small = ("dataset=digits", "dataset.test_size=1737", "batch_size=64")
    images = (*small, "precision=bf16", "augment=standard")
    models = (("model=cnn8", "model.width=2"),)
    setting = gpu.Setting("cpu", images, (*small, "model=cnn", "model.width=2"), models, compile=False)
    figures = list(gpu.figures(setting))
    assert all(figure.value > 0 for figure in figures)
    assert {figure.bar for figure in figures} - {None} == {
        ("at least", 0.9), ("at least", 5), ("at least", 6), ("at most", 90)
    }  # fmt: skip


def test_a_stack_that_fails_does_not_fit(monkeypatch):
    def full(*args, **kwargs):
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr("runner.launch.session.run", full)
    setting = gpu.Setting("cpu", ("dataset=blobs",), (), (), compile=False)
    assert gpu.within(setting, ("model=mlp",)).value == math.inf


def test_the_bare_loop_sees_crops_of_the_size_of_images():
    """Black pixels are padded on every side, and what is cut out lies within them."""
    image = torch.rand(1, 3, 32, 32)
    seen = gpu.crop(image)
    assert seen.shape == image.shape
    assert seen[..., :-2].equal(torch.nn.functional.pad(image, (2, 0))[..., :30])


def test_peers_have_the_cell_of_the_demo():
    said = ["loss=gce", "noise=0.6"]
    ours, theirs = split(said), cell.digits(0)
    assert ours.x.equal(theirs.x)
    assert ours.test_x.equal(theirs.test_x)
    assert ours.test_y.equal(theirs.test_y)
    assert ours.mean.flatten().equal(theirs.mean)
    assert ours.std.flatten().equal(theirs.std)
    wrong = [float((cell.digits(seed).y != ours.y).float().mean()) for seed in range(10)]
    assert sum(wrong) / 10 == pytest.approx(cell.NOISE, abs=4 * math.sqrt(0.24 / 14370))
    logits, labels = torch.randn(8, 10), torch.arange(8)
    expected = GCE(q=cell.Q)(logits, labels, torch.arange(8)).mean()
    assert cell.gce(logits, labels) == pytest.approx(float(expected), rel=1e-6)


def test_a_peer_keeps_an_accuracy_an_epoch(tmp_path, monkeypatch):
    monkeypatch.setattr(plain, "EPOCHS", 2)
    threads = torch.get_num_threads()
    plain.main(0, tmp_path / "log")
    torch.set_num_threads(threads)
    rows = [line.split() for line in (tmp_path / "log").read_text().splitlines()]
    assert [row[0] for row in rows] == ["1", "2"]
    assert all(0 <= float(row[1]) <= 1 for row in rows)


def test_the_template_says_the_optimizer_of_the_demo():
    """Its YAML, the loop and the runner's configuration have the same numbers."""
    from bench.bare import sgd

    said = OmegaConf.load(Path(peers.__file__).parent / "peer" / "template.yaml")
    ours = sgd(torch.nn.Linear(1, 1)).defaults
    assert {key: ours[key] for key in ("lr", "momentum", "weight_decay")} == {
        key: said.model[key] for key in ("lr", "momentum", "weight_decay")
    }
    assert said.trainer.max_epochs == cell.EPOCHS


def test_accuracies_that_agree_are_few_errors_apart():
    jobs = [peers.Job(1.0, 1.0, 1, 1, accuracies) for accuracies in ([0.8, 0.9], [0.8, 0.9], [0.2, 0.3])]
    assert peers.apart(jobs[:2]) == 0
    assert peers.apart(jobs) == pytest.approx(0.6 / math.sqrt(2 * 0.005 / 2))


def test_memory_is_that_of_all_processes_at_once():
    holds = "import time; held = bytearray(50 * 2**20); held[::4096] = b'1' * len(held[::4096]); time.sleep(1)"
    with Watch() as memory:
        both = [subprocess.Popen([sys.executable, "-c", holds]) for _ in range(2)]
        assert [process.wait() for process in both] == [0, 0]
    one, together = memory.most
    assert 50 * 2**20 < one < together
    assert together > 100 * 2**20


def test_processes_on_cores_are_spent():
    took = spent(lambda: one_a_core([["-c", "sum(range(3000000))"]] * 3))
    assert took.wall > 0
    assert took.cpu > 0
    with pytest.raises(subprocess.CalledProcessError):
        one_a_core([["-c", "raise SystemExit(3)"]])


def test_accuracy_counts_examples_and_not_batches():
    model = torch.nn.Identity()
    right, wrong = torch.eye(2), torch.eye(2).flip(1)
    batches = [(right, torch.arange(2)), (wrong[:1], torch.arange(1))]
    assert accuracy(model, lambda: batches) == pytest.approx(2 / 3)


@pytest.mark.parametrize(("side", "met"), [("at most", False), ("at least", True)])
def test_a_bar_is_met_or_missed(side, met):
    assert Figure("a ratio", 3.0, "", (side, 2.0)).met is met


STORE = Path("/tmp/s")
STRACE = """\
7 openat(AT_FDCWD</w>, "/tmp/s/cells/a/seed=0/.rows.1", O_WRONLY|O_CREAT, 0666) = 5</tmp/s/cells/a/seed=0/.rows.1>
7 write(5</tmp/s/cells/a/seed=0/.rows.1>, ""..., 100) = 100
8 write(6</tmp/s/cells/a/checkpoints/.0.checkpoint.1>, ""..., 5000 <unfinished ...>
8 <... write resumed>) = 5000
8 openat(AT_FDCWD</w>, "/tmp/s/workers/vm.new", O_WRONLY|O_CREAT, 0666) = 3</tmp/s/workers/vm.new>
8 write(3</tmp/s/workers/vm.new>, ""..., 156) = 156
8 rename("/tmp/s/workers/vm.new", "/tmp/s/workers/vm.json") = 0
8 unlink("/tmp/s/workers/vm.json") = 0
"""


def test_operations_on_a_store_are_counted():
    trace = parts.counted(STRACE.splitlines(), STORE)
    assert trace == parts.Trace(calls=3, beat=3, checkpoints=[5000], rest=100)


OF = {
    parts.START: 10.0, parts.CELL_CALLS: 500.0, parts.SEED_CALLS: 400.0, parts.ROW_CALLS: 1.0, parts.BEAT_CALLS: 4.0,
    parts.CHECKPOINT_CALLS: 15.0, parts.WANDB_CALLS: 50.0, parts.CELL_DONE_CALLS: 190.0, parts.SEED_DONE_CALLS: 160.0,
    parts.CHECKPOINT_SIZE: 8.0, parts.SMALL: 1000.0, parts.LARGE: 100.0,
}  # fmt: skip


def test_a_forecast_is_a_sum_of_its_parts():
    asked = cost.Options(epoch=3.0, cells=10, seeds=3, epochs=20, parameters=1000)
    grid = cost.forecast(asked, OF, gpus=4)
    assert grid.training == 3 * 20 * 3  # the fullest GPU has three cells
    assert grid.starting == 3 * 10
    beats = 210 / 5 * 4 * 4
    assert grid.calls == 10 * (500 + 2 * 400 + 9 * 15 + 3 * 20) + beats
    assert grid.rereading == 3 * 10 * (190 + 2 * 160)
    assert grid.written == 10 * 9 * 3 * 1000 * 8
    short = cost.Options(epoch=0.6, cells=10, seeds=3, epochs=20, parameters=1000)
    assert cost.forecast(short, OF, gpus=4).written == 10 * 2 * 3 * 1000 * 8


def test_what_a_forecast_says_breaks_first_does():
    """From the GPUs on that it names, and not before, a part needs what one process got."""
    asked = cost.Options(epoch=5.0, epochs=20, parameters=1_000_000)
    text = cost.table(asked, OF)
    (named,) = re.findall(r"Checkpoints: (\d+)", text)

    def rate(gpus):
        grid = cost.forecast(asked, OF, gpus)
        return grid.written / grid.wall / 2**20

    assert rate(int(named) - 1) < OF[parts.LARGE] <= rate(int(named))


def test_the_page_about_scaling_is_what_its_command_gives():
    page = cost.PAGE.read_text(encoding="utf-8")
    assert cost.MARKED.search(page)
    assert cost.rendered(page) == page


def test_numbers_of_gpus_are_numbers():
    with pytest.raises(ConfigError, match="gpus"):
        cost.table(cost.Options(epoch=1.0, gpus=["1", "few"]), OF)
