"""Errors that a backend makes itself: its rate limit, and faults for tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatproof.failure import Failure, NotTestable, expect
from chatproof.requirement import requirement
from chatproof.verdict import Level

from .answers import accepted, difference, exchange_of, order, shown
from .order import excerpt, text_of
from .sources import ERRORS, rfc

if TYPE_CHECKING:
    from chatproof.case import Case

_ERROR_TEXTS = (
    "Overloaded, please try again soon.",
    "Server error, please try again later.",
    "Request timed out. Please try again with a shorter message.",
)
_TOO_MANY = 429


@requirement(
    "AICHAT-ERR-07",
    Level.MUST,
    ERRORS,
    why="Whoever can set a header can otherwise make turns fail, hang or cost: a switch for tests in all hands.",
    example='event: done\ndata: {"finish_reason":"stop"}\n\n',
    remedy={
        "any": "Look at `X-Test-Scenario` only where the environment is not production.",
        "express": "Mount the middleware only `if (process.env.NODE_ENV !== 'production')`.",
        "fastify": "Register the plugin only `if (process.env.NODE_ENV !== 'production')`.",
    },
    scenarios=("turn", "test_scenario"),
    means=("production",),
)
def test_production_ignores_test_scenarios(case: Case) -> None:
    """In production a turn with `X-Test-Scenario` is an ordinary turn."""
    control = exchange_of(case["turn"], "turn")
    if order(case, control).failed:
        raise NotTestable("the plain turn itself ended with `finish_reason` error")
    exchange = exchange_of(case["test_scenario"], "turn")
    expected = "a turn like one without the header"
    apart = difference(case, exchange, control)
    expect(not apart, found=f"with `X-Test-Scenario: timeout`: {apart}", expected=expected, at=exchange)
    text = text_of(exchange.stream.frames)
    told = next((error for error in _ERROR_TEXTS if error in text), None)
    if told:
        raise Failure(found=f"the text {excerpt(told)}", expected=expected, at=exchange)


@requirement(
    "AICHAT-ERR-09",
    Level.SHOULD,
    ERRORS,
    rfc(6585, "4"),
    rfc(9110, "10.2.3"),
    why="A client backs off where it sees 429 and Retry-After; a 200 that says `overloaded` it takes for an answer.",
    example='HTTP/1.1 429 Too Many Requests\nRetry-After: 10\nContent-Type: application/json\n\n{"error":"rate_limit"}',
    remedy={
        "any": "Let the limiter run before the stream begins, and answer 429 with `Retry-After`.",
        "express": "express-rate-limit as middleware before the handler (`standardHeaders: true`).",
        "fastify": "@fastify/rate-limit, which sends `retry-after`.",
        "fastapi": "slowapi, or a dependency that raises HTTPException(429, headers={...}).",
        "nginx": "`limit_req_status 429`, and `add_header Retry-After 10 always`.",
    },
    scenarios=("rate_limit",),
    means=("rate_limit",),
)
def test_rate_limit_is_told_before_the_stream(case: Case) -> None:
    """The backend's own rate limit answers 429 with `Retry-After`, not with a stream."""
    exchanges = case["rate_limit"].exchanges
    limited = [exchange for exchange in exchanges if exchange.status == _TOO_MANY]
    for exchange in exchanges:
        if accepted(exchange) and _ERROR_TEXTS[0] in text_of(exchange.stream.frames):
            raise Failure(
                found=f"{shown(exchange)} whose text is {excerpt(_ERROR_TEXTS[0])}", expected="status 429", at=exchange
            )
    if not limited:
        others = ", ".join(sorted({shown(exchange) for exchange in exchanges})) or "nothing"
        raise NotTestable(f"{len(exchanges)} requests at once were never answered with 429 (but with {others})")
    for exchange in limited:
        expect(not exchange.is_stream, found=f"a stream: {shown(exchange)}", expected="a short body", at=exchange)
        value = exchange.response.header("retry-after") if exchange.response else None
        expect(value, found="a 429 without `Retry-After`", expected="`Retry-After`", at=exchange)
