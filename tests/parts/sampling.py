"""The samplers of the zoo on classes of different sizes."""

from runner.data.streams import generator
from runner.nodes.build import bind
from tests.zoo import node

SIZES = [6000, 3000, 960, 0, 40]  # one class is empty
N, K = sum(SIZES), len(SIZES)


def sample(name, labels, seed=0, **changed):
    draw = bind("sampler", node(name, "sampler") | changed, num_classes=K)
    return draw(labels=labels, generator=generator("order", seed))
