"""What is one request to stop, and what is none."""

import signal

import pytest

from runner.launch import signals
from runner.launch.signals import ASKING, Stopping


@pytest.mark.parametrize("number", ASKING)
def test_signals_that_come_together_are_one_request(number, monkeypatch):
    before = signal.getsignal(number)
    with Stopping() as stopping:
        assert not stopping()
        for each in (number, number, signal.SIGTERM):
            signal.raise_signal(each)
        assert stopping()
        monkeypatch.setattr(signals, "TOGETHER", -1.0)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(number)
    assert signal.getsignal(number) is before


def test_what_was_ignored_stays_ignored():
    """As SIGHUP is under nohup."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with Stopping() as stopping:
            signal.raise_signal(signal.SIGHUP)
            assert not stopping()
    finally:
        signal.signal(signal.SIGHUP, before)
