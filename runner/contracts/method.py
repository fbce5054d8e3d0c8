"""What a step minimises."""

from abc import abstractmethod

import torch
from torch import Tensor, nn

from runner.contracts.model import Model
from runner.contracts.part import Part
from runner.data.loader import Batch


class Method(Part):
    """What a step minimises: holds the network, the loss and whatever else is trained.

    The initial weights of second and further networks and layers come from a stream of their own.

    Attributes:
        kinds: of losses that it can do with, see Loss.kind. Read from the source, like `fits`. By default those of each
            example.
        views: V, how often each input is augmented: with more than one, batch.x is (B, V, ...). By default 1.
        together: how many inputs, from the first on, are predicted together; an evaluation never parts them. Set in the
            constructor. By default each alone.
        judges: True, on the class, where it has `judge`. Read from the source. By default False.
        consistency: True, on the class, where predictions are of pairs, of processed pairs and of two pairs at a time,
            (M, 3, B), from which ratios of self-consistency are taken. Read from the source. By default False.
        starts: (0, e, ...), ascending: epochs after which a phase begins, and all schedules anew with it, the learning
            rate's and those of `begin`. Set in the constructor. By default one phase.
        unprobed: values of its key `features` for which others are evaluated than penalties see, so that no online
            probe can learn along; ("any",) for all. Read from the source. By default none.
        bits: of the code that is stored of an example, where `represent` gives two vectors of equal length, (M, 2 D):
            what asks, and what a code stands for. Set in the constructor. By default None, one vector for both.
    """

    kinds: tuple[str, ...] = ("example",)
    views: int = 1
    together: int = 1
    judges: bool = False
    consistency: bool = False
    starts: tuple[int, ...] = (0,)
    unprobed: tuple[str, ...] = ()
    bits: float | None = None

    @abstractmethod
    def forward(self, batch: Batch) -> Tensor:
        """The losses (B,) of one seed's batch, regularizers included; the risk makes one number of them."""

    @abstractmethod
    def predict(self, x: Tensor) -> Tensor:
        """Inputs (M, ...) -> the logits (M, K) that are evaluated, in evaluation mode and without gradients."""

    def represent(self, x: Tensor) -> Tensor:
        """Inputs (M, ...) -> the features (M, D) that are evaluated where a task asks for some: see Measures.

        By default those of the network that comes first in it.
        """
        return network_of(self).features(x)

    def front(self, x: Tensor) -> Tensor:
        """Inputs (M, ...) -> the logits (P, M, K) of P networks of which one may choose, where a method trains several,
        each for another weighting of its goals. By default those of the one that predicts."""
        return self.predict(x)[None]

    def last_weight(self) -> Tensor:
        """(K, D) of the last layer of the network that `represent` is of, where it is an affine map; else (0, 0)."""
        head = network_of(self).head
        return head.weight if isinstance(head, nn.Linear) else torch.zeros(0, 0)

    def judge(self, outputs: Tensor, batch: Batch) -> Tensor:
        """The losses (B,) that forward(batch) has without regularizers where predict(batch.x) are these outputs (B, H),
        for optimizers that look at outputs. By default there are none, for the network takes part in other ways."""
        raise NotImplementedError

    def enter(self, phase: int) -> None:
        """Called before each epoch, before any `begin`, with its phase, counted from 0. By default nothing.

        It may set attributes that depend on the phase alone, and change buffers. It draws nothing.
        """

    @property
    def changes(self) -> bool:
        return super().changes or type(self).enter is not Method.enter


def network_of(module: nn.Module) -> Model:
    """The network within a method or an objective that is evaluated: the first one."""
    return next(each for each in module.modules() if isinstance(each, Model))
