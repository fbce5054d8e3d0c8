"""All tasks, by name."""

from collections.abc import Mapping

from runner.tasks.declared.boxes import BOXES
from runner.tasks.declared.candidates import CANDIDATES
from runner.tasks.declared.classification import CLASSIFICATION
from runner.tasks.declared.density import DENSITY
from runner.tasks.declared.dynamics import DYNAMICS
from runner.tasks.declared.language import LANGUAGE
from runner.tasks.declared.matching import MATCHING
from runner.tasks.declared.multilabel import MULTILABEL
from runner.tasks.declared.mutual_information import MUTUAL_INFORMATION
from runner.tasks.declared.preference import PREFERENCE
from runner.tasks.declared.regression import REGRESSION
from runner.tasks.declared.representation import REPRESENTATION
from runner.tasks.declared.retrieval import RETRIEVAL
from runner.tasks.metric import Metric

ALL = (
    CLASSIFICATION, CANDIDATES, MULTILABEL, REGRESSION, BOXES, MUTUAL_INFORMATION, REPRESENTATION, RETRIEVAL, DYNAMICS,
    MATCHING, PREFERENCE, DENSITY, LANGUAGE,
)  # fmt: skip
TASKS = {task.name: task for task in ALL}
DECLARED: Mapping[str, Metric] = {key: metric for task in TASKS.values() for key, metric in task.declared.items()}
MOST = 60  # names in a refusal
