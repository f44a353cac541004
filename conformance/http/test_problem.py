"""Errors as problem details, where a backend uses them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from chatproof.failure import Failure, NotClaimed, expect
from chatproof.requirement import requirement
from chatproof.verdict import Level

from .sources import rfc

if TYPE_CHECKING:
    from chatproof.case import Case
    from chatproof.recording import Exchange

_PROBLEM = "application/problem+json"
_URI_REFERENCE = re.compile(r"[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]*")


@requirement(
    "HTTP-PROB-01",
    Level.MAY,
    rfc(9457, "3.1"),
    why="A client that knows problem details shows `title` and `detail`, and trusts `status` where proxies changed it.",
    example=(
        "HTTP/1.1 400 Bad Request\nContent-Type: application/problem+json\n\n"
        '{"type": "about:blank", "title": "Bad Request", "status": 400, "detail": "message must not be empty"}'
    ),
    remedy={
        "any": "Make `status` the number of the HTTP status, `type` a URI reference, `title` and `detail` texts.",
        "spring": "`ProblemDetail.forStatus(...)`, with `spring.mvc.problemdetails.enabled=true`.",
    },
    scenarios=("invalid_fields", "broken_json"),
)
def test_problem_details_are_well_formed(case: Case) -> None:
    """A body of type `application/problem+json` is an object whose members agree with RFC 9457 and with the status."""
    problems = [
        exchange
        for scenario in ("invalid_fields", "broken_json")
        for exchange in case[scenario].exchanges
        if exchange.response is not None and exchange.response.media_type == _PROBLEM
    ]
    if not problems:
        raise NotClaimed(f"no error was answered as {_PROBLEM}")
    for exchange in problems:
        _expect_members(exchange)


def _expect_members(exchange: Exchange) -> None:
    try:
        problem: Any = exchange.json()
    except ValueError:
        raise Failure(found="a body that is no JSON", expected="a JSON object", at=exchange) from None
    expect(
        isinstance(problem, dict), found=f"JSON that is no object: {problem!r}", expected="a JSON object", at=exchange
    )
    status = problem.get("status", exchange.status)
    expect(
        type(status) is int and status == exchange.status,
        found=f"`status` {status!r} in an answer with status {exchange.status}",
        expected=f"`status` {exchange.status}, or none",
        at=exchange,
    )
    for name in ("type", "title", "detail", "instance"):
        value = problem.get(name, "")
        expect(isinstance(value, str), found=f"`{name}` {value!r}", expected=f"`{name}` as text", at=exchange)
        if name in {"type", "instance"}:
            fits = _URI_REFERENCE.fullmatch(value)
            expect(fits, found=f"`{name}` {value!r}", expected=f"`{name}` as a URI reference", at=exchange)
