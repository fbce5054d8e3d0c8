"""What differs between kinds of targets on the way to what seeds are trained on."""

from functools import partial

import pytest
import torch

from datasets.blobs import blobs
from datasets.imbalance_types.exponential import exponential
from datasets.noise_types.candidates import candidates
from datasets.noise_types.symmetric import symmetric
from datasets.split import Split
from runner.data.loader import taken
from runner.data.protocol import audited, protocol
from runner.data.targets import CandidateSets, check_task, confusion, targets_of, transition

SEEDS = (0, 3)
N, D, L = 60, 2, 3


def split_of(y, classes=(), task="regression"):
    x = torch.randn(len(y), 4, generator=torch.Generator().manual_seed(0))
    return Split(x, y, x[:10], y[:10], classes, torch.zeros(1), torch.ones(1), task=task)


def numbers():
    y = 5 + 3 * torch.randn(N, D, generator=torch.Generator().manual_seed(1))
    return split_of(y)


def bits():
    y = (torch.rand(N, L, generator=torch.Generator().manual_seed(1)) < 0.5).float()
    return split_of(y, ("a", "b", "c"), "multilabel")


def shifted(targets, rate, generator):
    """A share of the targets three deviations up."""
    return targets + 3 * (torch.rand(len(targets), 1, generator=generator) < rate)


def hidden(bits, rate, generator):
    return bits.masked_fill(torch.rand(bits.shape, generator=generator) < rate, -1)


def prepared(split, noise_type, **changed):
    usual = {
        "noise": 0.0,
        "noise_seed": None,
        "split_seed": None,
        "imbalance": 1.0,
        "imbalance_type": partial(exponential),
        "val_fraction": 0.0,
    }
    return protocol(split, SEEDS, **{**usual, "val_labels": "given", **changed}, noise_type=noise_type)


def test_a_class_of_one_example_or_none_has_a_row_of_the_transition():
    given, true = torch.tensor([1, 0, 0, 0]), torch.tensor([0, 1, 1, 1])
    shares = transition(confusion(given, true, 3))
    assert shares.tolist() == [[0, 1, 0], [1, 0, 0], [0, 0, 0]]
    sets = torch.tensor([[1, 1, 0], [0, 1, 0], [0, 1, 1], [0, 1, 0]]).float()
    y = torch.tensor([0, 1, 2] * 20)
    known = CandidateSets(split_of(y, ("a", "b", "c"), "classification"))
    expected = [[1.0, 1.0, 0.0], [0.0, 1.0, 1 / 3], [0.0, 0.0, 0.0]]
    torch.testing.assert_close(known.transition(sets, true), torch.tensor(expected))


def test_labels_are_counted_by_what_they_are():
    """There, absent, or not told."""
    true = torch.tensor([[1.0, 0.0, 0.0], [1.0, 1.0, 0.0]])
    given = torch.tensor([[1.0, -1.0, 0.0], [0.0, -1.0, 1.0]])
    found = targets_of(bits()).realised(given, true)
    assert found == {"class_counts": [2, 1, 0], "given_counts": [1, 0, 1], "unknown_counts": [0, 2, 0]}


@pytest.mark.parametrize(
    ("split", "task", "said"),
    [
        (numbers(), "classification", "its Split says task=regression; it must pass on task=classification"),
        (numbers()._replace(task="multilabel"), "multilabel", "has targets that are floats .N, D., without names; of "),
        (
            bits()._replace(task="regression"),
            "regression",
            "floats .N, L., with L names; of task=regression they must be f",
        ),
        (split_of(torch.arange(N) % 2, ("a", "b")), "regression", "whole numbers .N,. of classes; of task=regression "),
        (numbers()._replace(task="boxes"), "boxes", r"shape \(60, 2\); of task=boxes they must be \(N, 4\)"),
    ],
)
def test_targets_of_another_task_are_refused(split, task, said):
    with pytest.raises(ValueError, match=said):
        check_task(split, task)


def test_targets_of_the_task_are_not():
    check_task(numbers(), "regression")
    check_task(bits(), "multilabel")
    check_task(split_of(torch.rand(N, 4), task="boxes"), "boxes")


def test_numbers_are_standardised_by_the_training_part():
    found = prepared(numbers(), shifted)
    assert torch.allclose(found.train.given.mean(1), torch.zeros(2, D), atol=1e-5)
    assert torch.allclose(found.train.given.std(1, correction=0), torch.ones(2, D), atol=1e-5)
    own = found.test * found.targets.scale + found.targets.mean
    assert torch.allclose(own, found.split.test_y, atol=1e-5)


def test_noise_changes_them_in_deviations_and_not_the_scale():
    clean, noisy = prepared(numbers(), shifted), prepared(numbers(), shifted, noise=0.3)
    assert torch.equal(noisy.train.true, clean.train.true)
    change = (noisy.train.given - noisy.train.true).flatten(0, 1)
    assert torch.allclose(change[change.any(1)], torch.tensor(3.0))
    assert not torch.equal(noisy.train.given[0], noisy.train.given[1])


def test_a_random_share_is_held_out_and_its_targets_do_not_depend_on_it():
    whole, parts = prepared(numbers(), shifted, noise=0.5), prepared(numbers(), shifted, noise=0.5, val_fraction=0.25)
    assert parts.val.place.shape[1] == 15
    for s in range(2):
        places = torch.cat([parts.train.place[s], parts.val.place[s]])
        assert torch.equal(places.sort().values, torch.arange(N))
        assert torch.equal(whole.train.given[s][parts.val.place[s]], parts.val.given[s])
    assert not torch.equal(parts.val.place[0], parts.val.place[1])


def test_the_audit_of_numbers_is_in_their_own_unit():
    found = prepared(numbers(), shifted, noise=1.0)
    record = audited(found, 0)["train"]
    assert record["target_mean"] == pytest.approx(found.split.y.mean(0).tolist(), rel=1e-5)
    assert record["change_rms"] == pytest.approx((3 * found.targets.scale).tolist(), rel=1e-4)
    assert record["noise_rate"] == 1.0
    assert record["examples"] == N


def test_the_audit_of_bits_counts_what_is_told():
    found = prepared(bits(), hidden, noise=1.0)
    record = audited(found, 0)["train"]
    assert record["class_counts"] == found.split.y.sum(0).tolist()
    assert record["given_counts"] == [0] * L
    assert record["unknown_counts"] == [N] * L
    assert found.class_sizes.tolist() == found.split.y.sum(0).tolist()


def test_what_does_not_act_on_a_target_is_not_called():
    split = numbers()
    assert torch.equal(prepared(split, symmetric).train.given, prepared(split, shifted).train.given)


def test_sets_of_candidates_have_the_true_class():
    split = blobs(num_train=N, num_test=8, num_classes=4, dim=2, distance=1.0)
    found = prepared(split, candidates, noise=0.4, val_fraction=0.2, val_labels=True)
    assert found.targets.task == "candidates"
    sets = found.train.given
    assert sets.shape == (2, 48, 4)
    assert (sets.gather(2, found.train.true[..., None]) == 1).all()
    record = audited(found, 0)["train"]
    assert record["candidates"] == pytest.approx(1 + 3 * 0.4, abs=0.35)
    assert [row[k] for k, row in enumerate(record["transition"])] == [1.0] * 4
    assert record["noise_rate"] == pytest.approx((sets[0].sum(1) > 1).float().mean().item())


def test_targets_of_any_shape_are_taken_in_an_order():
    order = torch.tensor([[2, 0, 1], [1, 1, 0]])
    for shape in ((2, 3), (2, 3, 4)):
        targets = torch.randn(shape)
        assert all(torch.equal(taken(targets, order)[s], targets[s][order[s]]) for s in range(2))


@pytest.mark.parametrize(
    ("y", "classes", "said"),
    [
        (torch.full((N, 1), torch.nan), (), "a training target that is not finite"),
        (torch.zeros(N, 1), (), "a target that never varies"),
        (torch.rand(N), (), r"training targets of shape \(60,\); must be \(examples, numbers\)"),
        (torch.rand(N, 2), ("a", "b"), "neither 0 nor 1"),
        (torch.zeros(N, 2), ("a", "b"), "no training example has the label a"),
        (torch.ones(N, 2), ("a", "b"), "every training example has the label a"),
        (torch.ones(N, 3), ("a", "b"), r"must be \(examples, 2 labels\)"),
    ],
)
def test_targets_that_cannot_be_are_refused(y, classes, said):
    with pytest.raises(ValueError, match=said):
        split_of(y, classes).checked()


WHOLE = blobs(num_train=60, num_test=10, num_classes=5, dim=3, distance=3.0)._replace(whole_classes=True)


@pytest.mark.parametrize("seed", range(5))
def test_whole_classes_are_held_out(seed):
    prepared = protocol(
        WHOLE, [seed], noise=0.0, noise_type=symmetric, noise_seed=None, split_seed=None,
        imbalance=1.0, imbalance_type=exponential, val_fraction=0.4, val_labels="given",
    )  # fmt: skip
    seen, held = ({*part.true[0].tolist()} for part in (prepared.train, prepared.val))
    assert (len(seen), len(held)) == (3, 2)
    assert seen | held == {0, 1, 2, 3, 4}


def test_each_seed_holds_out_classes_of_its_own():
    targets = targets_of(WHOLE)
    held = [targets.held(WHOLE.y, 0.4, torch.Generator().manual_seed(seed)) for seed in range(100)]
    assert len({tuple(WHOLE.y[each].unique().tolist()) for each in held}) == 10  # all pairs of five
    assert not targets.held(WHOLE.y, 0.0, torch.Generator()).any()


@pytest.mark.parametrize(("fraction", "count"), [(0.2, 1), (0.8, 4)])
def test_two_classes_at_least_are_for_training_and_for_validation(fraction, count):
    with pytest.raises(ValueError, match=f"val_fraction={fraction}: holds {count} of 5 classes out"):
        targets_of(WHOLE).held(WHOLE.y, fraction, torch.Generator())
