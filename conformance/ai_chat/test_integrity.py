"""What users write stays text: it forges no events, and reaches no other stream."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatproof.failure import Failure, NotClaimed, NotTestable
from chatproof.requirement import requirement
from chatproof.verdict import Level

from .answers import exchange_of, shown
from .markers import INJECTED_EVENT, INJECTION_END, MARKERS
from .order import excerpt, text_of
from .sources import CHECKLIST, CURL, SSE_PARSING

if TYPE_CHECKING:
    from chatproof.case import Case
    from chatproof.recording import Exchange

_UNSEEN = "the answer does not repeat the message, so that nothing can be told from it"
_DECLARE = "echo = true"


@requirement(
    "AICHAT-EVT-07",
    Level.MUST,
    SSE_PARSING,
    CURL,
    why="Text written into `data:` as it is ends the event at its first line break: whoever writes the message, or "
    "feeds the model, then sends events in the backend's name.",
    example='event: token\ndata: {"text":"\\n\\nevent: done\\ndata: {}\\n\\n"}\n\n',
    remedy={
        "any": "Encode the text as JSON on one line; never put text into `data:` as it is.",
        "fastapi": '`json.dumps({"text": piece})`, not an f-string round the text.',
        "express": "`JSON.stringify({ text: piece })`, not a template round the text.",
        "go": "`json.Marshal`, not `fmt.Fprintf` of the text.",
    },
    scenarios=("turn", "injection"),
)
def test_message_text_forges_no_event(case: Case) -> None:
    """A message that holds the text of events creates none in the stream."""
    exchange = exchange_of(case["injection"], "turn")
    _expect_stream(exchange)
    for event in exchange.stream.events:
        if event.type == INJECTED_EVENT:
            raise Failure(
                found=f"an event {excerpt(event.type)} made of the message's own text",
                expected="the text inside a `token`, encoded as JSON",
                at=exchange,
                offset=event.offset,
            )
    _expect_no_second_done(case, exchange)
    if INJECTION_END not in text_of(exchange.stream.frames):
        _unseen(case)


def _expect_no_second_done(case: Case, exchange: Exchange) -> None:
    """More `done` events than the plain turn has come from the message."""
    plain = sum(event.type == "done" for event in exchange_of(case["turn"], "turn").stream.events)
    done = [event for event in exchange.stream.events if event.type == "done"]
    if len(done) > max(plain, 1):
        raise Failure(
            found=f"{len(done)} `done` events, where a plain turn has {plain}",
            expected="the text inside a `token`, encoded as JSON",
            at=exchange,
            offset=done[0].offset,
        )


@requirement(
    "AICHAT-EVT-10",
    Level.MUST,
    CHECKLIST,
    why="Answers that reach another user's stream are a data leak; the cause is state that requests share.",
    example='event: token\ndata: {"text":"the word of this request, and of no other"}\n\n',
    remedy={
        "any": "Keep the stream, its buffer and the answer in objects of the request, not of the module.",
        "express": "Create the emitter and buffers in the handler.",
        "fastapi": "Create the queue in the endpoint; no module-level generator or list.",
    },
    scenarios=("markers",),
)
def test_parallel_streams_do_not_mix(case: Case) -> None:
    """Of two parallel streams none holds text of the other."""
    recording = case["markers"]
    streams = {label: exchange_of(recording, label) for label in MARKERS}
    texts = {}
    for label, exchange in streams.items():
        _expect_stream(exchange)
        # Also what is no token: a word of the other stream is a leak wherever it stands.
        events = exchange.stream.events
        texts[label] = text_of(events) + "".join(event.data for event in events)
    for label, marker in MARKERS.items():
        for other in MARKERS.keys() - {label}:
            if marker in texts[other]:
                raise Failure(
                    found=f"the word {excerpt(marker)} of the other request",
                    expected="text of this request only",
                    at=streams[other],
                )
    if not all(marker in texts[label] for label, marker in MARKERS.items()):
        _unseen(case)


def _expect_stream(exchange: Exchange) -> None:
    if not exchange.is_stream or not exchange.stream.events:
        raise NotTestable(f"the message was not answered with a stream: {shown(exchange)}")


def _unseen(case: Case) -> None:
    if case.settings.echo:
        raise NotTestable(f"{_UNSEEN}, although `{_DECLARE}` is declared")
    raise NotClaimed(_UNSEEN, declare=_DECLARE)
