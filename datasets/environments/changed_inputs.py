"""Environments that differ in what happened to the inputs: turned by so many degrees, moved by so many places."""

from typing import Annotated, Literal

import torch

from datasets.environments.changes import changed
from datasets.environments.dealt import dealt
from datasets.environments.left_out import leaving, left_out, names_of
from datasets.split import Split


def changed_inputs(
    *,
    source: Split,
    change: Literal["rotate", "roll", "noise", "contrast", "blur"],
    strengths: list[float],
    held_out: str | int | float,
    validated_on: str | int | float,
    oracle_share: Annotated[float, "(0, 1)"],
) -> Split:
    """A source's examples are dealt to as many environments as there are strengths, and each changes its own; what is
    drawn at random is drawn anew for each.

    `change=rotate` with 0 to 75 degrees is Rotated MNIST (Ghifary et al., "Domain Generalization for Object Recognition
    with Multi-task Autoencoders", ICCV 2015), dealt as in DomainBed (Gulrajani and Lopez-Paz, ICLR 2021).

    Args:
        source: of images or vectors.
        change: rotate | roll | noise | contrast | blur, see changes.py.
        strengths: of each environment, which is also its name.
        held_out, validated_on, oracle_share: see left_out.py.
    Raises:
        ValueError: fewer than two environments, two of one name, or what left_out.py, dealt.py and changes.py refuse.
    """
    names = names_of("strengths", strengths)
    whole, domain = dealt(source, len(names))
    draw = torch.Generator().manual_seed(0)
    x = torch.empty_like(whole.x)
    for k, strength in enumerate(strengths):
        x[domain == k] = changed(whole.x[domain == k], change, strength, whole.std, draw)
    return left_out(whole._replace(x=x, domain=domain), names, leaving(held_out, validated_on, oracle_share))
