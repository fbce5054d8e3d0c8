"""JTT: what it weighs, that the first network stands still, its limit, and what is refused."""

import pytest
import torch

from runner.console.errors import ConfigError
from runner.parts.methods.jtt import JTT
from tests.objectives import built, first, same, values
from tests.parts.distillation import LABELS, LOGITS, TEACHER, Given, batch_of, nll_of, on_to, parts


def made(up_weight):
    method = JTT(*parts(), epochs=4, identifier=Given(TEACHER), identification_share=0.5, up_weight=up_weight)
    method.enter(1)
    return method


def test_the_second_network_has_the_mean_of_the_upsampled_set():
    """What the first network gets wrong is there 3 times: the mean over the longer list."""
    wrong = TEACHER.argmax(-1) != LABELS
    assert wrong.any()
    assert not wrong.all()
    longer = torch.cat([torch.arange(6), *2 * [wrong.nonzero()[:, 0]]])
    same(made(3.0)(batch_of()).mean(), nll_of(LOGITS[longer], LABELS[longer]).mean())


def test_a_weight_of_one_is_erm_and_the_first_network_is_left_alone():
    method = made(1.0)
    same(method(batch_of()), nll_of(LOGITS, LABELS))
    method = made(20.0)
    method(batch_of()).mean().backward()
    assert method.network.logits.grad is not None
    assert method.identifier.network.logits.grad is None


def test_the_first_phase_is_erm_of_the_identification_network():
    objective, batch = first("method=jtt", "epochs=6")
    losses, gradients = values(objective, batch)
    same(losses, nll_of(objective.predict(batch.x), batch.labels))
    assert gradients
    assert all(name.startswith("method.identifier.network.") for name in gradients)
    before = objective.predict(batch.x)
    on_to(objective, 2)
    assert objective.method.starts == (0, 1)
    assert not torch.equal(objective.predict(batch.x), before)


def test_batchnorm_of_the_first_network_stands_still_in_the_second_phase():
    objective, batch = first("method=jtt", "epochs=6", "model.norm=batch")
    objective(batch)
    on_to(objective, 2)
    kept = {name: b.clone() for name, b in objective.named_buffers() if ".identifier." in name}
    objective(batch)
    assert any("running_mean" in name for name in kept)
    for name, buffer in objective.named_buffers():
        if name in kept:
            assert torch.equal(buffer, kept[name]), name


def test_where_all_or_none_are_wrong_it_is_erm():
    for labels in (TEACHER.argmax(-1), (TEACHER.argmax(-1) + 1) % 4):
        same(made(100.0)(batch_of(labels)), nll_of(LOGITS, labels))


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (["method.up_weight=0.5"], r"method\.up_weight=0\.5: must be a number in \[1, inf\)"),
        (["method.identification_share=1"], r"method\.identification_share=1: .* in \(0, 1\)"),
        (["epochs=1"], r"identification_share=0\.167: of 1 epochs none are left for the last phase"),
    ],
)
def test_what_cannot_be_is_named(said, why):
    with pytest.raises(ConfigError, match=why):
        built("method=jtt", *said)
