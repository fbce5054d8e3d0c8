"""Programs that are about training refuse what takes its place."""

import importlib

import pytest

from runner.console.errors import ConfigError

ASKED = {
    "audit": (["calculation=best_of_n"], "there are no data to audit"),
    "tune": (["calculation=best_of_n", "trials=2", "space.calculation.delta=choice(0.1,0.2)"], "nothing to tune"),
    "check": (["calculation=best_of_n"], "there is no objective to check"),
    "maps": (["calculation=best_of_n"], "there is no network to map"),
    "barriers": (["calculation=best_of_n", "seeds=2"], "no network lies between two others"),
    "variance": (["calculation=best_of_n"], "draws one stream alone"),
}
INSTEAD = ("calculation=best_of_n", "probe=layer_collapse")


@pytest.mark.parametrize("instead", INSTEAD)
@pytest.mark.parametrize("program", ASKED)
def test_it_is_refused_in_one_line_and_leaves_nothing(program, instead, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    words, why = ASKED[program]
    words = [{INSTEAD[0]: instead}.get(word, word) for word in words]
    if instead != INSTEAD[0]:
        words = [word.replace("calculation.delta", "optimizer.lr") for word in words]
    with pytest.raises(ConfigError, match=f"{instead}: nothing is trained, and .*{why}.*must be none"):
        importlib.import_module(f"runner.{program}").main(words)
    assert not list(tmp_path.rglob("cells"))
