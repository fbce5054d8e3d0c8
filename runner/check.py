"""Hold parts to the laws of their kind: `python -m runner.check loss=gce`.

    python -m runner.check 'exec.own=[mylosses]' loss=ce loss._target_=mylosses.Mine     # of your own package

The command line is the runner's. The loss is held to the laws of its kind and of what is learnt (one number an example,
its gradient is the derivative, examples do not mix, ...), and what it makes with the method, the regularizers and the
risk to those of objectives (a stack is its seeds, training goes on bit for bit after a checkpoint, ...). It takes
seconds: unless the command line says otherwise, with three epochs and some noise on a small data set that the parts
fit, blobs where they are for classes. Nothing is stored.

Exit status: 0 all laws hold, 1 one does not, 2 wrongly asked.
"""

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from textwrap import shorten
from typing import Any, NamedTuple

from runner.compose.calculated import GROUP, PROBE
from runner.compose.cell_config import CellConfig, unless_said
from runner.compose.command_line import compose_cells
from runner.compose.fit import task_of, unfit
from runner.compose.flags import key_of
from runner.compose.options import OVERRIDES, option, parse
from runner.compose.program import program
from runner.console.errors import ConfigError, nearest
from runner.console.say import complain, say

SETTING = ("epochs=3", "noise=0.3", "val_fraction=0.2", "optimizer.lr=0.01")
SMALL = (  # one of them fits the parts
    ("dataset=blobs",),
    ("dataset=blobs", "noise_type=candidates", "val_labels=true"),
    ("dataset=topics",),
    ("dataset=friedman1",),
    ("dataset=digits", "augment=standard", "augment.padding=1", "method=two_views"),
    ("dataset=blobs", "task=retrieval", "optimizer=sgd", "batch_size=32"),
    ("dataset=boxes", "dataset.num_train=200", "dataset.num_test=50"),
    ("dataset=logistic_map", "dataset.num_train=200", "dataset.num_test=50", "noise=0"),
    ("dataset=halves",),
    ("dataset=gaussian_pairs", "dataset.num_train=200", "dataset.num_test=50", "noise=0", "batch_size=16"),
)
LONGEST = 160  # letters of why a law does not hold
ALWAYS = ("exec.checkpoint_every=1", "exec.wandb.mode=disabled", "exec.device=cpu")


@dataclass(frozen=True)
class Options:
    """What can stand beside the runner's overrides."""

    except_: list[str] | None = option(
        None, "laws that are broken by design, with commas between them: they are named, and not tried"
    )


class Trial(NamedTuple):
    """A law and what came of it: "holds", or why not."""

    law: str
    verdict: str


def main(arguments: Sequence[str]) -> None:
    """Hold the parts of a command line to their laws."""
    if not __debug__:
        raise ConfigError("python -O: takes the assertions out of the laws; leave it out")
    options, said = parse(Options, arguments, OVERRIDES)
    excepted = options.except_ or []
    cell = _fitting(said)
    from runner.training.wiring import wire  # and torch, without which what is above answers at once

    wire(cell, [0])  # what cannot be made is refused
    laws = _laws(cell)
    for law in excepted:
        if law not in laws:
            raise ConfigError(f"except={law}: there is no such law; {nearest(law, laws)}")
    for line in unfit(cell.recipe.model, cell.recipe.loss):
        complain(line)
    broken = 0
    for trial in _tried({name: law for name, law in laws.items() if name not in excepted}):
        say(f"{trial.law.replace('_', ' ')}: {trial.verdict}")
        broken += trial.verdict != "holds"
    for law in excepted:
        say(f"{law.replace('_', ' ')}: not tried, broken by design")
    tried = len(laws) - len(excepted)
    left = f", {len(excepted)} not tried" * bool(excepted)
    say(f"{tried - broken} of {tried} laws hold for {' '.join(said) or 'the default run'}{left}")
    sys.exit(int(broken > 0))


def _fitting(said: Sequence[str]) -> CellConfig:
    """The cell of a command line in the first small setting that it fits. Raises what is wrong in the first of all."""
    if {GROUP, PROBE} & {*map(key_of, said)}:
        compose_cells(said, multirun=False)[0].check_trained("there is no objective to check")
    wrong = []
    for small in SMALL:
        try:
            return compose_cells(
                [*unless_said((*small, *unless_said(SETTING, small)), said), *said, *ALWAYS], multirun=False
            )[0]
        except ConfigError as error:
            wrong.append(error)
    raise wrong[0]


def _laws(cell: CellConfig) -> dict[str, Any]:
    """{law: tries it} of the loss and of the objective."""
    from runner.catalog import objective_laws
    from runner.catalog.loss_laws import laws_of

    loss, task = cell.recipe.loss, task_of(cell.config).name
    try:
        of_loss = laws_of(loss, task)
    except ConfigError:
        of_loss = laws_of(loss, task, 2)  # of which it takes no more
    return {f"loss_{name}": law for name, law in of_loss.items()} | {
        name: partial(law, cell) for name, law in objective_laws.LAWS.items()
    }


def _tried(laws: Mapping[str, Any]) -> Iterator[Trial]:
    for name, law in laws.items():
        try:
            law()
        except Exception as error:  # whatever a part does
            said = " ".join(str(error).split())
            yield Trial(name, f"does not hold ({shorten(said, LONGEST) if said else type(error).__name__})")
        else:
            yield Trial(name, "holds")


if __name__ == "__main__":
    program(main, Options)
