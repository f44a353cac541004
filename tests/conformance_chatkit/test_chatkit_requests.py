"""What scenarios on sessions send, and what they make of the answers."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import anyio
import pytest

from chatproof.config import PROFILES, Auth, Backend, Config
from chatproof.conformance.chatkit.entropy import varying
from chatproof.conformance.chatkit.requests import issues, secret_headers, session_request, usage_routes
from chatproof.conformance.chatkit.scenarios import SCENARIOS, sockets
from chatproof.conformance.chatkit.scenarios.control import broken
from chatproof.conformance.chatkit.scenarios.limits import wait_of
from support.chatkit_recordings import session
from support.recordings import JSON_HEADERS, exchange, refusal, turn

USER = (("Authorization", "Bearer user"),)
COOKIE = (("Cookie", "session=user"),)


def driver(user: Any = USER, **settings: Any) -> Any:
    """What requests are built from."""
    declared = PROFILES["chatkit"](**settings)
    config = Config(
        backend=Backend(url="http://127.0.0.1:3000", origins=("http://localhost:3001",)),
        auth=Auth(scheme="bearer", token="user"),
        profiles={"chatkit": declared},
    )
    return SimpleNamespace(config=config, settings=declared, tokens=SimpleNamespace(headers=lambda: user))


def test_session_is_asked_for_with_an_empty_object() -> None:
    request = session_request(driver())
    assert (request.method, request.url, request.body) == ("POST", "http://127.0.0.1:3000/api/custom/session", b"{}")
    assert request.header("authorization") == "Bearer user"
    assert request.header("origin") == "http://localhost:3001"


def test_session_of_another_instance() -> None:
    request = session_request(driver(), {"model": "m"}, credential=(), base="http://127.0.0.1:9")
    assert (request.url, request.body) == ("http://127.0.0.1:9/api/custom/session", b'{"model":"m"}')
    assert request.header("authorization") is None


@pytest.mark.parametrize(
    ("user", "header", "expected"),
    [
        (USER, "Authorization", (("Authorization", "Bearer s"),)),
        (COOKIE, "authorization", (*COOKIE, ("authorization", "Bearer s"))),
        (USER, "X-Session", (*USER, ("X-Session", "s"))),
    ],
)
def test_secret_is_sent_beside_the_users_credential(user: Any, header: str, expected: Any) -> None:
    assert secret_headers(driver(user, secret_header=header), "s") == expected


@pytest.mark.parametrize(
    ("settings", "bodies"),
    [
        ({}, {}),
        ({"refresh_path": "/r", "refresh_field": "old"}, {"refresh": b'{"old":"s"}'}),
        (
            {"stream_path": "/s", "message_path": "/m", "message": "Hi"},
            {"stream": b'{"message":"Hi"}', "message": b'{"text":"Hi"}'},
        ),
    ],
)
def test_secret_is_used_on_the_declared_routes(settings: Any, bodies: Any) -> None:
    routes = usage_routes(driver(**settings), "s")
    assert {name: request.body for name, request in routes.items()} == bodies


@pytest.mark.parametrize(("mode", "fields"), [("custom", ["k"]), ("hosted", ["k"]), ("self-hosted", [])])
def test_secret_is_taken_out_of_the_record(mode: str, fields: list[str]) -> None:
    found = issues(PROFILES["chatkit"](mode=mode, secret_field="k"))
    assert [issued.field for issued in found] == fields


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (session(), ""),
        (session(content={"client_secret": None, "session_id": "s"}), ""),
        (session(body=b"null"), "the answer is JSON, but no object: NoneType"),
        (session(body=b"[]"), "the answer is JSON, but no object: list"),
        (session(body=b"<html>"), "the 6 bytes of the answer are no JSON"),
        (exchange(status=204), "the 0 bytes of the answer are no JSON"),
        (turn(), ""),
        (turn(body=b": nothing\n\n"), "no event in the 11 bytes of the answer"),
    ],
)
def test_control_that_did_not_work(answer: Any, expected: str) -> None:
    assert broken(answer) == expected


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["s-0001-x", "s-0002-x", "s-0013-x"], ["01", "02", "13"]),
        (["abc", "xyz"], ["abc", "xyz"]),
        (["same", "same"], ["", ""]),
        (["a", "ab"], ["", "b"]),
        (["aXa", "aXXa"], ["", "X"]),
        (["alone"], [""]),
        ([], []),
    ],
)
def test_what_differs_between_secrets(texts: list[str], expected: list[str]) -> None:
    assert varying(texts) == expected


@pytest.mark.parametrize(
    ("told", "seconds"),
    [
        ("7", 7.0),
        ("0", 0.0),
        ("Thu, 01 Jan 2026 12:00:05 GMT", 5.0),
        ("Thu, 01 Jan 2026 11:00:00 GMT", 0.0),
        ("soon", None),
        ("", None),
    ],
)
def test_wait_that_a_limit_asks_for(told: str, seconds: float | None) -> None:
    headers = (*JSON_HEADERS, ("Date", "Thu, 01 Jan 2026 12:00:00 GMT"), ("Retry-After", told))
    assert wait_of(refusal("1", status=429, headers=headers)) == seconds


def test_answer_that_names_no_wait_asks_for_none() -> None:
    assert wait_of(session()) is None
    assert wait_of(exchange("1", status=None, trouble="no answer in time")) is None


def test_open_socket_is_given_its_moment_from_its_opening_on(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    before: dict[str, int] = {}

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    async def send(label: str, _request: Any, **_options: Any) -> Any:
        return session(label)

    async def websocket(label: str, _request: Any, *, hold: Any) -> Any:
        before[label] = len(slept)
        await hold.wait()
        return session(label)

    monkeypatch.setattr(sockets, "anyio", SimpleNamespace(sleep=sleep))
    hands = driver(socket_path="/chat")
    hands.tokens.raw = lambda: "user"
    hands.limits = SimpleNamespace(head_seconds=1.0, idle_seconds=1.0, total_seconds=1.0)
    hands.send, hands.websocket, hands.issued = send, websocket, lambda _label, _field: "secret"
    anyio.run(SCENARIOS.scenarios["socket"].run, hands)
    assert before == {"live": 0, "unknown": 1}
    assert len(slept) == 2
