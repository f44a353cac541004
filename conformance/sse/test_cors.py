"""Event streams across origins."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatproof.cors import preflight_decision, preflighted_request
from chatproof.failure import NotTestable, expect
from chatproof.requirement import Source, requirement
from chatproof.verdict import Level

if TYPE_CHECKING:
    from chatproof.case import Case


@requirement(
    "SSE-CORS-01",
    Level.SHOULD,
    Source(
        "WHATWG Fetch",
        "CORS-unsafe request-header names",
        "https://fetch.spec.whatwg.org/#cors-unsafe-request-header-names",
    ),
    Source(
        "web-platform-tests",
        "eventsource/eventsource-cross-origin-preflight.window.js",
        "https://github.com/web-platform-tests/wpt/blob/master/eventsource/eventsource-cross-origin-preflight.window.js",
    ),
    why="A browser that reconnects a stream across origins asks first whether it may send `Last-Event-ID` where the id "
    "is longer than 128 bytes or holds bytes such as `:`; a script's fetch always asks. "
    "Refused, the stream never comes back.",
    example="HTTP/1.1 204 No Content\nAccess-Control-Allow-Origin: http://localhost:3001\n"
    "Access-Control-Allow-Headers: authorization, content-type, last-event-id",
    remedy={
        "any": "Answer OPTIONS on the stream's route too, with `last-event-id` in Access-Control-Allow-Headers.",
        "fastapi": '`allow_headers=["authorization", "content-type", "last-event-id"]`.',
        "express": "`cors({allowedHeaders: ['authorization', 'content-type', 'last-event-id']})`.",
        "fastify": "@fastify/cors `allowedHeaders: ['authorization', 'content-type', 'last-event-id']`.",
        "next": "Export `OPTIONS` from the route of the stream as well.",
    },
    scenarios=("resume",),
    means=("resume_path", "origins"),
)
def test_page_may_resume_a_stream(case: Case) -> None:
    """A page at a listed origin may send `Last-Event-ID`: the preflight on the stream's route allows it."""
    recording = case["resume"]
    if "preflight" not in recording:
        raise NotTestable("no preflight on the stream's route was recorded")
    exchange = recording["preflight"]
    request = preflighted_request(exchange.request, credentials=case.config.auth.scheme == "cookie")
    decision = preflight_decision(request, exchange.response)
    expect(decision.allowed, found=str(decision), expected="a preflight that allows `last-event-id`", at=exchange)
