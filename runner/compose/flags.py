"""The words of the runner's own command line: Hydra's options, and overrides, in any order."""

from collections.abc import Sequence
from difflib import get_close_matches
from typing import NamedTuple

from runner.console.errors import ConfigError, nearest

QUESTIONS = {"--hydra-help", "--version", "--cfg", "-c", "--info", "-i"}  # Hydra answers, nothing runs
VALUED = {  # {option: what may follow it}; () is anything
    "--cfg": ("job", "hydra", "all"),
    "--info": ("all", "config", "defaults", "defaults-tree", "plugins", "searchpath"),
    "--package": (),
}
MULTIRUN = {"--multirun", "-m"}
SHORT = {"-c": "--cfg", "-i": "--info", "-p": "--package"}
ALONE = (MULTIRUN, {"--run", "-r"}, {"--cfg", "-c"}, {"--info", "-i"})  # Hydra knows one of them at a time
OPTIONS = QUESTIONS.union(VALUED, SHORT, *ALONE, {"--resolve"})


class Words(NamedTuple):
    """A command line, read.

    Attributes:
        options: as they stand there, each value after its option.
        overrides: all other words.
    """

    options: list[str]
    overrides: list[str]

    @property
    def multirun(self) -> bool:
        return bool(MULTIRUN & set(self.options))

    @property
    def question(self) -> bool:
        return bool(QUESTIONS & set(self.options))


def flags_of(arguments: Sequence[str]) -> set[str]:
    """The names of all options, known or not."""
    return {word.partition("=")[0] for word in arguments if word.startswith("-")}


def key_of(override: str) -> str:
    """What an override sets.

    >>> key_of("loss=gce"), key_of("+loss@loss.base=ce"), key_of("~schedule")
    ('loss', 'loss@loss.base', 'schedule')
    """
    return override.lstrip("+~").partition("=")[0]


def check_once(words: Sequence[str]) -> None:
    """Raise ConfigError where two words set the same key, or are the same name: only the last would count."""
    said: dict[str, str] = {}
    for word in words:
        key = key_of(word)
        if key in said:
            raise ConfigError(f"{said[key]} {word}: {key} is said twice")
        said[key] = word


def read(arguments: Sequence[str]) -> Words:
    """The words apart.

    Raises:
        ConfigError: an option is none, lacks its value, or cannot be with another; a key is set twice.
    """
    options: list[str] = []
    overrides: list[str] = []
    left = list(arguments)
    while left:
        word = left.pop(0)
        if not word.startswith("-"):
            overrides.append(word)
        elif word.startswith(("--config-", "-cp", "-cn", "-cd")):
            raise ConfigError(f"{word}: there is one configuration; more folders by hydra.searchpath=[folder]")
        else:
            options += _option(word, left)
    _check_together(options)
    check_once(overrides)
    return Words(options, overrides)


def _option(word: str, following: list[str]) -> list[str]:
    """An option with its value, which is taken from the words that follow."""
    name, sign, value = word.partition("=")
    if name not in OPTIONS:
        raise ConfigError(f"{word}: there is no such option; {_meant(word, following)}")
    name = SHORT.get(name, name)
    if name not in VALUED:
        if sign:
            raise ConfigError(f"{word}: {name} has no value")
        return [name]
    choices = VALUED[name]
    if not sign and following and not following[0].startswith("-") and (following[0] in choices or name != "--info"):
        value = following.pop(0)
    if name == "--info" and not value:
        return [name, "all"]
    if not value or (choices and value not in choices):
        raise ConfigError(
            f"{name}{f' {value}' * bool(value)}: {nearest(value, choices or ['a key of the configuration'])}"
        )
    return [name, value]


def _check_together(options: Sequence[str]) -> None:
    given = set(options)
    if len(several := [said for names in ALONE for said in sorted(names & given)]) > 1:
        raise ConfigError(f"{' and '.join(several)} cannot go together")
    for name in ("--resolve", "--package"):
        if name in given and "--cfg" not in given:
            raise ConfigError(f"{name}: goes with --cfg alone")


def _meant(option: str, following: Sequence[str]) -> str:
    """What would be right where there is no such option."""
    name, _, value = option.partition("=")
    for known in get_close_matches(name, OPTIONS, n=1, cutoff=0.8):
        return f"did you mean {known}?"
    words = [word for word in following[:1] if not word.startswith("-") and "=" not in word]
    return f"options are key=value: {name.lstrip('-')}={value or ''.join(words) or '...'}"
