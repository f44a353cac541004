"""The health route."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatproof.failure import NotTestable, expect
from chatproof.requirement import requirement
from chatproof.verdict import Level

from .answers import accepted, claimed, exchange_of, shown
from .sources import TIMEOUT

if TYPE_CHECKING:
    from chatproof.case import Case

_PATIENCE_NS = 5_000_000_000


@requirement(
    "CHATKIT-HEALTH-01",
    Level.MUST,
    TIMEOUT,
    why="The guide's first look in trouble is `res.ok` of this route, with a limit of 5 s: a route that is always well "
    "sends people looking in the wrong place.",
    example='HTTP/1.1 503 Service Unavailable\nContent-Type: application/json\n\n{"status": "down"}',
    remedy={
        "any": "Answer without a credential and within 5 s; ask the service behind, with a short limit, and answer 503 "
        "where it is not well.",
        "next": "`await fetch(url, { signal: AbortSignal.timeout(2000) }).catch(() => null)`; 503 unless it is ok.",
        "express": "The same, registered before the authentication middleware.",
        "fastapi": "A route without the `Depends` of the others; `Response(status_code=503)` where the call fails.",
    },
    scenarios=("health",),
    optional=("health_down",),
    means=("health_path",),
    profiles=("chatkit",),
)
def test_health_is_told(case: Case) -> None:
    """The health route answers 2xx within 5 s without a credential, and no 2xx where the service behind is not well."""
    exchange = exchange_of(case["health"], "health")
    expected = "a 2xx within 5 s"
    expect(accepted(exchange), found=f"without a credential: {shown(exchange)}", expected=expected, at=exchange)
    took = exchange.response.at_ns if exchange.response else 0
    expect(took <= _PATIENCE_NS, found=f"an answer after {took / 1e9:.1f} s", expected=expected, at=exchange)
    recording = claimed(case, "health_down")
    if recording is None:
        return
    down = exchange_of(recording, "health")
    if down.response is None:
        raise NotTestable(f"while the service behind was not well: {shown(down)}")
    found = f"{shown(down)} while the service behind answers 503"
    expect(not accepted(down), found=found, expected="status 503", at=down)
