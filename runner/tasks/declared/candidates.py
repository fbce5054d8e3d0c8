"""One class of K, of which training is told a set that has it: partial labels."""

from dataclasses import replace

from runner.tasks.declared.classification import CLASSIFICATION

CANDIDATES = replace(
    CLASSIFICATION,
    name="candidates",
    baseline="cc",
    measures="runner.parts.measures.candidates.Candidates",
    label_noise=CLASSIFICATION.label_noise[:2],
    extras=tuple(
        extra for extra in CLASSIFICATION.extras if "train" not in extra.splits
    ),  # no example has a class there
)
