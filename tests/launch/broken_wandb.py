"""A module of the name of wandb that breaks in every way at every call."""

import os
from types import ModuleType, SimpleNamespace


class UnheardError(BaseException):
    """No Exception, and not to be caught by those who catch these."""


class MuteError(Exception):
    def __str__(self):
        raise ValueError("it cannot say what it is")


KINDS = {
    "empty": Exception(),
    "two lines": RuntimeError("\nno such host\nat all"),
    "os": OSError(),
    "exit": SystemExit(0),
    "stopped": GeneratorExit(),
    "unheard": UnheardError(),
    "mute": MuteError(),
    "interrupted": KeyboardInterrupt(),
}
CALLS = ("Settings", "init", "define_metric", "log", "finish")


def standing_in(call, error):
    """A module of the name of wandb in which one call raises; if the error is a number, it ends its process with it."""

    def calls(name, given=None):
        def called(*_, **__):
            if name == call:
                if isinstance(error, int):
                    os._exit(error)
                raise error
            return given

        return called

    run = SimpleNamespace(**{name: calls(name) for name in ("define_metric", "log", "finish")})
    module = ModuleType("wandb")
    module.Settings, module.init = calls("Settings"), calls("init", run)
    return module
