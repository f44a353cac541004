"""The judges on a resumed stream."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from chatproof.config import Auth
from chatproof.conformance.sse import test_cors, test_resume
from chatproof.failure import Failure, NotClaimed, NotTestable
from chatproof.recording import End
from support.outcome import found, outcome
from support.recordings import ORIGIN, case, exchange, recording, turn

if TYPE_CHECKING:
    from chatproof.recording import Exchange

RESUMES = test_resume.test_stream_resumes_after_the_last_event_id
ENDS = test_resume.test_finished_stream_ends_reconnecting
CORS = test_cors.test_page_may_resume_a_stream


def numbered(*ids: str) -> bytes:
    return b": connected\n\n" + b"".join(
        f'id: {value}\nevent: token\ndata: {{"text":"a"}}\n\n'.encode() for value in ids
    )


def left(*ids: str) -> Exchange:
    return turn(body=numbered(*ids), end=End.ABORTED)


def resumed(*ids: str, last: str = "2", **changes: Any) -> Exchange:
    asked = (("Accept", "text/event-stream"), ("Last-Event-ID", last))
    return turn("resumed", **{"method": "GET", "request_headers": asked, "body": numbered(*ids), **changes})


def finished(status: int | None = 204, **changes: Any) -> Exchange:
    return exchange("finished", status=status, method="GET", **changes)


@pytest.mark.parametrize("judge", [RESUMES, ENDS, CORS])
def test_nothing_recorded_is_not_met(judge: Any) -> None:
    assert isinstance(outcome(judge, case()), NotTestable)
    assert isinstance(outcome(judge, case(resume=recording("resume", not_claimed="none"))), NotClaimed)
    assert isinstance(outcome(judge, case(resume=left("1", "2"))), NotTestable)


def test_stream_goes_on_after_the_last_id() -> None:
    assert outcome(RESUMES, case(turn=turn(), resume=[left("1", "2"), resumed("3", "4")])) is None
    assert outcome(RESUMES, case(turn=turn(), resume=[left("t-8", "t-9"), resumed("t-10", "t-11", last="t-9")])) is None
    assert outcome(RESUMES, case(turn=turn(), resume=[left("x9f", "qq"), resumed("k", "1", last="qq")])) is None
    assert outcome(RESUMES, case(turn=turn(), resume=[left("1", "2"), resumed("3", end=End.STILL_OPEN)])) is None


def test_events_that_carry_on_an_id_are_no_duplicates() -> None:
    body = b"id: 1\ndata: a\n\ndata: b\n\nid: 2\ndata: c\n\n"
    assert outcome(RESUMES, case(turn=turn(), resume=[turn(body=body, end=End.ABORTED), resumed("3")])) is None


@pytest.mark.parametrize(
    ("exchanges", "text"),
    [
        ([left("1", "1"), resumed("2", last="1")], "id 1 on several events"),
        ([left("1", "2"), resumed("1", "2", "3")], "id 1, 2 once more"),
        ([left("1", "2"), resumed("2", "3")], "id 2 once more"),
        ([left("1", "2"), resumed("4", "5")], "id 4 after id 2, where ids count up by one"),
        ([left("1", "2"), resumed("3", "5")], "id 5 after id 3, where ids count up by one"),
        ([left("1", "2"), resumed("other-1")], "id other-1 after id 2, where ids count up by one"),
        ([left("1", "2"), resumed(body=b"", status=404)], "status 404"),
        ([left("1", "2"), resumed(body=b"", status=204)], "status 204"),
        ([left("1", "2"), resumed(status=None, reads=[])], "no answer"),
        ([left("1", "2"), resumed()], "a stream without events"),
        ([left("1", "2"), resumed("3", end=End.CUT_IN_CHUNK)], "a stream that was cut (cut inside a chunk)"),
    ],
)
def test_stream_does_not_go_on(exchanges: list[Exchange], text: str) -> None:
    assert text in found(RESUMES, case(turn=turn(), resume=exchanges))


def test_turn_that_was_over_cannot_be_resumed() -> None:
    ended = turn(body=numbered("1", "2") + b"id: 3\nevent: done\ndata: {}\n\n", end=End.ABORTED)
    raised = outcome(RESUMES, case(turn=turn(), resume=[ended, resumed(body=b"", status=204)]))
    assert isinstance(raised, NotTestable)
    assert raised.missing == "the turn came to its end, `done`, before it could be left"


def test_ids_that_do_not_count_show_no_loss() -> None:
    assert outcome(RESUMES, case(turn=turn(), resume=[left("10", "20"), resumed("40", last="20")])) is None


@pytest.mark.parametrize("judge", [RESUMES, ENDS])
def test_stream_without_ids_cannot_be_resumed(judge: Any) -> None:
    raised = outcome(judge, case(resume=[turn(end=End.ABORTED), resumed("3"), finished()]))
    assert isinstance(raised, NotTestable)
    assert "no event ids" in raised.missing


@pytest.mark.parametrize("status", [204, 404, 410])
def test_finished_stream_is_over(status: int) -> None:
    assert outcome(ENDS, case(resume=[left("1", "2"), resumed("3"), finished(status)])) is None


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (finished(200, headers={"Content-Type": "text/event-stream"}), "status 200 and a stream of 0 events"),
        (finished(200, headers={"Content-Type": "text/event-stream"}, body=numbered("1", "2")), "a stream of 2 events"),
        (finished(200), "status 200"),
        (finished(500), "status 500"),
        (finished(None), "no answer"),
    ],
)
def test_finished_stream_is_not_over(answer: Exchange, text: str) -> None:
    assert text in found(ENDS, case(resume=[left("1", "2"), resumed("3"), answer]))


def test_end_counts_only_where_resuming_works() -> None:
    never = [left("1", "2"), resumed(body=b"", status=404), finished(404)]
    assert isinstance(outcome(ENDS, case(resume=never)), NotTestable)
    assert isinstance(outcome(ENDS, case(resume=[left("1", "2"), resumed("3")])), NotTestable)


def preflight(allowed: str | None, **changes: Any) -> Exchange:
    asked = (
        ("Origin", ORIGIN),
        ("Access-Control-Request-Method", "GET"),
        ("Access-Control-Request-Headers", "last-event-id"),
    )
    headers = [("Access-Control-Allow-Origin", ORIGIN)]
    headers += [("Access-Control-Allow-Headers", allowed)] if allowed is not None else []
    return exchange(
        "preflight", **{"status": 204, "method": "OPTIONS", "request_headers": asked, "headers": headers, **changes}
    )


@pytest.mark.parametrize("allowed", ["last-event-id", "Authorization, Last-Event-ID", "*"])
def test_preflight_of_a_reconnect_is_allowed(allowed: str) -> None:
    assert outcome(CORS, case(resume=preflight(allowed))) is None


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (preflight("authorization"), "`last-event-id` is not in Access-Control-Allow-Headers (`authorization`)"),
        (preflight(None), "which is missing"),
        (preflight("last-event-id", status=404), "status 404"),
        (preflight("last-event-id", status=None), "no answer"),
        (preflight("last-event-id", headers=()), "Access-Control-Allow-Origin is missing"),
    ],
)
def test_preflight_of_a_reconnect_is_blocked(answer: Exchange, text: str) -> None:
    assert text in found(CORS, case(resume=answer))


def test_wildcard_does_not_serve_pages_with_cookies() -> None:
    cookie = Auth(scheme="cookie", name="session", token="x")
    assert isinstance(outcome(CORS, case(auth=cookie, resume=preflight("*"))), Failure)
