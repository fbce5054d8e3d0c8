"""A file of configuration is read once, and anew when it is another."""

import pytest
from hydra.plugins.config_source import ConfigLoadError
from omegaconf import OmegaConf

from runner.compose.grid import KeptFiles


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "loss").mkdir()
    (tmp_path / "loss" / "mine.yaml").write_text("# @package _global_\nq: 0.5\n")
    return tmp_path


def test_what_is_given_is_the_callers_to_change(folder):
    source = KeptFiles("main", str(folder))
    first = source.load_config("loss/mine")
    first.config.q = 0.7
    first.header["package"] = "elsewhere"
    again = source.load_config("loss/mine")
    assert (again.config.q, again.header) == (0.5, {"package": "_global_"})
    assert (again.provider, again.path) == ("main", f"file://{folder}")


def test_it_is_read_once(folder, monkeypatch):
    source = KeptFiles("main", str(folder))
    source.load_config("loss/mine")
    monkeypatch.setattr(OmegaConf, "load", None)
    assert source.load_config("loss/mine").config.q == 0.5


@pytest.mark.parametrize("text", ["q: 0.6\n", "# another\nq: 0.6\n"])
def test_what_is_written_anew_is_read_anew(folder, text):
    source = KeptFiles("main", str(folder))
    source.load_config("loss/mine")
    file = folder / "loss" / "mine.yaml"
    (folder / "new").write_text(text)
    (folder / "new").rename(file)
    assert source.load_config("loss/mine").config.q == 0.6
    file.unlink()
    with pytest.raises(ConfigLoadError):
        source.load_config("loss/mine")
