"""DIMCO: what is stored, how near it is, and what cannot be."""

import pytest
import torch

from runner.console.errors import ConfigError
from runner.parts.methods.dimco import sides
from tests.objective.test_objectives import SUITS
from tests.objectives import first, near, same, values

SAID = ["method=dimco", *SUITS["dimco"]]


def test_a_code_is_as_near_as_its_log_probability():
    logits = torch.randn(5, 12, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    asks, stored = sides(logits, 4)
    p, codes = logits.view(5, 3, 4).softmax(2), logits.view(5, 3, 4).argmax(2)
    for i in range(5):
        for j in range(5):
            by_hand = sum(p[i, d, codes[j, d]].log() for d in range(3))
            near(asks[i] @ stored[j], by_hand)


def test_what_is_stored_is_one_symbol_of_each_position():
    objective, batch = first(*SAID, "method.symbols=4", "loss.symbols=4")
    asks, stored = objective.features(batch.x).chunk(2, dim=1)
    same(stored.unflatten(1, (-1, 4)).sum(2), torch.ones(len(stored), 16, dtype=torch.float64))
    near(asks.unflatten(1, (-1, 4)).exp().sum(2), torch.ones(len(stored), 16, dtype=torch.float64))
    assert objective.method.bits == 32


def test_it_trains_as_an_embedding_does():
    one, batch = first(*SAID)
    other, _ = first("method=embedding", *SUITS["dimco"])
    for found, expected in zip(values(one, batch), values(other, batch), strict=True):
        same(found, expected)


def test_symbols_are_those_of_the_loss_and_divide_the_width():
    with pytest.raises(ConfigError, match=r"method.symbols=4: loss.symbols=2 must be equal"):
        first(*SAID, "method.symbols=4")
    with pytest.raises(ConfigError, match=r"method.symbols=3: must divide method.width=64"):
        first(*SAID, "method.symbols=3", "loss=contrastive")
