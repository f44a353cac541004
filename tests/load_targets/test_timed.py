from __future__ import annotations

import pytest

from chatproof.metrics.timed import is_timed


@pytest.mark.parametrize(
    ("metric", "timed"),
    [
        ("ttft", True),
        ("heartbeat.gap", True),
        ("stall", True),
        ("burst_ratio", True),
        ("goodput", True),
        ("attainment", True),
        ("survival_5m", True),
        ("uptime", True),
        ("heartbeat.missed", True),
        ("backend.cpu", True),
        ("concurrency", True),
        ("concurrency.mean", True),
        ("error_rate", False),
        ("violations", False),
        ("early_loss", False),
        ("delivery_ratio", False),
        ("push.doubles", False),
        ("bytes_per_stream", False),
        ("cost", False),
    ],
)
def test_what_depends_on_times_is_known(metric: str, *, timed: bool) -> None:
    assert is_timed(metric) is timed
