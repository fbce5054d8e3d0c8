"""The objective of one seed, put together from the parts of its configuration."""

from collections.abc import Callable, Collection, Mapping, Sequence
from copy import deepcopy
from dataclasses import replace
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from datasets.split import Split
from runner.compose.schema import Recipe, TrainingConfig
from runner.console.errors import ConfigError
from runner.contracts.given import Given
from runner.contracts.loss import outputs, said
from runner.contracts.make import make
from runner.contracts.model import Model
from runner.data.inputs import Inputs
from runner.data.loader import Keys, Loader, Sampler
from runner.data.prepare import Node
from runner.data.protocol import Labelled, Prepared, domain_of
from runner.data.streams import generator, keys, seeded
from runner.nodes.build import target
from runner.objective.criterion import Criterion, Penalties
from runner.objective.objective import Objective, draws_of, parts
from runner.objective.online import OnlineProbe
from runner.objective.precision import computing_in

HOOKS = ("begin", "draws", "stackable")  # of a Part
Stored = Callable[[str, int], tuple[Node, dict[str, Tensor]]]  # (cell, seed) -> its network's node and numbers


def nothing_stored(cell: str, seed: int) -> tuple[Node, dict[str, Tensor]]:
    """Of a run without a store."""
    raise ConfigError(f"{cell}: there is no store with such a cell")


def assemble(
    recipe: Recipe,
    prepared: Prepared,
    i: int,
    seed: int,
    facts: Mapping[str, Any],
    stored: Stored,
    measure: Collection[str] = (),
) -> Objective:
    """The objective of seed number `i`. Its network's initial weights depend on the model and init_seed, or the seed.

    What a method has besides the network, such as a second one, is drawn from a stream of its own, and so are proxies
    of a loss and what regularizers train.

    Args:
        measure: what more is measured, of which "online" asks for a probe that learns along.
    Raises:
        ConfigError: it cannot be as asked.
    """
    (key,) = keys([seed], recipe.init_seed)
    networks = partial(network_of_cell, stored, seed, facts)
    known = {**facts, "stored": networks}
    told, true = prepared.train.given[i], prepared.train.true[i]
    given = Given(
        **facts,
        class_counts=prepared.targets.sizes(told).float(),
        transition=prepared.targets.transition(told, true),
        domain=domain_of(prepared, i),
        held_out=partial(_held_out, prepared, i),
        stored=networks,
        network=_initial(recipe.model, known, key),
        another=partial(_initial, recipe.model, known, key),
    )
    of_loss = partial(make, "loss", recipe.loss, given.to("loss"))
    loss = Criterion(seeded(of_loss, generator("loss", key)))
    terms = given.to("regularizer")
    online = _online(given) if "online" in measure else None
    penalties = seeded(partial(_penalties, recipe, terms, online), generator("regularizer", key))
    given = replace(given, loss=loss, regularizer=penalties)
    method: Any = seeded(partial(make, "method", recipe.method, given.to("method")), generator("parts", key))
    risk = make("risk", recipe.risk, replace(given, method=method).to("risk"))
    objective = Objective(method, risk, given.epochs)
    _check_hooks(objective)
    return computing_in(recipe.precision, objective)


def _penalties(recipe: Recipe, terms: Mapping[str, Any], online: OnlineProbe | None) -> Penalties:
    made = {name: make(f"regularizer.{name}", node, terms) for name, node in recipe.regularizer.items()}
    return Penalties(made, online)


def shape_of(split: Split, recipe: Recipe) -> dict[str, Any]:
    """What a network is built for. Its head gives what the loss asks for, or embeddings as wide as the method says."""
    shape = {"num_classes": len(split.classes), "input_shape": tuple(split.x.shape[1:])}
    loss = target(recipe.loss)
    if said(loss, "kind") == "embeddings":
        return shape | {"num_outputs": recipe.method["width"]}
    return shape | {"num_outputs": outputs(loss, width_of(split), recipe.loss)}


def width_of(split: Split) -> int:
    """K of classes, L of labels or D of numbers."""
    return len(split.classes) or split.y.shape[1]


def facts_of(prepared: Prepared, recipe: Recipe, epochs: int) -> dict[str, Any]:
    """What all seeds' objectives are built for."""
    return shape_of(prepared.split, recipe) | {"num_train": prepared.train.place.shape[1], "epochs": epochs}


def loader_of(
    objective: Objective,
    inputs: Inputs,
    train: Labelled,
    samplers: Sequence[Sampler],
    seeds: Sequence[int],
    facts: Mapping[str, Any],
    training: TrainingConfig,
) -> Loader:
    """The loader of the batches that an objective, any one of the seeds', asks for."""
    return Loader(
        inputs,
        train,
        Keys(keys(seeds, training.order_seed), keys(seeds, training.augment_seed)),
        training.batch_size,
        samplers,
        make("augment", training.augment, {**facts, "mean": inputs.mean, "std": inputs.std}),
        draws_of(objective),
        objective.method.views,
    )


def main_network(objective: nn.Module) -> str:
    """The name, within an objective, of the network that is evaluated: the first one."""
    return next(name for name, module in objective.named_modules() if isinstance(module, Model))


def decoding(objective: Objective, place: torch.device) -> Callable[[Tensor], Any]:
    """What an objective's predictions say of targets: as its loss decodes them, by a copy of it on this device."""
    losses = [part.loss for part in parts(objective) if isinstance(part, Criterion)]
    loss = deepcopy(losses[0]).to(place) if losses else nn.Module()
    return partial(said(type(loss), "decode"), loss)


def stackable(recipe: Recipe) -> bool:
    """Can seeds be one tensor program? Not if a part or a network says that it is not `stackable`."""
    nodes = (recipe.model, recipe.loss, recipe.method, *recipe.regularizer.values(), recipe.risk)
    return all(map(_stackable, nodes))


def _stackable(node: Node) -> bool:
    within = (value for value in node.values() if isinstance(value, Mapping))  # such as the loss that a loss is around
    return said(target(node), "stackable") and all(map(_stackable, within))


def network_of_cell(stored: Stored, seed: int, facts: Mapping[str, Any], cell: str) -> nn.Module:
    """The network that a seed of the cell of this name kept. Raises ValueError: there is none, or it does not fit."""
    try:
        node, numbers = stored(cell, seed)
    except ConfigError as error:
        raise ValueError(str(error)) from error  # to which build adds whose argument it is
    with torch.random.fork_rng(devices=[]):  # what is drawn here is replaced at once
        network: nn.Module = make("model", node, facts)
    if strange := sorted(numbers.keys() ^ network.state_dict().keys()):
        raise ValueError(
            f"the network of cell {cell} is not its model alone: one of both has no {strange[0]}; a method made it "
            "over, as hyper_training, ssvi and stn do, or the model's code has changed"
        )
    try:
        network.load_state_dict(numbers)
    except RuntimeError as error:
        raise ValueError(f"the network of cell {cell} is for inputs or classes of other numbers") from error
    return network


def _check_hooks(objective: Objective) -> None:
    """Raise ConfigError for hooks that nobody would call, and for draws that quarrel."""
    losses = {each for part in parts(objective) if isinstance(part, Criterion) for each in part.loss.modules()}
    heard = {objective, *parts(objective), *losses}
    for module in objective.modules():
        unheard = {"begin", "draws"} if isinstance(module, Model) else HOOKS
        if module not in heard and (found := [hook for hook in HOOKS if hook in unheard and hasattr(module, hook)]):
            name = f"{type(module).__module__}.{type(module).__qualname__}"
            raise ConfigError(f"{name} has {' and '.join(found)}: must be a subclass of runner.contracts.part.Part too")
    try:
        draws_of(objective)
    except ValueError as error:
        raise ConfigError(str(error)) from error


def _held_out(prepared: Prepared, i: int) -> tuple[Tensor, Tensor]:
    split, place = prepared.split, prepared.val.place[i]
    if not len(place):
        raise ValueError("needs validation examples; val_fraction=0.1 holds a tenth out")
    seen = (split.x[place] - split.mean) / split.std
    return seen if prepared.mask is None else seen * prepared.mask[i], prepared.val.given[i]


def _online(given: Given) -> OnlineProbe:
    """Of the features of the network."""
    network: Any = deepcopy(given.network).eval()
    with torch.no_grad():
        (dim,) = network.features(torch.zeros(1, *given.input_shape)).shape[1:]
    return OnlineProbe(dim, given.num_classes)


def _initial(model: Node, facts: Mapping[str, Any], *name: int) -> nn.Module:
    """A network before any step, its weights drawn from the stream of this name."""
    return seeded(partial(make, "model", model, facts), generator("init", *name))
