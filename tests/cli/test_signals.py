from __future__ import annotations

import signal
import threading
from collections.abc import Iterator

import pytest

from chatproof.cli.signals import termination_interrupts


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    """Leaves both signals as they were found."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("sigint", [signal.default_int_handler, signal.SIG_IGN], ids=["foreground", "background"])
def test_sigterm_interrupts_also_a_job_in_the_background(sigint: signal.Handlers) -> None:
    signal.signal(signal.SIGINT, sigint)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)

    with pytest.raises(KeyboardInterrupt), termination_interrupts():
        signal.raise_signal(signal.SIGTERM)

    assert signal.getsignal(signal.SIGINT) is sigint
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_IGN


def test_a_thread_leaves_signals_alone() -> None:
    seen: list[object] = []

    def watch() -> None:
        with termination_interrupts():
            seen.append(signal.getsignal(signal.SIGTERM))

    thread = threading.Thread(target=watch)
    thread.start()
    thread.join(10)

    assert seen == [signal.getsignal(signal.SIGTERM)]
