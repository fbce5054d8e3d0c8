"""Every metric against scikit-learn or torchmetrics, seed by seed, and at its corners."""

import json
import math
from itertools import permutations, product

import numpy as np
import pytest
import torch
from sklearn import metrics as sk
from torchmetrics.functional.classification import multiclass_calibration_error

from runner.compose.command_line import compose_cells
from runner.launch.session import run_cell
from runner.parts.measures import classification
from runner.parts.measures._ties import ties
from runner.parts.measures.classification import (
    Outcomes,
    accuracy_among,
    label_noise_metrics,
    loss_histogram,
    margins,
    outcomes,
    quality,
    recalls,
    reliability,
    sampling,
    selective,
    shots,
)
from runner.store.store import Store
from runner.tasks.bins import BINS, COVERED, LOSS_EDGES
from runner.tasks.families import DECLARED
from runner.tasks.metric import Metric, declarations, written
from runner.training.evaluate import joined

S, M, K = 3, 400, 5


@pytest.fixture
def case():
    g = torch.Generator().manual_seed(0)
    labels = torch.randint(K, (S, M), generator=g)
    logits = 2 * torch.randn(S, M, K, generator=g, dtype=torch.float64)
    return logits + torch.nn.functional.one_hot(labels, K), labels


ORACLES = {
    "accuracy": lambda p, y: sk.accuracy_score(y, p.argmax(1)),
    "balanced_accuracy": lambda p, y: sk.balanced_accuracy_score(y, p.argmax(1)),
    "macro_f1": lambda p, y: sk.f1_score(y, p.argmax(1), average="macro"),
    "worst_class_recall": lambda p, y: sk.recall_score(y, p.argmax(1), average=None).min(),
    "nll": lambda p, y: sk.log_loss(y, p),
    "brier": lambda p, y: ((p - np.eye(K)[y]) ** 2).sum(1).mean(),
    "ece": lambda p, y: multiclass_calibration_error(torch.tensor(p), torch.tensor(y), K, n_bins=15, norm="l1").item(),
    "aurc": lambda p, y: np.mean(np.cumsum((p.argmax(1) != y)[np.argsort(-p.max(1))]) / np.arange(1, M + 1)),
}


@pytest.mark.parametrize("name", ORACLES)
def test_quality_is_the_librarys(case, name):
    logits, labels = case
    ours = quality(outcomes(logits, labels), labels, K)
    assert ours.keys() == ORACLES.keys()
    for s in range(S):
        theirs = ORACLES[name](logits[s].softmax(-1).numpy(), labels[s].numpy())
        assert ours[name][s].item() == pytest.approx(
            theirs, abs=1e-9 if name != "ece" else 1e-6
        )  # torchmetrics: float32


def test_a_class_that_does_not_occur_does_not_count():
    logits = torch.tensor([[[2.0, 0, 0], [0, 2, 0], [2, 0, 0]]])
    labels = torch.tensor([[0, 1, 1]])
    found = quality(outcomes(logits, labels), labels, 3)
    assert found["balanced_accuracy"].item() == pytest.approx(0.75)
    assert found["macro_f1"].item() == pytest.approx(sk.f1_score([0, 1, 1], [0, 1, 0], average="macro"))
    assert found["worst_class_recall"].item() == pytest.approx(0.5)


def test_risk_and_coverage_by_hand():
    """Confidences falling, wrong at the second of four: errors 0, 1/2, 1/3, 1/4."""
    logits = torch.tensor([[[4.0, 0], [3, 0], [2, 0], [1, 0]]])
    found = quality(outcomes(logits, torch.tensor([[0, 1, 0, 0]])), torch.tensor([[0, 1, 0, 0]]), 2)
    assert found["aurc"].item() == pytest.approx((1 / 2 + 1 / 3 + 1 / 4) / 4)


def test_equal_confidences_count_as_in_a_random_order():
    """The mean over all orders within the ties, whatever the order of the examples; of one confidence, the error."""
    logits = torch.tensor([[2.0, 0], [1, 0], [1, 0], [1, 0], [0.5, 0]])
    labels = torch.tensor([0, 1, 0, 1, 1])
    errors = (labels != 0).double()
    orders = [[0, *middle, 4] for middle in permutations((1, 2, 3))]
    expected = np.mean([(errors[order].cumsum(0) / torch.arange(1, 6)).mean().item() for order in orders])
    for order in orders:
        shown = logits[order][None], labels[order][None]
        assert quality(outcomes(*shown), shown[1], 2)["aurc"].item() == pytest.approx(expected, abs=1e-12)
    flat = quality(outcomes(logits[None] * 0, labels[None]), labels[None], 2)
    assert flat["aurc"].item() == pytest.approx(1 - flat["accuracy"].item())


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_confidences_that_differ_by_rounding_alone_are_equal(dtype):
    """Of the same logits in another order, the softmax sums in another order, and may end a unit or two apart."""
    one = torch.tensor(0.3, dtype=dtype)
    above, below = torch.nextafter(one, one + 1), torch.nextafter(one, one - 1)
    wrong = torch.tensor([True, False, False, True])
    for confidence in permutations([one, above, below]):
        stacked = torch.stack([*confidence, one + 0.1])[None]
        # 0.4 comes first and is wrong; then three of 0.3 in a random order, of which one is wrong
        expected = (1 + (1 + 1 / 3) / 2 + (1 + 2 / 3) / 3 + 2 / 4) / 4
        seen = Outcomes((~wrong).long()[None], stacked, 1 - stacked, stacked, stacked[..., None][..., :0])
        assert quality(seen, torch.ones(1, 4).long(), 2)["aurc"].item() == pytest.approx(expected, abs=1e-12)
        # as a score of what is flipped: one of three before the two, another after both, and a tie counts half
        nll = torch.stack([*confidence, one - 0.1])[None]
        flipped = label_noise_metrics(seen._replace(nll=nll), wrong.long()[None], torch.zeros(1, 4).long())[
            "flip_auroc"
        ]
        assert flipped.item() == pytest.approx((0.5 + 0.5 + 0 + 0) / 4, abs=1e-12)


def test_confidences_near_one_are_told_apart():
    """They are closely spaced, and yet not all one tie: a network that is sure of everything is still ordered."""
    one = torch.ones(1, 2000)
    confidence = one - torch.arange(2000) * torch.finfo(torch.float32).eps / 2
    start, end = ties(-confidence)
    assert (end - start).max() < 20
    assert start.unique().numel() > 100


def test_a_tie_is_no_wider_than_rounding(case):
    """Each number is within it of the first of its tie, and the first of the next is not."""
    g = torch.Generator().manual_seed(3)
    numbers = (1 + 40 * torch.finfo(torch.float32).eps * torch.rand(S, M, generator=g)).sort(dim=1).values
    start, end = ties(numbers)
    width = 4 * torch.finfo(torch.float32).eps * numbers.gather(1, start)
    for s in range(S):
        assert (numbers[s] - numbers[s][start[s]] <= width[s]).all()
        after = end[s].clamp(max=M - 1)
        assert ((numbers[s][after] - numbers[s][start[s]] > width[s]) | (end[s] == M)).all()
        assert set(end[s].tolist()) - {M} == set(start[s].tolist()) - {0}


@pytest.mark.parametrize("bad", [torch.nan, torch.inf])
def test_a_network_that_gives_no_numbers_has_no_metrics(case, bad):
    """Not the share of the first class; and the other seeds have theirs."""
    logits, labels = case
    true = torch.where(torch.rand(S, M, generator=torch.Generator().manual_seed(1)) < 0.3, (labels + 1) % K, labels)
    members = torch.ones(K, dtype=torch.bool)

    def measured(logits):
        seen = outcomes(logits, labels)
        return quality(seen, labels, K) | label_noise_metrics(seen, labels, true) | {
            "shots": accuracy_among(seen, labels, members),
            "recalls": recalls(seen, labels, K),
            "reliability": reliability(seen, labels),
        }  # fmt: skip

    whole, broken = measured(logits), logits.clone()
    broken[1, 7, 2] = bad
    for name, values in measured(broken).items():
        assert values[1].isnan().all(), name
        for s in (0, 2):
            torch.testing.assert_close(values[s], whole[name][s])
    every = torch.ones(S, M, dtype=torch.bool)
    assert loss_histogram(outcomes(broken, labels), every).sum(1).tolist() == [M, M - 1, M]


def test_a_logit_of_minus_infinity_is_a_probability_of_zero():
    logits = torch.tensor([[[0.0, 0.0, -torch.inf]]])
    found = quality(outcomes(logits, torch.tensor([[0]])), torch.tensor([[0]]), 3)
    assert found["nll"].item() == pytest.approx(np.log(2))
    assert found["accuracy"].item() == 1


def test_memory_counts_what_became_of_flipped_examples():
    predicted = torch.tensor([[0, 1, 2, 0, 1]])
    given, true = torch.tensor([[0, 1, 0, 0, 2]]), torch.tensor([[0, 2, 2, 1, 0]])
    logits = 5.0 * torch.nn.functional.one_hot(predicted, 3)
    found = {name: value.item() for name, value in label_noise_metrics(outcomes(logits, given), given, true).items()}
    assert found["accuracy_given"] == pytest.approx(3 / 5)
    assert found["accuracy_true"] == pytest.approx(2 / 5)
    assert found["memorised"] == pytest.approx(2 / 4)  # examples 1 and 3, of the flipped 1, 2, 3, 4
    assert found["corrected"] == pytest.approx(1 / 4)  # example 2


@pytest.mark.parametrize("ties", [False, True])
def test_flip_auroc_is_scikit_learns(case, ties):
    logits, given = case
    logits = logits.round() if ties else logits
    true = torch.where(torch.rand(S, M, generator=torch.Generator().manual_seed(1)) < 0.3, (given + 1) % K, given)
    seen = outcomes(logits, given)
    ours = label_noise_metrics(seen, given, true)["flip_auroc"]
    for s in range(S):
        assert ours[s].item() == pytest.approx(
            sk.roc_auc_score((given != true)[s], seen.nll[s].round(decimals=12)), abs=1e-12
        )


def test_without_flips_there_are_no_label_noise_metrics(case):
    logits, given = case
    found = label_noise_metrics(outcomes(logits, given), given, given)
    assert not {"memorised", "corrected", "flip_auroc"} & set(found)


def test_chunks_make_no_difference(case):
    logits, labels = case
    pieces = zip(logits.split(77, dim=1), labels.split(77, dim=1), strict=True)
    parts = joined((outcomes(*piece) for piece in pieces), labels.shape[1])
    for a, b in zip(parts, outcomes(logits, labels), strict=True):
        torch.testing.assert_close(a, b, rtol=1e-12, atol=1e-12)


def test_groups_of_classes_by_their_size():
    groups = shots(torch.tensor([101, 100, 20, 19]), few=20, many=100)
    assert {name: members.tolist() for name, members in groups.items()} == {
        "many_shot_accuracy": [True, False, False, False],
        "medium_shot_accuracy": [False, True, True, False],
        "few_shot_accuracy": [False, False, False, True],
    }
    assert list(shots(torch.tensor([5, 5]), few=20, many=100)) == ["few_shot_accuracy"]


def test_the_accuracy_of_a_group_is_its_mean_recall():
    labels = torch.tensor([[0, 0, 0, 1, 2]])
    logits = torch.eye(4)[torch.tensor([[0, 0, 1, 1, 0]])]
    seen = outcomes(logits, labels)
    members = torch.tensor([True, True, False, True])  # the fourth class does not occur
    assert accuracy_among(seen, labels, members).item() == pytest.approx((2 / 3 + 1) / 2)


def test_inputs_of_no_class_can_be_memorized_and_not_corrected():
    given, true = torch.tensor([[0, 1, 1, 0]]), torch.tensor([[0, -1, 0, -1]])
    logits = 5 * torch.eye(2)[torch.tensor([[0, 1, 0, 1]])]
    found = label_noise_metrics(outcomes(logits, given), given, true)
    assert found["accuracy_true"].item() == 1.0  # of the two that have a class
    assert found["corrected"].item() == 1.0  # of the one that has a class and a wrong label
    assert found["memorised"].item() == pytest.approx(1 / 3)


def test_recall_of_each_class_is_scikit_learns(case):
    logits, labels = case
    found = recalls(outcomes(logits, labels), labels, K + 1)  # of the last class there is no example
    for s in range(S):
        theirs = sk.recall_score(labels[s], logits[s].argmax(1), average=None, labels=range(K))
        assert found[s, :K].tolist() == pytest.approx(theirs.tolist())
        assert found[s, K].isnan()


def test_reliability_is_what_the_calibration_error_is_made_of(case):
    logits, labels = case
    seen = outcomes(logits, labels)
    number, confidence, accuracy = reliability(seen, labels).unbind(-1)
    assert number.shape == (S, BINS)
    assert number.sum(1).tolist() == [M] * S
    errors = ((confidence - accuracy).abs() * number / M).sum(1)
    assert errors.tolist() == pytest.approx(quality(seen, labels, K)["ece"].tolist())
    assert (number * accuracy).sum(1).tolist() == (seen.predicted == labels).sum(1).tolist()


def test_losses_are_counted_between_their_edges(case):
    logits, labels = case
    logits[0, 0] = torch.nn.functional.one_hot(labels[0, 0], K) * 1e3  # a NLL of 0, below the first edge
    logits[0, 1] = torch.nn.functional.one_hot(labels[0, 1], K) * -1e3  # and one above the last
    seen = outcomes(logits, labels)
    some = torch.rand(S, M) < 0.5
    some[0, :2] = True
    found = loss_histogram(seen, some)
    for s in range(S):
        inside = seen.nll[s][some[s]].clamp(LOSS_EDGES[0], LOSS_EDGES[-1])
        assert found[s].tolist() == np.histogram(inside.float().numpy(), bins=np.float32(LOSS_EDGES))[0].tolist()
    assert found.sum(1).tolist() == some.sum(1).tolist()


def test_every_metric_that_is_measured_is_declared_and_keeps_its_bounds(case):
    logits, labels = case
    true = torch.where(torch.rand(S, M) < 0.3, (labels + 1) % K, labels)
    seen = outcomes(logits, labels)
    found = {f"test/{name}": values for name, values in quality(seen, labels, K).items()}
    found |= {f"train/{name}": values for name, values in label_noise_metrics(seen, labels, true).items()}
    assert found.keys() <= DECLARED.keys()
    for name, values in found.items():
        assert all(DECLARED[name].holds(value) for value in values.tolist())
        assert DECLARED[name].name == name.partition("/")[2]
    assert {f"test/{name}" for name in shots(torch.tensor([200, 50, 1]), few=20, many=100)} <= DECLARED.keys()


@pytest.mark.parametrize(
    ("metric", "worst", "shown"),
    [
        (Metric("accuracy", "higher", 0.0, 1.0, "share"), 0.0, "50.00"),
        (Metric("error_rate", "lower", 0.0, 1.0, "share"), 1.0, "50.00"),
        (Metric("brier", "lower", 0.0, 2.0, ""), 2.0, "0.5000"),
        (Metric("mse", "lower", 0.0, math.inf, ""), None, "0.5000"),
        (Metric("perplexity", "lower", 1.0, math.inf, ""), None, "0.5000"),
        (Metric("log_likelihood", "higher", -math.inf, 0.0, "nats"), None, "0.5000"),
        (Metric("r2", "higher", -math.inf, 1.0, ""), None, "0.5000"),
        (Metric("correlation", "higher", -1.0, 1.0, ""), -1.0, "0.5000"),
    ],
)
def test_a_declaration_knows_its_worst_end_and_its_scale(metric, worst, shown):
    assert metric.worst == worst
    assert metric.text(0.5) == shown
    kept = json.loads(json.dumps(written({f"test/{metric.name}": metric}), allow_nan=False))
    assert declarations(kept) == {f"test/{metric.name}": metric}


@pytest.mark.parametrize(
    ("change", "word"),
    [({"better": "larger"}, "better=larger"), ({"low": 1.0}, "low=1"), ({"high": math.nan}, "high=nan")],
)
def test_a_declaration_that_cannot_be_is_refused(change, word):
    with pytest.raises(ValueError, match=word):
        Metric(**{"name": "a", "better": "higher", "low": 0.0, "high": 1.0, "unit": "", **change})


def test_what_is_measured_and_not_declared_stops_training_at_once(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(classification, "quality", lambda *a: quality(*a) | {"mse": torch.zeros(1)})
    (cell,) = compose_cells(["dataset=blobs", "epochs=1", f"store={tmp_path}", "exec.progress=none"], multirun=False)
    found = run_cell(cell, "one")
    assert [outcome.state for outcome in found.outcomes.values()] == ["failed"]
    (record,) = (each.seed(0) for each in Store(tmp_path).cells())
    assert (
        record.status()["cause"]
        == "ValueError: test/mse is measured, and its task in runner/tasks/ does not declare it"
    )
    assert record.rows() == []


def test_a_value_that_is_out_of_bounds_stops_training(monkeypatch, tmp_path):
    monkeypatch.setattr(classification, "quality", lambda *a: quality(*a) | {"accuracy": torch.tensor([97.0])})
    (cell,) = compose_cells(["dataset=blobs", "epochs=1", f"store={tmp_path}", "exec.progress=none"], multirun=False)
    run_cell(cell, "one")
    (record,) = (each.seed(0) for each in Store(tmp_path).cells())
    assert record.status()["cause"].endswith(
        "test/accuracy=97.0 is not what its task declares (higher is better, 0 to 1, share)"
    )


def test_a_seed_keeps_the_declarations_of_what_it_measured(tmp_path):
    (cell,) = compose_cells(
        ["dataset=blobs", "epochs=1", "noise=0.2", "val_fraction=0.2", f"store={tmp_path}", "exec.progress=none"],
        multirun=False,
    )
    (outcome,) = run_cell(cell, "one").outcomes.values()
    assert outcome.metrics.keys() == set(outcome.rows["last"]) - {"epoch", "step"}
    assert all(outcome.metrics[name] == DECLARED[name] for name in outcome.metrics)


@pytest.mark.parametrize("part", ["test", "val"])
def test_logits_that_are_not_numbers_are_a_diverged_seed_and_no_accuracy(monkeypatch, tmp_path, part):
    """On the validation examples as on the test set: else a seed would drop out of one of both in silence."""
    calls = iter(range(9))

    def broken(seen, labels, k):
        found = quality(seen, labels, k)
        lost = next(calls) == ("val", "test").index(part)
        return {name: values * math.nan for name, values in found.items()} if lost else found

    monkeypatch.setattr(classification, "quality", broken)
    (cell,) = compose_cells(
        ["dataset=blobs", "epochs=1", "val_fraction=0.2", f"store={tmp_path}", "exec.progress=none"], multirun=False
    )
    (outcome,) = run_cell(cell, "one").outcomes.values()
    assert (outcome.state, outcome.rows) == ("diverged", {})
    assert outcome.metrics["test/accuracy"] == DECLARED["test/accuracy"]
    (record,) = (each.seed(0) for each in Store(tmp_path).cells())
    assert record.status()["cause"].startswith(f"{part}/nll after step")


def test_the_accuracy_of_the_most_confident():
    """Of 5 predictions the first 3, 4 and 5: rounded up from 2.5, 4 and 4.5."""
    logits = torch.tensor([[[5.0, 0], [4, 0], [3, 0], [2, 0], [1, 0]]])
    labels = torch.tensor([[0, 0, 1, 0, 1]])
    found = selective(outcomes(logits, labels), labels)
    assert {name: values.item() for name, values in found.items()} == pytest.approx(
        {"accuracy_at_50": 2 / 3, "accuracy_at_80": 3 / 4, "accuracy_at_90": 3 / 5}
    )


def test_the_curve_of_the_most_confident_is_numpys(case):
    logits, labels = case
    measures = classification.Classification(K, None, 20, 100)
    seen = measures.outcomes(logits, labels)
    curve = measures.diagnostics(seen, labels, seen, labels, labels)["selective"]
    found = quality(seen, labels, K)
    assert curve.shape == (S, len(COVERED))
    torch.testing.assert_close(curve[:, -1], 1 - found["accuracy"])
    for s in range(S):
        p = logits[s].softmax(-1).numpy()
        wrong = (p.argmax(1) != labels[s].numpy())[np.argsort(-p.max(1))]
        assert curve[s].tolist() == pytest.approx([wrong[: M * part // 100].mean() for part in COVERED])


def test_one_of_several_draws_is_right_as_often_as_enumeration_says():
    """Of 4 draws of classes with probabilities 0.5, 0.3 and 0.2, by counting all 81."""
    p = torch.tensor([0.5, 0.3, 0.2], dtype=torch.float64)
    logits, labels = p.log().expand(1, 3, 3), torch.tensor([[0, 1, 2]])
    found = sampling(outcomes(logits, labels), labels)
    draws = [[draw, p[list(draw)].prod().item()] for draw in product(range(3), repeat=4)]
    right = [sum(chance for draw, chance in draws if label in draw) for label in range(3)]
    assert found["pass_at_4"].item() == pytest.approx(sum(right) / 3, abs=1e-12)
    assert 0.98 < found["pass_at_16"].item() < found["pass_at_64"].item() < 1


def test_margins_are_those_of_the_labels_probability(case):
    logits, labels = case
    found = margins(outcomes(logits, labels, keep=True), labels)
    for s in range(S):
        p, y = logits[s].softmax(-1).numpy(), labels[s].numpy()
        own = np.array([row[k] - np.delete(row, k).max() for row, k in zip(p, y, strict=True)])
        assert found["margin"][s].item() == pytest.approx(own.mean(), abs=1e-12)
        assert found["margin_decile"][s].item() == pytest.approx(
            np.quantile(own, 0.1, method="inverted_cdf"), abs=1e-12
        )
        assert ((own > 0).mean()) == pytest.approx(quality(outcomes(logits, labels), labels, K)["accuracy"][s].item())
