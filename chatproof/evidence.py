"""What a report shows of one exchange: head, time line and end, in excerpts."""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate
from typing import TYPE_CHECKING

from chatproof.run import Evidence, EvidenceFrame
from chatproof.sse import Comment, Event

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from chatproof.recording import Exchange
    from chatproof.sse import Frame, Stream

__all__ = ["evidence_of"]

EXCERPT_CHARACTERS = 300
FIRST_FRAMES = 150
LAST_FRAMES = 50
MORE_VIOLATIONS = 20
MOST_HEADERS = 60


def evidence_of(exchange: Exchange, profile: str) -> Evidence:
    """
    One exchange in excerpts of 300 characters, with at most 220 marks on its time line.

    Of a long stream these are the first 150, the last 50, and up to 20 violations of the format
    between them. The body of an answer that is no event stream is one mark of kind `data`.
    """
    response = exchange.response
    frames = _frames(exchange)
    shown = _shown(frames)
    return Evidence(
        profile=profile,
        scenario=exchange.scenario,
        label=exchange.label,
        method=exchange.request.method,
        url=_excerpt(exchange.request.url),
        request_headers=_headers(exchange.request.headers),
        request_body=_excerpt(_text(exchange.request.body)),
        status=exchange.status,
        reason=_excerpt(response.reason) if response else "",
        headers=_headers(response.headers) if response else (),
        head_seconds=_seconds(response.at_ns) if response else None,
        frames=shown,
        frames_left_out=len(frames) - len(shown),
        body_bytes=len(exchange.body),
        end=exchange.end.value,
        ended_seconds=_seconds(exchange.ended_ns),
        trouble=_excerpt(exchange.trouble),
    )


def _frames(exchange: Exchange) -> list[EvidenceFrame]:
    found: list[EvidenceFrame] = []
    if exchange.is_stream:
        stream = exchange.stream
        moment = _moments(exchange, stream)
        found.extend(_frame(frame) for frame in stream.frames)
        found.extend(
            EvidenceFrame(
                at_seconds=_seconds(moment(violation.offset)),
                kind="violation",
                name=violation.rule,
                text=_excerpt(f"byte {violation.offset}: {violation.found}"),
            )
            for violation in stream.violations
        )
        found.sort(key=lambda frame: frame.at_seconds)
    if not found and exchange.body:
        at = _seconds(exchange.reads[0].at_ns)
        found.append(EvidenceFrame(at_seconds=at, kind="data", name="body", text=_excerpt(_text(exchange.body))))
    return found


def _frame(frame: Frame) -> EvidenceFrame:
    at = _seconds(frame.at_ns)
    if isinstance(frame, Event):
        return EvidenceFrame(at_seconds=at, kind="event", name=_excerpt(frame.type), text=_excerpt(frame.data))
    if isinstance(frame, Comment):
        place = "inside a block" if frame.in_block else ""
        return EvidenceFrame(at_seconds=at, kind="comment", name=place, text=_excerpt(frame.text))
    text = f"no data; last event id {frame.id!r}" if frame.id else "no data"
    return EvidenceFrame(at_seconds=at, kind="silent", name=_excerpt(frame.type), text=_excerpt(text))


def _moments(exchange: Exchange, stream: Stream) -> Callable[[int], int]:
    """
    When the byte at an offset of the stream arrived, in nanoseconds.

    Exact where the body came without content coding; otherwise the arrival of the frame that holds
    the byte, or of the first one after it.
    """
    last = exchange.reads[-1].at_ns if exchange.reads else 0
    if stream.size == len(exchange.body):
        ends = list(accumulate(len(read.data) for read in exchange.reads))
        times = [read.at_ns for read in exchange.reads]
    else:
        ends = list(accumulate((frame.end for frame in stream.frames), max))
        times = [frame.at_ns for frame in stream.frames]
    times.append(last)
    return lambda offset: times[bisect_right(ends, offset)]


def _shown(frames: Sequence[EvidenceFrame]) -> tuple[EvidenceFrame, ...]:
    if len(frames) <= FIRST_FRAMES + LAST_FRAMES:
        return tuple(frames)
    between = [frame for frame in frames[FIRST_FRAMES:-LAST_FRAMES] if frame.kind == "violation"]
    return (*frames[:FIRST_FRAMES], *between[:MORE_VIOLATIONS], *frames[-LAST_FRAMES:])


def _headers(headers: Sequence[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    shown = tuple((_excerpt(name), _excerpt(value)) for name, value in headers[:MOST_HEADERS])
    left_out = len(headers) - len(shown)
    return (*shown, ("...", f"{left_out} more header lines")) if left_out else shown


def _text(data: bytes) -> str:
    """The start of a body as text; a character that the cut splits is dropped with the rest."""
    return data[: 4 * EXCERPT_CHARACTERS + 4].decode("utf-8", errors="replace")


def _excerpt(text: str) -> str:
    return text if len(text) <= EXCERPT_CHARACTERS else f"{text[:EXCERPT_CHARACTERS]}..."


def _seconds(nanoseconds: int) -> float:
    return round(nanoseconds / 1e9, 6)
