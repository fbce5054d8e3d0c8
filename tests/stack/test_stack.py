"""A stack is its seeds, and a stack of one is a plain loop."""

from functools import partial

import pytest
import torch
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode

from datasets.split import Split
from runner.data.loader import Batch
from runner.data.streams import generator, seeded
from runner.nodes.build import build
from runner.objective.criterion import Criterion, Penalties
from runner.objective.objective import Objective
from runner.parts.methods.erm import ERM
from runner.parts.risks.mean import Mean
from runner.stack.stack import Stack, clip_gradients
from runner.training.loop import Training, train
from tests.flow import everything, loading
from tests.zoo import make, node

N, D, K, BATCH = 96, 8, 4, 16
LOSSES = ["ce", "poly", "gce", "elr"]
OPTIMIZERS = {
    "sgd": {"_target_": "torch.optim.sgd.SGD", "lr": 0.05, "momentum": 0.9, "nesterov": True, "weight_decay": 1e-3},
    "adamw": {"_target_": "torch.optim.adamw.AdamW", "lr": 0.01},
    "adam": {"_target_": "torch.optim.adam.Adam", "lr": 0.01},
}
NORMS = ["none", "batch"]


def split(dtype=torch.float64) -> Split:
    x = torch.randn(N, D, generator=generator("x"), dtype=dtype)
    y = torch.randint(K, (N,), generator=generator("y"))
    one = torch.ones(1, dtype=dtype)
    return Split(x, y, x, y, tuple("abcd"), 0 * one, one)


def objective(seed, loss="ce", norm="none", dtype=torch.float64, head="linear") -> Objective:
    model = node("mlp", "model") | {"width": 16, "norm": norm, "head": head}
    network = seeded(partial(build, "model", model, input_shape=(D,), num_outputs=K), generator("init", seed))
    method = ERM(network, Criterion(make(loss, num_train=N, num_classes=K)), Penalties({}))
    return Objective(method, Mean(), 1).to(dtype)


def accuracy(stack, data):
    return {"accuracy": (stack.predict(data.x, shared=True).argmax(-1) == data.y).double().mean(-1)}


def trained(seeds, loss="ce", optimizer="sgd", norm="none", clip=None, dtype=torch.float64, head="linear"):
    """Three epochs: the stack, and its accuracies and objectives on the way."""
    data = split(dtype)
    loader = loading(data, everything(data, len(seeds)), seeds, BATCH)
    stack = Stack([objective(seed, loss, norm, dtype, head) for seed in seeds])
    descent = build("optimizer", OPTIMIZERS[optimizer], params=stack.parameters())
    way = train(
        Training(stack, loader, descent, epochs=3, grad_clip=clip),
        lambda t, epochs, history: 1 - t / 5,
        partial(accuracy, data=data),
        eval_every=1,
    )
    return stack, [torch.stack([p.objective, p.metrics["accuracy"]]) for p in way]


def assert_a_stack_is_its_seeds(**settings) -> Stack:
    """In float64, to 1e-9: the order in which numbers are summed may differ, and nothing else may. Three seeds."""
    together, way = trained([0, 1, 2], **settings)
    for i in range(3):
        alone, own_way = trained([i], **settings)
        ours, theirs = together.copy(i), alone.copy(0)
        assert ours.keys() == theirs.keys()
        for name in ours:
            torch.testing.assert_close(ours[name], theirs[name], rtol=1e-9, atol=1e-9, msg=name)
        for all_seeds, one_seed in zip(way, own_way, strict=True):
            torch.testing.assert_close(all_seeds[:, i], one_seed[:, 0], rtol=1e-9, atol=1e-9)
    return together


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("loss", LOSSES)
def test_a_stack_equals_its_seeds_run_one_by_one(loss, optimizer, norm):
    assert_a_stack_is_its_seeds(loss=loss, optimizer=optimizer, norm=norm)


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("loss", ["poly", "elr"])
def test_a_stack_of_one_is_a_plain_loop(loss, norm):
    """Bit for bit, in float32."""
    stack, _ = trained([7], loss, "sgd", norm, clip=0.5, dtype=torch.float32)
    data, plain = split(torch.float32), objective(7, loss, norm, torch.float32)
    network, criterion = plain.method.network, plain.method.loss.loss
    optimizer = torch.optim.SGD(network.parameters(), lr=0.05, momentum=0.9, nesterov=True, weight_decay=1e-3)
    order = generator("order", 7)
    network.train()
    for epoch in range(3):
        for i, index in enumerate(torch.randperm(N, generator=order).split(BATCH), start=1):
            optimizer.param_groups[0]["lr"] = 0.05 * (1 - (epoch + i / (N // BATCH)) / 5)
            optimizer.zero_grad()
            criterion(network(data.x[index]), data.y[index], index).mean().backward()
            nn.utils.clip_grad_norm_(network.parameters(), 0.5)
            optimizer.step()
    ours, theirs = stack.copy(0), plain.state_dict()
    for name in theirs:
        torch.testing.assert_close(ours[name], theirs[name], rtol=0, atol=0, msg=name)


@pytest.mark.parametrize("norm", NORMS)
def test_a_seed_does_not_feel_its_neighbours(norm):
    few, many = trained([3, 4], "elr", norm=norm)[0], trained([9, 3, 8, 4, 1], "elr", norm=norm)[0]
    for i, j in ((0, 1), (1, 3)):
        ours, theirs = few.copy(i), many.copy(j)
        for name in ours:
            torch.testing.assert_close(ours[name], theirs[name], rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("limit", [0.01, 1e9])
def test_gradients_are_clipped_seed_by_seed(limit):
    together = trained([0, 1], clip=limit)[0]
    for i in range(2):
        alone = trained([i], clip=limit)[0]
        for name, value in alone.copy(0).items():
            torch.testing.assert_close(together.copy(i)[name], value, rtol=1e-9, atol=1e-9)


def test_clipping_is_torchs_own_for_one_seed():
    stack, plain = Stack([objective(0)]), objective(0)
    for module in (stack, plain):
        for p in module.parameters():
            p.grad = torch.full_like(p, 3.0)
    clip_gradients(stack, 0.7)
    nn.utils.clip_grad_norm_(plain.parameters(), 0.7)
    for a, b in zip(stack.parameters(), plain.parameters(), strict=True):
        torch.testing.assert_close(a.grad, b.grad)


def test_a_diverging_seed_leaves_the_others_alone():
    def poisoned(seed):
        copy = objective(seed)
        if seed == 1:
            with torch.no_grad():
                copy.method.network.head.weight.fill_(float("inf"))
        return copy

    data = split()
    loader = loading(data, everything(data, 2), [0, 1], BATCH)
    stack = Stack([poisoned(0), poisoned(1)])
    descent = torch.optim.SGD(stack.parameters(), lr=0.05, momentum=0.9, nesterov=True, weight_decay=1e-3)
    run = Training(stack, loader, descent, epochs=3)
    way = train(run, lambda t, n, history: 1 - t / 5, lambda s: {}, eval_every=3)
    *_, last = way
    assert last.broken.tolist() == [0, 1]
    healthy = trained([0])[0].copy(0)
    for name, value in stack.copy(0).items():
        torch.testing.assert_close(value, healthy[name], rtol=1e-9, atol=1e-9)


def test_a_run_of_which_nothing_is_left_stops_early():
    data = split()
    loader = loading(data, everything(data, 1), [0], BATCH)
    copy = objective(0)
    copy.method.network.head.weight.data.fill_(float("nan"))
    descent = torch.optim.SGD(copy.parameters(), lr=0.05)
    run = Training(Stack([copy]), loader, descent, epochs=9)
    way = list(train(run, lambda t, n, history: 1.0, lambda s: {}, eval_every=9))
    assert [(p.epoch, p.broken.tolist()) for p in way] == [(1, [1])]


@pytest.mark.parametrize("model", ["cnn", "cnn8", "resnet18", "resnet34"])
def test_convolutions_stack_too(model):
    """One step and a prediction of two seeds, in float64: grouped convolutions sum in another order, to 1e-9."""
    shape = (1, 8, 8)

    def network(seed):
        build_it = partial(build, "model", node(model, "model"), input_shape=shape, num_outputs=K)
        return Objective(
            ERM(
                seeded(build_it, generator("init", seed)),
                Criterion(make("ce", num_train=4, num_classes=K)),
                Penalties({}),
            ),
            Mean(),
            1,
        )

    x = torch.randn(2, 4, *shape, dtype=torch.float64, generator=generator("images"))
    labels, index = torch.tensor([[0, 1, 2, 3]] * 2), torch.arange(4).expand(2, 4)
    together = Stack([network(s).double() for s in range(2)])
    value = together.backward(Batch(x, labels, index, {}))
    for i in range(2):
        alone = Stack([network(i).double()])
        alone_value = alone.backward(Batch(x[i : i + 1], labels[:1], index[:1], {}))
        torch.testing.assert_close(value[i : i + 1], alone_value, rtol=1e-9, atol=1e-9)
        for a, b in zip(together.parameters(), alone.parameters(), strict=True):
            ours = a.grad[i].mT if a.dim() == 3 else a.grad[i]  # a stack keeps matrices transposed
            torch.testing.assert_close(ours, b.grad, rtol=1e-9, atol=1e-9)
        together.eval(), alone.eval()
        for shared in (True, False):
            seen = together.predict(x[0] if shared else x[[0, 0]], shared=shared)[i]
            torch.testing.assert_close(seen, alone.predict(x[0], shared=True)[0], rtol=1e-9, atol=1e-9)


def test_building_a_network_leaves_the_global_generator_alone():
    before = torch.get_rng_state()
    first, second = (seeded(lambda: nn.Linear(2, 2), generator("init", 5)) for _ in range(2))
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.equal(first.weight, second.weight)


class WithDraw(nn.Module):
    """A method that wants random numbers: logits times what the loader drew for it."""

    draws = {"mask": lambda g, b: torch.rand(b, generator=g, dtype=torch.float64)}  # noqa: RUF012

    def __init__(self, network):
        super().__init__()
        self.network = network

    def forward(self, batch):
        return self.network(batch.x).square().sum(-1) * batch.draws["mask"]


def test_what_a_method_draws_is_its_seeds_own():
    data = split()

    def masks(seeds):
        loader = loading(data, everything(data, len(seeds)), seeds, BATCH, draws=WithDraw.draws)
        return torch.cat([batch.draws["mask"] for batch in loader], dim=1)

    many, few = masks([0, 1, 2]), masks([2])
    assert torch.equal(many[2], few[0])
    assert not torch.equal(many[0], many[1])
    stack = Stack([Objective(WithDraw(objective(s).method.network), Mean(), 1) for s in range(2)])
    batch = next(iter(loading(data, everything(data, 2), [0, 1], BATCH, draws=WithDraw.draws)))
    assert stack(batch).shape == (2,)


class Products(nn.Module):
    """Gradients that come in several layouts, a parameter with two names, and one that nothing uses."""

    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(4, 4)
        self.again = nn.Linear(4, 4)
        self.again.weight = self.linear.weight
        self.product = nn.Parameter(torch.randn(4, 6))
        self.unused = nn.Parameter(torch.randn(3, 2))

    def forward(self, x):
        return (self.again(self.linear(x).relu()) @ self.product).square().mean()


@pytest.mark.parametrize("seeds", [[0], [0, 1, 2]])
def test_gradients_are_laid_out_like_their_parameters(seeds):
    """Fused optimizers read another layout wrongly."""
    copies = [seeded(Products, generator("init", seed)) for seed in seeds]
    stack = Stack([seeded(Products, generator("init", seed)) for seed in seeds])
    x = torch.randn(len(seeds), 5, 4, generator=generator("x"))
    values = stack.backward(x)
    for i, alone in enumerate(copies):
        value = alone(x[i])
        value.backward()
        torch.testing.assert_close(values[i], value.detach())
        gradients = {name: p.grad for name, p in alone.named_parameters()}
        assert gradients.pop("unused") is None
        ours = dict((stack.only if stack.size == 1 else stack).named_parameters())
        for name, gradient in gradients.items():
            found = ours[name] if stack.size == 1 else ours[name.replace(".", "/")]
            found = stack.axis.of(found.grad)[i]
            turned = found.mT if stack.size > 1 and found.dim() == 2 else found  # a stack keeps matrices transposed
            torch.testing.assert_close(turned, gradient)
    for p in stack.parameters():
        assert p.grad is None or p.grad.stride() == p.stride()


@pytest.mark.parametrize("size", [1, 3])
@pytest.mark.parametrize("optimizer", [torch.optim.SGD, torch.optim.Adam, torch.optim.AdamW, torch.optim.Adagrad])
def test_fused_optimizers_change_only_rounding(optimizer, size):
    def after_ten_steps(fused):
        stack = Stack([seeded(Products, generator("init", seed)) for seed in range(size)])
        descent = optimizer(stack.parameters(), lr=0.05, weight_decay=0.01, fused=fused)
        for step in range(10):
            stack.backward(torch.randn(size, 5, 4, generator=generator("x", step)))
            descent.step()
        return stack.state_dict()

    fused, plain = after_ten_steps(True), after_ten_steps(False)
    for name in plain:
        torch.testing.assert_close(fused[name], plain[name], rtol=1e-4, atol=1e-5)


class Refuses(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(2))

    def forward(self, x):
        raise ValueError("no")


def test_a_step_that_fails_leaves_the_code_without_numbers():
    stack = Stack([Refuses(), Refuses()])
    with pytest.raises(ValueError, match="no"):
        stack.backward(torch.zeros(2, 1))
    assert all(p.is_meta for p in stack._code[0].parameters())


def test_a_copy_is_the_module_that_went_in():
    copies = [objective(seed, norm="batch") for seed in range(2)]
    stack = Stack([objective(seed, norm="batch") for seed in range(2)])
    for i, copy in enumerate(copies):
        found = stack.copy(i)
        assert found.keys() == copy.state_dict().keys()
        assert all(torch.equal(found[name], value) for name, value in copy.state_dict().items())


def test_the_first_step_that_is_not_finite_is_noted_and_stays():
    data = split()
    loader = loading(data, everything(data, 3), [0, 1, 2], BATCH)
    stack = Stack([objective(seed) for seed in range(3)])
    run = Training(stack, loader, torch.optim.SGD(stack.parameters(), lr=0.1), epochs=9)
    inf, nan = float("inf"), float("nan")
    run.step = 4
    run.watch(torch.tensor([[0.0, 1.0, 2.0], [0.0, 1.0, nan], [0.0, 1.0, 0.0], [0.0, inf, nan]]))
    assert run.broken.tolist() == [0, 4, 2]
    run.step = 6
    run.watch(torch.tensor([[1.0, 1.0, nan], [nan, nan, nan]]))
    assert run.broken.tolist() == [6, 4, 2]


class Reads(TorchDispatchMode):
    """Counts how often the value of a tensor is read, for which a GPU would have to be waited for."""

    def __init__(self):
        super().__init__()
        self.count = 0

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        self.count += function is torch.ops.aten._local_scalar_dense.default
        return function(*args, **(kwargs or {}))


@pytest.mark.parametrize("seeds", [[0], [0, 1]])
@pytest.mark.parametrize("optimizer", [torch.optim.SGD, torch.optim.Adam])
def test_no_value_is_read_within_an_epoch(optimizer, seeds):
    """Once an epoch: is there anything left to train?"""
    data = split()
    loader = loading(data, everything(data, len(seeds)), seeds, BATCH)
    stack = Stack([objective(seed, "elr", "batch") for seed in seeds])
    run = Training(stack, loader, optimizer(stack.parameters(), lr=0.01, fused=True), epochs=3, grad_clip=0.5)
    with Reads() as reads:
        way = list(train(run, lambda t, n, history: 1.0, lambda s: {}, eval_every=9))
    assert run.step == 3 * len(loader) > 3
    assert reads.count == len(way) == 3
