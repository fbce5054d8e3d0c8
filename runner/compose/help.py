"""What --help answers: Hydra's own answer composes the configuration twice and takes a second."""

from pathlib import Path

from runner.compose.command_line import CONF

TEXT = """\
Is this objective really better than that one, or was it the seed?

  python -m runner                                          the default run: digits, mlp, cross-entropy, seed 0
  python -m runner loss=poly noise=0.6                      Poly-1, 60% of the training labels flipped
  python -m runner loss=poly loss.epsilon=2 seeds=10        seeds 0 to 9, trained as one stack
  python -m runner seed=20 seeds=5                          seeds 20 to 24
  python -m runner -m loss=ce,gce noise=0,0.6 seeds=10      a grid; what is in the store is not trained again
  python -m runner.report                                   the table of all that is in the store

Choices (group=name; the arguments of a choice are group.argument=value):

{groups}

--cfg job prints the whole configuration; its other keys are set in the same way: noise=0.6 optimizer.lr=0.01
Completion in bash: eval "$(seedwise -sc install=bash)", then seedwise loss=<TAB>
"""
APART = ("claim", "table", "hydra")  # folders of conf/ for other commands, and for Hydra


def text() -> str:
    """The help, with every group of conf/ and its choices."""
    groups = sorted(folder for folder in CONF.iterdir() if folder.is_dir() and folder.name not in APART)
    return TEXT.format(groups="\n".join(f"{group.name}: {', '.join(_choices(group))}" for group in groups))


def _choices(group: Path) -> list[str]:
    return sorted(file.stem for file in group.glob("*.yaml"))
