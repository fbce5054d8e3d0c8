"""Von Neumann entropy: its values, and a gradient everywhere."""

import pytest
import torch
import torch.nn.functional as F

from runner.parts.regularizers.vne import entropy
from tests.objectives import same
from tests.parts.penalties import regularizer

H = [
    [-2.310411800234176, -0.3732508612577643, -1.0608166785462863, 0.9995093547811761],
    [-0.8840250045832653, -1.2755469302148053, -0.623224579866079, -0.8664416019125772],
    [0.23871805816817063, 0.7335283685272841, -1.3218818291421377, 1.3148113651971234],
    [-1.4874956356507338, -0.7135753396468577, 0.519998663178938, -0.9528856397032842],
    [0.6748575435940039, 1.0468653769814655, 0.15429517864658948, -0.7498915228391941],
    [-0.7233897004977882, 0.08636989238234997, -1.746404903728242, 1.041012457033509],
]
GRADIENT_OF_H_0 = [-0.027593480611277175, 0.05990024257918824, 0.03922429401077777, 0.00021540489662218209]


def of_vne(features, weight=1.0):
    """Minus the penalty, and its gradient by the features."""
    features = features.clone().requires_grad_()
    value = -regularizer("vne", weight=weight)(features, features, None)
    return value.detach(), *torch.autograd.grad(value, features)


def test_von_neumann_entropy_is_as_released():
    """jaeill/CVPR23-VNE@ff4fa0d, vne/__init__.py, get_vne, in float64."""
    value, gradient = of_vne(torch.tensor(H, dtype=torch.float64))
    assert value.item() == pytest.approx(1.066416628835102, abs=1e-9)
    assert gradient.norm().item() == pytest.approx(0.2834026107497406, abs=1e-9)
    torch.testing.assert_close(gradient[0], torch.tensor(GRADIENT_OF_H_0, dtype=torch.float64), rtol=0, atol=1e-9)
    less, against = of_vne(torch.tensor(H, dtype=torch.float64), weight=-0.5)
    same((less, against), (-0.5 * value, -0.5 * gradient))


def test_von_neumann_entropy_takes_the_smaller_product():
    """Fewer examples than features: the same as from the singular values."""
    h = torch.tensor(H, dtype=torch.float64)[:3]
    e = torch.linalg.svdvals(F.normalize(h, dim=1) / 3**0.5).square()
    same(of_vne(h)[0], -(e * e.log()).sum())


@pytest.mark.parametrize("shape", [(8, 4), (4, 8)])
def test_von_neumann_entropy_has_a_gradient_everywhere(shape):
    """Equal eigenvalues, eigenvalues of zero, examples that are equal, and features that are zero."""
    whole = torch.eye(8, dtype=torch.float64)[: shape[0], : shape[1]]
    for features in (whole, torch.ones(shape).double(), torch.zeros(shape).double()):
        value, gradient = of_vne(features)
        assert value.isfinite()
        assert gradient.isfinite().all()
        together = torch.vmap(torch.func.grad(entropy))(torch.stack([features, torch.randn(shape).double()]))
        same(together[0], gradient)
        assert together.isfinite().all()


def test_von_neumann_entropy_without_an_almost_lost_direction_is_near_that_with_it():
    """What is left out where an eigenvalue is zero is the limit of the gradient there."""
    flat = torch.tensor([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [1.0, 1.0, 0.0], [1.0, -2.0, 0.0]], dtype=torch.float64)
    nearly = flat.clone()
    nearly[0, 2] = 1e-6
    torch.testing.assert_close(of_vne(nearly), of_vne(flat), rtol=0, atol=1e-4)
