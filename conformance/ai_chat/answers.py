"""How judges read an answer: was it a rejection, was it a chat turn, when did its frames arrive."""

from __future__ import annotations

from http import HTTPStatus
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from chatproof.failure import Failure, NotClaimed, NotTestable
from chatproof.recording import End
from chatproof.sse import Comment, Event

from ..words import counted
from .order import HEARTBEAT_NAMES, Order, excerpt, order_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from chatproof.case import Case
    from chatproof.config import AiChat
    from chatproof.recording import Exchange, Recording
    from chatproof.sse import Frame

__all__ = [
    "INVALID",
    "accepted",
    "arrivals",
    "difference",
    "exchange_of",
    "expect_all_rejected",
    "expect_rejected",
    "heartbeats",
    "json_of",
    "no_heartbeat",
    "order",
    "plain_turns",
    "seconds",
    "shown",
    "silence",
    "turn_or_not_testable",
]

INVALID = frozenset({400, 422})
"""The statuses that say `your request is invalid`; frameworks use one or the other."""

_TOGETHER_NS = 50_000_000
"""Frames within 50 ms of each other count as one arrival."""


def shown(exchange: Exchange) -> str:
    """An answer in a few words: its status and media type, or why there is none."""
    if exchange.response is None:
        return f"no answer ({exchange.trouble or exchange.end.value})"
    media = exchange.response.media_type or "no media type"
    return f"status {exchange.response.status} with {media}"


def seconds(duration_ns: int) -> str:
    """A duration as a reader wants it."""
    return f"{duration_ns / 1e9:.2f} s"


def exchange_of(recording: Recording, label: str) -> Exchange:
    """The exchange of a label, or NotTestable where the scenario did not come to it."""
    if label not in recording:
        raise NotTestable(f"`{label}` of the scenario `{recording.scenario}` was not recorded")
    return recording[label]


def accepted(exchange: Exchange) -> bool:
    """The request was answered with a 2xx: on a chat route, the turn began."""
    return exchange.status is not None and exchange.status // 100 == 2  # noqa: PLR2004 - the class of success


def rejection_fault(exchange: Exchange, statuses: Iterable[int] = INVALID) -> str:
    """Why an answer is no rejection with one of the statuses; empty where it is one."""
    if exchange.status not in set(statuses) or exchange.is_stream:
        return shown(exchange)
    return ""


def _statuses(statuses: Iterable[int]) -> str:
    *most, last = [str(status) for status in sorted(statuses)]
    return f"{', '.join(most)} or {last}" if most else last


def expect_rejected(exchange: Exchange, what: str, statuses: Iterable[int] = INVALID) -> None:
    """Raises `Failure` unless the request was answered with one of the statuses, and not as a stream."""
    expect_all_rejected({what: exchange}, statuses)


def expect_all_rejected(exchanges: dict[str, Exchange], statuses: Iterable[int] = INVALID) -> None:
    """Raises one `Failure` that names every request that was not rejected; NotTestable where there is none."""
    if not exchanges:
        raise NotTestable("no such request was sent")
    faults = {what: rejection_fault(exchange, statuses) for what, exchange in exchanges.items()}
    wrong = {what: fault for what, fault in faults.items() if fault}
    if wrong:
        raise Failure(
            found="; ".join(f"{what}: {fault}" for what, fault in wrong.items()),
            expected=f"status {_statuses(statuses)}, not a stream",
            at=exchanges[next(iter(wrong))],
        )


def json_of(exchange: Exchange) -> Any:
    """The body as JSON under a JSON media type; raises `Failure` where it is not."""
    media = exchange.response.media_type if exchange.response else ""
    expected = "a JSON body (`application/json` or `application/problem+json`)"
    if not (media == "application/json" or media.endswith("+json")):
        raise Failure(found=f"{shown(exchange)}: {_body(exchange)}", expected=expected, at=exchange)
    try:
        return exchange.json()
    except (ValueError, RecursionError):
        raise Failure(found=f"a body that is no JSON: {_body(exchange)}", expected=expected, at=exchange) from None


def _body(exchange: Exchange) -> str:
    return excerpt(exchange.body[:200].decode("utf-8", "replace")) if exchange.body else "an empty body"


def order(case: Case, exchange: Exchange) -> Order:
    """The stream of an exchange read by the grammar of the case's profile."""
    return order_of(exchange.stream.frames, case.settings)


def plain_turns(case: Case) -> list[Exchange]:
    """The control turn, and the second plain turn where it was answered."""
    recording = case["turn"]
    turns = [exchange_of(recording, "turn")]
    if not accepted(turns[0]):
        raise NotTestable(f"the control turn was not accepted: {shown(turns[0])}")
    if "again" in recording and accepted(recording["again"]):
        turns.append(recording["again"])
    return turns


def difference(case: Case, exchange: Exchange, control: Exchange) -> str:
    """
    What sets an answer apart from the control turn; empty where it is an answer of the same kind.

    Compared are status, media type, whether a `done` came, whether it says `error`, and whether the body
    ended cleanly: a defect that the control turn has too is not held against this one.
    """
    if control.response is None or not accepted(control):
        raise NotTestable(f"the control turn was not accepted: {shown(control)}")
    if exchange.response is None:
        return shown(exchange)
    if exchange.status != control.status or exchange.response.media_type != control.response.media_type:
        return shown(exchange)
    ours, theirs = order(case, exchange), order(case, control)
    if theirs.done and not ours.done:
        ended = f" ({exchange.trouble})" if exchange.trouble else ""
        events = counted(len(exchange.stream.events), "event")
        return f"no `done` in {events}; the body ended by: {exchange.end.value}{ended}"
    if ours.failed and not theirs.failed:
        return "`finish_reason` error"
    if control.end.clean and not exchange.end.clean:
        return f"the body ended by: {exchange.end.value}"
    return ""


def turn_or_not_testable(recording: Recording, label: str = "turn") -> Exchange:
    """The exchange of a declared means, or NotTestable where it was not answered as an event stream."""
    exchange = exchange_of(recording, label)
    if exchange.status != HTTPStatus.OK or not exchange.is_stream:
        raise NotTestable(f"the turn of `{recording.scenario}` was not answered with a stream: {shown(exchange)}")
    return exchange


def arrivals(frames: Iterable[Frame]) -> list[int]:
    """When frames arrived, in nanoseconds since the request: one entry for all within 50 ms of the first of them."""
    starts: list[int] = []
    for frame in frames:
        if not starts or frame.at_ns - starts[-1] > _TOGETHER_NS:
            starts.append(frame.at_ns)
    return starts


def heartbeats(exchange: Exchange, settings: AiChat) -> list[Comment | Event]:
    """
    The heartbeats of a turn in any form, in order.

    A heartbeat is an event named like one, or a comment that names one. Where no comment does, all of them are taken
    for heartbeats but a greeting (a first frame); where some do, the others are padding or remarks.
    """
    names = HEARTBEAT_NAMES | {settings.heartbeat_event}
    frames = exchange.stream.frames
    comments = {frame for frame in frames[1:] if isinstance(frame, Comment)}
    named = {frame for frame in exchange.stream.comments if any(name in frame.text.lower() for name in names)}
    beats: set[Comment] = named or comments
    return [
        frame
        for frame in frames
        if (isinstance(frame, Event) and frame.type in names and frame.type not in settings.extra_events)
        or (isinstance(frame, Comment) and frame in beats)
    ]


def no_heartbeat(exchange: Exchange, settings: AiChat) -> NotTestable | NotClaimed:
    """Why a long turn without a heartbeat says nothing: none came though one was due, or none was due."""
    if silence(exchange)[0] > settings.heartbeat * 1e9:
        return NotTestable("no heartbeat came in the long turn, though one was due")
    return NotClaimed(
        "no heartbeat was due in the long turn: its events came faster than the interval",
        declare='long_turn = { message = "a question whose answer is preceded by a long silence" }',
    )


def silence(exchange: Exchange) -> tuple[int, int]:
    """
    The longest silence of a stream and when it began, both in nanoseconds.

    It is looked for from the head to the last event, or to the end of the body where no `done` came.
    """
    head = exchange.response.at_ns if exchange.response else 0
    events = exchange.stream.events
    finished = bool(events) and events[-1].type == "done"
    stop = events[-1].at_ns if finished else exchange.ended_ns
    if exchange.end is End.ABORTED and not finished:
        stop = exchange.reads[-1].at_ns if exchange.reads else head
    marks = [head, *(read.at_ns for read in exchange.reads if head <= read.at_ns <= stop), max(stop, head)]
    return max((later - earlier, earlier) for earlier, later in pairwise(marks))
