"""The poll: JSON that is soon over, of the channels that were named, and never out of a cache."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatproof.failure import NotTestable, expect
from chatproof.requirement import requirement
from chatproof.scenario import CONTROL
from chatproof.verdict import Level

from ..http.fields import cache_directives
from .answers import claimed, exchange_of, succeeded
from .polled import content_of, events_of, holds, no_json, shown
from .sources import COMMANDS, DIAGNOSIS

if TYPE_CHECKING:
    from chatproof.case import Case
    from chatproof.recording import Exchange

_LONGEST_SECONDS = 1.0
_REFUSED = frozenset({400, 422})
_EXAMPLE = (
    "HTTP/1.1 200 OK\nContent-Type: application/json\nCache-Control: no-store\n\n"
    '{"events":[{"id":42,"channel":"test","text":"hi"}],"lastEventId":42}'
)


@requirement(
    "HYBRID-POLL-01",
    Level.MUST,
    DIAGNOSIS,
    COMMANDS,
    why="A client asks every 2 seconds: an answer that stays open, or takes as long, leaves it behind for good.",
    example=_EXAMPLE,
    remedy={
        "any": "Answer with what is there, an empty list where nothing is, and end the answer.",
        "next": "`return Response.json({ events, lastEventId })`, not a `ReadableStream` that stays open.",
        "express": "`res.json(...)`; `res.write` without `res.end()` leaves the client waiting.",
        "fastapi": "Return the object itself; no `StreamingResponse`.",
    },
    scenarios=(CONTROL, "cadence"),
    profiles=("hybrid",),
    explains_control=True,
)
def test_poll_is_soon_over(case: Case) -> None:
    """A poll is answered with 200 and JSON that ends, the quickest of three in under 1 s."""
    polls = [case[CONTROL].exchanges[0]]
    _expect_ended(polls[0])
    for exchange in case["cadence"].exchanges:
        _expect_ended(exchange)
        polls.append(exchange)
    quickest = min(polls, key=_seconds)
    expect(
        _seconds(quickest) < _LONGEST_SECONDS,
        found=f"{_seconds(quickest):.2f} s for the quickest of {len(polls)} polls",
        expected=f"less than {_LONGEST_SECONDS:g} s",
        at=quickest,
    )


def _expect_ended(exchange: Exchange) -> None:
    right = succeeded(exchange) and not no_json(exchange)
    found = f"{shown(exchange)}: {no_json(exchange)}" if succeeded(exchange) else shown(exchange)
    expect(right, found=found, expected="status 200 with JSON that ends", at=exchange)


def _seconds(exchange: Exchange) -> float:
    return exchange.ended_ns / 1e9


@requirement(
    "HYBRID-POLL-02",
    Level.SHOULD,
    DIAGNOSIS,
    COMMANDS,
    why="The route is called `sse`, and is read by `fetch` and `jq`: a type that tells of another form than the body "
    "has makes proxies hold it back, and clients parse it wrongly.",
    example=_EXAMPLE,
    remedy={
        "any": "`Content-Type: application/json` for JSON; `text/event-stream` for an event stream alone.",
        "next": "`Response.json(...)` sets the type; do not keep the headers of an earlier stream.",
        "express": "`res.json(...)`, without a `res.set('Content-Type', 'text/event-stream')` before.",
    },
    scenarios=(CONTROL,),
    profiles=("hybrid",),
    explains_control=True,
)
def test_poll_is_of_the_type_it_says(case: Case) -> None:
    """A poll whose body is JSON says `application/json`, and one whose body is an event stream says that."""
    exchange = case[CONTROL].exchanges[0]
    if exchange.response is None or not exchange.body:
        raise NotTestable("the poll has no body that could have a type")
    said = exchange.response.media_type
    if isinstance(content_of(exchange), dict | list):
        right = said == "application/json" or (said.startswith("application/") and said.endswith("+json"))
        expect(right, found=f"JSON as {said or 'nothing'}", expected="`application/json`", at=exchange)
    elif exchange.stream.events:
        right = said == "text/event-stream"
        expect(right, found=f"an event stream as {said or 'nothing'}", expected="`text/event-stream`", at=exchange)
    else:
        raise NotTestable("the body of the poll is neither JSON nor an event stream")


@requirement(
    "HYBRID-POLL-05",
    Level.MUST,
    COMMANDS,
    why="Who names no channel must not get them all, and what nobody asked for is hard to find when it goes wrong.",
    example='HTTP/1.1 400 Bad Request\nContent-Type: application/json\n\n{"error":"channels is missing"}',
    remedy={
        "any": "Answer 400 where `channels` or `clientId` is missing; put no default in its place. Mind that an "
        "unquoted `&` on a command line sends the first parameter alone.",
        "next": "`if (!searchParams.get('channels')) return Response.json({ error: '...' }, { status: 400 })`.",
        "express": "`if (!req.query.channels) return res.status(400).json({ error: '...' })`.",
        "fastapi": '`channels: str, client_id: Annotated[str, Query(alias="clientId")]`, without a default; it answers '
        "422, which will do.",
    },
    scenarios=("missing_parameters",),
    profiles=("hybrid",),
)
def test_missing_parameters_are_refused(case: Case) -> None:
    """A poll without the channels, or without the client's id, is refused with 400 (or 422)."""
    settings, recording = case.settings, case["missing_parameters"]
    for label, what in {
        "no_channels": f"without `{settings.channels_parameter}`",
        "no_client": f"without `{settings.client_parameter}`",
        "neither": "without both",
    }.items():
        exchange = exchange_of(recording, label)
        found = f"{what}: {shown(exchange)}"
        expect(exchange.status in _REFUSED, found=found, expected="status 400 or 422", at=exchange)


@requirement(
    "HYBRID-POLL-07",
    Level.MUST,
    DIAGNOSIS,
    COMMANDS,
    why="A poll is a GET: a CDN, a route cache or the browser may answer it again from memory, and the chat stands "
    "still while everything looks well.",
    example=_EXAMPLE,
    remedy={
        "any": "`Cache-Control: no-store` on every poll, and no cache of your own by URL.",
        "next": "`export const dynamic = 'force-dynamic'`, and `headers: { 'Cache-Control': 'no-store' }`.",
        "express": "`res.set('Cache-Control', 'no-store')`; no apicache before this route.",
        "fastapi": '`response.headers["Cache-Control"] = "no-store"`; no fastapi-cache on this route.',
        "nginx": "No `proxy_cache` for this location.",
        "cloudflare": "Bypass the cache for it; `Cache Everything` overrides the header.",
    },
    scenarios=(CONTROL,),
    profiles=("hybrid",),
    optional=("between",),
)
def test_poll_comes_from_no_cache(case: Case) -> None:
    """
    A poll carries `Cache-Control: no-store`, and the same poll sees a message that was posted meanwhile.

    Where others write too, their messages show as well that the answer was made anew: a page has room for so many.
    """
    exchange = case[CONTROL].exchanges[0]
    if exchange.response is None:
        raise NotTestable(f"`{exchange.key}` got no answer")
    directives = cache_directives(exchange.response.values("cache-control"))
    found = f"`Cache-Control: {exchange.response.header('cache-control') or ''}`"
    expect("no-store" in directives, found=found, expected="`no-store`", at=exchange)
    recording = claimed(case, "between")
    if recording is None:
        return
    posted = exchange_of(recording, "publish")
    if not succeeded(posted):
        raise NotTestable(f"the message was answered with {shown(posted)}: check `publish`")
    text = str(recording.findings.get("text", ""))
    before = exchange_of(recording, "before")
    looks = [entry for entry in recording.exchanges if entry.label.startswith("after/")]
    if not looks or not text or holds(before, text):
        raise NotTestable("nobody looked for the message after it was posted")
    expect(
        any(holds(look, text) or _news(look, before, case) for look in looks),
        found=f"the message that was posted in none of {len(looks)} answers, which are like that before it",
        expected="the message in the next poll",
        at=looks[-1],
    )


def _news(look: Exchange, before: Exchange, case: Case) -> bool:
    """It gives events where the same poll gave none."""
    return bool(events_of(look, case.settings)) and not events_of(before, case.settings)
