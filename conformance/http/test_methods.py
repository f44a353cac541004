"""Methods that a chat route does not take."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatproof.failure import Failure, expect
from chatproof.requirement import requirement
from chatproof.verdict import Level

from .sources import rfc

if TYPE_CHECKING:
    from chatproof.case import Case

_NOT_FOUND = 404
_NOT_ALLOWED = 405


@requirement(
    "HTTP-405-01",
    Level.SHOULD,
    rfc(9110, "15.5.6"),
    rfc(9110, "9.1"),
    why="A GET that starts a turn is fetched again by browsers, crawlers and EventSource, and each time is paid for; "
    "`Allow` tells the developer at once what was meant.",
    example='HTTP/1.1 405 Method Not Allowed\nAllow: POST, OPTIONS\nContent-Type: application/json\n\n{"error": "..."}',
    remedy={
        "any": "Register the route for POST only, and answer other methods with 405 and `Allow`.",
        "express": "`app.route(path).post(chat).all((req, res) => res.set('Allow', 'POST').sendStatus(405))`: "
        "by itself Express answers 404.",
        "fastify": "Add a route for the other methods that sends 405 with `Allow`: by itself fastify answers 404.",
        "next": "Export `POST` only from the route: Next.js then answers 405.",
        "django": "`@require_POST` sends 405 with `Allow`.",
        "go": '`mux.HandleFunc("POST /api/v1/chat", chat)` (Go 1.22) sends 405 with `Allow`.',
        "fastapi": "`@app.post(...)` alone sends 405 with `Allow`; a catch-all route in front of it does not.",
    },
    scenarios=("get",),
    aliases=("AICHAT-VAL-13",),
)
def test_get_is_not_allowed(case: Case) -> None:
    """`GET` on a route that takes POST alone is answered with 405 and an `Allow` that lists POST; 404 is tolerated."""
    exchange = case["get"]["get"]
    expected = "status 405 with `Allow: POST`, other methods beside it or not, or 404"
    if exchange.response is None:
        raise Failure(found=f"no answer ({exchange.trouble})", expected=expected, at=exchange)
    kind = f" with {exchange.response.media_type}" if exchange.is_stream else ""
    expect(
        exchange.status in {_NOT_FOUND, _NOT_ALLOWED} and not exchange.is_stream,
        found=f"status {exchange.status}{kind}",
        expected=expected,
        at=exchange,
    )
    if exchange.status == _NOT_ALLOWED:
        allow = exchange.response.header("allow")
        expect(allow is not None, found="status 405 without `Allow`", expected=expected, at=exchange)
        methods = {method.strip().upper() for method in (allow or "").split(",")}
        expect("POST" in methods, found=f"status 405 with `Allow: {allow}`", expected=expected, at=exchange)
