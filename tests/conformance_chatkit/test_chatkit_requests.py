"""What scenarios on sessions send, and what they make of the answers."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from chatproof.config import PROFILES, Auth, Backend, Config
from chatproof.conformance.chatkit.entropy import varying
from chatproof.conformance.chatkit.requests import issues, secret_headers, session_request, usage_routes
from chatproof.conformance.chatkit.scenarios.control import broken
from support.chatkit_recordings import session
from support.recordings import exchange, turn

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
