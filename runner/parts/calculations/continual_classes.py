"""Digits learnt class by class: how far accuracy on earlier classes falls right after a switch, and in the end.

Networks that go on to other classes lose accuracy on the old ones at once, and win part of it back: the stability gap
(De Lange et al., Continual Evaluation for Lifelong Learning, ICLR 2023; from memory). Three remedies can be had, alone
or together:

- `update` (Hess, Tuytelaars and van de Ven, Two Complementary Perspectives to Continual Learning, 2023, arXiv
  2311.04898): "fine_tuning" goes along the gradient of new examples; "replay" along `new_weight` times it, and one less
  that times the gradient of kept examples; "projected" along the same without its part against the gradient of kept
  examples, as released in er_agem_v2.py; "joint" along that of examples of all tasks so far.
- `objective` (Li et al., Energy-Based Models for Continual Learning, CoLLAs 2022) of new examples: cross-entropy over
  all classes "seen" so far, or over the "current" ones of the task; "contrast" with one other current class, drawn anew
  each time. In tasks of two classes the last two are one loss. The paper's network is given an image and a class; with
  one layer after both have met, as here, that is a row of weights for each class. Kept examples have cross-entropy over
  all classes seen.
- `penalty` times the squared distance from the weights before the task, weighted by how much each weight mattered so
  far (Zenke et al., Synaptic Intelligence, ICML 2017), and by layer: "equal", or "importance", the softmax of what its
  weights add up to (Song et al., 2025, arXiv 2501.13669). Gradients of the penalty do not count as what mattered.

Plain gradient descent, in one pass or more over each task. After each switch, accuracy on the test images of all
earlier classes is told after each of the first `watched` steps. It is over all classes seen, as all accuracies are.
Sizes and rates are ours.
"""

from itertools import islice
from typing import Annotated, Literal

import numpy as np
import torch
from numpy.random import Generator
from torch import Tensor
from torch.nn.utils import parameters_to_vector, vector_to_parameters

from runner.parts.calculations import _continual as rules
from runner.parts.calculations._class_tasks import (
    CLASSES,
    Task,
    accuracy,
    average_accuracy,
    class_tasks,
    forgetting,
    joined,
    remembered,
)
from runner.parts.calculations._digits import Part
from runner.parts.calculations._importance import Importance, layers_of
from runner.parts.calculations._network import Network, batches

METRICS = {
    "average_accuracy": ("higher", "[0, 1]", ""),
    "minimum_accuracy": ("higher", "[0, 1]", ""),  # of earlier classes, right after a switch
    "won_back": ("higher", "[-1, 1]", ""),  # how far their accuracy after the task is above that
    "forgetting": ("lower", "[-1, 1]", ""),
    "last_accuracy": ("higher", "[0, 1]", ""),  # of the last task
}


def continual_classes(
    draws: Generator,
    *,
    update: Literal["fine_tuning", "replay", "projected", "joint"],
    objective: Literal["seen", "current", "contrast"],
    new_weight: Annotated[float, "[0, 1]"],
    kept: Annotated[int, "[1, 1000]"],
    penalty: Annotated[float, "[0, inf)"],
    layers: Literal["equal", "importance"],
    xi: Annotated[float, "(0, inf)"],
    tasks: Annotated[int, "[2, 5]"],
    train_size: Annotated[int, "[100, 1600]"],
    hidden: Annotated[int, "[1, 10000]"],
    epochs: Annotated[int, "[1, 10000]"],
    batch: Annotated[int, "[1, 1000]"],
    lr: Annotated[float, "(0, inf)"],
    watched: Annotated[int, "[1, 1000000]"],
) -> dict[str, float]:
    """Accuracies of a seed's split, network and order of examples.

    Args:
        new_weight: of new examples beside kept ones.
        kept: examples of each earlier class.
        xi: bounds the importance of weights that hardly move.
        tasks: of the ten classes, in order.
        hidden: relu units of each of two layers.
        epochs: passes over each task.
        batch: new examples of a step, and as many kept ones; "joint" has as many of all tasks in place of both.
    """
    split, first, order, memory, within = draws.spawn(5)
    sequence = class_tasks(split, train_size, tasks)
    network = Network(first, (sequence[0].train[0].shape[1], hidden, hidden, CLASSES), ["relu", "relu"])
    learner = Learner(network, update, objective, new_weight, within)
    matters = Importance(layers_of(network), penalty, layers, xi)
    told = Told(sequence, network, watched)
    for number, task in enumerate(sequence):
        done = sequence[:number]
        learner.switch(task.classes, [remembered(memory, one.train, kept) for one in done])
        data = joined([one.train for one in [*done, task]]) if update == "joint" else task.train
        steps = epochs * -(-len(task.train[1]) // batch)
        for step, places in enumerate(islice(batches(order, len(data[1]), batch, epochs * (number + 1)), steps)):
            gradient = learner.gradient((data[0][places], data[1][places]))
            move = -lr * (gradient + matters.gradient())
            matters.record(gradient, move)
            vector_to_parameters(parameters_to_vector(network.parameters()).detach() + move, network.parameters())
            told.step(number, step)
        matters.switch()
        told.switch(number)
    return told.metrics()


class Learner:
    """The gradient of a step.

    Args:
        draws: which kept examples there are in a step, and which classes are contrasted with.
    """

    def __init__(self, network: Network, update: str, objective: str, new_weight: float, draws: Generator) -> None:
        self.network, self.update, self.objective = network, update, objective
        self.new_weight, self.draws = new_weight, draws

    def switch(self, classes: Tensor, kept: list[Part]) -> None:
        """Another task begins: its classes (C,), and examples of all before."""
        self.classes, self.seen = classes, torch.arange(int(classes[-1]) + 1)
        self.kept = joined(kept) if kept else None

    def gradient(self, new: Part) -> Tensor:
        """What descent goes along (P,), of a batch of the data of this task, or of all so far where `update` is so."""
        if self.update == "joint":
            return self._of(rules.cross_entropy(self.network(new[0]), new[1], self.seen))
        gradient = self._of(self._loss(new))
        if self.kept is None or self.update == "fine_tuning":
            return gradient
        places = self.draws.integers(0, len(self.kept[1]), len(new[1]))
        x, y = (one[places] for one in self.kept)
        reference = self._of(rules.cross_entropy(self.network(x), y, self.seen))
        mixed = self.new_weight * gradient + (1 - self.new_weight) * reference
        return rules.projected(mixed, reference) if self.update == "projected" else mixed

    def _loss(self, new: Part) -> Tensor:
        outputs = self.network(new[0])
        if self.objective == "contrast":
            return rules.contrasted(self.draws, outputs, new[1], self.classes)
        return rules.cross_entropy(outputs, new[1], self.seen if self.objective == "seen" else self.classes)

    def _of(self, loss: Tensor) -> Tensor:
        return parameters_to_vector(torch.autograd.grad(loss.mean(), self.network.parameters()))


class Told:
    """Accuracies on test images along a sequence of tasks."""

    def __init__(self, sequence: list[Task], network: Network, watched: int) -> None:
        self.sequence, self.network, self.watched = sequence, network, watched
        self.found = np.zeros((len(sequence), len(sequence)))  # [t, j]: of task j after task t
        self.lowest = np.ones(len(sequence))  # of all earlier tasks together, in the first steps of each
        self.after = np.ones(len(sequence))  # the same at its end

    def step(self, number: int, step: int) -> None:
        """A step of task `number` was taken."""
        if number and step < self.watched:
            self.lowest[number] = min(self.lowest[number], self._accuracy(number, self.sequence[:number]))

    def switch(self, number: int) -> None:
        """Task `number` is over."""
        self.found[number, : number + 1] = [self._accuracy(number, [task]) for task in self.sequence[: number + 1]]
        if number:
            self.after[number] = self._accuracy(number, self.sequence[:number])

    def metrics(self) -> dict[str, float]:
        """All of METRICS."""
        lowest, after = self.lowest[1:].mean(), self.after[1:].mean()
        return {
            "average_accuracy": average_accuracy(self.found),
            "minimum_accuracy": float(lowest),
            "won_back": float(after - lowest),
            "forgetting": forgetting(self.found),
            "last_accuracy": float(self.found[-1, -1]),
        }

    def _accuracy(self, number: int, tasks: list[Task]) -> float:
        x, y = joined([task.test for task in tasks])
        with torch.no_grad():
            return accuracy(self.network(x), y, torch.arange(int(self.sequence[number].classes[-1]) + 1))
