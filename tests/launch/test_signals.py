"""What is one request to stop, and what is none."""

import signal
from contextlib import contextmanager

import pytest

from runner.launch import signals
from runner.launch.signals import ASKING, Stopping


@contextmanager
def disposition(number, handler):
    """What becomes of a signal, however the tests were started: nohup has them ignore SIGHUP."""
    before = signal.signal(number, handler)
    try:
        yield
    finally:
        signal.signal(number, before)


@pytest.mark.parametrize("number", ASKING)
def test_signals_that_come_together_are_one_request(number, monkeypatch):
    with disposition(number, signal.SIG_DFL):
        with Stopping() as stopping:
            assert not stopping()
            for each in (number, number, signal.SIGTERM):
                signal.raise_signal(each)
            assert stopping()
            monkeypatch.setattr(signals, "TOGETHER", -1.0)
            with pytest.raises(KeyboardInterrupt):
                signal.raise_signal(number)
        assert signal.getsignal(number) is signal.SIG_DFL


@pytest.mark.parametrize("number", ASKING)
def test_what_was_ignored_stays_ignored(number):
    """As SIGHUP is under nohup."""
    with disposition(number, signal.SIG_IGN):
        with Stopping() as stopping:
            signal.raise_signal(number)
            assert not stopping()
        assert signal.getsignal(number) is signal.SIG_IGN
