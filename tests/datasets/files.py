"""Data sets from small files: what is written, and what is read or refused."""

import csv
import gzip
import hashlib
import io
import pickle

import numpy as np
import pytest

from runner.console.errors import ConfigError
from runner.nodes.build import build
from tests.zoo import node


def pixels(*shape, seed=0):
    return np.random.default_rng(seed).integers(256, size=shape, dtype=np.uint8)


def md5(file):
    return hashlib.md5(file.read_bytes()).hexdigest()


def load(dataset, /, root="nowhere", download=False, **changed):
    return build("dataset", node(dataset, "dataset") | changed, data_root=str(root), download=download)


def refusal(dataset, /, root, **changed):
    """The line in which a data set is refused."""
    with pytest.raises(ConfigError) as refused:
        load(dataset, root, **changed)
    assert "\n" not in str(refused.value)
    return str(refused.value)


def pickled(file, content):
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(pickle.dumps(content, protocol=2))


def write_csv(file, columns):
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows(zip(*columns.values(), strict=True))
    raw = text.getvalue().encode()
    file.write_bytes(gzip.compress(raw) if file.suffix == ".gz" else raw)
