"""What a tuning has written of its trials."""

import optuna
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend


def tried(root):
    """{study: what its trials were and came to}, from the only journal of a store."""
    (journal,) = root.glob("tune/*/journal.log")
    storage = JournalStorage(JournalFileBackend(str(journal)))
    studies = [optuna.load_study(study_name=name, storage=storage) for name in optuna.get_all_study_names(storage)]
    return {s.study_name: [(t.params, t.value, t.user_attrs["state"]) for t in s.trials] for s in studies}
