"""The two terms of an objective, as methods use them: a batch tells them what they ask for."""

from collections.abc import Mapping

from torch import Tensor, nn
from torch.func import functional_call

from runner.compose.fit import OF_VIEWS, WHOLE
from runner.contracts.loss import begin, said
from runner.contracts.part import Part
from runner.contracts.terms import Regularizer
from runner.data.loader import Batch
from runner.objective.online import OnlineProbe


class Criterion(Part):
    """A loss of the zoo, of a batch: criterion(logits, batch) gives the losses (B,).

    Args:
        loss: see runner.contracts.loss.Loss. One number of a whole batch, (), is given for each example of it. A loss
            of pairs or views has the embeddings (B, 2, H) of two views in place of logits, and sees no labels.
    """

    def __init__(self, loss: nn.Module):
        super().__init__()
        self.loss = loss
        self.kind = said(loss, "kind")
        self.inputs = said(loss, "inputs")
        self.draws = dict(said(loss, "draws"))
        self.stackable = all(said(module, "stackable") for module in loss.modules())

    def forward(self, logits: Tensor, batch: Batch) -> Tensor:
        compared = logits.unbind(1) if self.kind in OF_VIEWS else (logits, batch.labels)
        more = {name: batch.draws[name] for name in self.draws} | ({"x": batch.x} if self.inputs else {})
        found: Tensor = self.loss(*compared, batch.index, **more)
        return found.expand(len(logits)) if self.kind in WHOLE else found

    def begin(self, epoch: int, epochs: int) -> None:
        begin(self.loss, epoch, epochs)

    def apart(self, logits: Tensor, batch: Batch) -> Tensor:
        """The losses (B,), while what the loss keeps of examples stays as it was: for labels that are not theirs."""
        kept = {name: number.clone() for name, number in self.named_buffers()}
        return functional_call(self, kept, (logits, batch)) if kept else self(logits, batch)

    def note(self, logits: Tensor, batch: Batch) -> None:
        """Let the loss keep of the batch's examples what it keeps, where losses were taken `apart`."""
        if next(self.buffers(), None) is not None:
            self(logits.detach(), batch)


class Penalties(nn.Module):
    """Regularizers, perhaps none: penalties(losses, features, logits, batch) adds each to the losses (B,).

    Args:
        parts: {name: (features (B, D), logits (B, K), batch) -> ()}.
        online: learns from the same features, and changes no loss; None for none.
    """

    def __init__(self, parts: Mapping[str, Regularizer], online: OnlineProbe | None = None):
        super().__init__()
        self.parts = nn.ModuleDict(dict(parts))
        self.online = online

    def forward(self, losses: Tensor, features: Tensor, logits: Tensor, batch: Batch) -> Tensor:
        for penalty in self.each(features, logits, batch):
            losses = losses + penalty
        return losses

    def each(self, features: Tensor, logits: Tensor, batch: Batch) -> list[Tensor]:
        """What each regularizer adds, (); for methods that do not add them up."""
        if self.online is not None:
            self.online.learn(features, batch.labels)
        return [penalty(features, logits, batch) for penalty in self.parts.values()]
