"""The loss of what is recovered under its laws, and what it makes of the estimates of pairs."""

import pytest
import torch

from runner.catalog.loss_laws import laws_for, laws_of
from tests.zoo import losses_for, make, node

TASK, NAME = "mutual_information", "reconstruction"


@pytest.mark.parametrize("law", laws_for(TASK, "recovered"))
def test_law(law):
    laws_of(node(NAME), TASK)[law]()


def test_it_is_the_only_one():
    assert losses_for(TASK, "recovered") == [NAME]


def test_an_estimate_is_the_mean_of_what_a_method_found_of_pairs():
    found = torch.randn(3, 4, generator=torch.Generator().manual_seed(0))
    decode = make(NAME, num_train=8, num_classes=0).decode
    torch.testing.assert_close(decode(found.diag_embed()), found.mean(-1))
