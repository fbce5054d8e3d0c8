"""California's districts, from a file in its real format, and from what scikit-learn would download."""

import numpy as np
import pytest
import torch

from datasets import california
from tests.datasets.files import load, refusal

COUNT = california.DISTRICTS
X = np.random.default_rng(0).normal(size=(COUNT, california.INPUTS))
Y = np.random.default_rng(1).uniform(0.1, 5, COUNT)


@pytest.fixture
def remote(monkeypatch):
    """Stands in for scikit-learn's download; gives the folders that it was told to use."""
    asked = []

    def fetch(data_home, return_X_y, n_retries):  # noqa: N803
        asked.append(data_home)
        return X, Y

    monkeypatch.setattr(california, "fetch_california_housing", fetch)
    return asked


def test_what_is_downloaded_is_kept_and_read(tmp_path, remote):
    split = load("california", tmp_path, download=True)
    assert (len(split.y), len(split.test_y)) == (16_512, 4_128)
    assert torch.equal(split.x, torch.from_numpy(X).float()[split.source_index])
    assert torch.equal(split.y[:, 0], torch.from_numpy(Y).float()[split.source_index])
    assert [file.name for file in tmp_path.iterdir()] == ["california_housing.npz"]
    load("california", tmp_path, download=True)
    assert len(remote) == 1


def test_nothing_is_downloaded_where_it_is_forbidden(tmp_path, remote):
    said = refusal("california", tmp_path)
    assert f"no intact files at {tmp_path / 'california_housing.npz'}" in said
    assert "exec.download=true" in said
    assert not remote


def test_a_download_that_fails_is_said(tmp_path, monkeypatch):
    def fetch(**arguments):
        raise OSError("no network")

    monkeypatch.setattr(california, "fetch_california_housing", fetch)
    assert "scikit-learn could not download them (no network)" in refusal("california", tmp_path, download=True)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "arrays",
    [{"x": X[:5], "y": Y[:5]}, {"x": X}, {"x": X, "y": np.array([None] * COUNT)}],
    ids=["too few", "no targets", "objects"],
)
def test_a_damaged_file_is_downloaded_anew_or_refused(tmp_path, remote, arrays):
    np.savez(tmp_path / "california_housing.npz", **arrays)
    assert "no intact files" in refusal("california", tmp_path)
    assert len(load("california", tmp_path, download=True).y) == 16_512


def test_a_file_that_breaks_off_is_refused(tmp_path, remote):
    load("california", tmp_path, download=True)
    file = tmp_path / "california_housing.npz"
    file.write_bytes(file.read_bytes()[:1000])
    assert "no intact files" in refusal("california", tmp_path)
