"""From what each seed is trained on to a selection of it, or to other inputs: see datasets/curations."""

from collections.abc import Callable, Sequence
from typing import Any

import torch

from datasets.curations.curated import Curated
from datasets.split import Split
from runner.data.protocol import Labelled, Prepared, call
from runner.data.streams import generator


def curated(prepared: Prepared, keys: Sequence[int], curation: Callable[..., Curated]) -> Prepared:
    """The same after a curation of the training examples of each seed; validation and test examples stay.

    Inputs that a curation makes come after those of the data set, a seed's after another's.

    Args:
        keys: of the draws of each seed.
    Raises:
        ValueError: it cannot be as asked, or leaves less than a class needs.
    """
    split, train = prepared.split, prepared.train
    made: list[torch.Tensor] = []
    origins: list[torch.Tensor] = []
    masks: list[torch.Tensor] = []
    beyond, parts = len(split.x), []
    for i, key in enumerate(keys):
        own = Labelled(*(part[i] for part in train))
        done = _of_seed(prepared, own, key, curation)
        if done.x is not None:
            origins.append(own.place)
            own = own._replace(place=beyond + len(own.place) * len(made) + torch.arange(len(own.place)))
            made.append(done.x)
        if done.kept is not None:
            own = Labelled(*(part[done.kept] for part in own))
            prepared.targets.check_kept(own.true, len(done.kept) / train.place.shape[1])
        parts.append(own)
        masks += [] if done.mask is None else [done.mask]
    return prepared._replace(
        split=_extended(split, made, origins) if made else split,
        train=Labelled(*map(torch.stack, zip(*parts, strict=True))),
        mask=torch.stack(masks) if masks else None,
    )


def _extended(split: Split, made: Sequence[torch.Tensor], origins: Sequence[torch.Tensor]) -> Split:
    """The data set with inputs that were made of those at these places, and are of the same environment, group and
    number in the source; of none of them where open-set noise brought inputs."""
    numbers, size = split.numbers()
    whole = {"domain": split.domain, "group": split.group, "source_index": numbers}
    told = {name: its for name, its in whole.items() if its is not None and len(split.x) == len(split.y)}
    longer: dict[str, Any] = {
        name: torch.cat([its, *(its[places] for places in origins)]) for name, its in told.items()
    }
    return split._replace(x=torch.cat([split.x, *made]), source_size=size, **longer)


def _of_seed(prepared: Prepared, own: Labelled, key: int, curation: Callable[..., Curated]) -> Curated:
    split, targets = prepared.split, prepared.targets
    offered = {
        "x": split.x[own.place],
        targets.asked: own.given,
        "mean": split.mean,
        "std": split.std,
        "num_classes": len(split.classes),
        "generator": generator("curation", key),
    }
    done: Curated = call(curation, **offered)
    return done
