"""A session route behind the page's own origin, and one that cookies open: other people's pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatproof.failure import NotTestable, expect
from chatproof.requirement import requirement
from chatproof.verdict import Level

from .answers import accepted, control, exchange_of, shown
from .sources import CORS, rfc

if TYPE_CHECKING:
    from chatproof.case import Case

_CLIENT_ERROR = 4


@requirement(
    "CHATKIT-CORS-02",
    Level.SHOULD,
    CORS,
    why="The guide's way is a proxy of the page's own origin, for which no CORS is needed; headers that let any page "
    "read the answer let any page make sessions.",
    example="HTTP/1.1 200 OK\nContent-Type: application/json\n\n(no Access-Control-Allow-Origin)",
    remedy={
        "any": "Send no `Access-Control-Allow-*` where the page's own server calls.",
        "next": "Take the `headers()` with `Access-Control-Allow-Origin` for /api out of next.config.",
        "express": "No `app.use(cors())`, which allows every page.",
        "fastapi": 'No `CORSMiddleware(allow_origins=["*"])`.',
    },
    scenarios=("session", "foreign_page"),
    means=("session_mode", "no_browser_calls"),
    profiles=("chatkit",),
)
def test_proxied_route_allows_no_other_page(case: Case) -> None:
    """Where pages call through a proxy of their own origin, the session route allows no foreign page to read it."""
    control(case)
    recording = case["foreign_page"]
    answers = [exchange_of(recording, label) for label in ("preflight", "session")]
    if not any(exchange.response for exchange in answers):
        raise NotTestable("the foreign page got no answer")
    for exchange in answers:
        page = exchange.request.header("origin")
        allowed = (exchange.response.header("access-control-allow-origin") if exchange.response else None) or ""
        found = f"`Access-Control-Allow-Origin: {allowed}` for {page}"
        expect(allowed not in {"*", page}, found=found, expected="no such header", at=exchange)


@requirement(
    "CHATKIT-CSRF-01",
    Level.SHOULD,
    CORS,
    rfc(6265, "8.2"),
    why="Browsers send cookies with the requests of any page: a page that the user happens to visit makes sessions on "
    "their account.",
    example='HTTP/1.1 403 Forbidden\nContent-Type: application/json\n\n{"error": "this page may not make sessions"}',
    remedy={
        "any": "Compare `Origin` with the pages that you know, and answer 403; `SameSite=Lax` on the cookie besides.",
        "next": "`if (origin && origin !== process.env.APP_ORIGIN) return Response.json({...}, { status: 403 })`.",
        "express": "The same in a middleware, before the route.",
        "fastapi": "A dependency that compares `request.headers.get('origin')`.",
    },
    scenarios=("session", "foreign_page"),
    means=("session_mode", "cookie"),
    profiles=("chatkit",),
)
def test_foreign_page_makes_no_session(case: Case) -> None:
    """A session that a foreign page asks for with the user's cookie is refused with 403, or another 4xx."""
    control(case)
    exchange = exchange_of(case["foreign_page"], "session")
    if exchange.response is None:
        raise NotTestable(f"the foreign page got {shown(exchange)}")
    refused = not accepted(exchange) and exchange.response.status // 100 == _CLIENT_ERROR
    found = f"for {exchange.request.header('origin')}: {shown(exchange)}"
    expect(refused, found=found, expected="status 403", at=exchange)
