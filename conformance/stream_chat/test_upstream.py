"""What the backend does at Stream before it gives a token, and what it says where Stream does not work."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatproof.failure import NotClaimed, NotTestable, expect
from chatproof.requirement import requirement
from chatproof.scenario import CONTROL
from chatproof.verdict import Level

from ..common.stream_tokens import token_of, user_of
from .answers import exchange_of, gives_token, is_success, json_fault, shown
from .calls import answered_well, calls_in, upserts
from .scenarios.upstreams import FAILURES, PARALLEL_SECONDS
from .sources import AUTHENTICATION_FLOW, ENDPOINT, QUALITY, STREAM_ERRORS, UNAVAILABLE

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from chatproof.case import Case

_LONGEST_SECONDS = 8.0
_BAD_GATEWAY = frozenset({502, 503, 504})
_LIMITED = frozenset({429, 503})
_PATIENCE = 3
_FAILURE = {
    "server_error": "Stream answers 500",
    "refused": "Stream refuses connections",
    "dropped": "Stream closes the connection",
    "silent": "Stream keeps silent",
}
_UNAVAILABLE = (
    "HTTP/1.1 503 Service Unavailable\nContent-Type: application/json\nRetry-After: 5\n\n"
    '{"detail": "Chat is unavailable"}'
)


@requirement(
    "STREAM-TOK-11",
    Level.MUST,
    AUTHENTICATION_FLOW,
    ENDPOINT,
    why="A token for a user whom Stream does not know yet: the connection fails, or he appears without a name.",
    example='POST /users?api_key=...\n\n{"users": {"u1": {"id": "u1", "name": "Ada", "image": "https://..."}}}',
    remedy={
        "any": "Upsert the user and wait for the answer; then make the token.",
        "fastapi": "`await client.upsert_user({...})` before `create_token`, not in `BackgroundTasks`.",
        "express": "`await client.upsertUser({...})`: mind the `await`.",
    },
    scenarios=(CONTROL, "upserted"),
)
def test_user_is_upserted_before_the_token(case: Case) -> None:
    """
    The user exists at Stream, by `POST /users`, before his token is given.

    A user who is known to exist already need not be upserted again.
    """
    recording = case["upserted"]
    exchange = exchange_of(recording, "token")
    token_of(exchange, case.settings.token_field)
    user = str(user_of(exchange, case.settings.user_field))
    calls, later = upserts(calls_in(recording), user), upserts(calls_in(recording, "later"), user)
    earlier = upserts(calls_in(case[CONTROL]), user) if "calls" in case[CONTROL].findings else []
    if calls:
        done = [call for call in calls if answered_well(call)]
        found = f"`POST /users` {_outcome(calls[0])} when the token was given"
    elif later:
        done, found = [], "`POST /users` after the token was given"
    else:
        done = [call for call in earlier if answered_well(call)]
        found = f"`POST /users` {_outcome(earlier[0])}" if earlier else f"no `POST /users` with {user!r}"
    expect(done, found=found, expected="the user upserted, then the token", at=exchange)


@requirement(
    "STREAM-TOK-12",
    Level.MUST,
    UNAVAILABLE,
    QUALITY,
    why="A page can fall back to `Chat Unavailable` only when it is told; otherwise it stays at `Loading chat...`.",
    example=_UNAVAILABLE,
    remedy={
        "any": "Catch what the client of Stream raises, errors of the network too; answer 502, 503 or 504 in JSON, "
        "and keep its timeout at 6 s or less.",
        "fastapi": "`except (StreamAPIException, aiohttp.ClientError, TimeoutError)`: the SDK's own exception is none "
        "of the network's.",
        "express": "`try { await client.upsertUser(...) } catch { return res.status(503).json(...) }`, with `timeout` "
        "among the client's options.",
    },
    scenarios=(CONTROL, "upstream_failures"),
)
def test_failing_stream_is_told_in_time(case: Case) -> None:
    """Where Stream fails, hangs up or keeps silent, the answer is 502, 503 or 504 in JSON within 8 s."""
    recording = case["upstream_failures"]
    asked = _asked(recording.findings.get("asked"))
    _token_in_control(case)
    for label in FAILURES:
        exchange = exchange_of(recording, label)
        if not any(asked.values()) and is_success(exchange):
            raise _not_asked(case)
        fault = json_fault(exchange, _BAD_GATEWAY)
        late = exchange.ended_ns / 1e9
        if not fault and late > _LONGEST_SECONDS:
            fault = f"{shown(exchange)} after {late:.1f} s"
        expected = f"502, 503 or 504 with application/json within {_LONGEST_SECONDS:g} s"
        expect(not fault, found=f"where {_FAILURE[label]}: {fault}", expected=expected, at=exchange)


@requirement(
    "STREAM-TOK-16",
    Level.SHOULD,
    STREAM_ERRORS,
    QUALITY,
    why="Clients that are told nothing ask again at once, and keep the app over its limit.",
    example="HTTP/1.1 503 Service Unavailable\nContent-Type: application/json\nRetry-After: 30",
    remedy={
        "any": "Answer Stream's 429 (code 9) with 429 or 503, and `Retry-After` from `x-ratelimit-reset`.",
        "fastapi": "`except StreamAPIException as error: if error.status_code == 429: raise HTTPException(503, "
        'headers={"Retry-After": "30"})`.',
        "express": "`if (error.status === 429) res.set('Retry-After', '30').status(503)...`.",
    },
    scenarios=(CONTROL, "upstream_limit"),
)
def test_limit_of_stream_is_passed_on(case: Case) -> None:
    """Where Stream limits the app, the answer is 429 or 503 with `Retry-After`."""
    recording = case["upstream_limit"]
    exchange = exchange_of(recording, "limited")
    _token_in_control(case)
    if not _asked(recording.findings.get("asked")).get("limited") and is_success(exchange):
        raise _not_asked(case)
    delay = exchange.response.header("retry-after") if exchange.response else None
    found = shown(exchange) + ("" if delay else ", without `Retry-After`")
    right = exchange.status in _LIMITED and delay
    expect(right, found=found, expected="429 or 503 with `Retry-After`", at=exchange)


@requirement(
    "STREAM-TOK-14",
    Level.SHOULD,
    ENDPOINT,
    QUALITY,
    why="A call that blocks the event loop makes everybody wait for everybody: with 20 users at 2 s the last waits 40.",
    example="20 requests at once, each of which takes 2 s at Stream: all answered within 6 s",
    remedy={
        "any": "Do not wait for Stream on the thread that serves everybody.",
        "fastapi": "`StreamChatAsync`, or a route by `def` rather than `async def`: the plain `StreamChat` blocks.",
    },
    scenarios=("parallel",),
)
def test_slow_stream_does_not_queue_users(case: Case) -> None:
    """Requests side by side wait for a slow Stream side by side: all are answered within three times its delay."""
    recording = case["parallel"]
    seconds = recording.findings.get("seconds")
    if not isinstance(seconds, float) or not recording.exchanges:
        raise NotTestable("nobody measured how long the requests took")
    for exchange in recording.exchanges:
        fault = "" if gives_token(exchange, case.settings.token_field) else shown(exchange)
        expect(not fault, found=f"one of them: {fault}", expected="a token for each", at=exchange)
    count = len(recording.exchanges)
    begun = [exchange.started_ns for exchange in recording.exchanges]
    took = seconds - (max(begun) - min(begun)) / 1e9  # `max_rps` may have spread them
    expect(
        took < _PATIENCE * PARALLEL_SECONDS,
        found=f"{count} requests took {took:.1f} s, where Stream takes {PARALLEL_SECONDS:g} s for each",
        expected=f"all of them within {_PATIENCE * PARALLEL_SECONDS:g} s",
        at=max(recording.exchanges, key=lambda exchange: exchange.ended_ns),
    )


def _asked(noted: object) -> Mapping[str, Any]:
    if not isinstance(noted, dict):
        raise NotTestable("nobody noted whether the backend asked Stream")
    return noted


def _not_asked(case: Case) -> NotClaimed | NotTestable:
    """A backend that asks once for each user needs no Stream afterwards; one that never asks does not know ours."""
    if case[CONTROL].findings.get("calls"):
        return NotClaimed("the backend asks nothing of Stream for a user whom it has upserted before")
    return NotTestable("the backend gave tokens and asked nothing of Stream meanwhile")


def _token_in_control(case: Case) -> None:
    """The positive control: with a Stream that works there is a token."""
    plain = exchange_of(case[CONTROL], "token")
    if not is_success(plain):
        raise NotTestable(f"a plain request gets no token either: {shown(plain)}")


def _outcome(call: Mapping[str, Any]) -> str:
    return f"answered with {call['status']}" if call["status"] else "not answered yet"
