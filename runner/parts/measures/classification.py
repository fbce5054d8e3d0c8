"""How predictions of a class are measured: from logits and labels to a number a metric and seed, all seeds at once."""

from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from runner.contracts.measures import Inside, Measures
from runner.parts.measures._binned import (
    adaptive_calibration_error,
    binned,
    calibration_error,
    classwise_calibration_error,
    confidence_gap,
)
from runner.parts.measures._collapse import neural_collapse
from runner.parts.measures._environments import accuracies, gaps, in_each, worst_environments
from runner.parts.measures._front import front
from runner.parts.measures._known import all_known, where_known
from runner.parts.measures._selective import risks
from runner.parts.measures._spectrum import effective_rank, spectral_entropy
from runner.parts.measures._ties import ties
from runner.tasks.bins import ANSWERS, COVERAGES, COVERED, LOSS_EDGES


class Outcomes(NamedTuple):
    """All that any metric needs of a prediction: four numbers an example, whatever the number of classes, and where a
    metric asks for it the probability of each class.

    Logits of which no probabilities can be made (one is nan or inf) predict nothing: their numbers are nan, and so
    is every metric of a seed that has such.

    Attributes:
        predicted: (S, M) most probable class.
        confidence: (S, M) its probability.
        nll: (S, M) minus the log-probability of the label.
        brier: (S, M) squared distance between the probabilities and the one-hot label, in [0, 2].
        p: (S, M, K) probabilities, or (S, M, 0).
    """

    predicted: Tensor
    confidence: Tensor
    nll: Tensor
    brier: Tensor
    p: Tensor

    @property
    def known(self) -> Tensor:
        """(S,) bool, of each seed whether all of its predictions are of something."""
        return self.confidence.isfinite().all(1)


class Classification(Measures):
    """Args: num_classes, class_sizes, few_shot, many_shot, measure: see Known."""

    def __init__(
        self,
        num_classes: int,
        class_sizes: Tensor | None,
        few_shot: int,
        many_shot: int,
        measure: Collection[str] = (),
    ):
        self.num_classes = num_classes
        self.measure = measure
        self.keep = bool({"calibration", "margins"} & {*measure})
        self.looks_along = "front" in measure
        self.looks_inside = [split for name, split in INSIDE.items() if name in measure]
        self.class_groups = {} if class_sizes is None else shots(class_sizes, few_shot, many_shot)

    def outcomes(self, predictions: Tensor, targets: Tensor) -> Outcomes:
        return outcomes(predictions, targets, keep=self.keep)

    def quality(self, seen: Outcomes, targets: Tensor) -> dict[str, Tensor]:
        """See `quality`, and those of EXTRAS that are asked for."""
        found = quality(seen, targets, self.num_classes)
        for measured in (extra for name, extra in EXTRAS.items() if name in self.measure):
            found |= all_known(measured(seen, targets), seen.known)
        return found

    def label_noise(self, seen: Outcomes, given: Tensor, true: Tensor) -> dict[str, Tensor]:
        return label_noise_metrics(seen, given, true)

    def groups(self, seen: Outcomes, targets: Tensor) -> dict[str, Tensor]:
        return {name: accuracy_among(seen, targets, members) for name, members in self.class_groups.items()}

    def environments(self, seen: Outcomes, targets: Tensor, domain: Tensor) -> dict[str, Tensor]:
        """See _environments.py."""
        found = worst_environments(seen.predicted, targets, domain)
        if "fairness" in self.measure:
            found |= gaps(seen.predicted, seen.confidence, targets, domain, self.num_classes)
        if "environments" in self.measure:
            found |= in_each(seen.predicted, targets, domain)
        return all_known(found, seen.known)

    def front(self, seen: Outcomes, targets: Tensor, domain: Tensor, points: int) -> dict[str, Tensor]:
        """See _front.py."""
        found = front(accuracies(seen.predicted, targets, domain).unflatten(0, (-1, points)))
        return all_known(found, seen.known.view(-1, points).all(1))

    def inside(self, split: str, inside: Inside, seen: Outcomes, targets: Tensor) -> dict[str, Tensor]:
        """See _collapse.py, of training examples, and _spectrum.py, of test examples."""
        known = inside.features.isfinite().flatten(1).all(1)
        sound = inside._replace(features=inside.features.where(known[:, None, None], 0))
        if split == INSIDE["neural_collapse"]:
            found = neural_collapse(sound, targets, seen.predicted, self.num_classes)
        else:
            entropy, rank = spectral_entropy(sound.features), effective_rank(sound.features)
            found = {"spectral_entropy": entropy, "effective_rank": rank}
        return all_known(found, known)

    def after_calibration(self, seen: Outcomes, targets: Tensor) -> dict[str, Tensor]:
        return {"calibrated_reliability": reliability(seen, targets)}

    def diagnostics(
        self, tested: Outcomes, targets: Tensor, seen: Outcomes, given: Tensor, true: Tensor
    ) -> dict[str, Tensor]:
        """What the single numbers hide, each (S, ...).

        "recall": (S, K) of each class on the test set, nan where it does not occur. "reliability": (S, 15, 3), of each
        bin of confidence the number of test examples, their mean confidence and their accuracy. "selective": (S, 20),
        the error rate among the most confident 5%, 10%, ... 100% of the test predictions. "clean_losses" and
        "flipped_losses": (S, 40) how many training examples with a right and with a wrong label have a NLL of
        the given label in each bin of LOSS_EDGES.
        """
        flipped, rates = given != true, risks(tested.confidence, tested.predicted != targets)
        return {
            "recall": recalls(tested, targets, self.num_classes),
            "reliability": reliability(tested, targets),
            "selective": where_known(answered(rates, COVERED), tested.known),
            "clean_losses": loss_histogram(seen, ~flipped),
            "flipped_losses": loss_histogram(seen, flipped),
        }


def outcomes(logits: Tensor, labels: Tensor, *, keep: bool = False) -> Outcomes:
    """logits (S, M, K), labels (S, M) -> Outcomes, each (S, M); with all probabilities, if they are to be kept."""
    logp = logits.mT.contiguous().log_softmax(1)  # a CPU is several times faster along an axis that is not the last
    p, label = logp.exp(), labels[:, None]
    confidence, predicted = p.max(1)
    brier = p.square().sum(1) - 2 * p.gather(1, label)[:, 0] + 1
    return Outcomes(
        predicted, confidence, -logp.gather(1, label)[:, 0], brier.clamp(min=0), p.mT if keep else p.mT[..., :0]
    )


def quality(seen: Outcomes, labels: Tensor, num_classes: int) -> dict[str, Tensor]:
    """How good predictions are: {metric: (S,)}.

    accuracy; balanced_accuracy, the mean recall of the classes that occur; macro_f1, the mean F1 of the classes that
    occur or are predicted; worst_class_recall; nll, in nats; ece, the expected calibration error over 15 equal bins of
    confidence; brier, in [0, 2]; aurc, the area under the risk-coverage curve: the error rate among the n most
    confident predictions, averaged over n = 1..M (Geifman, Uziel and El-Yaniv, ICLR 2019).

    Args:
        seen: outcomes of shape (S, M).
        labels: (S, M).
        num_classes: K.
    """
    confusion = _confusion(seen.predicted, labels, num_classes)
    hits, occur, claimed = confusion.diagonal(dim1=1, dim2=2), confusion.sum(2), confusion.sum(1)
    recall = hits / occur.clamp(min=1)
    f1 = 2 * hits / (occur + claimed).clamp(min=1)
    found = {
        "accuracy": (seen.predicted == labels).double().mean(1),
        "balanced_accuracy": _mean_where(recall, occur > 0),
        "macro_f1": _mean_where(f1, occur + claimed > 0),
        "worst_class_recall": recall.masked_fill(occur == 0, 1.0).amin(1),
        "nll": seen.nll.double().mean(1),
        "ece": calibration_error(seen.confidence, seen.predicted == labels),
        "brier": seen.brier.double().mean(1),
        "aurc": risks(seen.confidence, seen.predicted != labels).mean(1),
    }
    return all_known(found, seen.known)


def calibration(seen: Outcomes, labels: Tensor) -> dict[str, Tensor]:
    """See _binned.py."""
    right = seen.predicted == labels
    return {
        "confidence_gap": confidence_gap(seen.confidence, right),
        "adaptive_ece": adaptive_calibration_error(seen.confidence, right),
        "classwise_ece": classwise_calibration_error(seen.p, labels),
    }


def selective(seen: Outcomes, labels: Tensor) -> dict[str, Tensor]:
    """accuracy_at_50 and so on: accuracy among the most confident 50% of the predictions, rounded up to a whole one:
    points of the curve whose mean error is the aurc."""
    found = 1 - answered(risks(seen.confidence, seen.predicted != labels), COVERAGES)
    return {f"accuracy_at_{part}": values for part, values in zip(COVERAGES, found.T, strict=True)}


def answered(risks: Tensor, parts: Sequence[int]) -> Tensor:
    """(S, P) of risks (S, M) among the n most confident those where n is this % of M, rounded up."""
    return risks[:, [-(-part * risks.shape[1] // 100) - 1 for part in parts]]


def sampling(seen: Outcomes, labels: Tensor) -> dict[str, Tensor]:
    """pass_at_N: the probability that of N classes, each drawn from the predicted probabilities, one or more are the
    label, 1 - (1 - p_y)^N, the mean over examples. It is what pass@N (Chen et al., "Evaluating Large Language Models
    Trained on Code", 2021, arXiv:2107.03374) estimates from answers that were drawn."""
    missed = (-torch.expm1(-seen.nll.double())).clamp(0, 1)  # 1 - p_y
    return {f"pass_at_{count}": 1 - (missed**count).mean(1) for count in ANSWERS}


def margins(seen: Outcomes, labels: Tensor) -> dict[str, Tensor]:
    """margin, the mean of the label's probability less the largest of another class, in [-1, 1]; margin_decile, the
    largest of the lowest tenth (Schapire et al., "Boosting the margin", Annals of Statistics 1998, with probabilities
    for votes)."""
    label = labels[..., None]
    others = seen.p.scatter(2, label, -torch.inf).amax(2)
    margin = (seen.p.gather(2, label)[..., 0] - others).double()
    return {"margin": margin.mean(1), "margin_decile": margin.kthvalue(-(-margin.shape[1] // 10), 1).values}


EXTRAS: dict[str, Callable[[Outcomes, Tensor], dict[str, Tensor]]] = {
    "calibration": calibration,
    "selective": selective,
    "margins": margins,
    "sampling": sampling,
}
INSIDE = {"neural_collapse": "train", "features": "test"}  # the split of whose features each is


def accuracy_among(seen: Outcomes, labels: Tensor, members: Tensor) -> Tensor:
    """(S,) the mean recall of some classes.

    Args:
        seen: outcomes of shape (S, M).
        labels: (S, M).
        members: (K,) bool, which classes.
    """
    confusion = _confusion(seen.predicted, labels, len(members))
    occur = confusion.sum(2)
    recall = confusion.diagonal(dim1=1, dim2=2) / occur.clamp(min=1)
    return where_known(_mean_where(recall, (occur > 0) & members), seen.known)


def label_noise_metrics(seen: Outcomes, given: Tensor, true: Tensor) -> dict[str, Tensor]:
    """What the network made of its own training labels, which only a runner that flipped them can tell: {metric: (S,)}.

    accuracy_given and accuracy_true; of the examples whose label is wrong, the share whose given label is predicted
    (memorised) and the share whose true one is (corrected); flip_auroc, the area under the ROC curve of the NLL of the
    given label as a detector of wrong ones, with ties as in aurc. The last three are nan where no label of a seed is
    wrong (flip_auroc also where all are), and left out where none of any seed is. Inputs of no class have a wrong label
    and no true one.

    Args:
        seen: outcomes of shape (S, M) for the given labels.
        given: (S, M) labels that training saw.
        true: (S, M) labels before flipping, -1 for an input of no class.
    """
    flipped, known = given != true, true >= 0
    metrics = {
        "accuracy_given": (seen.predicted == given).double().mean(1),
        "accuracy_true": _mean_where((seen.predicted == true).double(), known),
    }
    if flipped.any():
        metrics |= {
            "memorised": _mean_where((seen.predicted == given).double(), flipped),
            "corrected": _mean_where((seen.predicted == true).double(), flipped & known),
            "flip_auroc": _auroc(seen.nll, flipped),
        }
    return all_known(metrics, seen.known)


def _mean_where(values: Tensor, mask: Tensor) -> Tensor:
    return (values * mask).sum(1) / mask.sum(1)


def _confusion(predicted: Tensor, labels: Tensor, k: int) -> Tensor:
    cells = labels * k + predicted
    counts = torch.zeros(len(cells), k * k, dtype=torch.float64, device=cells.device)
    return counts.scatter_add_(1, cells, counts.new_ones(()).expand(cells.shape)).view(-1, k, k)


def recalls(seen: Outcomes, labels: Tensor, k: int) -> Tensor:
    """(S, K) the share of each class that is predicted right, nan for a class that does not occur."""
    confusion = _confusion(seen.predicted, labels, k)
    return where_known(confusion.diagonal(dim1=1, dim2=2) / confusion.sum(2), seen.known)


def reliability(seen: Outcomes, labels: Tensor) -> Tensor:
    """(S, BINS, 3): of each bin of confidence the number of examples, their mean confidence and their accuracy."""
    right = (seen.predicted == labels).double()
    parts = (torch.ones_like(right), seen.confidence.double(), right)
    number, confidence, hits = (binned(seen.confidence, part) for part in parts)
    found = torch.stack([number, confidence / number.clamp(min=1), hits / number.clamp(min=1)], dim=-1)
    return where_known(found, seen.known)


def loss_histogram(seen: Outcomes, members: Tensor) -> Tensor:
    """(S, len(LOSS_EDGES) - 1) how many of the members (S, M) have a NLL between two edges; nan is in no bin.

    The outer bins are open.
    """
    inner = torch.tensor(LOSS_EDGES[1:-1], device=members.device)
    place = torch.bucketize(seen.nll.contiguous().float(), inner)
    counts = torch.zeros(len(members), len(LOSS_EDGES) - 1, device=members.device)
    return counts.scatter_add_(1, place, (members & ~seen.nll.isnan()).float())


def _auroc(score: Tensor, positive: Tensor) -> Tensor:
    ordered, place = score.sort(dim=1)
    start, end = ties(ordered)
    rank = (start + end + 1).double() / 2  # ties share their mean rank
    p = positive.double().sum(1)
    u = (rank * positive.gather(1, place)).sum(1) - p * (p + 1) / 2
    return u / (p * (positive.shape[1] - p))


def shots(class_sizes: Tensor, few: int, many: int) -> dict[str, Tensor]:
    """{name: (K,) bool}: classes with more than `many`, `few` to `many`, and fewer than `few` training examples.

    Groups without a class are left out. Source: Liu et al., "Large-Scale Long-Tailed Recognition in an Open World",
    CVPR 2019, which has 100 and 20.

    >>> shots(torch.tensor([200, 50, 100]), 20, 100)
    {'many_shot_accuracy': tensor([ True, False, False]), 'medium_shot_accuracy': tensor([False,  True,  True])}
    """
    groups = {
        "many_shot_accuracy": class_sizes > many,
        "medium_shot_accuracy": (class_sizes >= few) & (class_sizes <= many),
        "few_shot_accuracy": class_sizes < few,
    }
    return {name: members for name, members in groups.items() if members.any()}
