"""What tests/conftest.py sets for all tests is set."""

from __future__ import annotations

import socket

import pytest
from hypothesis import settings


def test_no_try_of_hypothesis_has_a_limit() -> None:
    assert settings().deadline is None


def test_asking_for_second_tries_delays_no_test(request: pytest.FixtureRequest) -> None:
    """Workers ask; where there are none, nobody may be asked."""
    asking = getattr(getattr(request.config, "failures_db", None), "sock", None)

    assert asking is not None or not hasattr(request.config, "workerinput")
    assert asking is None or asking.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
