"""A language that is made up: its law, how often contexts come, and sequences that are drawn from both."""

import pytest
import torch

from datasets.bigram import bigram, drawn, law_of, visits
from datasets.split import view
from runner.data.resample import resampled

ASKED = {"tokens": 6, "order": 1, "zeros": 0.5, "sequences": 4000, "longest": 50, "world": 0, "task": "language"}


@pytest.fixture(scope="module")
def made():
    return bigram(**ASKED).checked()


@pytest.mark.parametrize("order", [1, 2])
def test_pairs_come_as_the_truth_has_them(order):
    """Within five standard errors, contexts and tokens after them."""
    split = bigram(**ASKED | {"order": order}).checked()
    weight, law = split.truth[:, 0].double(), split.truth[:, 1:].double()
    context = split.x.argmax(1)
    counts = torch.zeros_like(law).index_put((context, split.y), torch.ones(len(context)).double(), accumulate=True)
    seen = counts.sum(1)
    assert (counts[law == 0] == 0).all()
    error = (law * (1 - law) / seen[:, None]).sqrt()
    often = seen > 30
    assert ((counts / seen[:, None] - law)[often].abs() <= 5 * error[often] + 1e-6).all()
    # visits of one sequence depend on each other, so that their share scatters more than of single draws
    torch.testing.assert_close(seen / seen.sum(), weight, rtol=0, atol=0.02)
    assert weight.sum().item() == pytest.approx(1, abs=1e-6)


def test_half_of_the_tokens_are_impossible_but_the_last(made):
    law = made.truth[:-1, 1:]
    assert ((law == 0).sum(1) == 2).all()  # half of five, rounded down
    assert (law[:, -1] > 0).all()
    torch.testing.assert_close(made.truth[-1, 1:], torch.full((6,), 1 / 6))


def test_the_start_is_one_context_and_the_best_nll_is_the_entropy(made):
    assert torch.equal(made.test_x, torch.eye(6))
    assert int((made.x.argmax(1) == 5).sum()) == 4000
    weight, law = made.truth[:, :1].double(), made.truth[:, 1:].double()
    assert made.optimum["nll"] == pytest.approx(-(weight * torch.xlogy(law, law)).sum().item(), rel=1e-6)
    assert torch.equal(made.test_y, law.argmax(1))


def test_sequences_are_cut_off():
    law = law_of(torch.Generator().manual_seed(0), 6, 1, 0.5)
    assert len(drawn(torch.Generator().manual_seed(0), law, 10, 1)[0]) == 10
    assert visits(law, 1).tolist() == [0, 0, 0, 0, 0, 1]
    two = visits(law, 2)  # five of six go on, to each token alike
    assert two.tolist() == pytest.approx([1 / 11] * 5 + [6 / 11])


def test_a_context_of_two_tokens_forgets_the_one_before():
    law = law_of(torch.Generator().manual_seed(0), 3, 2, 0.0)
    there = visits(law, 3)
    begin = 3 * 2 + 2
    first = there[[3 * 2 + 0, 3 * 2 + 1]]  # what was before the sequence, then a token
    torch.testing.assert_close(first, there[begin] * law[begin, :2])
    assert there[[3 * 0 + 2, 3 * 1 + 2]].tolist() == [0, 0]  # nothing comes after the end
    assert bigram(**ASKED | {"order": 2}).x.shape[1] <= 5 * 5 + 5 + 1


def test_another_world_is_another_language():
    one, again, other = (bigram(**ASKED | {"world": world}) for world in (0, 0, 1))
    assert torch.equal(one.truth, again.truth)
    assert torch.equal(one.y, again.y)
    assert not torch.equal(one.truth, other.truth)


def test_too_many_contexts_are_refused():
    with pytest.raises(ValueError, match="order=4: has 160000 contexts of 20 tokens, above 10000"):
        bigram(**ASKED | {"tokens": 20, "order": 4})


def test_the_truth_is_of_all_classes_and_of_these_contexts(made):
    with pytest.raises(ValueError, match="only classes=null can be"):
        view(made, [0, 1])
    with pytest.raises(ValueError, match="have a truth of tested ones alone"):
        resampled(made, "bootstrap", 0)
