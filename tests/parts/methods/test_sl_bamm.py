"""sl-BAMM: the released steps on a quadratic, and those of weighted examples by explicit derivatives."""

import json

import pytest
import torch
from torch.nn.functional import cross_entropy

from runner.parts.methods.sl_bamm import TAU, moves
from runner.training.run import run
from runner.training.wiring import wire
from tests.objectives import first
from tests.training.test_resume import followed, restored
from tests.zoo import ROOT

HELD = ["val_fraction=0.2", "method=sl_bamm"]


def test_three_levels_go_as_released():
    case = json.loads((ROOT / "tests/values/methods/sl_bamm_quadratic.json").read_text())
    told, (a, b, target, x, y) = (
        case["inputs"],
        (torch.tensor(case["inputs"][name], dtype=torch.float64) for name in ("A", "B", "x_target", "x0", "y0")),
    )
    v, found = torch.zeros_like(y), []

    def upper(x, y):
        return (y["y"] @ y["y"] + (x - target) @ (x - target)) / 2

    def lower(x, y):
        return y["y"] @ a @ y["y"] / 2 - x @ b @ y["y"]

    for k in range(told["steps"]):
        mu = told["mu0"] / (k + 1) ** (1 / told["p"])
        along_y, along_v, along_x = moves(upper, lower, mu, x, {"y": y}, {"y": v})
        x, y, v = (
            at - step * along
            for at, step, along in (
                (x, told["alpha_x"], along_x), (y, told["beta"], along_y["y"]), (v, told["eta"], along_v["y"])
            )
        )  # fmt: skip
        found.append([*x.tolist(), *y.tolist(), *v.tolist()])
    assert found == [pytest.approx(row, abs=1e-12) for row in case["expected"]["xyv"]]


def test_a_step_of_weighted_examples_is_that_of_explicit_derivatives():
    objective, seen = first(*HELD, "model=linear", "noise=0.4", "method.rate=3.0", "optimizer.weight_decay=0")
    method = objective.method
    weight, bias = (p.detach().clone() for p in method.erm.parameters())
    size = weight.numel()

    def of(y, x, labels):
        return cross_entropy(x.flatten(1) @ y[:size].view_as(weight).T + y[size:], labels, reduction="none")

    y, v = torch.cat([weight.flatten(), bias]), torch.zeros(size + len(bias), dtype=weight.dtype)
    logits = torch.zeros(len(seen.index), dtype=weight.dtype)
    for k in (1, 2):
        mu = 0.9 / k**0.1
        losses = method(seen)
        upper = lambda y: of(y, method.held_x, method.held_labels).mean()  # noqa: E731
        lower = lambda y, x: (x.sigmoid() * of(y, seen.x, seen.labels)).mean()  # noqa: E731
        expected = mu * upper(y) + (1 - mu) * logits.sigmoid() * of(y, seen.x, seen.labels)
        torch.testing.assert_close(losses, expected, rtol=1e-5, atol=1e-6)
        hessian = torch.autograd.functional.hessian(lambda y: mu * upper(y) + (1 - mu) * lower(y, logits), y)  # noqa: B023
        slopes = torch.autograd.functional.jacobian(lambda y: of(y, seen.x, seen.labels), y)  # (B, D)
        gate = logits.sigmoid() * (1 - logits.sigmoid())
        alpha = 3.0 * mu**3 * 0.1 * k ** (-1.5 * TAU)
        logits = logits + alpha * (1 - mu) * gate * (slopes @ v)
        v = v - 0.1 * k ** (-TAU / 2) * (hessian @ v - torch.autograd.functional.jacobian(upper, y))
        torch.testing.assert_close(method.logits[seen.index], logits, rtol=1e-4, atol=1e-7)
        kept = torch.cat([method.v_0.flatten(), method.v_1])
        torch.testing.assert_close(kept, v, rtol=1e-4, atol=1e-6)
    assert method.logits[seen.index].abs().max() > 0


def test_without_clean_examples_and_steps_of_weights_it_is_half_of_erm():
    weighted, seen = first(*HELD, "method.mu=0", "method.rate=0")
    plain, same = first("val_fraction=0.2")
    torch.testing.assert_close(weighted.method(seen), plain.method(same) / 2)


def test_weights_of_wrong_labels_fall_behind(go_weights):
    right, wrong = go_weights
    assert wrong < right


@pytest.fixture
def go_weights(compose):
    """Mean logits of examples with a right and with a wrong label, after training on blobs."""
    arguments = compose(*HELD, "val_labels=true", "noise=0.4", "epochs=7", "exec.checkpoint_every=1", seeds=[0])
    _, _, states = followed(run(**arguments))
    stack = restored(states[6])["training"]["stack"]
    logits = next(numbers for name, numbers in stack.items() if name.endswith("logits")).flatten()
    prepared = wire(arguments["cell"], [0]).prepared.train
    right = (prepared.given == prepared.true)[0]
    return logits[right].mean(), logits[~right].mean()
