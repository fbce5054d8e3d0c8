"""Quantized latents: values and gradients, all images, and measures at codes of which the answer is known."""

import json

import numpy as np
import pytest
import torch

from runner.data.streams import numbers
from runner.parts.calculations.quantized_factors import (
    codebook_loss,
    every_image,
    info_mec,
    peaked,
    quantized,
    quantized_factors,
)
from tests.zoo import ROOT

CASES = json.loads((ROOT / "tests" / "values" / "single_tasks" / "quantized_factors.json").read_text())
KEYS = {"decay": 0.0, "latents": 4, "values": 4, "quantization": 0.01, "commitment": 0.01}


@pytest.mark.parametrize("case", CASES)
def test_values_and_gradients_are_those_of_the_program_of_its_authors(case):
    z, books = (torch.tensor(case["inputs"][key], dtype=torch.float64, requires_grad=True) for key in ("z", "values"))
    places, value = quantized(z, books)
    strengths = case["hyper"]["lambda_quantisation"], case["hyper"]["lambda_commitment"]
    found, output = codebook_loss(z, value, *strengths), case["output"]
    assert places.tolist() == output["index"]
    assert value.detach().numpy() == pytest.approx(np.array(output["quantised"]))
    assert found.tolist() == pytest.approx(output["per_example"])
    found.mean().backward()
    assert books.grad.numpy() == pytest.approx(np.array(output["gradient_values"]))
    assert z.grad.numpy() == pytest.approx(np.array(output["gradient_z"]))


@pytest.mark.parametrize("case", CASES)
def test_an_example_has_its_own_loss_and_what_is_in_a_book_has_none(case):
    z, books = (torch.tensor(case["inputs"][key], dtype=torch.float64) for key in ("z", "values"))
    value = quantized(z, books)[1]
    found = codebook_loss(z, value, 0.01, 0.01)
    assert codebook_loss(z.flip(0), value.flip(0), 0.01, 0.01).tolist() == found.tolist()[::-1]
    assert codebook_loss(value, quantized(value, books)[1], 0.01, 0.01).abs().max() == 0


def test_images_are_all_different_and_factors_say_which():
    images, factors = every_image()
    assert images.shape == (96, 16, 16)
    assert len(np.unique(images.reshape(96, -1), axis=0)) == 96
    moved = {tuple(f): image for f, image in zip(factors, images, strict=True)}
    assert (np.roll(moved[1, 0, 1, 2], 2, axis=0) == moved[1, 0, 2, 2]).all()
    assert moved[0, 1, 0, 0].sum() > moved[0, 0, 0, 0].sum()


def test_factors_themselves_are_the_best_code_and_their_order_makes_no_difference():
    _, factors = every_image()
    one_hot = np.concatenate([np.eye(n)[f] for n, f in zip((3, 2, 4, 4), factors.T, strict=True)], axis=1)
    found = info_mec(factors[:, [2, 0, 3, 1]], one_hot, factors)
    assert found["modularity"] == pytest.approx(1)
    assert found["compactness"] == pytest.approx(1)
    assert found["explicitness"] > 0.9


def test_a_latent_of_two_factors_is_half_modular_and_a_dead_one_is_not_counted():
    _, factors = every_image()
    both = factors[:, 2] * 4 + factors[:, 3]
    places = np.stack([both, np.zeros(96, int)], axis=1)
    found = info_mec(places, places.astype(float), factors[:, 2:])
    assert found["modularity"] == pytest.approx(0)  # both alike
    assert found["compactness"] == 1  # the only one
    three = info_mec(places, places.astype(float), factors[:, 1:])
    assert three["modularity"] == pytest.approx((1 / 2 - 1 / 3) / (1 - 1 / 3))


def test_how_peaked_rows_are():
    assert peaked(np.array([[3.0, 1.0], [1.0, 1.0]])) == pytest.approx((0.5 + 0) / 2)
    assert peaked(np.zeros((0, 3))) == 0
    assert peaked(np.array([[0.2]])) == 1


def test_training_lowers_the_cross_entropy_and_decay_raises_it():
    few, many, decayed = (
        quantized_factors(numbers("calculation", 0), **(KEYS | {"steps": steps, "decay": decay}))
        for steps, decay in ((1, 0.0), (40, 0.0), (40, 20.0))
    )
    assert many["cross_entropy"] < 0.5 * few["cross_entropy"]
    assert decayed["cross_entropy"] > many["cross_entropy"]


def test_factors_of_few_values_count_as_much_as_those_of_many():
    _, factors = every_image()
    both = (factors[:, 1] * 4 + factors[:, 2])[:, None]  # of two values, and of four
    assert info_mec(both, both.astype(float), factors[:, 1:3])["modularity"] == pytest.approx(0)
