"""A message that is answered by a stream: passed on as it comes, and only where there is one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chatproof.failure import Failure, NotClaimed, NotTestable, expect
from chatproof.recording import End
from chatproof.requirement import requirement
from chatproof.verdict import Level

from .answers import accepted, claimed, exchange_of, shown, working
from .scenarios.streams import FAILURES
from .sources import STREAMING, UNAUTHORIZED, rfc

if TYPE_CHECKING:
    from chatproof.case import Case
    from chatproof.recording import Exchange, Recording

_CANCEL_SECONDS = 2.0
_SERVER_ERROR = 5
_REFUSED = frozenset({401, 403})
_UNSENT = frozenset({400, 401, 403})
_ROUTES = ("stream", "message")
_STREAM = "HTTP/1.1 200 OK\nContent-Type: text/event-stream\nCache-Control: no-cache\nTransfer-Encoding: chunked"


@requirement(
    "CHATKIT-STR-01",
    Level.MUST,
    STREAMING,
    rfc(9112, "6.3"),
    why="A route that reads the whole answer first (`await res.json()`) shows the message all at once: the guide's "
    "own symptom.",
    example=_STREAM,
    remedy={
        "any": "Pass the body of the service behind on as it comes, with `Content-Type: text/event-stream`.",
        "next": "`return new Response(upstream.body, { headers })`; never `await upstream.text()` before it.",
        "express": "`res.flushHeaders(); for await (const chunk of upstream.body) res.write(chunk)`.",
        "fastapi": "`StreamingResponse(upstream.aiter_raw(), media_type='text/event-stream')`.",
    },
    scenarios=("turn",),
    optional=("stream_abort",),
    means=("custom_mode", "stream_path"),
    profiles=("chatkit",),
)
def test_stream_is_passed_on_as_it_comes(case: Case) -> None:
    """
    A message is answered by an event stream without `Content-Length`, whose first event comes before the last is made.

    The second half is looked at where the service behind is the suite's own.
    """
    turn = working(exchange_of(case["turn"], "turn"), "the message")
    expect(turn.is_stream, found=shown(turn), expected="a stream of type text/event-stream", at=turn)
    length = turn.response.header("content-length") if turn.response else None
    expect(length is None, found=f"Content-Length: {length}", expected="no `Content-Length`", at=turn)
    endless = claimed(case, "stream_abort")
    if endless is None:
        return
    begun = exchange_of(endless, "aborted")
    calls = endless.findings.get("abort", {}).get("calls", 0)
    expect(
        begun.end is End.ABORTED or not calls or (begun.status is not None and not accepted(begun)),
        found=f"nothing of a stream that the service behind was writing within 5 s ({shown(begun)})",
        expected="its first event while it is still being written",
        at=begun,
    )


@requirement(
    "CHATKIT-STR-02",
    Level.MUST,
    STREAMING,
    rfc(9110, "9.3.1"),
    why="`fetch(url, { body })` is a GET, and a GET with a body throws: the guide's handler answers 500 to everything. "
    "A body without its type is read as a form, or not at all.",
    example='POST /chat/stream\nContent-Type: application/json\n\n{"message": "Hello"}',
    remedy={
        "any": "Call the service behind with POST, `Content-Type: application/json` and a JSON body.",
        "next": "`fetch(url, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body })`, the body "
        "from `JSON.stringify`.",
        "fastapi": "httpx: `client.stream('POST', url, json={...})`, not `content=`.",
    },
    scenarios=("stream_upstream",),
    profiles=("chatkit",),
)
def test_service_behind_is_asked_by_post(case: Case) -> None:
    """For a stream the service behind is called with POST and JSON under its content type."""
    recording = case["stream_upstream"]
    answer = exchange_of(recording, "well")
    calls: list[dict[str, Any]] = recording.findings.get("asked", {}).get("well", [])
    expected = "a POST with Content-Type application/json and JSON in its body"
    if not calls:
        if answer.status is not None and answer.status // 100 == _SERVER_ERROR:
            raise Failure(found=f"no call of the service behind, and {shown(answer)}", expected=expected, at=answer)
        raise _not_asked(answer)
    right = any(call["method"] == "POST" and _is_json(call["media"]) and call["json"] for call in calls)
    told = "; ".join(f"{call['method']} {call['path']} with {call['media'] or 'no media type'}" for call in calls)
    expect(right, found=told, expected=expected, at=answer)


@requirement(
    "CHATKIT-STR-03",
    Level.MUST,
    STREAMING,
    why="`new Response(upstream.body, { headers })` has status 200 whatever upstream said: the client reads an error "
    "page as the answer, and nothing retries or alerts.",
    example='HTTP/1.1 502 Bad Gateway\nContent-Type: application/json\n\n{"error": "the model is not available"}',
    remedy={
        "any": "Look at the status of the service behind before you answer; hand a 4xx or 5xx on as one.",
        "next": "`if (!upstream.ok) return Response.json({ error }, { status: 502 })` before the streaming Response.",
        "express": "`if (!upstream.ok) return res.status(502).json({ error })` before `res.flushHeaders()`.",
        "fastapi": "Await the head (`client.send(request, stream=True)`) and raise `HTTPException(502)` before you "
        "return the StreamingResponse.",
    },
    scenarios=("stream_upstream",),
    profiles=("chatkit",),
)
def test_refusal_of_the_service_behind_is_no_stream(case: Case) -> None:
    """A 4xx or 5xx of the service behind is not answered by a stream with status 200."""
    recording = case["stream_upstream"]
    well = exchange_of(recording, "well")
    if not (accepted(well) and well.is_stream):
        raise NotTestable(f"while the service behind was well the message was answered with {shown(well)}")
    asked = recording.findings.get("asked", {})
    refused = {status: _answered(recording, status) for status in FAILURES if asked.get(str(status))}
    if not refused:
        raise _not_asked(well)
    wrong = {status: exchange for status, exchange in refused.items() if accepted(exchange) and exchange.is_stream}
    if wrong:
        raise Failure(
            found="; ".join(f"for its {status}: {shown(exchange)}" for status, exchange in wrong.items()),
            expected="an error, such as 502, and no stream",
            at=next(iter(wrong.values())),
        )


@requirement(
    "CHATKIT-STR-04",
    Level.MUST,
    STREAMING,
    why="A stream that nobody reads is still written, counted and paid for, and holds a connection.",
    example="the client leaves at 1.0 s, the connection to the service behind closes at 1.1 s",
    remedy={
        "any": "Cancel the call of the service behind when the client leaves.",
        "next": "`fetch(url, { ..., signal: req.signal })`.",
        "express": "`const gone = new AbortController(); res.on('close', () => gone.abort())`, and pass `gone.signal`.",
        "fastapi": "Read the upstream's stream in the generator itself, within `async with client.stream(...)`.",
    },
    scenarios=("stream_abort",),
    profiles=("chatkit",),
)
def test_leaving_ends_the_call_of_the_service_behind(case: Case) -> None:
    """Within 2 s of the client leaving a stream the call of the service behind is closed."""
    recording = case["stream_abort"]
    exchange = exchange_of(recording, "aborted")
    if exchange.end is not End.ABORTED or not accepted(exchange):
        raise NotTestable(f"no event of a stream came that could be left: {shown(exchange)}, {exchange.end.value}")
    found = recording.findings.get("abort", {})
    if not found.get("calls"):
        raise _not_asked(exchange)
    seconds = found["seconds"]
    expected = "a call that is closed within 2 s of the client leaving"
    expect(
        seconds is not None, found=f"a call still open after {found['watched']:.0f} s", expected=expected, at=exchange
    )
    expect(seconds <= _CANCEL_SECONDS, found=f"a call closed after {seconds:.1f} s", expected=expected, at=exchange)


@requirement(
    "CHATKIT-STR-05",
    Level.MUST,
    UNAUTHORIZED,
    STREAMING,
    rfc(9110, "15.5.2"),
    why="A route that answers messages for anybody is an open door to a model that the owner pays for.",
    example='HTTP/1.1 401 Unauthorized\nWWW-Authenticate: Bearer\n\n{"error": "Unauthorized"}',
    remedy={
        "any": "Look the session up by its secret before you call the service behind; answer 401 without a live one.",
        "next": "`const session = await findSession(bearer(req)); if (!session) return Response.json({ error: "
        "'Unauthorized' }, { status: 401 })`.",
        "express": "One middleware for both routes that looks the session up.",
        "fastapi": "One `Depends(live_session)` for both routes.",
    },
    scenarios=("message_secrets",),
    profiles=("chatkit",),
)
def test_messages_need_a_live_secret(case: Case) -> None:
    """A message with garbage for a secret, or without one, is answered with 401 (or 403), by a stream or as a whole."""
    recording = case["message_secrets"]
    routes = [name for name in _ROUTES if f"{name}/live" in recording]
    if not routes:
        raise NotTestable("no message was sent")
    wrong: dict[str, Exchange] = {}
    for name in routes:
        working(recording[f"{name}/live"], f"a message with a live secret ({name})")
        for label, what, statuses in (("none", "without a secret", _UNSENT), ("garbage", "with garbage", _REFUSED)):
            exchange = exchange_of(recording, f"{name}/{label}")
            if exchange.status not in statuses or exchange.is_stream:
                wrong[f"{name} {what}"] = exchange
    if wrong:
        raise Failure(
            found="; ".join(f"{what}: {shown(exchange)}" for what, exchange in wrong.items()),
            expected="status 401",
            at=next(iter(wrong.values())),
        )


def _answered(recording: Recording, status: int) -> Exchange:
    """What became of a status of the service behind; NotTestable where nothing did."""
    exchange = exchange_of(recording, str(status))
    if exchange.response is None:
        raise NotTestable(f"while the service behind answered {status} there was {shown(exchange)}")
    return exchange


def _not_asked(exchange: Exchange) -> NotClaimed:
    return NotClaimed(
        f"the service behind is not asked for streams: it got no call, and the answer was {shown(exchange)}"
    )


def _is_json(media: str) -> bool:
    return media == "application/json" or media.endswith("+json")
