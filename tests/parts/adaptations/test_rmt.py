"""RMT: values of the released code, and its parts."""

import json
from copy import deepcopy
from itertools import chain

import pytest
import torch
from torch import nn, tensor
from torch.nn.functional import cosine_similarity, cross_entropy, normalize

from runner.data.streams import generator
from runner.parts.adaptations._views import viewed
from runner.parts.adaptations.rmt import RMT, class_means, contrast, follow, nearest, symmetric
from runner.stack.adaptable import AdaptableStack
from runner.stack.stack import Stack
from tests.zoo import ROOT

CONTRAST, TAUGHT = json.loads((ROOT / "tests/values/adaptations/rmt.json").read_text())


def test_the_symmetric_cross_entropy_is_the_released_codes():
    z, other, taught = (
        tensor(TAUGHT["inputs"][name], dtype=torch.float64)[None]
        for name in ("student", "student_augmented", "teacher")
    )
    assert symmetric(z, taught)[0].tolist() == pytest.approx(TAUGHT["output"]["sce"], rel=1e-6)
    both = (symmetric(z, taught) + symmetric(other, taught)) / 2
    assert both[0].tolist() == pytest.approx(TAUGHT["output"]["self_training"], rel=1e-6)


def test_the_contrastive_term_is_the_released_codes():
    alike = tensor(CONTRAST["inputs"]["projected"], dtype=torch.float64)[None].unbind(2)
    assert contrast(alike, CONTRAST["hyper"]["temperature"]).item() == pytest.approx(CONTRAST["output"], rel=1e-6)


def test_means_are_those_of_a_class_and_one_without_examples_is_nearest_to_nothing():
    features, labels = tensor([[[1.0, 0.0], [3.0, 0.0], [0.0, -2.0]]]), tensor([[0, 0, 2]])
    means = class_means(features, labels, 3)
    torch.testing.assert_close(means[0, [0, 2]], tensor([[2.0, 0.0], [0.0, -2.0]]))
    assert means[0, 1].isnan().all()
    found = nearest(tensor([[[9.0, 1.0], [0.1, -0.2], [-1.0, 0.5]]]), means)
    torch.testing.assert_close(found[0], tensor([[2.0, 0.0], [0.0, -2.0], [0.0, -2.0]]))


def test_a_teacher_keeps_momentum_of_itself():
    slow = [tensor([1.0, 2.0])]
    follow(slow, [tensor([11.0, 2.0])], 0.9)
    torch.testing.assert_close(slow[0], tensor([2.0, 2.0]))


def test_another_view_is_moved_by_a_draw_of_each_input_and_noise_is_in_deviations():
    x = torch.arange(12.0).expand(2, 500, 1, 12)
    moved = viewed(x, 2, 0.0, [generator("view", seed) for seed in (0, 1)])
    turns = torch.stack([x[0, 0].roll(by, -1) for by in range(-2, 3)])
    which = (moved[:, :, None] == turns).flatten(3).all(3)
    assert which.sum(2).eq(1).all()
    assert (which.sum(1) > 50).all()
    noise = viewed(x, 0, 0.3, [generator("view", seed) for seed in (0, 1)]) - x
    torch.testing.assert_close(noise.std((1, 2, 3)), tensor([0.3, 0.3]), rtol=0.05, atol=0)
    assert not torch.equal(noise[0], noise[1])


class Network(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(5, 7, bias=False), nn.BatchNorm1d(7), nn.ReLU())
        self.head = nn.Linear(7, 3)

    def features(self, x):
        return self.body(x)

    def predict(self, x):
        return self.head(self.body(x))


ASKED = {
    "batch_size": 8, "lr": 0.02, "momentum": 0.8, "temperature": 0.3, "contrast_weight": 0.7, "source_weight": 1.3,
    "source_examples": 24, "warmup_examples": 40, "shift": 1, "noise": 0.2,
}  # fmt: skip


def sce(one, other):
    p, q = one.softmax(1), other.softmax(1)
    return (-0.5 * (q * p.log()) - 0.5 * (p * q.log())).sum(1).mean()


def plainly(network, source, batches, asked, seed):
    """The released code's steps, with one network and torch's Adam."""
    student, teacher = network.train(), deepcopy(network).train()
    features, labels = torch.cat([student.features(x) for x, _ in source]).detach(), torch.cat([y for _, y in source])
    means = torch.stack([features[labels == k].mean(0) for k in range(3)])

    def step(adam, objective):
        adam.zero_grad()
        objective.backward()
        adam.step()
        for slow, fast in zip(teacher.parameters(), student.parameters(), strict=True):
            slow.data = asked["momentum"] * slow.data + (1 - asked["momentum"]) * fast.data

    adam, steps = torch.optim.Adam(student.parameters()), asked["warmup_examples"] // asked["batch_size"]
    for at, (x, _) in enumerate([*source, *source][:steps], 1):
        adam.param_groups[0]["lr"] = asked["lr"] * at / steps
        step(adam, sce(student.predict(x), teacher.predict(x).detach()))
    adam, stream, said = torch.optim.Adam(student.parameters(), lr=asked["lr"]), [generator("view", seed)], []
    for x, (known, given) in zip(batches, chain(source, source), strict=False):
        other = viewed(x[None], asked["shift"], asked["noise"], stream)[0]
        taught, seen = teacher.predict(x).detach(), student.features(x)
        closest = means[cosine_similarity(seen[:, None], means[None], dim=2).argmax(1)]
        z = normalize(torch.cat([closest, seen, student.features(other)]), dim=1)
        similar, count = (z @ z.T / asked["temperature"]).exp(), len(x)
        costs = [
            -(similar[i, j] / (similar[i].sum() - similar[i, i])).log()
            for i in range(3 * count)
            for j in ((i + count) % (3 * count), (i + 2 * count) % (3 * count))
        ]
        objective = (sce(student.predict(x), taught) + sce(student.predict(other), taught)) / 2
        objective = objective + asked["contrast_weight"] * torch.stack(costs).mean()
        objective = objective + asked["source_weight"] * cross_entropy(student.predict(known), given)
        said.append((student.predict(x) + taught).detach())
        step(adam, objective)
    return said


def test_predictions_are_those_of_the_released_codes_steps():
    torch.manual_seed(0)
    network, x = Network().double(), torch.randn(24, 5).double()
    source = [*zip(x.split(8), (torch.arange(24) % 3).split(8), strict=True)]
    batches = torch.randn(5, 8, 5).double().unbind()
    adapted = AdaptableStack(Stack([network.eval()]), 0.0, lambda count, size: ((x[None], y[None]) for x, y in source))
    part = RMT(3, [4], continual=False, **ASKED)
    with torch.no_grad():
        part.prepare(adapted)
        adapted.restore()
        part.begin(adapted)
        found = [part.adapt(adapted, x[None])[0] for x in batches]
    for mine, its in zip(found, plainly(deepcopy(network), source, batches, ASKED, 4), strict=True):
        torch.testing.assert_close(mine, its, rtol=1e-4, atol=2e-5)  # Adam counts its steps in float32
