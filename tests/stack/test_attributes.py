"""What a module holds is seen to change, wherever it is."""

from collections import OrderedDict

import pytest
from torch import nn

from runner.stack.attributes import Attributes


class Note:
    def __init__(self):
        self.times, self.parts, self.names, self.by_name = 1000.5, [1, {"a": (2,)}], {"a"}, OrderedDict(a=1)


class Slotted:
    __slots__ = ("times",)


def module():
    found = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2))
    found.note = Note()
    found.note.whole = found  # a circle
    return found


@pytest.mark.parametrize(
    "change",
    [
        lambda m: setattr(m.note, "times", 2),
        lambda m: setattr(m.note, "new", None),
        lambda m: delattr(m.note, "times"),
        lambda m: m.note.parts.append(1),
        lambda m: m.note.parts[1].update(a=(3,)),
        lambda m: m.note.names.add("b"),
        lambda m: m.note.by_name.update(a=True),
        lambda m: setattr(m.note, "__class__", type("Other", (Note,), {})),
        lambda m: m[1].eval(),
        lambda m: m[0].register_forward_hook(print),
        lambda m: m.append(nn.ReLU()),
        lambda m: setattr(m.note, "parts", iter([])),
    ],
)
def test_a_change_is_seen(change):
    its = module()
    before = Attributes(its)
    assert before.same()
    change(its)
    assert not before.same()


def test_equal_numbers_and_texts_are_the_same_and_what_a_module_computes_with_does_not_count():
    its = module()
    before = Attributes(its)
    its.note.times = 2001 / 2
    its[0].weight.data.add_(1)
    its[0].weight = nn.Parameter(its[0].weight + 1)
    assert before.same()


@pytest.mark.parametrize("opaque", [iter([1]), Slotted(), b"1", range(2)])
def test_with_what_cannot_be_looked_into_nothing_is_the_same(opaque):
    its = module()
    its.note.parts.append(opaque)
    assert not Attributes(its).same()
