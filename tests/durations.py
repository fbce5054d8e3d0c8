"""How long tests took when they last ran here, in pytest's cache: `make test-quick` leaves out the longest."""

KEY = "seedwise/seconds"
SHORT = 0.05  # seconds, of which nothing is kept


class Durations:
    """A plugin of the process that hears of all tests."""

    def __init__(self, cache):
        self.cache = cache
        self.seconds = {}

    def pytest_runtest_logreport(self, report):
        self.seconds[report.nodeid] = self.seconds.get(report.nodeid, 0.0) + report.duration

    def pytest_sessionfinish(self):
        known = self.cache.get(KEY, {}) | self.seconds
        self.cache.set(KEY, {test: round(took, 2) for test, took in known.items() if took >= SHORT})


def within(tests, cache, most):
    """As many of the tests as took no more than `most` seconds together, the shortest first, in the order they have."""
    took = cache.get(KEY, {})
    kept, total = set(), 0.0
    for test in sorted(tests, key=lambda test: took.get(test.nodeid, 0.0)):
        total += took.get(test.nodeid, 0.0)
        if total > most:
            break
        kept.add(test.nodeid)
    return [test for test in tests if test.nodeid in kept]
