"""What became of a stream: the answer's facts in its sample, and the one cause that holds where it went wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from chatproof.samples.records import Sample

    from ..client.exchange import Answer
    from .reading import StreamReading

__all__ = ["settle", "take_facts"]

_OK = 200
_NEARLY = 0.999
"""A deadline may be kept some milliseconds early."""

_STREAM = "text/event-stream"


def take_facts(sample: Sample, answer: Answer, *, since_start: Callable[[int], int]) -> None:
    """Moves what HTTP knows into a sample, of a stream or of any other answer; the cause too."""
    sample.start_ns = since_start(answer.start_ns) if answer.start_ns else sample.start_ns
    sample.connected_ns = None if answer.connected_ns is None or answer.reused else since_start(answer.connected_ns)
    sample.sent_ns = None if answer.sent_ns is None else since_start(answer.sent_ns)
    sample.headers_ns = None if answer.headers_ns is None else since_start(answer.headers_ns)
    sample.end_ns = since_start(answer.end_ns) if answer.end_ns else sample.end_ns
    sample.status = answer.status
    sample.bytes = answer.bytes
    sample.wire_bytes = answer.wire_bytes
    sample.reads = answer.reads
    sample.coalesced = answer.coalesced
    sample.silence_max_ns = answer.silence_max_ns if answer.headers_ns is not None else None
    sample.lag_max_ns = answer.lag_max_ns
    sample.kernel = answer.kernel
    sample.local_port = answer.local_port
    sample.cause, sample.detail = answer.cause, answer.detail


def settle(sample: Sample, answer: Answer, reading: StreamReading, *, since_start: Callable[[int], int]) -> None:
    """
    Settles a stream.

    A stream that came to its terminal event is complete, however its body ended then. One that we closed because the
    run was over is censored; one that its user left early is aborted. One that was planned to stay open is well when
    it was answered, had text where there are tokens, and lasted that long; it is censored when it came to a proper end
    before.
    """
    take_facts(sample, answer, since_start=since_start)
    planned = sample.planned_ns
    lasted = sample.end_ns - sample.start_ns
    over = answer.closed_by_us or answer.cause == "timeout"
    if answer.headers_ns is not None and sample.status != _OK and not _unusable(answer):
        _fail(sample, "status", f"status {sample.status}")
    elif answer.headers_ns is not None and not reading.content_type.lower().startswith(_STREAM) and not answer.cause:
        _fail(sample, "wrong_type", f"media type {reading.content_type.partition(';')[0][:60] or 'missing'}")
    elif reading.error:
        _fail(sample, "error_event", reading.error)
    elif planned is not None and lasted >= planned * _NEARLY and over and answer.headers_ns is not None:
        _lasting(sample, reading)
    elif reading.terminal_ns is not None:
        _complete(sample, reading)
        sample.censored = not sample.cause and planned is not None and lasted < planned * _NEARLY
    elif reading.left:
        sample.aborted = not reading.leave_at_text
        _fail(sample, "", "")
    elif answer.closed_by_us:
        sample.censored = True
        _fail(sample, "", "")
    elif not answer.cause:
        _early_end(sample, reading, lasted)


def _unusable(answer: Answer) -> bool:
    """The answer's own cause says more than its status does."""
    return answer.cause in {"http2", "ours"}


def _lasting(sample: Sample, reading: StreamReading) -> None:
    """It was open for as long as planned; an answer without any text was none, however long it took."""
    lacks_text = bool(reading.rules.token) and reading.token_ns is None
    _fail(
        sample, *(("no_token", "the stream was open as long as planned, without a token") if lacks_text else ("", ""))
    )


def _complete(sample: Sample, reading: StreamReading) -> None:
    lacks_text = bool(reading.rules.token) and reading.token_ns is None
    _fail(sample, *(("no_token", "the answer ended without a token with text") if lacks_text else ("", "")))


def _early_end(sample: Sample, reading: StreamReading, lasted: int) -> None:
    """The body ended properly, and nothing had said that the answer is complete."""
    if reading.rules.token and reading.token_ns is None:
        _fail(sample, "no_token", "the body ended without a token")
    elif reading.rules.terminal:
        _fail(sample, "no_terminal", f"the body ended without {reading.rules.terminal.decode('ascii', 'replace')}")
    else:
        _fail(sample, "cut", f"the backend ended the stream after {lasted / 1e9:.1f} s")


def _fail(sample: Sample, cause: str, detail: str) -> None:
    sample.cause, sample.detail = cause, detail
