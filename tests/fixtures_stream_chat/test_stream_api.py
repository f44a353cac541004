"""The stand-in for Stream's REST API refuses what Stream refuses, in Stream's own form."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import jwt
import pytest

from chatproof.fixtures.server import Farm
from chatproof.fixtures.upstreams.stream_api import LONGEST_CHANNEL_ID, stream_api
from support.raw_http import send

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from support.raw_http import Reply

SECRET = "the-secret-of-the-stand-in-0123456789-0123456789"
KEY = "key1"
SERVER = jwt.encode({"server": True}, SECRET, algorithm="HS256")
USERS = {"users": {name: {"id": name, "name": name.title()} for name in ("u1", "u2")}}
DATA = {"members": ["u1", "u2"], "created_by": {"id": "u1"}}


@pytest.fixture(scope="module")
def farm() -> Iterator[Farm]:
    with Farm() as running:
        yield running


@pytest.fixture
def stand_in(farm: Farm) -> Any:
    made = stream_api(SECRET, KEY)
    made.start(farm)
    return made


@pytest.fixture
def ask(stand_in: Any) -> Callable[..., Reply]:
    """Asks as the SDKs do; `token`, `key` and `kind` change the credentials."""

    def asked(
        path: str, body: Any = None, *, method: str = "POST", token: str = SERVER, key: str = KEY, kind: str = "jwt"
    ) -> Reply:
        headers = (("Authorization", token), ("stream-auth-type", kind), ("Content-Type", "application/json"))
        data = b"" if body is None else json.dumps(body).encode()
        return send(stand_in.url, method, f"{path}?api_key={key}", headers=headers, body=data)

    return asked


def test_app_works(ask: Callable[..., Reply]) -> None:
    assert ask("/app", method="GET").status == 200
    assert ask("/users", USERS).json()["users"]["u1"] == {"id": "u1", "name": "U1", "role": "user"}
    opened = ask("/channels/messaging/c1/query", {"data": DATA})
    assert (opened.status, opened.json()["channel"]["cid"]) == (201, "messaging:c1")
    sent = ask("/channels/messaging/c1/message", {"message": {"text": "Hello", "user": {"id": "u1"}}})
    assert sent.json()["message"]["user"] == {"id": "u1"}
    by_id = ask("/channels/messaging/c1/message", {"message": {"text": "Hello", "user_id": "u2"}})
    assert by_id.json()["message"]["user"] == {"id": "u2"}


def test_channel_is_opened_once(ask: Callable[..., Reply]) -> None:
    ask("/users", USERS)
    by_members = [
        ask("/channels/messaging/query", {"data": {**DATA, "members": members}}).json()["channel"]["id"]
        for members in (["u1", "u2"], ["u2", "u1"], [{"user_id": "u1"}, {"user_id": "u2"}])
    ]
    assert len(set(by_members)) == 1
    assert len(by_members[0]) <= LONGEST_CHANNEL_ID
    ask("/channels/messaging/c1/query", {"data": {**DATA, "created_by": {"id": "u2"}}})
    again = ask("/channels/messaging/c1/query", {"data": DATA}).json()
    assert again["channel"]["created_by"] == {"id": "u2"}


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"key": "another"}, 401, 2),
        ({"key": ""}, 401, 2),
        ({"kind": "anonymous"}, 401, 3),
        ({"token": ""}, 401, 3),
        ({"token": f"Bearer {SERVER}"}, 401, 3),
        ({"token": jwt.encode({"server": True}, "another-secret-0123456789-0123456789", algorithm="HS256")}, 401, 43),
        ({"token": jwt.encode({"server": True}, "", algorithm="none")}, 401, 3),
        ({"token": jwt.encode({"user_id": "u1"}, SECRET, algorithm="HS256")}, 403, 5),
    ],
)
def test_credentials_are_checked(ask: Callable[..., Reply], changes: dict[str, str], status: int, code: int) -> None:
    reply = ask("/users", USERS, **changes)
    error = reply.json()
    assert (reply.status, error["code"], error["StatusCode"]) == (status, code, status)
    assert error["message"]
    assert SECRET not in reply.body.decode()


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        ("/users", {"users": {}}, 4),
        ("/users", {"users": {"u1": {"id": "u2"}}}, 4),
        ("/users", {"users": {"a b": {"id": "a b"}}}, 4),
        ("/users", [1], 4),
        (f"/channels/messaging/{'a' * 65}/query", {"data": DATA}, 4),
        ("/channels/messaging/a.b/query", {"data": DATA}, 4),
        ("/channels/messaging/c1/query", {"data": {"members": ["u1"]}}, 4),
        ("/channels/messaging/c1/query", {"data": {**DATA, "members": ["u1", "nobody"]}}, 4),
        ("/channels/messaging/query", {"data": {"created_by": {"id": "u1"}}}, 4),
        ("/channels/messaging/unknown/message", {"message": {"text": "x", "user": {"id": "u1"}}}, 16),
        ("/nowhere", {}, 16),
    ],
)
def test_wrong_requests_are_refused(ask: Callable[..., Reply], path: str, body: Any, code: int) -> None:
    ask("/users", USERS)
    reply = ask(path, body)
    assert reply.json()["code"] == code
    assert reply.status == reply.json()["StatusCode"]


def test_message_needs_a_sender(ask: Callable[..., Reply]) -> None:
    ask("/users", USERS)
    ask("/channels/messaging/c1/query", {"data": DATA})
    assert ask("/channels/messaging/c1/message", {"message": {"text": "x"}}).json()["code"] == 4


def test_rate_limit_is_told_in_lower_case_headers(ask: Callable[..., Reply], stand_in: Any) -> None:
    """The Python SDK looks them up in a plain dict."""
    well = ask("/users", USERS)
    assert {name for name, _value in well.headers} >= {
        f"x-ratelimit-{part}" for part in ("limit", "remaining", "reset")
    }
    stand_in.behave("rate_limited")
    limited = ask("/users", USERS)
    assert (limited.status, limited.json()["code"], limited.header("x-ratelimit-remaining")) == (429, 9, "0")


def test_trusting_app_takes_any_key_and_signature(ask: Callable[..., Reply], stand_in: Any) -> None:
    other = jwt.encode({"server": True}, "another-secret-0123456789-0123456789", algorithm="HS256")
    stand_in.behave("trusting")
    assert ask("/users", USERS, token=other, key="another").status == 201
    stand_in.behave("well")
    assert ask("/users", USERS, token=other).status == 401


def test_app_whose_credentials_nobody_knows_takes_any(farm: Farm) -> None:
    unknown = stream_api("", "")
    unknown.start(farm)
    headers = (("Authorization", SERVER), ("stream-auth-type", "jwt"))
    assert send(unknown.url, "GET", "/app?api_key=any", headers=headers).status == 200
    assert send(unknown.url, "GET", "/app", headers=headers).status == 401


def test_calls_are_noted(ask: Callable[..., Reply], stand_in: Any) -> None:
    stand_in.behave("well")
    ask("/users", USERS)
    (call,) = stand_in.calls()
    assert (call.method, call.path, call.status, call.body) == ("POST", "/users", 201, USERS)
