from __future__ import annotations

import signal

import pytest

from leadmagnet.cli.stop_signals import stop_signals


def interrupted_twice(number: signal.Signals) -> list[str]:
    """What is done between a first and a second signal, and after it."""
    done: list[str] = []
    with stop_signals():
        try:
            signal.raise_signal(number)
            done.append("not interrupted")
        except KeyboardInterrupt:
            signal.raise_signal(number)
            done.append("closed down")
    return done


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_the_first_signal_interrupts_and_a_second_only_gets_an_answer(
    number: signal.Signals, capfd: pytest.CaptureFixture[str]
) -> None:
    assert interrupted_twice(number) == ["closed down"]
    assert "Stopping already" in capfd.readouterr().err


def test_afterwards_the_handlers_are_as_before() -> None:
    before = signal.getsignal(signal.SIGTERM)

    with stop_signals():
        assert signal.getsignal(signal.SIGTERM) is not before

    assert signal.getsignal(signal.SIGTERM) is before
