"""What answers to polls, sessions and tokens say, and what is asked of the backend."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chatproof.config import AgentStream, ChatKit, Hybrid, Route
from chatproof.load.asking import filled, request_to, route_request, settled_status
from chatproof.load.ledger import Issued, issued_token, moment, polled, session_of
from chatproof.load.publishing.subscribing import subscription_request
from chatproof.samples.records import Sample

NOW = 1_767_268_800.0
IN_AN_HOUR = "2026-01-01T13:00:00.000Z"
SECRET = "ck_canary_secret_of_a_session"


def body(**fields: Any) -> bytes:
    return json.dumps(fields).encode()


def test_session_with_a_secret_and_a_time_ahead() -> None:
    found = session_of(body(client_secret=SECRET, expires_at=IN_AN_HOUR), ChatKit(), now=NOW)
    assert (found.secret, found.expires_at, found.fault) == (SECRET, NOW + 3600, "")
    assert SECRET not in repr(found)


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"<html>", "the answer is no JSON"),
        (body(expires_at=IN_AN_HOUR), "the answer has no `client_secret`"),
        (body(client_secret="", expires_at=IN_AN_HOUR), "`client_secret` is no text"),
        (body(client_secret=7, expires_at=IN_AN_HOUR), "`client_secret` is no text"),
        (body(client_secret=SECRET), "the answer has no `expires_at`"),
        (body(client_secret=SECRET, expires_at="soon"), "`expires_at` is no time"),
        (body(client_secret=SECRET, expires_at="2026-01-01T11:59:59Z"), "`expires_at` has passed"),
        (body(client_secret=SECRET, expires_at="2026-01-01T12:00:00Z"), "`expires_at` has passed"),
    ],
)
def test_session_that_is_none(content: bytes, fault: str) -> None:
    found = session_of(content, ChatKit(), now=NOW)
    assert found.fault == fault
    assert SECRET not in found.fault


@pytest.mark.parametrize(
    ("value", "form", "expected"),
    [
        (NOW, "", NOW),
        (int(NOW), "seconds", NOW),
        (NOW * 1000, "", None),
        (True, "", None),
        (NOW, "iso", None),
        ("2026-01-01T13:00:00+01:00", "iso", NOW),
        ("2026-01-01T12:00:00", "", None),
        ("2026-01-01T12:00:00Z", "seconds", None),
        ("2026-13-01T12:00:00Z", "", None),
        (None, "", None),
    ],
)
def test_moments(value: object, form: str, expected: float | None) -> None:
    assert moment(value, form=form) == expected


def test_token_in_a_field() -> None:
    assert issued_token(body(user={"token": SECRET}), "user.token") == Issued(secret=SECRET)
    assert issued_token(body(user={}), "user.token").fault == "the answer has no `user.token`"
    assert issued_token(body(token=None), "token").fault == "`token` is no text"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (body(events=[], lastEventId="12"), ("", "12")),
        (body(events=[], lastEventId=12), ("", "12")),
        (body(events=[{"id": 5}, {"id": 9}]), ("", "9")),
        (body(events=[]), ("", "3")),
        (body(events=[{"text": "no id"}]), ("", "3")),
        (body(events={}), ("`events` is no list", "3")),
        (body(lastEventId="12"), ("`events` is no list", "3")),
        (b"[]", ("`events` is no list", "3")),
        (b"<html>", ("the answer is no JSON", "3")),
        (b"[" * 20_000, ("the answer is no JSON", "3")),
    ],
)
def test_polls(content: bytes, expected: tuple[str, str]) -> None:
    assert polled(content, Hybrid(), cursor="3") == expected


def test_poll_whose_body_is_the_list() -> None:
    settings = Hybrid(events_field="", cursor_field="")
    assert polled(b'[{"id": "a"}]', settings, cursor="3") == ("", "a")
    assert polled(body(events=[]), settings, cursor="3") == ("the body is no list", "3")


@pytest.mark.parametrize(
    ("sample", "well", "cause"),
    [
        (Sample(workload="polling", operation="poll", status=204), True, ""),
        (Sample(workload="polling", operation="poll", status=503), False, "status"),
        (Sample(workload="polling", operation="poll", status=302), False, "status"),
        (Sample(workload="polling", operation="poll"), False, "status"),
        (Sample(workload="polling", operation="poll", status=200, cause="cut"), False, "cut"),
        (Sample(workload="polling", operation="poll", censored=True), False, ""),
    ],
)
def test_status_settles_a_whole_answer(sample: Sample, well: bool, cause: str) -> None:
    assert settled_status(sample) is well
    assert sample.cause == cause


def test_declared_route_is_filled() -> None:
    route = Route(path="/m/{agent}", body={"to": ["{agent}"], "say": {"text": "so: {text}"}, "n": 1})
    found = route_request(route, {"agent": "a1", "text": "hello"}, headers=(("Authorization", "Bearer x"),))
    assert (found.method, found.path) == ("POST", "/m/a1")
    assert json.loads(found.body) == {"to": ["a1"], "say": {"text": "so: hello"}, "n": 1}
    assert ("Content-Type", "application/json") in found.headers
    assert ("Authorization", "Bearer x") in found.headers
    assert filled(None, {}) is None


def test_request_without_a_body_has_no_media_type() -> None:
    found = request_to("/x", origin="http://localhost:3001")
    assert dict(found.headers) == {
        "Accept": "application/json",
        "Accept-Encoding": "identity",
        "Origin": "http://localhost:3001",
    }
    assert found.body == b""


def test_subscription_goes_on_after_an_id() -> None:
    settings = AgentStream(agents=("agent one",), path="/stream?v=2")
    assert subscription_request(settings, headers=()).path == "/stream?v=2&agentId=agent%20one"
    found = subscription_request(settings, headers=(("Cookie", "a=b"),), last_id="41")
    assert ("Last-Event-ID", "41") in found.headers
    assert ("Cookie", "a=b") in found.headers
