"""From what each seed is trained on to a selection of it, or to other inputs: see datasets/curations."""

from collections.abc import Callable, Sequence

import torch

from datasets.curations.curated import Curated
from runner.data.protocol import Labelled, Prepared, call
from runner.data.streams import generator


def curated(prepared: Prepared, seeds: Sequence[int], curation: Callable[..., Curated]) -> Prepared:
    """The same after a curation of the training examples of each seed; validation and test examples stay.

    Inputs that a curation makes come after those of the data set, a seed's after another's.

    Raises:
        ValueError: it cannot be as asked, or leaves less than a class needs.
    """
    split, train = prepared.split, prepared.train
    made: list[torch.Tensor] = []
    masks: list[torch.Tensor] = []
    beyond, parts = len(split.x), []
    for i, seed in enumerate(seeds):
        own = Labelled(*(part[i] for part in train))
        done = _of_seed(prepared, own, seed, curation)
        if done.x is not None:
            own = own._replace(place=beyond + len(own.place) * len(made) + torch.arange(len(own.place)))
            made.append(done.x)
        if done.kept is not None:
            own = Labelled(*(part[done.kept] for part in own))
            prepared.targets.check_kept(own.true, len(done.kept) / train.place.shape[1])
        parts.append(own)
        masks += [] if done.mask is None else [done.mask]
    return prepared._replace(
        split=split._replace(x=torch.cat([split.x, *made])) if made else split,
        train=Labelled(*map(torch.stack, zip(*parts, strict=True))),
        mask=torch.stack(masks) if masks else None,
    )


def _of_seed(prepared: Prepared, own: Labelled, seed: int, curation: Callable[..., Curated]) -> Curated:
    split, targets = prepared.split, prepared.targets
    offered = {
        "x": split.x[own.place],
        targets.asked: own.given,
        "mean": split.mean,
        "std": split.std,
        "num_classes": len(split.classes),
        "generator": generator("curation", seed),
    }
    done: Curated = call(curation, **offered)
    return done
