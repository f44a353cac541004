"""Lines, fields and blocks."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from chatproof.failure import Failure, NotTestable, expect
from chatproof.requirement import Source, requirement
from chatproof.sse import Silent
from chatproof.verdict import Level

from ._streams import INTERPRETING, PARSING, expect_no, streams, whole

if TYPE_CHECKING:
    from chatproof.case import Case

_LF = "\n"
_SEPARATORS = {"\u0085": "U+0085", "\u2028": "U+2028", "\u2029": "U+2029"}
_ONE_LINE = {
    "any": "Put the payload as JSON into one `data:` line: a JSON encoder escapes line feeds. Text of several lines "
    "takes one `data:` for each of them.",
    "fastapi": '`f"event: token\\ndata: {json.dumps(payload)}\\n\\n"`.',
    "express": "`res.write(`event: token\\ndata: ${JSON.stringify(payload)}\\n\\n`)`.",
    "fastify": "`reply.raw.write(`event: token\\ndata: ${JSON.stringify(payload)}\\n\\n`)`.",
    "next": "``controller.enqueue(encoder.encode(`event: token\\ndata: ${JSON.stringify(payload)}\\n\\n`))``.",
    "go": '`fmt.Fprintf(w, "event: token\\ndata: %s\\n\\n", payload)` with `payload` from `json.Marshal`.',
}


@requirement(
    "SSE-FRAME-01",
    Level.MUST,
    INTERPRETING,
    why="A client dispatches an event at the blank line after it: the end of the stream is not enough, and an event "
    "without that line is dropped. What is lost is the last one, usually `done`.",
    example='event: done\ndata: {"finish_reason":"stop"}\n\n',
    remedy={
        "any": "End every event with an empty line, the last one included: `\\n\\n`.",
        "fastapi": '`yield f"event: done\\ndata: {body}\\n\\n"`: two line feeds.',
        "express": "`res.write('event: done\\ndata: {...}\\n\\n')` before `res.end()`.",
        "go": '`fmt.Fprint(w, "\\n\\n")` after each event, then flush.',
    },
    explains_control=True,
)
def test_every_event_is_closed_by_a_blank_line(case: Case) -> None:
    """Every event is closed by a blank line, the last one included."""
    for exchange in streams(case):
        for violation in exchange.stream.violations:
            # Nothing is lost with a comment.
            if violation.rule != "unfinished-block" or violation.found.startswith(":"):
                continue
            if not whole(exchange):
                raise NotTestable(f"the stream was cut ({exchange.end.value}), in the middle of an event")
            raise Failure(
                found=f"an event without a blank line after it, at byte {violation.offset}: {violation.found}",
                expected="a blank line after every event",
                at=exchange,
                offset=violation.offset,
            )


@requirement(
    "SSE-FRAME-02",
    Level.MAY,
    PARSING,
    Source("AG-UI 1.0.0, JavaScript client", "parser: splits at LF LF"),
    why="LF, CRLF and CR are all legal. Some clients split at two line feeds only, and find no event in a stream "
    "with CRLF: AG-UI's is one. A mixture shows that two writers do not agree.",
    example="data: a\n\n",
    remedy={
        "any": "End lines with LF.",
        "sse-starlette": '`EventSourceResponse(generate(), sep="\\n")`; the default is CRLF.',
        "starlette": 'With sse-starlette: `EventSourceResponse(generate(), sep="\\n")`; the default is CRLF.',
        "fastapi": 'With sse-starlette: `EventSourceResponse(generate(), sep="\\n")`; the default is CRLF.',
    },
)
def test_lines_end_with_lf(case: Case) -> None:
    """Lines end with LF, all of them (CRLF and CR are legal, and some clients fail on them)."""
    for exchange in streams(case):
        endings = sorted(exchange.stream.line_endings)
        if not endings:
            raise NotTestable("the stream has no line")
        found = " and ".join(endings) + (" mixed" if len(endings) > 1 else ", which is legal")
        expect(endings == ["LF"], found=found, expected="LF", at=exchange)


@requirement(
    "SSE-FRAME-03",
    Level.MUST,
    INTERPRETING,
    why="A client knows four field names, in lower case: data, event, id and retry. It ignores any other line, so "
    "that the text in it is lost. A line feed within a value starts such a line.",
    example='event: token\ndata: {"text":"two\\nlines"}\n\n',
    remedy=_ONE_LINE,
    explains_control=True,
)
def test_every_line_is_a_known_field_or_a_comment(case: Case) -> None:
    """Every line is a comment, or a field named `data`, `event`, `id` or `retry` in lower case."""
    for exchange in streams(case):
        expected = "a comment, or a field named data, event, id or retry"
        expect_no("unknown-field", exchange, meaning="a line that clients ignore", expected=expected)


@requirement(
    "SSE-FRAME-04",
    Level.SHOULD,
    INTERPRETING,
    why="A browser dispatches no event whose data is empty, so that an `event: done` alone never arrives; httpx-sse "
    "delivers it. A client that works in a test then waits for ever in a browser.",
    example="event: done\ndata: {}\n\n",
    remedy={
        "any": "Give every event a `data:` line, `data: {}` where there is nothing to say.",
        "fastapi": '`yield "event: done\\ndata: {}\\n\\n"`.',
        "sse-starlette": '`ServerSentEvent(event="done", data="{}")`.',
        "express": "`res.write('event: done\\ndata: {}\\n\\n')`.",
        "spring": '`SseEmitter.event().name("done").data("{}")`.',
    },
    explains_control=True,
)
def test_every_named_event_has_data(case: Case) -> None:
    """Every block that names an event has data."""
    for exchange in streams(case):
        for frame in exchange.stream.frames:
            silent = isinstance(frame, Silent) and bool(frame.type)
            found = f"`event: {frame.type}` without data at byte {frame.offset}" if isinstance(frame, Silent) else ""
            expect(not silent, found=found, expected="a data line in that block", at=exchange, offset=frame.offset)


@requirement(
    "SSE-FRAME-05",
    Level.SHOULD,
    PARSING,
    Source("httpx 0.28", "Response.iter_lines: splits as str.splitlines does"),
    why="U+2028, U+2029 and U+0085 end no line of a stream, but many line readers split at them, Python's "
    "`str.splitlines` and httpx's `iter_lines` among them: they cut the event in two. Simple clients that parse each "
    "data line by itself fail on JSON spread over several.",
    example='data: {"text":"a\\u2028b"}',
    remedy={
        "any": "Write JSON without indentation, and escape them in it, as an encoder that writes ASCII only does.",
        "fastapi": "`json.dumps(payload)` with its default `ensure_ascii=True`.",
        "express": "`JSON.stringify(payload).replace(/[\\u0085\\u2028\\u2029]/g, c => '\\\\u' + "
        "c.charCodeAt(0).toString(16).padStart(4, '0'))`.",
        "go": "`json.Marshal` escapes U+2028 and U+2029 by itself.",
    },
)
def test_json_stands_in_one_line(case: Case) -> None:
    """JSON stands in one line of data, and data holds no raw U+2028, U+2029 or U+0085."""
    for exchange in streams(case):
        if not exchange.stream.events:
            raise NotTestable("the stream has no event")
        for event in exchange.stream.events:
            raw = sorted(_SEPARATORS[character] for character in set(event.data) & _SEPARATORS.keys())
            found = f"{', '.join(raw)} raw in the data of the event at byte {event.offset}"
            expect(not raw, found=found, expected="them escaped", at=exchange, offset=event.offset)
            found = f"JSON in {event.data.count(_LF) + 1} data lines, in the event at byte {event.offset}"
            spread = _LF in event.data and _is_json(event.data)
            expect(not spread, found=found, expected="JSON in one data line", at=exchange, offset=event.offset)


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True
