"""Students of a teacher that is trained first: their limit, their phases, and what a loss keeps."""

import pytest
import torch
from torch import nn

from tests.objectives import first, same, values
from tests.parts.distillation import on_to

NEUTRAL = {"self_distillation": "method.xi=0", "kd": "method.weight=0"}


@pytest.mark.parametrize("loss", ["ce", "gce"])
@pytest.mark.parametrize("name", NEUTRAL)
def test_a_student_without_its_teacher_is_erm(name, loss):
    plain, batch = first(f"loss={loss}", "regularizer=spectral_decoupling")
    student, _ = first(f"method={name}", NEUTRAL[name], f"loss={loss}", "regularizer=spectral_decoupling", "epochs=4")
    same(values(on_to(student, 3), batch), values(plain, batch))
    same(student.predict(batch.x), plain.predict(batch.x))


@pytest.mark.parametrize("name", NEUTRAL)
def test_the_teacher_goes_first_and_then_stands_still(name):
    """By ERM, as its predictions say, and neither BatchNorm's statistics nor a gradient moves it after that."""
    normed = ["method.teacher.norm=batch"] if name == "kd" else []  # the other has it from the model
    objective, batch = first(f"method={name}", "model.norm=batch", *normed, "epochs=4")
    method = objective.method
    teacher, student = method.teacher.network, method.network
    assert method.starts == (0, 2)
    for epoch, teaching in ((1, False), (2, False), (3, True), (4, True)):
        on_to(objective, epoch)
        before = {key: number.clone() for key, number in teacher.state_dict().items()}
        losses, gradients = values(objective, batch)
        assert {key.startswith("method.network.") for key in gradients} == {teaching}
        moved = any(not torch.equal(number, before[key]) for key, number in teacher.state_dict().items())
        assert moved is not teaching
        if not teaching:
            torch.testing.assert_close(
                losses, nn.functional.cross_entropy(teacher(batch.x), batch.labels, reduction="none")
            )
        objective.eval()
        same(objective.predict(batch.x), (student if teaching else teacher)(batch.x))


@pytest.mark.parametrize("name", NEUTRAL)
def test_what_a_loss_keeps_begins_anew_with_the_student(name):
    objective, batch = first(f"method={name}", "loss=elr", "epochs=2")
    objective.method(batch)
    assert objective.method.teacher.loss.loss.average[batch.index].sum() > 0
    assert objective.method.loss.loss.average.sum() == 0
    on_to(objective, 2).method(batch)
    assert objective.method.loss.loss.average[batch.index].sum() > 0
