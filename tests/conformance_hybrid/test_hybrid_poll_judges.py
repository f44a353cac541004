"""The judges on polling, cursors, channels and the health route."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from chatproof.config import Hybrid
from chatproof.conformance.hybrid import test_channels, test_cursors, test_health, test_polling
from chatproof.failure import NotClaimed, NotTestable
from chatproof.recording import End
from conformance_hybrid.answers import NO_STORE, SETTINGS, failed, hybrid, of, polled, silent, told
from support.outcome import found, outcome
from support.recordings import exchange, recording, without

if TYPE_CHECKING:
    from chatproof.case import Case
    from chatproof.recording import Exchange, Recording

HEALTH = test_health.test_health_is_told_afresh
OVER = test_polling.test_poll_is_soon_over
TYPE = test_polling.test_poll_is_of_the_type_it_says
PARAMETERS = test_polling.test_missing_parameters_are_refused
CACHE = test_polling.test_poll_comes_from_no_cache
LEDGER = test_cursors.test_polling_loses_and_repeats_nothing
ODD = test_cursors.test_odd_cursors_are_answered
CHANNELS = test_channels.test_foreign_channels_are_refused

LISTS: Any = {"messages": [], "typing": []}
NAMED: Any = {"messages": [], "cursor": "7"}
POLL = polled("poll")
CADENCE = of("cadence", polled("1"), polled("2"))
TEXTS = ["m-001", "m-002", "m-003", "m-004"]
PUBLISHED = tuple(told(f"publish/{text[-3:]}", {"id": 1}, status=201) for text in TEXTS)


def ledger(*polls: Exchange, published: tuple[Exchange, ...] = PUBLISHED, settings: Hybrid = SETTINGS) -> Case:
    return hybrid(settings=settings, ledger=of("ledger", *published, *polls, texts=TEXTS, in_order=3))


def first_of(*events: tuple[int, str]) -> Exchange:
    return polled("poll/001", *events)


REST = polled("poll/002", (5, "m-004"))
ALL = ((2, "m-001"), (3, "m-002"), (4, "m-003"))
TOLD = ledger(first_of(*ALL), REST)


def odd(backlog: Recording | None = None, poll: Exchange = POLL, **changed: Exchange) -> Case:
    usual = {label: failed(label, 400) for label in ("words", "nan", "undefined")}
    answers = {**usual, "future": polled("future"), **changed}
    rest: dict[str, Any] = {"backlog": backlog} if backlog else {}
    return hybrid(poll=poll, cursors=of("cursors", *answers.values()), **rest)


def channels(watched: Recording | None = None, **changed: Exchange) -> Case:
    answers = {label: failed(label, 403) for label in ("foreign", "mixed", "anonymous")} | changed
    rest: dict[str, Any] = {"foreign_messages": watched} if watched else {}
    return hybrid(foreign_channel=of("foreign_channel", *answers.values()), **rest)


def watched(**changed: Exchange) -> Recording:
    answers = {label: failed(label, 403) for label in ("foreign", "mixed", "anonymous")}
    answers["member"] = polled("member/001", (1, "hush"))
    return of("foreign_messages", *(answers | changed).values(), text="hush")


def between(*looks: Exchange, before: Exchange | None = None, posted: Exchange | None = None) -> Recording:
    return of("between", before or polled("before"), posted or told("publish", status=201), *looks, text="hush")


def parameters(**changed: Exchange) -> Case:
    answers = {label: failed(label, 400) for label in ("no_channels", "no_client", "neither")} | changed
    return hybrid(missing_parameters=of("missing_parameters", *answers.values()))


def health(first: Exchange, second: Exchange | None = None) -> Case:
    return hybrid(health=of("health", first, second or told("second", {"status": "ok"})))


MET: list[tuple[Any, Case]] = [
    (HEALTH, health(told("first", {"status": "ok"}))),
    (HEALTH, health(told("first", headers=without(NO_STORE, "cache-control")))),
    (HEALTH, health(told("first", headers=(*NO_STORE, ("Age", "0"), ("X-Vercel-Cache", "MISS"))))),
    (HEALTH, health(told("first", headers=(("Cache-Control", "public, max-age=0, must-revalidate"),)))),
    (HEALTH, health(told("first", ended_seconds=5.0))),
    (OVER, hybrid(poll=POLL, cadence=CADENCE)),
    (OVER, hybrid(poll=polled("poll", ended_seconds=4.0), cadence=CADENCE)),
    (OVER, hybrid(poll=told("poll", [{"id": 1}]), cadence=CADENCE)),
    (TYPE, hybrid(poll=POLL)),
    (TYPE, hybrid(poll=told("poll", [], headers=(("Content-Type", "Application/JSON; charset=utf-8"),)))),
    (TYPE, hybrid(poll=told("poll", {}, headers=(("Content-Type", "application/vnd.chat+json"),)))),
    (TYPE, hybrid(poll=exchange("poll", headers=(("Content-Type", "text/event-stream"),), body=b"data: {}\n\n"))),
    (PARAMETERS, parameters()),
    (PARAMETERS, parameters(no_client=failed("no_client", 422))),
    (CACHE, hybrid(poll=POLL)),
    (CACHE, hybrid(poll=POLL, between=between(polled("after/1"), polled("after/2", (9, "hush"))))),
    (CACHE, hybrid(poll=POLL, between=between(polled("after/1"), polled("after/2", (9, "of others"))))),
    (CACHE, hybrid(poll=told("poll", headers=(("Cache-Control", "private, no-cache, NO-STORE, max-age=0"),)))),
    (LEDGER, TOLD),
    (LEDGER, ledger(polled("poll/000", (1, "of others")), first_of(*ALL), REST, polled("poll/003", cursor=5))),
    (LEDGER, ledger(first_of(*ALL[:1]), polled("poll/002", *ALL[1:], (5, "m-004")))),
    (LEDGER, ledger(first_of((9, "m-004"), *ALL))),
    (
        LEDGER,
        ledger(
            told("poll/001", [{"id": "a-1", "text": text} for text in TEXTS]),
            settings=replace(SETTINGS, events_field=""),
        ),
    ),
    (ODD, odd()),
    (ODD, odd(poll=told("poll", NAMED), words=told("words", NAMED), future=told("future", {"data": NAMED}))),
    (LEDGER, ledger(told("poll/001", {"data": {"list": [{"id": n, "text": t} for n, t in enumerate(TEXTS)]}}))),
    (ODD, odd(words=polled("words"), nan=failed("nan", 422))),
    (ODD, odd(of("backlog", polled("first", (2, "m-1"), (3, "m-2"), (4, "m-3")), text="m"))),
    (ODD, odd(of("backlog", polled("first", (1, "the oldest, of others")), text="m"))),
    (CHANNELS, channels()),
    (CHANNELS, channels(foreign=failed("foreign", 404), anonymous=failed("anonymous", 401))),
    (CHANNELS, channels(watched(mixed=polled("mixed", (1, "own"))), mixed=polled("mixed", (1, "own")))),
]


@pytest.mark.parametrize(("judge", "given"), MET)
def test_right_answers_meet_it(judge: Any, given: Case) -> None:
    assert outcome(judge, given) is None


def test_a_cursor_of_the_future_is_nothing_where_ids_are_texts() -> None:
    answers = [failed(label, 400) for label in ("words", "nan", "undefined")]
    assert outcome(ODD, hybrid(poll=POLL, cursors=of("cursors", *answers))) is None


BROKEN: list[tuple[Any, Case, str]] = [
    (HEALTH, health(failed("first", 401)), "status 401"),
    (HEALTH, health(exchange("first", body=b"<h1>ok</h1>")), "no media type"),
    (HEALTH, health(told("first", headers=(("Cache-Control", "s-maxage=31536000"),))), "s-maxage"),
    (HEALTH, health(told("first", headers=(*NO_STORE, ("x-nextjs-cache", "HIT")))), "x-nextjs-cache"),
    (HEALTH, health(told("first"), told("second", headers=(*NO_STORE, ("Age", "12")))), "Age: 12"),
    (HEALTH, health(told("first", {"error": "Traceback (most recent call last):"})), "a stack trace"),
    (
        HEALTH,
        health(told("first", findings={"secrets_seen": [{"secret": 1, "kind": "server secret", "where": "body"}]})),
        "server secret",
    ),
    (HEALTH, health(told("first", ended_seconds=2.5), told("second", ended_seconds=3.0)), "2.50 s"),
    (OVER, hybrid(poll=polled("poll", end=End.IDLE_DEADLINE, ended_seconds=3.0), cadence=CADENCE), "did not end"),
    (OVER, hybrid(poll=exchange("poll", body=b"<html>"), cadence=CADENCE), "no JSON"),
    (OVER, hybrid(poll=POLL, cadence=of("cadence", polled("1"), failed("2", 500))), "status 500"),
    (
        OVER,
        hybrid(
            poll=polled("poll", ended_seconds=1.4),
            cadence=of("cadence", polled("1", ended_seconds=1.2), polled("2", ended_seconds=1.3)),
        ),
        "1.20 s for the quickest of 3",
    ),
    (TYPE, hybrid(poll=told("poll", headers=(("Content-Type", "text/event-stream"),))), "JSON as text/event-stream"),
    (TYPE, hybrid(poll=told("poll", headers=())), "JSON as nothing"),
    (TYPE, hybrid(poll=exchange("poll", headers=NO_STORE, body=b"data: {}\n\n")), "an event stream as application"),
    (PARAMETERS, parameters(no_channels=polled("no_channels")), "without `channels`: status 200"),
    (PARAMETERS, parameters(no_client=polled("no_client")), "without `clientId`: status 200"),
    (PARAMETERS, parameters(neither=failed("neither", 500)), "without both: status 500"),
    (CACHE, hybrid(poll=told("poll", headers=without(NO_STORE, "cache-control"))), "`Cache-Control: `"),
    (CACHE, hybrid(poll=told("poll", headers=(("Cache-Control", "no-cache"),))), "no-cache"),
    (CACHE, hybrid(poll=POLL, between=between(polled("after/1"), polled("after/2"))), "none of 2 answers"),
    (
        CACHE,
        hybrid(poll=POLL, between=between(polled("after/1", (1, "old")), before=polled("before", (1, "old")))),
        "none of 1 answers",
    ),
    (LEDGER, ledger(first_of(*ALL[1:]), REST), "lost: 1 of 4 messages (number 1)"),
    (LEDGER, ledger(first_of(*ALL), polled("poll/002", ALL[2], (5, "m-004"))), "repeated: 1 of 4 messages (number 3)"),
    (LEDGER, ledger(first_of(*ALL, ALL[0]), REST), "repeated"),
    (LEDGER, ledger(first_of(*ALL[::-1]), REST), "in the order 3, 2, 1"),
    (LEDGER, ledger(first_of(*ALL), failed("poll/002", 500)), "status 500"),
    (ODD, odd(poll=polled("poll", end=End.BYTE_CAP)), "bytes after 0"),
    (ODD, odd(nan=failed("nan", 500)), "`lastEventId=NaN`: status 500"),
    (ODD, odd(words=polled("words", (1, "all"))), "1 events"),
    (ODD, odd(undefined=silent("undefined")), "no answer"),
    (ODD, odd(future=polled("future", (1, "all"))), "of the future: 1 events"),
    (ODD, odd(future=failed("future", 500)), "status 500"),
    (ODD, odd(of("backlog", polled("first", *((n, f"m-{n}") for n in range(4))), text="m")), "4 events after 0"),
    (CHANNELS, channels(foreign=polled("foreign")), "alone: status 200"),
    (CHANNELS, channels(mixed=failed("mixed", 500)), "beside an own one: status 500"),
    (CHANNELS, channels(mixed=polled("mixed"), foreign=polled("foreign")), "alone: status 200"),
    (ODD, odd(poll=told("poll", LISTS), nan=failed("nan", 500)), "status 500"),
    (CHANNELS, channels(anonymous=polled("anonymous")), "without a credential: status 200"),
    (
        CHANNELS,
        channels(watched(mixed=polled("mixed", (1, "hush"))), mixed=polled("mixed")),
        "a message of the foreign",
    ),
    (CHANNELS, channels(watched(), foreign=failed("foreign", 500)), "alone: status 500"),
]


@pytest.mark.parametrize(("judge", "given", "expected"), BROKEN)
def test_wrong_answers_are_found(judge: Any, given: Case, expected: str) -> None:
    assert expected in found(judge, given)


LACKING: list[tuple[Any, Case, str]] = [
    (TYPE, hybrid(poll=exchange("poll", body=b"hello")), "neither JSON nor"),
    (TYPE, hybrid(poll=silent("poll")), "no body"),
    (CACHE, hybrid(poll=silent("poll")), "got no answer"),
    (CACHE, hybrid(poll=POLL, between=between(polled("after/1"), posted=failed("publish", 404))), "check `publish`"),
    (CACHE, hybrid(poll=POLL, between=between()), "nobody looked"),
    (
        CACHE,
        hybrid(poll=POLL, between=between(polled("after/1"), before=polled("before", (1, "hush")))),
        "nobody looked",
    ),
    (LEDGER, ledger(first_of(*ALL), REST, published=(*PUBLISHED[:3], failed("publish/004", 404))), "check `publish`"),
    (LEDGER, ledger(first_of(*ALL), REST, published=PUBLISHED[:3]), "check `publish`"),
    (LEDGER, ledger(told("poll/001", LISTS)), "check `events_field`"),
    (LEDGER, ledger(told("poll/001", {"events": [{"text": text} for text in TEXTS]})), "check `cursor_field`"),
    (ODD, odd(of("backlog", polled("first"), text="m")), "gave nothing of a channel"),
    (ODD, odd(of("backlog", failed("publish/001", 429), polled("first"), text="m")), "status 429"),
    (CHANNELS, channels(watched(member=polled("member/001"))), "check `foreign_channel`"),
]


@pytest.mark.parametrize(("judge", "given", "expected"), LACKING)
def test_what_shows_nothing_is_no_verdict(judge: Any, given: Case, expected: str) -> None:
    raised = outcome(judge, given)
    assert isinstance(raised, NotTestable), raised
    assert expected in raised.missing


@pytest.mark.parametrize(
    ("judge", "given", "declare"),
    [
        (CHANNELS, channels(mixed=polled("mixed")), "second_user"),
        (ODD, odd(poll=told("poll", LISTS), words=told("words", LISTS)), "events_field"),
    ],
)
def test_what_cannot_be_seen_is_not_claimed(judge: Any, given: Case, declare: str) -> None:
    raised = outcome(judge, given)
    assert isinstance(raised, NotClaimed)
    assert declare in raised.declare


@pytest.mark.parametrize("judge", [HEALTH, OVER, PARAMETERS, LEDGER, ODD, CHANNELS])
def test_nothing_recorded_is_not_met(judge: Any) -> None:
    assert isinstance(outcome(judge, hybrid()), NotTestable)
    names = ("health", "missing_parameters", "ledger", "cursors", "foreign_channel")
    nothing: dict[str, Any] = {name: recording(name, profile="hybrid") for name in names}
    assert isinstance(outcome(judge, hybrid(poll=POLL, **nothing)), NotTestable)
