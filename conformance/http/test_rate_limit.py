"""The backend's own rate limit: what a 429 says to caches and to clients."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from chatproof.failure import NotClaimed, NotTestable, expect
from chatproof.requirement import requirement
from chatproof.verdict import Level

from .fields import cache_directives, http_date
from .sources import rfc

if TYPE_CHECKING:
    from chatproof.case import Case
    from chatproof.recording import Exchange, Response

_TOO_MANY_REQUESTS = 429
_EXAMPLE = "HTTP/1.1 429 Too Many Requests\nRetry-After: 30\nCache-Control: no-store\nContent-Type: application/json"


@requirement(
    "HTTP-429-01",
    Level.MUST,
    rfc(6585, "4"),
    why="A stored 429 goes on refusing users long after the limit has passed, and others than the one it was for.",
    example=_EXAMPLE,
    remedy={
        "any": "Send the 429 with `Cache-Control: no-store`, or at least without `public`, `max-age`, `s-maxage` and "
        "`Expires`.",
        "express": "Set the headers for caching in the routes that need them, not in a middleware before the limiter.",
        "nginx": "`add_header Cache-Control` and `expires` not with `always` where `limit_req_status 429` applies.",
        "cloudflare": "Keep 429 out of the Cache Rules on status codes.",
    },
    scenarios=("rate_limit",),
    means=("rate_limit",),
)
def test_too_many_requests_is_not_stored(case: Case) -> None:
    """A 429 is not offered to caches: no `public`, `max-age`, `s-maxage` or later `Expires` without `no-store`."""
    for exchange, response in _limited(case):
        directives = cache_directives(response.values("cache-control"))
        found = _offer(response, directives)
        expect(
            not found or "no-store" in directives,
            found=f"429 with `{found}`",
            expected="`no-store`, or no freshness at all",
            at=exchange,
        )


@requirement(
    "HTTP-RA-01",
    Level.MUST,
    rfc(9110, "10.2.3"),
    why="A client that cannot read the delay waits not at all or for ever: `parseInt` makes NaN of words, "
    "and a timer of NaN fires at once.",
    example=_EXAMPLE,
    remedy={
        "any": "Send whole seconds: `Retry-After: 30`, rounded up, without a unit.",
        "express": "express-rate-limit sends seconds; by hand `String(Math.ceil(ms / 1000))`.",
        "fastify": "@fastify/rate-limit sends seconds; do not overwrite the header in `errorResponseBuilder`.",
        "fastapi": '`headers={"Retry-After": str(math.ceil(seconds))}`: a float gives `0.5`.',
    },
    scenarios=("rate_limit",),
    means=("rate_limit",),
)
def test_retry_after_is_seconds_or_a_date(case: Case) -> None:
    """`Retry-After` is a whole number of seconds in digits, or an HTTP-date."""
    with_header = [(exchange, values) for exchange, response in _limited(case) if (values := _retry_after(response))]
    if not with_header:
        raise NotClaimed("no 429 carried `Retry-After`")
    for exchange, values in with_header:
        expect(
            len(values) == 1 and (re.fullmatch(r"[0-9]+", values[0]) or http_date(values[0])),
            found=" and ".join(f"`Retry-After: {value}`" for value in values),
            expected="one `Retry-After` of digits (seconds), or an HTTP-date",
            at=exchange,
        )


def _limited(case: Case) -> list[tuple[Exchange, Response]]:
    """The answers with 429; NotTestable where the declared burst tripped nothing."""
    recording = case["rate_limit"]
    found = [
        (exchange, exchange.response)
        for exchange in recording.exchanges
        if exchange.response is not None and exchange.response.status == _TOO_MANY_REQUESTS
    ]
    if not found:
        raise NotTestable(f"none of {len(recording.exchanges)} requests in quick succession was answered with 429")
    return found


def _offer(response: Response, directives: dict[str, str | None]) -> str:
    """The directive or field that lets a cache store the answer and use it for a while; empty where there is none."""
    if "public" in directives:
        return "Cache-Control: public"
    for name in ("s-maxage", "max-age"):
        if re.fullmatch(r"0*[1-9][0-9]*", directives.get(name) or ""):
            return f"Cache-Control: {name}={directives[name]}"
    if "max-age" in directives:
        return ""
    expires, date = http_date(response.header("expires") or ""), http_date(response.header("date") or "")
    later = expires is not None and date is not None and expires > date
    return f"Expires: {response.header('expires')}" if later else ""


def _retry_after(response: Response) -> list[str]:
    return [value.strip() for value in response.values("retry-after")]
