"""What all parts of an objective have in common."""

from abc import ABC
from collections.abc import Mapping
from types import MappingProxyType

from torch import nn

from runner.data.loader import Draw


class Part(nn.Module, ABC):
    """A part of an objective, such as a method or a risk, or a module within one that wants these hooks.

    It computes for one seed: (B, ...) is a batch of B examples, and a stack adds the axis S of seeds by torch.vmap. A
    step draws no random numbers, does not branch on data and reads the value of no tensor. State is a registered
    buffer, changed in place. A parameter that a step does not use has no gradient, and the optimizer leaves it alone.

    Attributes:
        fits: the tasks that it is for, ("any",) for all. Read from the source, so it is written out on the class. By
            default classification.
        draws: {name: function of (generator, B)}, random numbers. The loader draws them for each batch, and a step
            finds them in batch.draws. A name is the part's own, such as "mixup_share"; two parts that use one name
            share the function. By default none.
        stackable: False, on the class, where torch.vmap cannot compute it: seeds are then trained one at a time. By
            default True.
        compares_environments: True, on the class, where it is for data sets of several environments alone. By default
            False.
    """

    fits: tuple[str, ...] = ("classification",)
    compares_environments: bool = False
    draws: Mapping[str, Draw] = MappingProxyType({})
    stackable: bool = True

    def begin(self, epoch: int, epochs: int) -> None:
        """Called before each epoch, in training mode. By default nothing.

        It may set attributes that depend on its arguments alone, such as a ramp, and change buffers. It draws nothing.

        Args:
            epoch: counted from 1, within the phase of training.
            epochs: how many the phase has.
        """

    @property
    def changes(self) -> bool:
        """Does it define `begin`? Such an objective cannot be compiled."""
        return type(self).begin is not Part.begin
