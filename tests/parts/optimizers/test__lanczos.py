"""Eigenpairs by products."""

import pytest
import torch

from runner.parts.optimizers._lanczos import eigenpairs


def matrices(spectra):
    """Symmetric (S, d, d), in float64, of these eigenvalues."""
    values = torch.tensor(spectra, dtype=torch.float64)
    stream = torch.Generator().manual_seed(0)
    turned = torch.linalg.qr(torch.randn(*values.shape, values.shape[-1], generator=stream, dtype=torch.float64))[0]
    return turned @ values.diag_embed() @ turned.mT


def found(a, order):
    def drawn(i):
        return torch.randn(a.shape[:2], generator=torch.Generator().manual_seed(i + 1), dtype=torch.float64)

    return eigenpairs(lambda v: (a @ v[..., None])[..., 0], drawn, order)


SPECTRA = {
    "unlike": [5.0, 3.0, 1.0, 0.5, 0.1, 0.01],
    "negative": [5.0, -3.0, 1.0, -0.5, 0.1, 0.0],
    "equal": [2.0, 2.0, 2.0, 1.0, 1.0, 0.0],
    "one": [1.0] * 6,
    "of low rank": [4.0, 1.0, 0.0, 0.0, 0.0, 0.0],
    "nothing": [0.0] * 6,
}


@pytest.mark.parametrize("name", SPECTRA)
def test_with_a_product_a_row_all_pairs_are_exact(name):
    """Also beside another seed's matrix, whose recursion does not end where this one's does."""
    a = matrices([SPECTRA[name], SPECTRA["unlike"]])
    values, vectors = found(a, 6)
    torch.testing.assert_close(values[0], torch.tensor(sorted(SPECTRA[name]), dtype=torch.float64), rtol=0, atol=1e-12)
    torch.testing.assert_close(vectors @ a, values[..., None] * vectors, rtol=0, atol=1e-12)
    torch.testing.assert_close(
        vectors @ vectors.mT, torch.eye(6, dtype=torch.float64).expand(2, 6, 6), rtol=0, atol=1e-12
    )


def test_vectors_are_orthogonal_where_a_recursion_loses_all_but_rounding():
    spectrum = [1.0] * 3 + [1e-8 * i for i in range(30)]
    _, vectors = found(matrices([spectrum]), 33)
    torch.testing.assert_close(vectors @ vectors.mT, torch.eye(33, dtype=torch.float64)[None], rtol=0, atol=1e-12)


def test_few_products_find_what_stands_out():
    a = matrices([[100.0, 50.0, *torch.linspace(-1, 1, 60).tolist(), -40.0]])
    values, vectors = found(a, 14)
    for place, value in ((0, -40.0), (-2, 50.0), (-1, 100.0)):
        assert abs(values[0, place] - value) < 1e-9
        vector = vectors[0, place]
        torch.testing.assert_close(a[0] @ vector, value * vector, rtol=0, atol=1e-5)


def test_a_matrix_that_is_not_finite_spoils_no_other():
    a = matrices([SPECTRA["unlike"]] * 2)
    alone = found(a, 6)[0][1]
    a[0] = torch.nan
    assert torch.equal(found(a, 6)[0][1], alone)
