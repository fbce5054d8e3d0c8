"""Members of an ensemble, each unlike those before it."""

import json
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from torch import tensor

from runner.catalog.objective_laws import descended
from runner.console.errors import ConfigError
from runner.nodes.build import build
from runner.parts.methods.greedy_ensemble import diversity
from runner.store.networks import stored_network
from tests.objectives import built, first, same, values
from tests.zoo import written

ROOT = Path(__file__).resolve().parents[3]
CASE = json.loads((ROOT / "tests/values/methods/greedy_ensemble.json").read_text())
GREEDY = ["method=greedy_ensemble", f"method.members=[{'a' * 20},{'b' * 20}]"]
SMALL = ["dataset.num_train=200", "model.width=8"]


def networks(*overrides):
    """What is stored: of each cell and seed a network of its own."""

    def stored(cell, seed):
        (its,), _ = built("model.width=8", *overrides, seeds=[100 * (cell[0] == "b") + seed + 50])
        norm = {"norm": "batch"} if overrides else {}
        return written("mlp", "model") | {"width": 8} | norm, its.method.network.state_dict()

    return stored


def test_the_term_has_the_released_codes_numbers():
    its, wanted = CASE["inputs"], CASE["expected"]
    logits = tensor(its["logits"], dtype=torch.float64, requires_grad=True)
    others = tensor(its["previous"], dtype=torch.float64).softmax(-1).transpose(0, 1)
    found = diversity(logits.softmax(-1), others, lam=its["lam"] / its["k"])
    assert found.item() == pytest.approx(wanted["diversity"], abs=1e-12)
    (slope,) = torch.autograd.grad(found, logits)
    torch.testing.assert_close(slope, tensor(wanted["grad"], dtype=torch.float64), rtol=0, atol=1e-12)


def test_the_first_member_is_plain_training():
    plain, batch = first(*SMALL)
    alone, _ = first("method=greedy_ensemble", *SMALL)
    (losses, gradients), expected = values(alone, batch), values(plain, batch)
    same((losses, list(gradients.values())), (expected[0], list(expected[1].values())))
    assert not list(alone.method.buffers())


def beside(*overrides):
    """A member, plain training from the same weights, and a batch."""
    said = [o for o in overrides if not o.startswith("method.")]
    (plain, batch), (member, _) = first(*said), first(*GREEDY, *overrides, stored=networks(*said[len(SMALL) :]))
    plain.method.network.load_state_dict(member.method.erm.network.state_dict())
    return member, plain, batch


def test_without_a_weight_it_is_plain_training_and_a_constant():
    member, plain, batch = beside(*SMALL, "method.lam=0")
    losses, gradients = values(member, batch)
    expected = values(plain, batch)
    torch.testing.assert_close(losses, expected[0] + torch.tensor(2.0).log(), rtol=1e-7, atol=1e-7)
    same(list(gradients.values()), list(expected[1].values()))


def test_the_term_is_of_the_noise_that_belongs_to_the_examples():
    member, plain, batch = beside(*SMALL, "method.lam=2", "method.samples=30")
    method = member.method
    assert method.noise.shape == (30, *batch.x.shape[1:])
    assert method.noise.std().item() == pytest.approx(5, rel=0.3)
    noise, parts = method.noise[batch.index % 30], []
    for name in "ab":
        node, numbers = networks()(name * 20, 0)
        other = build("model", node, input_shape=tuple(batch.x.shape[1:]), num_outputs=4).double()
        other.load_state_dict(numbers)
        apart = F.softmax(method.erm.network(noise), -1) - F.softmax(other(noise), -1)
        parts.append(-2 * apart.square().sum(-1).mean())
    expected = values(plain, batch)[0] + torch.stack(parts).logsumexp(0)
    torch.testing.assert_close(values(member, batch)[0], expected, rtol=1e-6, atol=1e-6)  # stored ones are of float32


def test_each_member_begins_with_weights_of_its_own():
    """Else the second of an ensemble would be the first again where lam=0."""
    seen = []
    for members in ([], ["a"], ["a", "b"]):
        said = f"method.members=[{','.join(20 * name for name in members)}]"
        objective, _ = first("method=greedy_ensemble", said, *SMALL, stored=networks())
        seen.append(next(objective.method.erm.network.parameters()).flatten()[0].item())
    assert len(set(seen)) == 3


def test_noise_leaves_what_batchnorm_knows_of_inputs():
    member, plain, batch = beside(*SMALL, "model.norm=batch")
    for objective in (plain, member):
        objective.method(batch)
    known = [[b for n, b in o.named_buffers() if n.rpartition(".")[2].startswith("running")] for o in (plain, member)]
    assert known[0]
    same(*known)
    assert member.method.training


def test_the_ensemble_predicts_the_mean_of_all_probabilities():
    member, batch = first(*GREEDY, "method.evaluates=ensemble", *SMALL, stored=networks())
    method = member.method.eval()
    every = [method.erm.network, *method.before]
    wanted = torch.stack([network(batch.x).softmax(-1) for network in every]).mean(0)
    torch.testing.assert_close(method.predict(batch.x).softmax(-1), wanted)
    alone, _ = first(*GREEDY, *SMALL, stored=networks())
    torch.testing.assert_close(alone.method.predict(batch.x), alone.method.erm.network(batch.x))
    for loss, other in zip(values(member, batch), values(alone, batch), strict=True):
        same(loss, other)


@pytest.mark.parametrize("evaluates", ["member", "ensemble"])
def test_with_members_a_stack_is_its_seeds_and_members_stand_still(evaluates):
    options = [*GREEDY, f"method.evaluates={evaluates}", *SMALL, "model.norm=batch", "epochs=2"]
    stored = networks("model.norm=batch")
    together, stack = descended(*built(*options, seeds=[3, 4], stored=stored), 2)
    for i, seed in enumerate([3, 4]):
        single, own = descended(*built(*options, seeds=[seed], stored=stored), 2)
        torch.testing.assert_close(together[:, i], single[:, 0], rtol=1e-8, atol=1e-8)
        kept = {name: number for name, number in own.copy(0).items() if ".before." in name}
        assert bool(kept) == (evaluates == "ensemble")
        for name, number in kept.items():
            cell, _, rest = name.partition(".before.")[2].partition(".")
            torch.testing.assert_close(number, stored("ab"[int(cell)] * 20, seed)[1][rest].to(number.dtype))
            torch.testing.assert_close(stack.copy(i)[name], number)


def test_on_noise_a_member_differs_more_than_an_independent_one(go):
    """The paper's aim: the mean squared distance of predictions far from the data."""
    said = ["seeds=2", "epochs=20", "model.width=32", "exec.keep_network=true"]
    member = go(*said)
    greedy = [*said, "method=greedy_ensemble", f"method.members=[{member.path.name}]"]
    apart = {lam: go(*greedy, f"method.lam={lam}") for lam in (0, 10)}
    x = 5 * torch.randn(2000, 8, generator=torch.Generator().manual_seed(0))

    def predicted(cell, seed):
        node, numbers = stored_network(cell.store, cell.path.name, seed)
        network = build("model", node, input_shape=(8,), num_outputs=4).eval()
        network.load_state_dict(numbers)
        return network(x).softmax(-1).detach()

    for seed in range(2):
        far = {
            lam: (predicted(cell, seed) - predicted(member, seed)).square().sum(-1).mean()
            for lam, cell in apart.items()
        }
        assert far[10] > 1.5 * far[0]


@pytest.mark.parametrize(
    ("options", "refusal"),
    [
        ([f"method.members=[{'a' * 20},{'a' * 20}]"], r"a{20} is named twice"),
        (["method.members=[here]"], r"method\.members"),
        ([f"method.members=[{'c' * 20}]"], r"c{20}: there is no"),
        (["method.lam=-1"], r"method\.lam=-1: must be a number in \[0, inf\)"),
        (["method.samples=0"], r"method\.samples=0: must be a whole number in \[1, 10000\]"),
        (["method.spread=0"], r"method\.spread=0"),
        (["method.evaluates=all"], r"method\.evaluates=all: must be one of member, ensemble"),
    ],
)
def test_what_cannot_be_is_refused(go, tmp_path, options, refusal):
    with pytest.raises(ConfigError, match=refusal) as refused:
        go("method=greedy_ensemble", *options)
    assert "\n" not in str(refused.value)
