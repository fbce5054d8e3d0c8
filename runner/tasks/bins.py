"""Bins of what is counted: those who count and those who draw have the same."""

EQUAL_BINS = 10  # of predicted numbers, with as many examples in each
PIT_BINS = 20  # of the predicted probability of at most the target, in [0, 1]
BINS = 15  # of confidence, equally wide
COVERAGES = (50, 80, 90)  # % of the examples, the most confident ones, that a selective predictor answers
COVERED = tuple(range(5, 101, 5))  # % of the examples, along a risk-coverage curve
ANSWERS = (4, 16, 64)  # drawn from what is predicted, of which one has to be right
MOST_ENVIRONMENTS = 24  # of which each has an accuracy of its own
MOST_OF_FRONT = 4  # environments: the volume below a front of more takes too long
LOSS_EDGES = tuple(10 ** (e / 5) for e in range(-30, 11))  # nats: five bins a power of ten, from 1e-6 to 100
