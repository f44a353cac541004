"""What may still turn by the end of a run does not end it early."""

from __future__ import annotations

import time

import pytest

from chatproof.load_plan import Plan
from chatproof.load_run import early
from chatproof.load_run.early import Early
from chatproof.metrics.measured import Figure, Measured, Series
from chatproof.samples.collected import Collected
from chatproof.targets import parse_target

SEEN = Series(values=[0.2e9] * 10)


@pytest.mark.parametrize(
    ("target", "seen", "ends"),
    [
        (("ttft.min", "< 100ms"), SEEN, False),
        (("ttft.min", "> 300ms"), SEEN, True),
        (("ttft.max", "> 300ms"), SEEN, False),
        (("ttft.max", "< 100ms"), SEEN, True),
        (("concurrency.mean", "< 15"), Figure(value=20.0, n=20), False),
        (("concurrency", "< 15"), Figure(value=20.0, n=20), True),
        (("goodput", "< 5/s"), Figure(value=20.0, n=20), False),
    ],
)
def test_what_may_still_turn_waits_for_the_end(
    monkeypatch: pytest.MonkeyPatch, target: tuple[str, str], seen: Measured, ends: bool
) -> None:
    now = 0.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    monkeypatch.setattr(early, "measure", lambda *_rest, **_more: seen)
    judge = Early((parse_target(*target),), Plan(users=10), heartbeat_seconds=None)
    now = 2.0

    assert (judge.broken(Collected()) is not None) is ends
