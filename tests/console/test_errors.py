"""What is wrong, as it is told."""

from runner.console.errors import ConfigError, tell


def test_what_is_said_more_than_once_is_counted(capsys):
    tell([ConfigError("a"), ConfigError("b"), ConfigError("a")])
    assert capsys.readouterr().err == "seedwise: a (2 times)\nseedwise: b\n"
