"""The health route: well now, not when it was built."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatproof.failure import expect
from chatproof.requirement import requirement
from chatproof.verdict import Level

from ..http.fields import cache_directives
from .answers import exchange_of, spilled, succeeded
from .polled import content_of, shown
from .sources import COMMANDS

if TYPE_CHECKING:
    from chatproof.case import Case
    from chatproof.recording import Exchange, Response

_LONGEST_SECONDS = 2.0
_CACHES = ("x-nextjs-cache", "x-vercel-cache", "cf-cache-status", "x-cache")
_FROM_CACHE = ("hit", "stale", "prerender")


@requirement(
    "HYBRID-HEALTH-01",
    Level.MUST,
    COMMANDS,
    why="A route that was rendered when the app was built says `ok` for ever, whatever has become of the backend.",
    example='HTTP/1.1 200 OK\nContent-Type: application/json\nCache-Control: no-store\n\n{"status":"ok"}',
    remedy={
        "any": "Answer 200 with a small JSON object, made anew for each request, with `Cache-Control: no-store`.",
        "next": "`export const dynamic = 'force-dynamic'` in the route: a GET handler that reads no request may be "
        "rendered at build time.",
        "fastapi": '`response.headers["Cache-Control"] = "no-store"`; do not return `settings` or `os.environ`.',
        "express": "`res.set('Cache-Control', 'no-store').json({ status: 'ok' })`.",
    },
    scenarios=("health",),
    profiles=("hybrid",),
    means=("health_path",),
)
def test_health_is_told_afresh(case: Case) -> None:
    """The health route answers without a credential, with 200 and JSON, in under 2 s, uncached and without secrets."""
    answers = [exchange_of(case["health"], label) for label in ("first", "second")]
    for exchange in answers:
        right = succeeded(exchange) and content_of(exchange) is not None
        expect(right, found=shown(exchange), expected="status 200 with JSON", at=exchange)
        spill = spilled(exchange)
        expect(not spill, found=spill, expected="nothing of the server's own", at=exchange)
        stored = _cached(exchange.response) if exchange.response else ""
        expect(not stored, found=stored, expected="an answer made for this request, that no cache keeps", at=exchange)
    quickest = min(answers, key=_seconds)
    expect(
        _seconds(quickest) < _LONGEST_SECONDS,
        found=f"{_seconds(quickest):.2f} s for the quicker of two answers",
        expected=f"less than {_LONGEST_SECONDS:g} s",
        at=quickest,
    )


def _seconds(exchange: Exchange) -> float:
    return exchange.ended_ns / 1e9


def _cached(response: Response) -> str:
    """What shows that a cache gave the answer, or may keep it; empty where nothing does."""
    for name in _CACHES:
        value = response.header(name) or ""
        if value.strip().lower().startswith(_FROM_CACHE):
            return f"`{name}: {value}`"
    age = (response.header("age") or "").strip()
    if age.isascii() and age.isdigit() and int(age) > 0:
        return f"`Age: {age}`"
    directives = cache_directives(response.values("cache-control"))
    if "no-store" in directives or "no-cache" in directives:
        return ""
    offers = [name for name in ("max-age", "s-maxage") if (directives.get(name) or "0").lstrip("0")]
    return f"`Cache-Control: {response.header('cache-control')}`" if offers or "immutable" in directives else ""
