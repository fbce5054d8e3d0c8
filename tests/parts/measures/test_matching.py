"""Recall of the other side: by hand, by brute force, and what finds nothing."""

import pytest
import torch

from runner.parts.measures import matching
from runner.parts.measures.matching import Matching
from runner.tasks.declared.matching import MATCHING


def measured(one, other):
    """Of both sides (S, M, W)."""
    measures = Matching()
    seen = measures.outcomes(torch.cat([one, other], 2), other)
    return {name: values.tolist() for name, values in measures.quality(seen, other).items()}


def drawn(seed, *shape):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_sides_that_are_alike_are_all_found_whatever_their_lengths():
    one = drawn(0, 2, 30, 5)
    assert measured(one, 3 * one) == {metric.name: [1.0, 1.0] for metric in MATCHING.quality}


def test_sides_that_are_all_alike_find_nothing():
    found = measured(torch.ones(1, 30, 5), torch.ones(1, 30, 5))
    assert found["recall_at_10"] == [0.0]
    assert found["mean_reciprocal_rank"] == pytest.approx([1 / 30])


def test_both_directions_count_alike():
    """Of three examples two have one other side between them: 1 0, 0 1 and 1 0 against 1 0, 0 1 and 0 1."""
    one, other = torch.eye(2)[None, [0, 1, 0]], torch.eye(2)[None, [0, 1, 1]]
    # there: the first is found, the second is beaten by a tie (2), the third is the last (3)
    # back: the first is beaten by a tie (2), the second is found, the third is the last (3)
    found = measured(one, other)
    assert found["recall_at_1"] == pytest.approx([1 / 3])
    assert found["mean_reciprocal_rank"] == pytest.approx([(1 + 1 / 2 + 1 / 3) / 3])


@pytest.mark.parametrize("chunk", [7, 256])
def test_against_brute_force(chunk, monkeypatch):
    monkeypatch.setattr(matching, "CHUNK", chunk)
    one = drawn(1, 1, 40, 6)
    other = one + drawn(2, 1, 40, 6)
    cosines = torch.nn.functional.cosine_similarity(one[0, :, None], other[0, None], dim=2)
    ranks = [
        [sorted(row.tolist(), reverse=True).index(row[i].item()) + 1 for i, row in enumerate(way)]
        for way in (cosines, cosines.mT)
    ]
    found = measured(one, other)
    for k in (1, 5, 10):
        expected = sum(rank <= k for way in ranks for rank in way) / 80
        assert found[f"recall_at_{k}"] == pytest.approx([expected])
        assert 0 < expected < 1
    assert found["mean_reciprocal_rank"] == pytest.approx([sum(1 / rank for way in ranks for rank in way) / 80])


def test_a_seed_whose_embeddings_are_no_numbers_has_no_recall():
    one = drawn(3, 2, 12, 4)
    one[1, 3, 0] = float("nan")
    found = measured(one, one.nan_to_num())
    assert found["recall_at_1"][0] == 1.0
    assert all(values[1] != values[1] for values in found.values())
