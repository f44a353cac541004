"""Who may keep a chat stream: browsers and shared caches must not, and proxies must not change it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatproof.failure import NotClaimed, expect
from chatproof.requirement import requirement
from chatproof.verdict import Level

from .fields import cache_directives
from .sources import GUIDE, rfc

if TYPE_CHECKING:
    from chatproof.case import Case
    from chatproof.recording import Exchange

_EXAMPLE = "HTTP/1.1 200 OK\nContent-Type: text/event-stream\nCache-Control: no-cache, no-store, no-transform"
_SHARED = ("public", "s-maxage", "must-revalidate")


@requirement(
    "HTTP-CACHE-01",
    Level.MUST,
    rfc(9111, "5.2.2"),
    GUIDE,
    why="A stream that a cache keeps is played back to the next user, or held until it is whole.",
    example=_EXAMPLE,
    remedy={
        "any": "Send `Cache-Control: no-cache, no-store, no-transform` with the stream.",
        "fastapi": '`StreamingResponse(..., headers={"Cache-Control": "no-cache, no-store, no-transform"})`: '
        "by itself it sends no Cache-Control.",
        "starlette": '`StreamingResponse(..., headers={"Cache-Control": "no-cache, no-store, no-transform"})`: '
        "by itself it sends no Cache-Control.",
        "sse-starlette": "EventSourceResponse sends `no-store`; do not overwrite it through `headers`.",
        "express": "`res.set('Cache-Control', 'no-cache, no-store, no-transform')` before `res.flushHeaders()`.",
        "fastify": "With `reply.raw.writeHead` spread `...reply.getHeaders()` into it: else what hooks set is lost.",
        "next": "`export const dynamic = 'force-dynamic'`, and the header on the Response.",
        "django": "`response['Cache-Control'] = 'no-cache, no-store, no-transform'`, or `@never_cache`.",
        "flask": "`Response(stream(), headers={'Cache-Control': 'no-cache, no-store, no-transform'})`.",
        "go": '`w.Header().Set("Cache-Control", "no-cache, no-store, no-transform")` before the first write.',
        "spring": "`ResponseEntity.ok().cacheControl(CacheControl.noStore())`: SseEmitter sends none by itself.",
        "nginx": "Do not `proxy_hide_header Cache-Control`; `proxy_cache off` on the route.",
        "cloudflare": "Send `no-store`, and bypass the cache for the route.",
    },
    aliases=("AICHAT-HDR-02",),
)
def test_stream_is_not_for_caches(case: Case) -> None:
    """The `Cache-Control` of a stream contains `no-cache` or `no-store`."""
    exchange = case["turn"]["turn"]
    directives = _directives(exchange)
    # `no-cache="set-cookie"` is about that field only.
    unqualified = "no-cache" in directives and directives["no-cache"] is None
    expect(
        "no-store" in directives or unqualified,
        found=_shown(exchange),
        expected="`no-cache` or `no-store` in `Cache-Control`",
        at=exchange,
    )


@requirement(
    "HTTP-CACHE-02",
    Level.SHOULD,
    rfc(9111, "3.5"),
    why="`public`, `s-maxage` and `must-revalidate` lift the rule that keeps answers to requests with "
    "`Authorization` out of shared caches; `must-revalidate` looks strict and is the opposite here.",
    example=_EXAMPLE,
    remedy={
        "any": "Add `no-store` beside it, or drop `public`, `s-maxage` and `must-revalidate`.",
        "django": "`@never_cache` adds `no-store` and `private` beside `must-revalidate`.",
        "cloudflare": "Check that no Transform Rule replaces `Cache-Control`.",
    },
    means=("token",),
)
def test_authenticated_stream_is_not_opened_to_shared_caches(case: Case) -> None:
    """A stream requested with `Authorization` has no `public`, `s-maxage` or `must-revalidate` without `no-store`."""
    exchange = case["turn"]["turn"]
    if exchange.request.header("authorization") is None:
        raise NotClaimed(
            "the credential is not sent in `Authorization`",
            declare='[auth]\nscheme = "bearer"\ntoken = "${CHATPROOF_TOKEN}"',
        )
    directives = _directives(exchange)
    closed = "no-store" in directives or ("private" in directives and directives["private"] is None)
    opened = [name for name in _SHARED if name in directives]
    expect(
        closed or not opened,
        found=_shown(exchange),
        expected=f"`no-store` beside {', '.join(f'`{name}`' for name in opened)}",
        at=exchange,
    )


@requirement(
    "HTTP-CACHE-03",
    Level.SHOULD,
    rfc(9110, "7.7"),
    rfc(9111, "5.2.2.6"),
    why="A proxy or a middleware that compresses a stream holds its events back; `no-transform` forbids it.",
    example=_EXAMPLE,
    remedy={
        "any": "Add `no-transform` to the `Cache-Control` of the stream.",
        "express": "`res.set('Cache-Control', 'no-cache, no-transform')`: the middleware `compression` honours it.",
        "next": "`Cache-Control: no-cache, no-transform` also turns off the gzip of `next start`.",
        "fastapi": '`StreamingResponse(..., headers={"Cache-Control": "no-cache, no-store, no-transform"})`.',
        "starlette": '`StreamingResponse(..., headers={"Cache-Control": "no-cache, no-store, no-transform"})`.',
        "sse-starlette": '`EventSourceResponse(..., headers={"Cache-Control": "no-store, no-transform"})`.',
        "nginx": "nginx gzips in spite of `no-transform`: leave `text/event-stream` out of `gzip_types` too.",
        "apache": "mod_deflate: add `SetEnvIf` with `no-gzip` for the route too.",
    },
)
def test_stream_is_not_for_transforming(case: Case) -> None:
    """The `Cache-Control` of a stream contains `no-transform`."""
    exchange = case["turn"]["turn"]
    expect(
        "no-transform" in _directives(exchange),
        found=_shown(exchange),
        expected="`no-transform` in `Cache-Control`",
        at=exchange,
    )


def _directives(exchange: Exchange) -> dict[str, str | None]:
    return cache_directives(exchange.response.values("cache-control") if exchange.response else [])


def _shown(exchange: Exchange) -> str:
    value = exchange.response.header("cache-control") if exchange.response else None
    return "no `Cache-Control`" if value is None else f"`Cache-Control: {value}`"
