"""The cursor of a poll: what follows it comes once, in order, and nothing else does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatproof.failure import Failure, NotClaimed, NotTestable, expect
from chatproof.recording import End
from chatproof.requirement import requirement
from chatproof.scenario import CONTROL
from chatproof.verdict import Level

from .answers import claimed, exchange_of, succeeded
from .polled import cursor_after, events_of, shown, text_of
from .scenarios.polls import GARBAGE
from .sources import COMMANDS, DIAGNOSIS

if TYPE_CHECKING:
    from chatproof.case import Case
    from chatproof.config import ProfileSettings
    from chatproof.recording import Exchange, Recording

_CLIENT_ERROR = 4


@requirement(
    "HYBRID-POLL-03",
    Level.MUST,
    DIAGNOSIS,
    COMMANDS,
    why="Polling is the transport that is left when Stream Chat fails: what it loses nobody ever sees, and what it "
    "repeats stands there twice.",
    example='{"events":[{"id":43,"text":"next"}],"lastEventId":43}',
    remedy={
        "any": "Give each message the next number of one sequence, select `id > cursor` in its order, and return the "
        "id of the last event given, not the newest there is.",
        "next": "Keep messages outside the module: each serverless instance has a memory of its own.",
        "express": "No `Date.now()` for an id: two messages in one millisecond have the same.",
        "fastapi": "`select(...).where(Message.id > cursor).order_by(Message.id).limit(n)`.",
    },
    scenarios=("ledger",),
    profiles=("hybrid",),
    means=("publish", "loopback_or_intrusive"),
)
def test_polling_loses_and_repeats_nothing(case: Case) -> None:
    """Polling with the cursor that each answer gives, every message comes, once, in the order of posting."""
    recording, settings = case["ledger"], case.settings
    texts = _posted(recording)
    polls = [entry for entry in recording.exchanges if entry.label.startswith("poll/")]
    seen: dict[str, list[tuple[int, int]]] = {text: [] for text in texts}
    for number, exchange in enumerate(polls):
        for position, event in enumerate(_events(exchange, settings)):
            told = text_of(event)
            for text in texts:
                if text in told:
                    seen[text].append((number, position))
    if not any(cursor_after(exchange, settings) for exchange in polls):
        fields = f"`{settings.cursor_field or 'events'}` or `{settings.id_field}`"
        raise NotTestable(f"no poll gave a cursor in {fields}: check `cursor_field` and `id_field`")
    lost = [text for text, places in seen.items() if not places]
    _expect_none(lost, "lost", texts, polls[-1])
    _expect_none([text for text, places in seen.items() if len(places) > 1], "repeated", texts, polls[-1])
    in_order = texts[: int(recording.findings.get("in_order", 0))]
    places = [seen[text][0] for text in in_order]
    order = ", ".join(str(in_order.index(text) + 1) for text in sorted(in_order, key=lambda text: seen[text][0]))
    expect(
        places == sorted(places),
        found=f"messages posted one after another in the order {order}",
        expected="the order of posting",
        at=polls[places[0][0]],
    )


def _posted(recording: Recording) -> list[str]:
    """The texts that were posted; NotTestable where one was not taken."""
    texts = recording.findings.get("texts")
    published = [entry for entry in recording.exchanges if entry.label.startswith("publish/")]
    if not texts or not published:
        raise NotTestable("no message was posted")
    failed = next((entry for entry in published if not succeeded(entry)), None)
    if failed is not None or len(published) != len(texts):
        what = shown(failed) if failed else "nothing"
        raise NotTestable(f"a message was answered with {what}: check `publish`")
    return [str(text) for text in texts]


def _events(exchange: Exchange, settings: ProfileSettings) -> list[object]:
    """The events of a poll; a Failure where it failed, NotTestable where there is no list."""
    expect(succeeded(exchange), found=f"a poll with {shown(exchange)}", expected="status 200", at=exchange)
    events = events_of(exchange, settings)
    if events is None:
        raise NotTestable(f"a poll has no list in `{settings.events_field}`: check `events_field`")
    return events


def _expect_none(wrong: list[str], what: str, texts: list[str], at: Exchange) -> None:
    if wrong:
        numbers = ", ".join(str(texts.index(text) + 1) for text in wrong)
        raise Failure(
            found=f"{what}: {len(wrong)} of {len(texts)} messages (number {numbers})", expected="each once", at=at
        )


@requirement(
    "HYBRID-POLL-04",
    Level.MUST,
    COMMANDS,
    why="Clients come with no cursor, with one from before a restart, or with `undefined`: a 500 or the whole history "
    "at every poll is what they get from `Number(x)` and a comparison with NaN.",
    example='HTTP/1.1 400 Bad Request\nContent-Type: application/json\n\n{"error":"lastEventId is no id"}',
    remedy={
        "any": "Parse the cursor, and answer 400 (or an empty list) where it is none; after 0 give the newest messages "
        "up to a limit.",
        "next": "`const cursor = Number(id); if (!Number.isSafeInteger(cursor)) return new Response(null, {status: "
        "400})`: with NaN every comparison is false.",
        "express": "The same; `parseInt` takes `12abc` for 12.",
        "fastapi": '`last_event_id: Annotated[int, Query(alias="lastEventId", ge=0)] = 0` answers 422, which will do.',
    },
    scenarios=(CONTROL, "cursors"),
    profiles=("hybrid",),
    optional=("backlog",),
)
def test_odd_cursors_are_answered(case: Case) -> None:
    """After 0 a bounded backlog comes, after an id of the future nothing, and after what is no id a 400 or nothing."""
    settings, recording = case.settings, case["cursors"]
    backlog = case[CONTROL].exchanges[0]
    expect(
        backlog.end is not End.BYTE_CAP,
        found=f"more than {len(backlog.body)} bytes after 0",
        expected="a backlog that ends",
        at=backlog,
    )
    unknown = succeeded(backlog) and events_of(backlog, settings) is None
    for label, text in GARBAGE.items():
        exchange = exchange_of(recording, label)
        right = _is_empty(exchange, settings) or _is_client_error(exchange) or (unknown and succeeded(exchange))
        found = f"`{settings.cursor_parameter}={text}`: {_told(exchange, settings)}"
        expect(right, found=found, expected="status 400, or an empty list", at=exchange)
    if unknown:
        raise NotClaimed(
            f"a poll has no list in `{settings.events_field}`, nor one list alone elsewhere, to look for events in",
            declare='events_field = "messages"  # in [profiles.hybrid]',
        )
    if "future" in recording:
        exchange = recording["future"]
        found = f"with a cursor of the future: {_told(exchange, settings)}"
        expect(_is_empty(exchange, settings), found=found, expected="an empty list", at=exchange)
    filled = claimed(case, "backlog")
    if filled is not None:
        _expect_bounded(filled, settings)


def _expect_bounded(recording: Recording, settings: ProfileSettings) -> None:
    """The channel holds more than a first poll may give; whose messages come first, the oldest too, is left open."""
    failed = next((entry for entry in recording.exchanges if not succeeded(entry)), None)
    if failed is not None:
        raise NotTestable(f"`{failed.key}` was answered with {shown(failed)}")
    first = exchange_of(recording, "first")
    events = _events(first, settings)
    if not events:
        raise NotTestable("the first poll gave nothing of a channel to which messages were posted before it")
    expected = f"{settings.backlog} at the most, as `backlog` says"
    expect(len(events) <= settings.backlog, found=f"{len(events)} events after 0", expected=expected, at=first)


def _is_empty(exchange: Exchange, settings: ProfileSettings) -> bool:
    return succeeded(exchange) and events_of(exchange, settings) == []


def _is_client_error(exchange: Exchange) -> bool:
    return exchange.status is not None and exchange.status // 100 == _CLIENT_ERROR


def _told(exchange: Exchange, settings: ProfileSettings) -> str:
    events = events_of(exchange, settings)
    return f"{len(events)} events" if succeeded(exchange) and events is not None else shown(exchange)
