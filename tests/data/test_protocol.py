"""What seeds are trained on: thinned, held out, flipped."""

from functools import partial

import pytest
import torch

from datasets.imbalance_types.exponential import exponential
from datasets.noise_types.open_set import open_set
from datasets.noise_types.symmetric import symmetric
from datasets.split import Split
from runner.data.inputs import Inputs
from runner.data.protocol import Labelled, Prepared, audited, protocol
from runner.data.targets import targets_of
from tests.flow import loading

K, N = 10, 5000
Y = torch.arange(N) % K
SPLIT = Split(
    torch.arange(N)[:, None].float(),
    Y,
    torch.empty(0, 1),
    torch.empty(0),
    tuple("0123456789"),
    torch.zeros(1),
    torch.full((1,), 2.0),
)


SETTINGS = {
    "noise": 0.4, "noise_type": symmetric, "noise_seed": None, "split_seed": None,
    "imbalance": 1.0, "imbalance_type": exponential,
    "val_fraction": 0.0, "val_labels": "given",
}  # fmt: skip


def whole(seeds=(0, 1), split=SPLIT, **changed):
    return protocol(split, seeds, **SETTINGS | changed)


def prepared(seeds=(0, 1), **changed):
    """Training and validation examples."""
    return whole(seeds, **changed)[1:3]


def test_more_noise_flips_the_same_examples_and_more():
    low, high = (prepared(noise=rate)[0].given != Y for rate in (0.2, 0.6))
    assert (low <= high).all()
    assert high.sum() > low.sum()


def test_each_seed_has_its_own_flips_unless_they_are_fixed():
    own, fixed = prepared()[0].given, prepared(noise_seed=5)[0].given
    assert not torch.equal(own[0], own[1])
    assert torch.equal(fixed[0], fixed[1])
    assert torch.equal(prepared(seeds=[5])[0].given[0], fixed[0])


def test_a_seed_is_the_same_in_any_company():
    alone, together = (
        prepared(seeds=[3], imbalance=10, val_fraction=0.2),
        prepared(seeds=[1, 3], imbalance=10, val_fraction=0.2),
    )
    for a, b in zip(alone, together, strict=True):
        assert all(torch.equal(x[0], y[1]) for x, y in zip(a, b, strict=True))


def test_thinning_follows_the_profile_and_comes_before_flipping():
    train, _ = prepared(imbalance=100)
    for true, place in zip(train.true, train.place, strict=True):
        assert true.bincount().tolist() == [int(500 * 100 ** (-k / 9) + 1e-9) for k in range(10)]
        assert torch.equal(Y[place], true)
    given = train.given[0].bincount()
    assert given[9] > 5  # flipped labels fill the tail: labels were not thinned after flipping


def test_thinning_that_empties_a_class_is_refused():
    with pytest.raises(ValueError, match="imbalance=1000 leaves class"):
        prepared(imbalance=1000)


def test_validation_is_a_stratified_part_with_the_labels_it_would_have_had():
    all_of_it, _ = prepared()
    train, val = prepared(val_fraction=0.1)
    for s in range(2):
        places = torch.cat([train.place[s], val.place[s]])
        assert torch.equal(places.sort().values, torch.arange(N))
        assert val.true[s].bincount().tolist() == [50] * K
        assert torch.equal(all_of_it.given[s][val.place[s]], val.given[s])
    assert not torch.equal(val.place[0], val.place[1])


def test_the_audit_says_what_was_realised():
    given = torch.tensor([[0, 1, 1, 2]])
    split = SPLIT._replace(y=torch.tensor([0, 0, 1, 1, 2]), classes=("a", "b", "c"))
    train = Labelled(torch.arange(4)[None], given, torch.tensor([[0, 0, 1, 1]]))
    one = Prepared(split, train, train, targets_of(split), split.test_y, torch.tensor([2, 2, 0]), True)
    record = audited(one, 0)
    found = record["train"]
    assert record["source_class_counts"] == [2, 2, 1]
    assert found["class_counts"] == [2, 2, 0]
    assert found["given_counts"] == [1, 2, 1]
    assert found["noise_rate"] == 0.5
    assert found["noise_rates"] == [0.5, 0.5, 0.0]
    assert found["transition"] == [[0.5, 0.5, 0.0], [0.0, 0.5, 0.5], [0.0, 0.0, 0.0]]
    again = audited(one._replace(train=train._replace(given=given.flip(1))), 0)["train"]
    assert again["labels_sha256"] != found["labels_sha256"]


def test_an_epoch_is_every_example_once_in_a_seeds_own_order():
    train, _ = prepared(imbalance=10)
    n = train.place.shape[1]
    loader = loading(SPLIT, train, [0, 1], 64)
    first, second = (list(loader) for _ in range(2))
    assert len(first) == len(loader)
    index = torch.cat([b.index for b in first], dim=1)
    assert torch.equal(index.sort(dim=1).values, torch.arange(n).expand(2, n))
    assert not torch.equal(index[0], index[1])
    assert not torch.equal(index, torch.cat([b.index for b in second], dim=1))
    for batch in first:
        assert torch.equal(batch.labels, train.given.gather(1, batch.index))
        assert torch.equal(SPLIT.x[train.place.gather(1, batch.index)] / 2, batch.x)


@pytest.mark.parametrize(("n", "size", "steps"), [(64, 32, 2), (65, 32, 2), (66, 32, 3), (1, 32, 1), (3, 1, 3)])
def test_a_last_batch_of_one_is_left_out(n, size, steps):
    part = Labelled(*(torch.zeros(1, n, dtype=torch.int64) for _ in range(3)))
    loader = loading(SPLIT, part, [0], size)
    assert len(list(loader)) == len(loader) == steps


def test_true_validation_labels_are_clean_and_the_rest_as_before():
    noisy, clean = (whole(val_fraction=0.1, val_labels=kind) for kind in ("given", True))
    assert torch.equal(noisy.train.given, clean.train.given)
    assert torch.equal(noisy.val.place, clean.val.place)
    assert not torch.equal(noisy.val.given, noisy.val.true)
    assert torch.equal(clean.val.given, clean.val.true)


def test_labels_of_the_data_sets_own_are_what_is_flipped():
    own = SPLIT._replace(given=(Y + 1) % K)
    train = whole(split=own, noise=0.0, imbalance=10).train
    assert torch.equal(train.given, (train.true + 1) % K)
    assert train.true[0].bincount().tolist() == whole(imbalance=10).train.true[0].bincount().tolist()
    flipped = whole(split=own).train.given
    assert 0.37 < (flipped != (Y + 1) % K).double().mean() < 0.43


def test_a_noise_type_is_told_each_examples_number():
    def by_number(labels, source_index):
        return source_index % K

    numbered = SPLIT._replace(source_index=torch.arange(N).flip(0))
    train = whole(split=numbered, noise_type=by_number, imbalance=10).train
    assert torch.equal(train.given, (N - 1 - train.place) % K)


class TestOpenSet:
    """Inputs of another data set, under labels of this one."""

    def prepared(self, **changed):
        return whole(noise_type=partial(open_set, source=SPLIT._replace(x=-1 - SPLIT.x[:100])), **changed)

    def test_replaced_inputs_have_no_class(self):
        found = self.prepared()
        x = found.split.x[found.train.place][..., 0]
        assert torch.equal(x < 0, found.train.true < 0)
        assert torch.equal(found.train.given, Y.expand(2, N))
        assert 0.37 < (x < 0).double().mean() < 0.43

    def test_the_data_set_grows_once(self):
        assert len(self.prepared().split.x) == N + 100

    def test_class_sizes_are_those_before(self):
        assert self.prepared(val_fraction=0.1).class_sizes.tolist() == [450] * K

    def test_true_validation_examples_keep_their_inputs(self):
        found = self.prepared(val_fraction=0.1, val_labels=True)
        assert (found.split.x[found.val.place] >= 0).all()
        assert torch.equal(found.val.given, Y[found.val.place])

    def test_they_are_counted_apart(self):
        found = self.prepared()
        record = audited(found, 0)["train"]
        assert record["outside"] == (found.train.true[0] < 0).sum()
        assert sum(record["class_counts"]) == N - record["outside"]
        assert sum(record["given_counts"]) == N
        assert record["noise_rate"] == pytest.approx(record["outside"] / N)
        assert record["noise_rates"] == [0.0] * K


class Doubling:
    """An augmentation that is noticed, and draws."""

    def __call__(self, x, generators):
        draws = torch.stack([torch.rand(x.shape[1], 1, generator=g) for g in generators])
        return 2 * x + draws


def test_batches_are_augmented_by_each_seeds_own_stream_before_they_are_normalised():
    train, _ = prepared()
    alone, together = (
        next(iter(loading(SPLIT, part, seeds, 64, augment=Doubling())))
        for part, seeds in ((Labelled(*(t[1:] for t in train)), [1]), (train, [0, 1]))
    )
    plain = next(iter(loading(SPLIT, train, [0, 1], 64)))
    added = 2 * together.x - 4 * plain.x  # the deviation is 2
    assert (added >= 0).all()
    assert (added < 1.01).all()
    assert torch.equal(alone.x[0], together.x[1])
    assert not torch.equal(added[0], added[1])


@pytest.mark.parametrize("workers", [1, 3])
def test_batches_read_ahead_are_the_same_batches(workers):
    train, _ = prepared()
    here, there = (list(loading(SPLIT, train, [0, 1], 64, workers=w)) for w in (0, workers))
    assert len(here) == len(there)
    assert all(torch.equal(a.x, b.x) and torch.equal(a.index, b.index) for a, b in zip(here, there, strict=True))


def test_reading_ahead_has_an_end_at_both_ends():
    """No more than twice as many batches as workers are read before they are asked for, and stopping early stops it."""
    inputs = Inputs(torch.arange(100.0), torch.zeros(1), torch.ones(1), torch.device("cpu"), 2)
    asked = []

    def places():
        for i in range(100):
            asked.append(i)
            yield torch.tensor([i])

    batches = inputs.batches(places())
    assert next(batches).item() == 0
    assert len(asked) <= 5
    batches.close()
    assert len(asked) <= 5
