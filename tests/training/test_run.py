"""The whole flow: what it depends on, and what it does not."""

import dataclasses
import math
import re

import pytest
import torch

from runner.compose.schema import BOOKKEEPING, Config
from runner.console.errors import ConfigError
from runner.training.device import resolve_device, streams
from runner.training.events import Ended, Started
from runner.training.run import automatic_stack, run
from tests.zoo import BINARY, LOSSES


@pytest.fixture
def rows(compose, measured):
    return lambda *overrides, seeds=(0,): measured(run(**compose(*overrides, seeds=seeds)))


SMALL = ["dataset.num_train=200", "dataset.num_test=64"]  # four batches, of which the last is not full
HEADS = {"circle": "cosine", "ldam": "cosine", "ebv": "equiangular"}  # the heads that these losses are made for


def close(a, b, tolerance):
    assert a.keys() == b.keys()
    for key in a:
        assert a[key].keys() == b[key].keys()
        for name in a[key]:
            assert a[key][name] == pytest.approx(b[key][name], rel=tolerance, abs=tolerance), (key, name)


def test_twice_is_once(rows):
    """Bit for bit, on a CPU."""
    overrides = ["noise=0.4", "imbalance=4", "val_fraction=0.2", "grad_clip=1", "loss=elr", "model.norm=batch"]
    assert rows(*overrides, seeds=range(3)) == rows(*overrides, seeds=range(3))


def test_ten_seeds_at_once_are_ten_runs_on_handwritten_digits(rows):
    """Float32, 60% noise, three epochs of the default recipe.

    Where the matrix library multiplies a batch of matrices as it does one (MKL on x86), the rows are equal bit for
    bit, through all sixty epochs. Elsewhere sums may be taken in another order, which shows in the seventh digit and
    which three epochs do not enlarge beyond 1e-4. tests/training/test_stack.py is strict, in float64.
    """
    overrides = ["dataset=digits", "loss=poly", "noise=0.6", "epochs=3"]
    together = rows(*overrides, seeds=range(10))
    for seed in range(10):
        close({k: v for k, v in together.items() if k[0] == seed}, rows(*overrides, seeds=[seed]), 1e-4)


@pytest.mark.parametrize("loss", [name for name in LOSSES if name not in BINARY])
def test_chunks_make_no_difference(rows, loss):
    overrides = [*SMALL, "noise=0.4", f"loss={loss}", "optimizer.lr=0.01", f"model.head={HEADS.get(loss, 'linear')}"]
    together = rows(*overrides, seeds=[5, 6, 7])
    assert together
    close({k: v for k, v in together.items() if k[0] > 5}, rows(*overrides, seeds=[6, 7]), 1e-4)


def test_looking_does_not_disturb(rows):
    often, rarely = rows("epochs=4"), rows("epochs=4", "eval_every=3")
    assert list(rarely) == [(0, 3), (0, 4)]
    assert all(often[key] == rarely[key] for key in rarely)


def test_objectives_meet_the_same_data_in_the_same_order(compose):
    def facts(loss):
        first = next(iter(run(**compose("noise=0.4", f"loss={loss}"))))
        assert isinstance(first, Started)
        return first.facts

    assert facts("ce") == facts("gce")


CHANGES = {
    "dataset": "dataset.dim=6", "model": "model.width=8", "loss": "loss=gce", "optimizer": "optimizer.lr=0.02",
    "schedule": "schedule=constant", "average": "average=ema",
    "calibrator": "val_fraction=0.3 calibrator=temperature", "adaptation": "adaptation=unchanged",
    "noise": "noise=0.1", "noise_seed": "noise_seed=9", "imbalance": "imbalance=3",
    "epochs": "epochs=3", "batch_size": "batch_size=32", "grad_clip": "grad_clip=0.01",
    "val_fraction": "val_fraction=0.3", "classes": "classes=[0,2]", "method": "method=logit_adjusted method.tau=5",
    "regularizer": "regularizer=spectral_decoupling", "noise_type": "noise_type=pair",
    "imbalance_type": "imbalance=3 imbalance_type=step", "sampler": "imbalance=3 sampler=class_balanced",
    "augment": "dataset=digits augment=standard",
    "val_labels": "val_fraction=0.3 val_labels=true", "few_shot": "imbalance=3 few_shot=60",
    "many_shot": "imbalance=3 many_shot=60",
    "eval_every": "eval_every=2", "eval_train": "eval_train=20", "measure": "measure=[calibration]",
    "eval_flips": "dataset=digits eval_flips=true",
    "init_seed": "init_seed=9", "order_seed": "order_seed=9", "augment_seed": "method=mixup augment_seed=9",
    "split_seed": "val_fraction=0.3 split_seed=9", "resample": "resample=bootstrap",
    "precision": "precision=bf16", "curation": "curation=random",
    "task": "method=erm loss=ce optimizer=sgd dataset=blobs task=representation",
}  # fmt: skip
APART = {"risk", "calculation", "probe"}  # nothing to change to as yet; take the place of all of these


@pytest.mark.parametrize("key", CHANGES)
def test_every_key_matters(rows, key):
    """The last word of a change makes the difference; those before it make room for it."""
    *room, change = CHANGES[key].split()
    said = {o.partition("=")[0] for o in (*room, change)}
    base = [o for o in ("noise=0.4", "loss=ce") if o.partition("=")[0] not in said]
    without = [o for o in ("noise=0.4", "loss=ce") if o.partition("=")[0] not in {r.partition("=")[0] for r in room}]
    assert rows(*base, *room, change) != rows(*without, *room)


def test_every_key_is_listed_somewhere():
    keys = {f.name for f in dataclasses.fields(Config)}
    assert keys == {*CHANGES, *APART, *BOOKKEEPING}


PINNED = [f"{stream}_seed=7" for stream in ("init", "order", "augment", "split", "noise")]
DRAWING = {
    "mixing": "method=mixup", "masks": "method=feature_dropout", "two networks": "method=co_teaching",
    "held out": "val_fraction=0.3 calibrator=correctness_aware", "thinned": "imbalance=3 sampler=class_balanced",
    "selected": "curation=random", "sampled weights": "optimizer=entropy_sgd", "folds": "resample=folds",
    "bootstrap": "resample=bootstrap val_fraction=0.2", "turned": "dataset=digits augment=strong epochs=1",
}  # fmt: skip


@pytest.mark.parametrize("said", DRAWING.values(), ids=DRAWING)
def test_a_seed_draws_nothing_but_by_the_five_streams(rows, said):
    """With all of them pinned to 7 any seed is seed 7, bit for bit."""
    whole = [*said.split(), "noise=0.4"]
    seventh, pinned = rows(*whole, seeds=[7]), rows(*whole, *PINNED, seeds=[2])
    assert list(seventh.values()) == list(pinned.values())


@pytest.mark.parametrize("free", ["init", "order", "augment", "split", "noise"])
def test_each_stream_alone_makes_another_result(rows, free):
    words = ["noise=0.4", "method=mixup", "val_fraction=0.2", *(p for p in PINNED if not p.startswith(free))]
    one, other = rows(*words, seeds=[7]), rows(*words, seeds=[8])
    assert list(one.values()) != list(other.values())
    assert list(one.values()) == list(rows("noise=0.4", "method=mixup", "val_fraction=0.2", seeds=[7]).values())


def test_a_seed_whose_objective_breaks_has_diverged(compose):
    events = list(run(**compose("optimizer.lr=1e30", "epochs=4", seeds=[0, 1])))
    ends = [e for e in events if isinstance(e, Ended)]
    assert {e.seed: e.state for e in ends} == {0: "diverged", 1: "diverged"}
    assert "not finite" in ends[0].cause


def test_a_seed_whose_numbers_are_finite_and_beyond_all_use_has_diverged(compose, measured):
    words = ["model=linear", "optimizer.momentum=0", "epochs=1", "batch_size=512"]
    (end,) = [e for e in run(**compose(*words, "optimizer.lr=1e20")) if isinstance(e, Ended)]
    assert end.state == "diverged"
    assert re.fullmatch(r"test/nll after step 1 is \S+e\+\d+, beyond 1e\+12", end.cause)
    (row,) = measured(run(**compose(*words, "optimizer.lr=1e9"))).values()
    assert row["test/nll"] > 1e6, "large, and no outcome that is lost"


def test_clean_labels_leave_no_memory_to_measure(rows):
    (row,) = rows("epochs=1").values()
    assert not {"train/memorised", "train/corrected", "train/flip_auroc"} & set(row)
    assert all(math.isfinite(v) for v in row.values())


def test_validation_is_measured_when_there_is_some(rows):
    (row,) = rows("epochs=1", "val_fraction=0.2").values()
    assert {"val/accuracy", "val/nll"} <= set(row)


def size(compose, model, stack, count):
    said = ["dataset=digits", f"model={model}", "exec.device=cpu", f"exec.stack={stack}"]
    return automatic_stack(compose(*said)["cell"], count)


def test_automatic_stacks_are_whole_but_for_convolutions_on_a_cpu(compose):
    assert size(compose, "mlp", "auto", 10) == 10
    assert size(compose, "linear", "auto", 10) == 10
    assert size(compose, "cnn", "auto", 10) == 1
    assert size(compose, "cnn", 4, 10) == 4
    assert size(compose, "mlp", 20, 10) == 10


def test_automatic_stacks_are_whole_on_a_gpu(compose, monkeypatch):
    monkeypatch.setattr("runner.training.run.resolve_device", lambda name: torch.device("cuda"))
    assert size(compose, "cnn", "auto", 10) == 10


@pytest.mark.parametrize("name", ["gpu", "cuda:99", "meta"])
def test_a_device_that_is_not_there_is_refused(name):
    with pytest.raises(ConfigError, match=f"exec.device={name}"):
        resolve_device(name)


def test_the_automatic_device_is_the_gpu_if_there_is_one():
    assert resolve_device("auto").type == ("cuda" if torch.cuda.is_available() else "cpu")


@pytest.mark.parametrize("seeds", [[0], [0, 1]])
@pytest.mark.parametrize("how", ["true", "reduce-overhead"])
def test_compiling_changes_only_rounding(rows, how, seeds):
    """Also with losses that keep state or draw, a norm, and gradients that are clipped."""
    said = ["epochs=1", "noise=0.4", "loss=elr", "model.norm=batch", "grad_clip=0.5"]
    close(rows(*said, seeds=seeds), rows(*said, f"exec.compile={how}", seeds=seeds), 1e-3)


@pytest.mark.parametrize("seeds", [[0], [0, 1]])
@pytest.mark.parametrize("model", ["mlp", "cnn"])
def test_bf16_changes_only_what_three_digits_can(rows, model, seeds):
    """bfloat16 has eight bits of mantissa: after an epoch losses agree to three hundredths, and are not equal."""
    said = ["epochs=1", "noise=0.4", "dataset=digits", f"model={model}", "model.width=16", "optimizer.lr=0.01"]
    whole, half = rows(*said, seeds=seeds), rows(*said, "precision=bf16", seeds=seeds)
    for key, row in whole.items():
        for name in ("train/objective", "test/nll"):
            assert half[key][name] == pytest.approx(row[name], rel=0.03)
            assert half[key][name] != row[name]


def test_channels_last_changes_only_rounding(rows):
    said = ["epochs=1", "dataset=digits", "model=cnn", "model.width=8"]
    close(rows(*said), rows(*said, "exec.channels_last=true"), 1e-3)


def test_the_worst_environment_is_measured_where_there_are_several(compose, measured):
    said = ["dataset=colored_mnist", "dataset@dataset.source=mnist5k", "dataset.test_color_flips=[0.1,0.9]", "epochs=1"]
    (row,) = measured(run(**compose(*said, "batch_size=512"))).values()
    assert row["test/worst_domain_accuracy"] < row["test/accuracy"]
    (plain,) = measured(run(**compose("epochs=1"))).values()
    assert "test/worst_domain_accuracy" not in plain


def test_sizes_of_classes_count_where_some_were_thinned_out(rows):
    (thinned,) = rows("epochs=1", "imbalance=10", "few_shot=20", "many_shot=100").values()
    assert {"test/many_shot_accuracy", "test/medium_shot_accuracy", "test/few_shot_accuracy"} <= set(thinned)
    (whole,) = rows("epochs=1").values()
    assert not any("_shot_" in name for name in whole)


def test_every_way_to_sample_and_to_augment_is_equal_in_a_stack(rows):
    for said in ("sampler=class_balanced", "sampler=square_root", "sampler=class_sets"):
        together = rows("imbalance=4", said, seeds=[0, 1])
        close({k: v for k, v in together.items() if k[0] == 1}, rows("imbalance=4", said, seeds=[1]), 1e-4)
    said = ["dataset=digits", "augment=strong", "epochs=1"]
    together = rows(*said, seeds=[0, 1])
    close({k: v for k, v in together.items() if k[0] == 1}, rows(*said, seeds=[1]), 1e-4)


def test_inputs_are_streamed_if_asked_or_if_they_are_large(monkeypatch):
    cpu = torch.device("cpu")
    assert streams(True, 1, cpu)
    assert not streams(False, 10**15, cpu)
    assert not streams("auto", 1000, cpu)
    assert streams("auto", 10**15, cpu)
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device: (1000, 2000))
    assert streams("auto", 501, torch.device("cuda"))
    assert not streams("auto", 500, torch.device("cuda"))
