"""The small transformers of calculations: causality, copies, normalized queries, and Adam against torch's."""

import numpy as np
import pytest
import torch

from runner.parts.calculations._transformer import CLIP, Adam, Transformer, schedule


def small(copies=1, seed=0, **others):
    return Transformer(np.random.default_rng(seed), copies, (3, 8, 2), 6, 2, 2, **others)


def examples(seed=1):
    return torch.tensor(np.random.default_rng(seed).normal(size=(4, 6, 3)))


def test_a_place_sees_those_before_it_and_itself_and_none_after():
    network, x = small(), examples()
    changed = x.clone()
    changed[:, 3] += 1
    off = (network(changed) - network(x)).abs().amax((0, 1, 3))
    assert off[:3].eq(0).all()
    assert off[3:].gt(1e-6).all()


def test_a_shorter_sequence_gives_the_same_and_so_does_another_batch():
    network, x = small(), examples()
    assert torch.allclose(network(x[:, :4]), network(x)[:, :, :4])
    assert torch.allclose(network(x[1:2]), network(x)[:, 1:2])


def test_places_matter():
    network, x = small(), examples()
    x[:, 1] = x[:, 0]
    assert not torch.allclose(network(x)[:, :, 1], network(x)[:, :, 0])


def test_attention_of_one_head_is_softmax_of_products():
    network = Transformer(np.random.default_rng(0), 1, (3, 4, 2), 5, 1, 1)
    mixed = torch.tensor(np.random.default_rng(1).normal(size=(1, 5, 12)))
    query, key, value = mixed[0].split(4, dim=1)
    expected = []
    for t in range(5):
        weights = torch.exp(key[: t + 1] @ query[t] / 2)
        expected.append(weights @ value[: t + 1] / weights.sum())
    assert torch.allclose(network.attention(mixed, 1)[0], torch.stack(expected))


def test_normalized_queries_and_keys_do_not_depend_on_their_scale():
    mixed = torch.tensor(np.random.default_rng(1).normal(size=(1, 24, 24)))
    longer = torch.cat([3 * mixed[..., :16], mixed[..., 16:]], dim=-1)
    for qk_norm in (True, False):
        network = small(qk_norm=qk_norm)
        assert torch.allclose(network.attention(mixed, 4), network.attention(longer, 4), atol=1e-4) is qk_norm


def test_copies_are_alike_and_one_learns_as_it_does_alone():
    x = examples()
    together, alone = small(3), small()
    assert torch.equal(together(x)[0], together(x)[2])
    steps = [(together, Adam(together.parameters(), [0.1, 0.01, 0.0], 5))]
    steps.append((alone, Adam(alone.parameters(), [0.01], 5)))
    for network, optimizer in steps:
        for _ in range(5):
            optimizer.descend((network(x) - 3).square().mean((1, 2, 3)))
    assert torch.allclose(together(x)[1], alone(x)[0])
    assert torch.allclose(together(x)[2], small()(x)[0])
    assert not torch.allclose(together(x)[0], together(x)[1])


@pytest.mark.parametrize("scale", [0.01, 100.0])
def test_adam_is_that_of_torch_with_clipped_gradients(scale):
    x, ours, theirs = examples(), small(), small()
    first = Adam(ours.parameters(), [0.02], 10)
    second = torch.optim.Adam(theirs.parameters(), lr=0.02, betas=(0.9, 0.95))
    for step in range(1, 11):
        first.descend(scale * (ours(x) - 3).square().mean((1, 2, 3)))
        second.zero_grad()
        (scale * (theirs(x) - 3).square().mean()).backward()
        torch.nn.utils.clip_grad_norm_(theirs.parameters(), CLIP)
        second.param_groups[0]["lr"] = 0.02 * schedule(step, 10)
        second.step()
    assert torch.allclose(ours(x), theirs(x), atol=1e-5)


def test_the_rate_rises_and_then_falls_to_zero():
    found = [schedule(step, 100) for step in range(1, 101)]
    assert found[:5] == pytest.approx([0.2, 0.4, 0.6, 0.8, 1.0])
    assert np.all(np.diff(found[4:]) < 0)
    assert found[-1] == pytest.approx(0)
    assert schedule(1, 1) == 1
