"""What is drawn is invalid, always, and what is wrong with an answer is told."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chatproof.config import AiChat, Backend, Config
from chatproof.conformance.ai_chat.searches import LABELS, shares_of, wrong
from chatproof.conformance.ai_chat.strategies import content_types, kinds, messages, raw_bodies, sessions, shapes
from chatproof.recording import End
from conformance_ai_chat.fake_driver import FakeDriver
from support.recordings import JSON_HEADERS, URL, exchange, refusal, turn

SETTINGS = AiChat(message_limit=50)
DRIVER = FakeDriver(Config(backend=Backend(url=URL), profiles={"ai-chat": SETTINGS}))
quick = settings(max_examples=60, database=None, suppress_health_check=list(HealthCheck))


@pytest.mark.parametrize("examples", [*range(5, 60), 100, 101, 999])
def test_shares_add_up_to_the_budget(examples: int) -> None:
    shares = shares_of(examples)
    assert tuple(shares) == LABELS
    assert sum(shares.values()) == examples
    assert min(shares.values()) >= 1


def test_every_search_has_its_share() -> None:
    assert list(shares_of(100).values()) == [20, 30, 25, 15, 10]
    assert shares_of(1) == shares_of(5) == dict.fromkeys(LABELS, 1)


@quick
@given(messages(SETTINGS))
def test_messages_are_too_long_by_any_count(message: str) -> None:
    visible = re.sub(r"[\x00-\x1f\x7f\u0301\u200d\u202e\u2028\u094d\U0001F680]", "", message)
    assert len(visible.strip()) > 50
    assert len(message) <= 3 * 250 + 2


@quick
@given(sessions(SETTINGS))
def test_sessions_match_in_no_reading(session: Any) -> None:
    assert session
    if isinstance(session, str):
        assert session.strip()
        assert not re.fullmatch(SETTINGS.session_pattern, session.strip(), re.IGNORECASE)


@quick
@given(shapes(SETTINGS))
def test_shapes_are_no_request(value: Any) -> None:
    if isinstance(value, dict):
        assert value["sessionId"] == "!"
    json.loads(DRIVER_KINDS["shape"].build(value).body)


def test_objects_are_left_out_where_any_session_is_taken() -> None:
    lenient = replace(SETTINGS, session_pattern=r".+")
    objects: list[Any] = []

    @quick
    @given(shapes(lenient))
    def collect(value: Any) -> None:
        objects.append(value)

    collect()
    assert objects
    assert not any(isinstance(value, dict) for value in objects)


@quick
@given(raw_bodies(SETTINGS))
def test_raw_bodies_hold_no_message_for_any_parser(data: bytes) -> None:
    try:
        value = json.loads(data.decode("utf-8-sig", "replace"), strict=False)
    except (ValueError, RecursionError):
        return
    assert not (isinstance(value, dict) and value.get("message"))


@quick
@given(content_types())
def test_content_types_are_not_plain_json(value: str) -> None:
    assert value not in {"application/json", "application/json; charset=utf-8"}
    value.encode("latin-1")
    assert "\n" not in value


DRIVER_KINDS = kinds(DRIVER)


@pytest.mark.parametrize("label", LABELS)
def test_every_search_draws_many_different_requests(label: str) -> None:
    kind = DRIVER_KINDS[label]
    bodies = set()

    @settings(max_examples=100, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(st.data())
    def collect(data: st.DataObject) -> None:
        request = kind.build(data.draw(kind.strategy))
        assert (request.method, request.url) == ("POST", URL + "/api/v1/chat")
        bodies.add((request.body, request.header("content-type")))

    collect()
    assert len(bodies) > 60


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (refusal("x", status=400), ""),
        (refusal("x", status=413), ""),
        (refusal("x", status=401), ""),
        (refusal("x", status=500), "a server error: status 500 with application/json"),
        (refusal("x", status=503), "a server error: status 503 with application/json"),
        (turn("x"), "the invalid request was accepted: status 200 with text/event-stream"),
        (exchange("x", headers=JSON_HEADERS), "the invalid request was accepted: status 200 with application/json"),
        (turn("x", status=400), "the invalid request was accepted: status 400 with text/event-stream"),
        (exchange("x", status=None), "no answer (connection reset by peer)"),
        (refusal("x", end=End.IDLE_DEADLINE), "the answer did not end: status 400 with application/json"),
    ],
)
def test_wrong_answers_are_told(answer: Any, expected: str) -> None:
    assert wrong(answer) == expected
