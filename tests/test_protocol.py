"""What seeds are trained on: thinned, held out, flipped."""

import pytest
import torch

from datasets.imbalance_types.exponential import exponential
from datasets.noise_types.symmetric import symmetric
from datasets.split import Split
from runner.loader import Loader
from runner.protocol import Labelled, audit, protocol

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


def prepared(seeds=(0, 1), **changed):
    settings = {"noise": 0.4, "noise_seed": None, "imbalance": 1.0, "val_fraction": 0.0} | changed
    return protocol(SPLIT, seeds, noise_type=symmetric, imbalance_type=exponential, **settings)


@pytest.mark.parametrize("rate", [0.0, 0.2, 0.6, 1.0])
def test_symmetric_noise_flips_at_its_rate_and_never_to_the_true_class(rate):
    n = 100_000
    labels = torch.arange(n) % K
    given = symmetric(labels, K, rate, torch.Generator().manual_seed(0), labels)
    found = (given != labels).double().mean().item()
    assert abs(found - rate) <= 4 * (rate * (1 - rate) / n) ** 0.5  # four standard errors; exact at 0 and 1
    if rate:
        moves = (given - labels)[given != labels] % K
        shares = moves.bincount(minlength=K)[1:] / len(moves)
        assert (shares - 1 / (K - 1)).abs().max() <= 4 * (1 / (K - 1) / len(moves)) ** 0.5


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
    whole, _ = prepared()
    train, val = prepared(val_fraction=0.1)
    for s in range(2):
        places = torch.cat([train.place[s], val.place[s]])
        assert torch.equal(places.sort().values, torch.arange(N))
        assert val.true[s].bincount().tolist() == [50] * K
        assert torch.equal(whole.given[s][val.place[s]], val.given[s])
    assert not torch.equal(val.place[0], val.place[1])


def test_the_audit_says_what_was_realised():
    given = torch.tensor([[0, 1, 1, 2]])
    found = audit(Labelled(torch.arange(4)[None], given, torch.tensor([[0, 0, 1, 1]])), 0, 3)
    assert found["class_counts"] == [2, 2, 0]
    assert found["noise_rate"] == 0.5
    assert found["transition"] == [[0.5, 0.5, 0.0], [0.0, 0.5, 0.5], [0.0, 0.0, 0.0]]
    again = audit(Labelled(torch.arange(4)[None], given.flip(1), given), 0, 3)
    assert again["labels_sha256"] != found["labels_sha256"]


def test_an_epoch_is_every_example_once_in_a_seeds_own_order():
    train, _ = prepared(imbalance=10)
    n = train.place.shape[1]
    loader = Loader(SPLIT, train, [0, 1], 64, {})
    first, second = (list(loader) for _ in range(2))
    assert len(first) == len(loader)
    index = torch.cat([b.index for b in first], dim=1)
    assert torch.equal(index.sort(dim=1).values, torch.arange(n).expand(2, n))
    assert not torch.equal(index[0], index[1])
    assert not torch.equal(index, torch.cat([b.index for b in second], dim=1))
    for batch in first:
        assert torch.equal(batch.labels, train.given.gather(1, batch.index))
        assert torch.equal(loader.normalised(SPLIT.x[train.place.gather(1, batch.index)]), batch.x)


@pytest.mark.parametrize(("n", "size", "steps"), [(64, 32, 2), (65, 32, 2), (66, 32, 3), (1, 32, 1), (3, 1, 3)])
def test_a_last_batch_of_one_is_left_out(n, size, steps):
    part = Labelled(*(torch.zeros(1, n, dtype=torch.int64) for _ in range(3)))
    loader = Loader(SPLIT, part, [0], size, {})
    assert len(list(loader)) == len(loader) == steps
