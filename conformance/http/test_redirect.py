"""Redirects that turn a POST into a GET."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatproof.failure import Failure, expect
from chatproof.requirement import Source, requirement
from chatproof.verdict import Level

from .sources import rfc

if TYPE_CHECKING:
    from chatproof.case import Case

_TURN_INTO_GET = {301, 302, 303}


@requirement(
    "HTTP-REDIR-01",
    Level.MUST,
    Source("WHATWG Fetch", "HTTP-redirect fetch, step 12", "https://fetch.spec.whatwg.org/#http-redirect-fetch"),
    rfc(9110, "15.4"),
    why="Browsers follow 301, 302 and 303 of a POST with a GET and no body: the turn is lost, and what comes back "
    "is another answer; on the way to another origin `Authorization` is dropped too.",
    example="POST /api/v1/chat/ HTTP/1.1\n\nHTTP/1.1 308 Permanent Redirect\nLocation: /api/v1/chat",
    remedy={
        "any": "Answer on the URL itself, or redirect with 307 or 308, which keep method and body; give clients https.",
        "fastapi": "FastAPI redirects a slash with 307; `redirect_slashes=False` gives 404.",
        "starlette": "`Router(redirect_slashes=False)`, or leave it: Starlette redirects with 307.",
        "django": "`APPEND_SLASH` redirects with 301: name the route without a slash, or set `APPEND_SLASH = False`.",
        "flask": "`strict_slashes=False` on the route; Werkzeug redirects with 308.",
        "next": "`skipTrailingSlashRedirect: true`; Next.js redirects with 308.",
        "express": "express.static redirects folders with 301: mount the chat route before it.",
        "go": 'ServeMux redirects "/path" to "/path/" with 301: register the exact path.',
        "nginx": "`return 308` in place of `return 301` and of `rewrite ... permanent`.",
        "apache": "`DirectorySlash Off` on the route; `Redirect 308` in place of `Redirect permanent`.",
        "cloudflare": "Redirect Rules: status 308; `Always Use HTTPS` redirects with 301, so give clients https.",
    },
    scenarios=("turn", "slash"),
    aliases=("AICHAT-HDR-12", "SSE-REDIR-01"),
    explains_control=True,
)
def test_post_is_not_redirected_to_a_get(case: Case) -> None:
    """A POST to the chat route, with a slash at its end or without, is not answered with 301, 302 or 303."""
    expected = "any status but 301, 302, 303"
    slash = case["slash"]["slash"]
    if slash.response is None:
        raise Failure(found=f"no answer ({slash.trouble})", expected=expected, at=slash)
    for exchange in (*case["turn"].exchanges, slash):
        location = exchange.response.header("location") if exchange.response else None
        expect(
            exchange.status not in _TURN_INTO_GET,
            found=f"status {exchange.status} to `{location}`",
            expected=expected,
            at=exchange,
        )
