"""All tasks, by name."""

from collections.abc import Mapping

from runner.tasks.boxes import BOXES
from runner.tasks.candidates import CANDIDATES
from runner.tasks.classification import CLASSIFICATION
from runner.tasks.dynamics import DYNAMICS
from runner.tasks.matching import MATCHING
from runner.tasks.metric import Metric
from runner.tasks.multilabel import MULTILABEL
from runner.tasks.mutual_information import MUTUAL_INFORMATION
from runner.tasks.preference import PREFERENCE
from runner.tasks.regression import REGRESSION
from runner.tasks.representation import REPRESENTATION
from runner.tasks.retrieval import RETRIEVAL

ALL = (
    CLASSIFICATION, CANDIDATES, MULTILABEL, REGRESSION, BOXES, MUTUAL_INFORMATION, REPRESENTATION, RETRIEVAL, DYNAMICS,
    MATCHING, PREFERENCE,
)  # fmt: skip
TASKS = {task.name: task for task in ALL}
DECLARED: Mapping[str, Metric] = {key: metric for task in TASKS.values() for key, metric in task.declared.items()}
MOST = 60  # names in a refusal
