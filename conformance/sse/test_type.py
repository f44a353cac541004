"""How a stream is announced: status and media type."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from chatproof.failure import expect
from chatproof.requirement import Source, requirement
from chatproof.verdict import Level

from ._streams import GUIDE, INTERFACE, PARSING, answered

if TYPE_CHECKING:
    from chatproof.case import Case

_PARAMETER = re.compile(r';[ \t]*([^=;" \t]*)[ \t]*=[ \t]*("(?:\\.|[^"\\])*"|[^;]*)')
_OK = 200


@requirement(
    "SSE-TYPE-01",
    Level.MUST,
    INTERFACE,
    Source(GUIDE, "Check Response Headers"),
    why="A client takes an answer for a stream only with status 200 and this media type: EventSource fails the "
    "connection otherwise and never tries again.",
    example="HTTP/1.1 200 OK\nContent-Type: text/event-stream; charset=utf-8",
    remedy={
        "any": "Answer with status 200 and `Content-Type: text/event-stream`, set before the first write.",
        "fastapi": '`StreamingResponse(generate(), media_type="text/event-stream")`.',
        "starlette": '`StreamingResponse(generate(), media_type="text/event-stream")`.',
        "express": "`res.set('Content-Type', 'text/event-stream')` before `res.flushHeaders()`.",
        "fastify": "`reply.raw.writeHead(200, {...reply.getHeaders(), 'content-type': 'text/event-stream'})`.",
        "next": "`new Response(stream, {headers: {'Content-Type': 'text/event-stream'}})`.",
        "django": '`StreamingHttpResponse(generate(), content_type="text/event-stream")`.',
        "flask": '`Response(generate(), mimetype="text/event-stream")`.',
        "go": '`w.Header().Set("Content-Type", "text/event-stream")` first; else text/plain is sniffed.',
        "spring": "`produces = MediaType.TEXT_EVENT_STREAM_VALUE`, or return an SseEmitter.",
    },
    aliases=("AICHAT-HDR-01",),
    explains_control=True,
)
def test_stream_is_answered_200_as_event_stream(case: Case) -> None:
    """
    A stream is answered with status 200 and the media type `text/event-stream`.

    Case does not matter, and any parameters are allowed.
    """
    for exchange in answered(case):
        expect(exchange.status == _OK, found=f"status {exchange.status}", expected="status 200", at=exchange)
        value = exchange.response.header("content-type") if exchange.response else None
        found = "no Content-Type" if value is None else f"`Content-Type: {value}`"
        expect(exchange.is_stream, found=found, expected="`Content-Type: text/event-stream`", at=exchange)


@requirement(
    "SSE-TYPE-02",
    Level.SHOULD,
    PARSING,
    why="A browser reads a stream as UTF-8 whatever the charset says; other clients, httpx-sse among them, believe "
    "the charset and garble every letter outside ASCII.",
    example="Content-Type: text/event-stream; charset=utf-8",
    remedy={
        "any": "Leave the charset out, or say `charset=utf-8`.",
        "django": "Leave `DEFAULT_CHARSET` at utf-8.",
        "spring": "`new MediaType(MediaType.TEXT_EVENT_STREAM, StandardCharsets.UTF_8)`, or none.",
    },
)
def test_stream_names_no_charset_but_utf_8(case: Case) -> None:
    """The Content-Type of a stream names no charset other than UTF-8."""
    for exchange in answered(case):
        value = (exchange.response.header("content-type") if exchange.response else None) or ""
        charsets = [
            found[2].strip(' \t"').lower() for found in _PARAMETER.finditer(value) if found[1].lower() == "charset"
        ]
        right = all(charset in {"utf-8", "utf8"} for charset in charsets)
        expect(right, found=f"`Content-Type: {value}`", expected="`charset=utf-8`, or no charset", at=exchange)
