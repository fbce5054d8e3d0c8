"""ERM with the same network, which other methods are compared with."""

from tests.objectives import first, values

DEEP = ["model.depth=2", "model.norm=batch"]


def erm_like(batch, *overrides):
    """Losses and gradients of plain ERM with the same network, at this batch."""
    return values(first(*overrides)[0], batch)


def of(part, named):
    """The gradients of one part, by the names within it."""
    return {name.removeprefix(f"{part}."): g for name, g in named.items() if name.startswith(f"{part}.")}


def plain(*overrides, network="method.erm.network"):
    """Losses and gradients of ERM, the latter named as of the network in another method."""
    losses, gradients = values(*first("method=erm", *overrides))
    return losses, {f"{network}.{name}": g for name, g in of("method.network", gradients).items()}


def unnamed(found):
    """Losses and gradients, the latter in order: for networks whose parameters are called otherwise."""
    losses, gradients = found
    return losses, list(gradients.values())
