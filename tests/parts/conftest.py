"""Common to the tests of parts."""

import pytest
import torch

from runner.data.streams import generator
from tests.parts.sampling import SIZES, K, N


@pytest.fixture
def labels():
    ordered = torch.arange(K).repeat_interleave(torch.tensor(SIZES))
    return ordered[torch.randperm(N, generator=generator("labels"))]
