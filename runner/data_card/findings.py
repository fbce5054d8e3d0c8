"""What a data card is made of: equal inputs, and what a baseline makes of labels and columns."""

from typing import NamedTuple

from runner.data.protocol import Prepared
from runner.data_card.baseline import Sample, sample
from runner.data_card.duplicates import Duplicates
from runner.data_card.kinds import shown
from runner.data_card.label_errors import Suspect, suspects
from runner.data_card.telling import alone, telling

QUICK = "--quick leaves it out"
INSTALL = "cleanlab is not installed: .venv/bin/pip install -e '.[audit]'"


class Findings(NamedTuple):
    """Of one seed.

    Attributes:
        duplicates: of the data set.
        sample: what a baseline was trained on; None where there is none.
        agreed: share of the labels that it agrees with.
        whole: what it tells of the classes: chance is 0, all is 1.
        alone: what each column of a table tells; empty for anything else.
        telling: names of columns that tell nearly as much as all.
        suspects: labels that are probably wrong; None where they were not looked for.
        lacking: why there is no baseline, or suspects are None.
        called: what examples have: a label, or a target.
    """

    duplicates: Duplicates
    sample: Sample | None = None
    agreed: float = 0.0
    whole: float = 0.0
    alone: tuple[float, ...] = ()
    telling: tuple[str, ...] = ()
    suspects: tuple[Suspect, ...] | None = None
    lacking: str = ""
    called: str = "label"

    def caught(self, prepared: Prepared, seed_place: int) -> tuple[float, float] | None:
        """Which share of the suspects is wrong, and which share of what is wrong they are, where both are known."""
        wrong = prepared.train.given[seed_place] != prepared.train.true[seed_place]
        if not self.suspects or self.sample is None or not wrong[self.sample.place].any():
            return None
        found = wrong[[suspect.place for suspect in self.suspects]].sum().item()
        return found / len(self.suspects), found / wrong[self.sample.place].sum().item()


def findings(prepared: Prepared, seed_place: int, equal: Duplicates, *, quick: bool) -> Findings:
    """What is found in a seed's training part.

    Args:
        equal: inputs of the data set, which are the same for all seeds.
        quick: no baseline.
    """
    targets = shown(prepared, seed_place)
    if quick or targets.lacking:
        return Findings(equal, lacking=targets.lacking or QUICK, called=targets.called)
    columns = prepared.split.columns
    try:
        drawn = sample(prepared, seed_place)
    except ValueError as error:
        return Findings(equal, lacking=str(error))
    p = drawn.logistic()
    whole, scores = drawn.score(p.argmax(1)), alone(columns, drawn)
    agreed = float((p.argmax(1) == drawn.given).mean())
    found = Findings(equal, drawn, agreed, whole, scores, telling(columns, scores, whole))
    try:
        return found._replace(suspects=suspects(drawn, p))
    except ModuleNotFoundError:
        return found._replace(lacking=INSTALL)
