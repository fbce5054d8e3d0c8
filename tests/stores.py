"""Stores that nothing was trained for."""

from runner.store.store import Store
from runner.tasks.families import DECLARED


def keep(
    root,
    values,
    *,
    loss="ce",
    noise=0.0,
    metric="test/accuracy",
    declared=None,
    data="data",
    choices=None,
    states=None,
    **more,
):
    """A cell whose seeds ended at these values; `states` are of further seeds; the cell in the store.

    Args:
        declared: what the metric is, where it is none of ours.
    """
    metrics = {name: DECLARED[name] for name in ("test/accuracy", "val/accuracy")}
    metrics[metric] = declared or DECLARED[metric]
    question = {"noise": noise, "loss": {"part": f"loss/{loss}"}, "numbers": 0, **more}
    cell = Store(root).cell(question, {"loss": loss, "dataset": "digits", **(choices or {})})
    cell.write(data)
    command = f"python -m runner loss={loss} noise={noise}"
    for seed, value in enumerate(values):
        record = cell.seed(seed).claim()
        record.start({"stack": [0]}, f"{command} seed={seed} seeds=1")
        record.append({"epoch": 1, "test/accuracy": 0.1, "val/accuracy": 0.9, metric: 0.1})
        record.append({"epoch": 2, "test/accuracy": 0.5, "val/accuracy": 0.2, metric: value})
        took = {"seconds": 6.0, "stack_size": 3, "peak_memory_bytes": 5e8, "gradient_norm_at_start": 0.25}
        record.end("done", took, metrics)
    for seed, state in enumerate(states or (), start=len(values)):
        record = cell.seed(seed).claim()
        record.start({}, f"{command} seed={seed} seeds=1")
        record.end(state, {}, metrics if state == "diverged" else {}, cause="a cause")
    return cell


ACCURACY = {
    ("ce", 0.0): [0.9, 0.92, 0.94],
    ("ce", 0.6): [0.5, 0.52],
    ("gce", 0.0): [0.91, 0.9, 0.89],
    ("gce", 0.6): [0.8, 0.84],
}


def small(root):
    """Two losses at two rates of noise; the folder."""
    for (loss, noise), values in ACCURACY.items():
        keep(root, values, loss=loss, noise=noise)
    return root
