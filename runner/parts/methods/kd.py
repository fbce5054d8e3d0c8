"""Knowledge distillation (Hinton, Vinyals and Dean, "Distilling the Knowledge in a Neural Network", 2015,
arXiv:1503.02531), with teachers and divergences of later papers.

    L = (1 - weight) * loss(z, y) + weight * T^2 * D(softmax(z / T), softmax(z_teacher / T))

Args:
    training: where the teacher comes from. stored: the network that a run with exec.keep_network=true kept; first: it
        is trained before the student, and then stands still, the schedule beginning anew with the student; online: it
        is trained beside the student.
    teacher: the network to train: by default of the student's kind, in the size that conf/model has for it;
        model@method.teacher=cnn is another, method.teacher.width=512 a larger one. Not looked at if it is stored.
    teacher_cell: the stored cell's name, its network that of the same seed; null unless training is stored.
    teacher_share: of the epochs, in (0, 1), in which it is trained first, by the loss alone. 0.5 is ours.
    divergence: D, one of forward, reverse, balanced, squared_logit: see runner/parts/methods/divergences.py. The
        paper's is forward. squared_logit is its paper's at T = 1.
    told: of the teacher's probabilities. all: D as it is; label: that of the given label alone, so that D has this one
        class's term. With forward or squared_logit it is learning from partial soft labels (Zhao and Zhu, "Towards the
        Fundamental Limits of Knowledge Transfer over Finite Domains", 2023, arXiv:2310.07838) at T = 1 and weight = 1:
        forward, which is cross-entropy less a constant, is biased towards the teacher's squares, squared_logit is not.
        There labels are the teacher's draws; here they are those of the data.
    temperature: T, positive. 4 as in most re-runs; the paper has up to 20 for wide layers, and 2.5 to 4 for 30 units
        (unconfirmed).
    weight: of D, in [0, 1]. 0.9 as in most re-runs; the paper says a considerably lower weight of the labels. 0 is ERM,
        of the student's epochs.
    cmi: at least 0; how much a teacher is praised for conditional mutual information, which spreads its predictions
        within a class (Ye et al., ICLR 2024): for some epochs before the student begins it minimises
        loss - cmi * KL(p || Q_y), see runner/parts/methods/class_means.py. 0 is off. The paper's is tuned for each
        pair of networks; the values are unconfirmed.
    cmi_share: of the epochs, in (0, 1), in which it does; looked at where cmi is positive. The paper's teacher takes 20
        epochs, its student 240, so 0.08. The schedule begins anew with them, from the full learning rate where the
        paper has half of it.

The released code of Ye et al. takes Q_y from the teacher before these epochs, in training mode, and leaves it so; here
it is that of the epoch before, so that a stored teacher's first one only counts predictions.

BD-KD is training=online with divergence=balanced: its teacher then minimises loss + weight * T^2 * KL(p_s || p_teacher)
of what the student predicts. The paper says reverse KL as a regularizer; its weight is unconfirmed. Another teacher
beside the student minimises its loss alone. Its losses are in the gradient and not in what is reported and what a risk
looks at, which is the student's; a risk weighs both alike.

The student's loss has a state of each example of its own. Regularizers are the student's alone. While a teacher trains
before the student, its predictions are evaluated.
"""

from collections.abc import Callable
from typing import Annotated, Any, Literal

import torch
from torch import Tensor, nn

from runner.contracts.method import Method
from runner.data.loader import Batch
from runner.objective.criterion import Criterion, Penalties
from runner.parts.methods.class_means import ClassMeans
from runner.parts.methods.divergences import DIVERGENCES, PARTIAL, reverse
from runner.parts.methods.teaching import part_of, taught


class KD(Method):
    """Args: network, loss, regularizer: as in ERM; epochs, num_classes, stored: given by the runner."""

    network: Any

    def __init__(
        self,
        network: nn.Module,
        loss: Criterion,
        regularizer: Penalties,
        epochs: int,
        num_classes: int,
        stored: Callable[[str], nn.Module],
        *,
        training: Literal["stored", "first", "online"],
        teacher: Annotated[nn.Module, "model"],
        teacher_cell: Annotated[str, "[0-9a-f]{20}"] | None,
        teacher_share: Annotated[float, "(0, 1)"],
        divergence: Literal["forward", "reverse", "balanced", "squared_logit"],
        told: Literal["all", "label"],
        temperature: Annotated[float, "(0, inf)"],
        weight: Annotated[float, "[0, 1]"],
        cmi: Annotated[float, "[0, inf)"],
        cmi_share: Annotated[float, "(0, 1)"],
    ):
        super().__init__()
        if (training == "stored") != (teacher_cell is not None):
            said = "null" if teacher_cell is None else teacher_cell
            raise ValueError(f"teacher_cell={said}: must name a cell where training=stored, and be null elsewhere")
        if training == "online" and cmi:
            raise ValueError(f"cmi={cmi}: must be 0 where training=online, whose teacher is never finished")
        if told == "label" and divergence not in PARTIAL:
            raise ValueError(f"told=label: divergence must be {' or '.join(PARTIAL)}, and is {divergence}")
        self.network = network
        self.loss = loss
        self.regularizer = regularizer
        self.teacher = taught(teacher if teacher_cell is None else stored(teacher_cell), loss)
        self.online = training == "online"
        self.mutual = self.online and divergence == "balanced"
        self.divergence = DIVERGENCES[divergence]
        self.label_alone = told == "label"
        self.temperature = temperature
        self.weight = weight
        self.cmi = cmi
        self.means = ClassMeans(num_classes) if cmi else None
        shares = {"teacher_share": teacher_share} if training == "first" else {}
        before = part_of(epochs, **shares, **({"cmi_share": cmi_share} if cmi else {}))
        self.first_epochs = before[0] if shares else 0
        self.teacher_epochs = sum(before)
        self.starts = tuple(sorted({0, self.first_epochs, self.teacher_epochs}))
        self.enter(0)

    def enter(self, phase: int) -> None:
        self.praised = self.starts[phase] >= self.first_epochs
        self.teaching = self.starts[phase] >= self.teacher_epochs
        self.teacher.train(self.online or not self.teaching)

    def forward(self, batch: Batch) -> Tensor:
        return self._student(batch) if self.teaching else self._teacher(batch)

    def predict(self, x: Tensor) -> Tensor:
        return self.network(x) if self.teaching else self.teacher.predict(x)

    def _teacher(self, batch: Batch) -> Tensor:
        logits = self.teacher.predict(batch.x)
        losses: Tensor = self.teacher.loss(logits, batch)
        if self.means is None:
            return losses
        information = self.means(logits, batch)  # also before it is praised, so that the means are known by then
        return losses - self.cmi * information if self.praised else losses

    def _student(self, batch: Batch) -> Tensor:
        features = self.network.features(batch.x)
        logits = self.network.head(features)
        with torch.set_grad_enabled(self.online):
            teacher = self.teacher.predict(batch.x)
        distance = self._distance(self.divergence, logits, teacher.detach(), batch)
        losses = (1 - self.weight) * self.loss(logits, batch) + self.weight * distance
        losses = self.regularizer(losses, features, logits, batch)
        if not self.online:
            return losses
        own = self.teacher.loss(teacher, batch)
        if self.mutual:
            own = own + self.weight * self._distance(reverse, logits.detach(), teacher, batch)
        return losses + (own - own.detach())  # a gradient of the teacher's, and nothing else

    def _distance(self, divergence: Any, student: Tensor, teacher: Tensor, batch: Batch) -> Tensor:
        t = self.temperature
        log_p = [(logits / t).log_softmax(-1) for logits in (student, teacher)]
        if self.label_alone:
            log_p = [each.gather(-1, batch.labels[:, None]) for each in log_p]
        distance: Tensor = t**2 * divergence(*log_p)
        return distance
