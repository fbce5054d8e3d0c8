"""How features are measured: by what can be read from them, and by how many directions they fill."""

from collections.abc import Collection

from torch import Tensor

from runner.contracts.measures import Examples
from runner.parts.measures import _clusters, _discovery, _probe, _strata
from runner.parts.measures._features import OfFeatures, Outcomes
from runner.parts.measures._geometry import alignment_and_uniformity
from runner.parts.measures._known import all_known
from runner.parts.measures._neighbours import vote
from runner.parts.measures._spectrum import effective_rank
from runner.parts.measures._transport import told_by_transport

FEW = {"probe_accuracy_1": 0.01, "probe_accuracy_10": 0.1}  # shares of the labels


class Representation(OfFeatures):
    """num_classes: K; measure: names of the task's extras. Both given by the runner."""

    def __init__(self, *, num_classes: int, measure: Collection[str] = ()):
        self.num_classes = num_classes
        self.measure = measure

    def fit(self, training: Examples, validation: Examples | None) -> None:
        """The linear probe, on the labels that training sees: see _probe.py."""
        held_out = None if validation is None else (validation.seen.features, validation.targets)
        self.memory = training
        self.probe = _probe.chosen((training.seen.features, training.targets), held_out, self.num_classes)
        self.of_few = {name: self._few(share, held_out) for name, share in FEW.items() if "few_labels" in self.measure}

    def right(self, seen: Outcomes, targets: Tensor) -> Tensor:
        """(S, M) bool, of which examples does the probe tell the class?"""
        return self.probe.logits(seen.features).argmax(2) == targets

    def quality(self, seen: Outcomes, targets: Tensor) -> dict[str, Tensor]:
        """probe_accuracy and knn_accuracy, of a linear probe and of the nearest training examples (_neighbours.py);
        effective_rank of the features (_spectrum.py); feature_std, the mean over them of their deviation, 0 of a
        network whose features are all alike."""
        voted = vote(self.memory.seen.features, self.memory.targets, seen.features, self.num_classes)
        metrics = {
            "probe_accuracy": self.right(seen, targets).double().mean(1),
            "knn_accuracy": (voted == targets).double().mean(1),
            "effective_rank": effective_rank(seen.features),
            "feature_std": seen.features.double().std(1, correction=0).mean(1),
        }
        metrics |= self._more(seen, targets)
        return all_known(metrics, (seen.known.all(1) & self.memory.seen.known.all(1)))

    def label_noise(self, seen: Outcomes, given: Tensor, true: Tensor) -> dict[str, Tensor]:
        """Of training examples the classes of those whose labels are not looked at (_discovery.py), if it is asked
        for."""
        if "discovery" not in self.measure:
            return {}
        return all_known(_discovery.discovered(seen.features, given, true, self.num_classes), seen.known.all(1))

    def online(self, head: Tensor, seen: Outcomes, targets: Tensor) -> dict[str, Tensor]:
        """online_accuracy, of the probe that learns along."""
        logits = seen.features @ head[:, :-1] + head[:, -1:]
        return all_known({"online_accuracy": (logits.argmax(2) == targets).double().mean(1)}, seen.known.all(1))

    def _more(self, seen: Outcomes, targets: Tensor) -> dict[str, Tensor]:
        """The extras: probes of a share of the labels, k-means (_clusters.py), the sphere (_geometry.py), examples that
        were moved (_transport.py)."""
        metrics = {
            name: (probe.logits(seen.features).argmax(2) == targets).double().mean(1)
            for name, probe in self.of_few.items()
        }
        if "clusters" in self.measure:
            metrics |= _clusters.of_features(seen.features, targets, self.num_classes)
        if "geometry" in self.measure:
            metrics["alignment"], metrics["uniformity"] = alignment_and_uniformity(seen.features, targets)
        if "transport" in self.measure:
            metrics |= told_by_transport((self.memory.seen.features, self.memory.targets), (seen.features, targets))
        return metrics

    def _few(self, share: float, held_out: tuple[Tensor, Tensor] | None) -> _probe.Probe:
        """The probe of a share of the training examples, of which each class has its share: see _strata.py."""
        labels = self.memory.targets
        place = _strata.of_share(labels, share, self.num_classes)
        features = self.memory.seen.features.gather(
            1, place[..., None].expand(-1, -1, self.memory.seen.features.shape[2])
        )
        return _probe.chosen((features, labels.gather(1, place)), held_out, self.num_classes)
