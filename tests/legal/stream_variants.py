"""Other ways to write an event stream."""

from __future__ import annotations

import asyncio
import gzip
import time
import uuid
import zlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from legal.variant import policy, wrapped

from chatproof.fixtures.backend import sse, turn
from chatproof.fixtures.backend.turn import Step
from chatproof.fixtures.faults.wrap import header_of, is_stream, start_of, streams_changed

if TYPE_CHECKING:
    from collections.abc import Callable

    from chatproof.fixtures.backend.asgi import App, Message, Scope, Send
    from chatproof.fixtures.backend.settings import Settings
    from chatproof.fixtures.backend.validation import ChatTurn

__all__ = ["VARIANTS"]

_BIG = 64 * 1024
_SLOW_SECONDS = 3.0
_GZIP_WINDOW = 31
_GLUED = 3
_GLUE_SECONDS = 0.25

Steps = tuple[Step, ...]


def _written(change: Callable[[bytes], bytes]) -> Callable[[App, Settings], App]:
    """Streams whose frames are changed one by one as they are sent."""

    def wrap(_scope: Scope, send: Send) -> Send:
        async def sending(message: Message) -> None:
            body = message.get("body", b"")
            await send({**message, "body": change(body)} if body else message)

        return sending

    return lambda app, _settings: streams_changed(app, wrap)


def _steps(change: Callable[[Steps], Steps]) -> dict[str, Any]:
    def compose(asked: ChatTurn, remembered: tuple[str, ...], settings: Settings) -> Steps:
        return change(turn.compose(asked, remembered, settings))

    return {"compose": compose}


def _by_event(**changes: Callable[[Step], Step]) -> dict[str, Any]:
    return _steps(lambda steps: tuple(changes[step.event](step) if step.event in changes else step for step in steps))


def _data(**more: Any) -> Callable[[Step], Step]:
    return lambda step: replace(step, data={**step.data, **more})


def _big(step: Step) -> Step:
    text = step.data["text"]
    return _data(text=text * (_BIG // len(text) + 1))(step)


def _data_first(step: Step) -> bytes:
    head, data = sse.render_event(step).rstrip(b"\n").rsplit(b"\n", 1)
    return data + b"\n" + head + b"\n\n"


def _comment_between(step: Step) -> bytes:
    return sse.render_event(step).replace(b"\ndata: ", b"\n: trace 5f2a\ndata: ", 1)


def _comment_before(step: Step) -> bytes:
    return b": trace 5f2a\n" + sse.render_event(step)


def _slow(steps: Steps) -> Steps:
    return (replace(steps[0], after_seconds=_SLOW_SECONDS), *steps[1:])


def _glued(app: App, _settings: Settings) -> App:
    """A model that writes in bursts: tokens that come soon after another go out with it, three at most."""

    def wrap(_scope: Scope, send: Send) -> Send:
        held: list[bytes] = []
        flushing: list[asyncio.Task[None]] = []

        async def flush() -> None:
            body = b"".join(held)
            held.clear()
            if body:
                await send({"type": "http.response.body", "body": body, "more_body": True})

        async def flush_later() -> None:
            await asyncio.sleep(_GLUE_SECONDS)
            await flush()

        async def sending(message: Message) -> None:
            body = message.get("body", b"")
            if b"event: token" not in body:
                await flush()
                await send(message)
                return
            held.append(body)
            if len(held) == 1:
                flushing[:] = [asyncio.create_task(flush_later())]
            elif len(held) == _GLUED:
                await flush()

        return sending

    return streams_changed(app, wrap)


def _beats_in_silence(app: App, settings: Settings) -> App:
    """A heartbeat comes where nothing else did for an interval."""

    def wrap(_scope: Scope, send: Send) -> Send:
        beating: asyncio.Task[None] | None = None

        async def beat() -> None:
            while True:
                await asyncio.sleep(settings.heartbeat_seconds)
                await send({"type": "http.response.body", "body": b":\n\n", "more_body": True})

        async def sending(message: Message) -> None:
            nonlocal beating
            if message.get("body", b"").startswith(b": heartbeat"):
                return
            if beating is not None:
                beating.cancel()
                await asyncio.gather(beating, return_exceptions=True)
            await send(message)
            over = message["type"] == "http.response.body" and not message.get("more_body", False)
            beating = None if over else asyncio.create_task(beat())

        return sending

    return streams_changed(app, wrap)


def _compressed(member_each: bool) -> Callable[[App, Settings], App]:
    """Streams are compressed for those who accept it, and flushed at every event."""

    def wrap(scope: Scope, send: Send) -> Send:
        if "gzip" not in header_of(scope, "accept-encoding"):
            return send
        compressor = zlib.compressobj(wbits=_GZIP_WINDOW)

        async def sending(message: Message) -> None:
            if is_stream(message):
                start = start_of(message).with_header("Content-Encoding", "gzip")
                await send({**message, "headers": list(start.headers)})
                return
            body, more = message.get("body", b""), message.get("more_body", False)
            if member_each:
                packed = gzip.compress(body) if body else b""
            else:
                packed = compressor.compress(body) + compressor.flush(zlib.Z_SYNC_FLUSH if more else zlib.Z_FINISH)
            await send({**message, "body": packed})

        return sending

    return lambda app, _settings: streams_changed(app, wrap)


_SECOND_CLIENT = "SSE-CLIENT-01"

VARIANTS = (
    wrapped(
        "cr_only",
        "Lines end with CR.",
        _written(lambda body: body.replace(b"\n", b"\r")),
        long=True,
        not_met={"SSE-FRAME-02": "legal, but some clients split at LF only"},
    ),
    wrapped(
        "no_space",
        "No space follows a colon.",
        _written(
            lambda body: body.replace(b"data: ", b"data:").replace(b"event: ", b"event:").replace(b"\n: ", b"\n:")
        ),
        long=True,
    ),
    wrapped(
        "padding",
        "Streams begin with 2 KiB of a comment, for browsers that wait for so much.",
        _written(lambda body: b":" + b" " * 2048 + b"\n\n" + body if b"Connected" in body else body),
        long=True,
    ),
    wrapped(
        "padding_everywhere",
        "An empty comment follows every event.",
        _written(lambda body: body + b":\n\n" if b"event: token" in body else body),
        long=True,
        not_met={_SECOND_CLIENT: "after an id httpx-sse takes a comment for an empty event"},
    ),
    wrapped(
        "blank_lines",
        "Frames are further apart than they need to be.",
        _written(lambda body: body + b"\n"),
        not_met={_SECOND_CLIENT: "after an id httpx-sse takes a blank line for an empty event"},
    ),
    policy("data_first", "The name of an event follows its data.", {"render_event": _data_first}),
    policy("comment_in_events", "A comment stands between the fields.", {"render_event": _comment_between}, long=True),
    policy(
        "comment_before_events", "A comment stands before the fields.", {"render_event": _comment_before}, long=True
    ),
    policy(
        "retry_alone",
        "The reconnection time stands in a block of its own.",
        {"retry_line": lambda _settings: b"retry: 3000\n\n"},
        not_met={_SECOND_CLIENT: "httpx-sse takes a block with `retry` alone for an event"},
    ),
    policy(
        "extra_fields",
        "Events carry more than they need.",
        _by_event(
            token=_data(index=0, role="assistant", logprobs=None),
            usage=_data(tokens_cached=3, latency_ms=12.5),
            done=_data(message_id=str(uuid.UUID(int=7)), usage={"total": 3}),
        ),
    ),
    policy(
        "free_usage",
        "A turn costs nothing, and its counts are written with a fraction of nought.",
        _by_event(usage=_data(cost_usd=0, tokens_in=5.0, tokens_out=0)),
    ),
    policy("other_reason", "The answer was cut at its longest.", _by_event(done=_data(finish_reason="length"))),
    policy(
        "empty_tokens",
        "The first token is empty, as OpenAI's is.",
        _steps(lambda steps: (Step(event="token", data={"text": ""}), *steps)),
    ),
    policy("big_tokens", "A token holds 64 KiB.", _by_event(token=_big)),
    policy(
        "heartbeat_first",
        "A heartbeat is the first frame of a stream.",
        {"opening_frames": lambda _settings: (sse.render_beat(time.time_ns() // 1_000_000),)},
        long=True,
    ),
    policy("slow_first_token", "The first token takes three seconds.", _steps(_slow)),
    wrapped("bursts", "Tokens come three at a time.", _glued),
    wrapped(
        "beats_in_silence",
        "Heartbeats are bare colons, and come in silence only.",
        _beats_in_silence,
        long=True,
        not_met={
            "AICHAT-HB-04": "a bare colon tells no time, and need not",
            "AICHAT-HB-03": "its interval is fixed, whatever the variable says",
        },
    ),
    policy(
        "beats_often",
        "Heartbeats come five times as often as declared.",
        {"beat_seconds": lambda number, settings: sse.beat_seconds(number, settings) / 5},
        long=True,
        not_met={"AICHAT-HB-03": "five times as often as the variable says, too"},
    ),
    policy(
        "beats_as_events",
        "Heartbeats are events: declared so.",
        {"render_beat": lambda at_ms: f'event: ping\ndata: {{"at":{at_ms}}}\n\n'.encode("ascii")},
        long=True,
        profile={"heartbeat_form": "event", "heartbeat_event": "ping"},
        unseen={"AICHAT-HB-04": "the text is that of a comment"},
    ),
    wrapped("gzip_flushed", "Streams are compressed and flushed.", _compressed(member_each=False), long=True),
    wrapped("gzip_members", "Each event is a gzip member of its own.", _compressed(member_each=True), long=True),
)
