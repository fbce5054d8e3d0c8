"""One parser for every program: what is no option, and what an option cannot be, is answered alike by all of them."""

from collections.abc import Mapping
from dataclasses import MISSING, dataclass
from pathlib import Path
from typing import Annotated, Literal

import pytest

from runner.compose.options import NAMES, NO_WORDS, OVERRIDES, flag, keyed, option, parse
from runner.console.errors import ConfigError
from tests.contract import PROGRAMS, answer, sparing
from tests.lines import begun, furnished


@dataclass(frozen=True)
class Options:
    count: Annotated[int, "[1, inf)"] = option(MISSING, "of each")
    level: Annotated[float, "(0, 1)"] | None = option(None, "of tests")
    from_: Path | None = option(None, "a file")
    name: str = option("a", "of it")
    show: list[Annotated[str, Literal["means", "ranks"]]] | None = option(None, "tables")
    only: list[str] | None = option(None, "metrics")
    seed: int = option(0, "of the sampler", "tune.seed")
    space: Mapping[str, str] = keyed("what to search")
    multirun: bool = flag("a grid", "-m", "--multirun")


def test_what_is_said_is_of_the_type_that_the_field_declares():
    said = ["count=2", "level=0.5", "from=null", "name=1=[", "show=ranks,means", "only=a", "tune.seed=3", "-m"]
    options, words = parse(Options, ["gce", *said, "space.loss.q=log(1,2)"], NAMES)
    assert words == ["gce"]
    assert options == Options(2, 0.5, Path("null"), "1=[", ["ranks", "means"], ["a"], 3, {"loss.q": "log(1,2)"}, True)


def test_what_is_not_said_is_as_it_is_declared():
    assert parse(Options, ["count=1"]) == (Options(count=1), [])


@pytest.mark.parametrize("words", ["gce +loss.q=1 ~method noise=0.4,0.6 {a}:1", "level:1 lev"])
def test_other_words_are_handed_back_as_they_were_said(words):
    assert parse(Options, ["count=1", *words.split()], OVERRIDES)[1] == words.split()


WRONG = {  # what is said: what is answered
    "": "count has no default and must be said: count=..., of each",
    "coumt=3": "count has no default and must be said: count=..., of each; is it meant by coumt?",
    "count=0": "count=0: must be a whole number in [1, inf)",
    "level=2": "level=2: must be a number in (0, 1) or null",
    "level=": "level=: says nothing; level=..., which must be a number in (0, 1) or null",
    "level": "level: says nothing; level=..., which must be a number in (0, 1) or null",
    "from=": "from=: says nothing; from=..., which must be a path",
    "name=": "name=: says nothing; name=a, which must be text",
    "show=means,": "show=means,: names nothing between two commas, or at an end",
    "show=mean": "show=mean: there is no 'mean'; did you mean means? choices: means, ranks",
    "only=a,,b": "only=a,,b: names nothing between two commas, or at an end",
    "tune.sead=1": "tune.sead=1: there is no such option; did you mean tune.seed?",
    "level=0.1 level=0.1": "level=0.1 level=0.1: level is said twice",
    "space.a=1 space.a=2": "space.a=1 space.a=2: space.a is said twice",
    "space.=1": "space.=1: says nothing; space.<key>=..., which must be text",
    "space": "space: there is no such option; did you mean space.<key>?",
    "gce noise=1 gce": "gce gce: gce is said twice",
    "loss=ce loss=gce": "loss=ce loss=gce: loss is said twice",
    "-m --multirun": "-m --multirun: -m is said twice",
    "--multirun=1": "--multirun=1: --multirun has no value",
    "-multirun": "-multirun: there is no such option; did you mean --multirun?",
    "--level=0.1": "--level=0.1: there is no such option; did you mean level?",
    "-1": "-1: there is no such option; did you mean -m?",
}


@pytest.mark.parametrize("said", WRONG)
def test_what_is_wrong_is_named_with_what_is_allowed(said):
    count = [] if "count has" in WRONG[said] or said == "count=0" else ["count=1"]
    with pytest.raises(ConfigError) as refused:
        parse(Options, [*count, *said.split()], OVERRIDES)
    assert str(refused.value).startswith(WRONG[said])


@pytest.mark.parametrize("word", ["gce", "levell=1", " level=1", "+level=1"])
def test_words_that_a_program_does_not_take_are_no_options(word):
    with pytest.raises(ConfigError, match=r"there is no such option; (did you mean level\? )?choices: "):
        parse(Options, ["count=1", word], NO_WORDS)


@pytest.mark.parametrize("program", [name for name in PROGRAMS if name != "runner"])
@pytest.mark.parametrize("word", ["--nothing", "-nothing", "--nothing=1", "-1", "--"])
def test_every_program_refuses_a_flag_that_is_none_alike(program, word, tmp_path):
    with sparing():
        its = answer(program, [*begun(program), word], furnished(program, tmp_path))
    assert (its.status, its.wrote, its.broke) == (2, [], "")
    assert its.said.startswith(f"seedwise: {word}: there is no such option; ")
    assert "choices: " in its.said
