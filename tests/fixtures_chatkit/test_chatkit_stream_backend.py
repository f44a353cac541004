"""The reference backend in custom mode: messages in a session's name, and its WebSocket."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect

from chatproof.fixtures.backend import mint
from chatproof.fixtures.chatkit.app import create_app
from chatproof.fixtures.chatkit.reference import REFERENCE
from chatproof.fixtures.chatkit.settings import Settings
from chatproof.fixtures.server import Farm
from chatproof.fixtures.upstreams.custom_backend import custom_backend
from chatproof.fixtures.upstreams.scripted import Scripted
from support.raw_http import Reply, send

STREAM, MESSAGE, COUNT = "/api/custom/stream", "/api/custom/message", "/api/custom/sockets"
JSON = ("Content-Type", "application/json")
PATIENCE_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Site:
    """A running backend, with the service behind it where it has one, and the secret of a session."""

    url: str
    settings: Settings
    upstream: Scripted

    def secret(self) -> str:
        token = ("Authorization", f"Bearer {mint(self.settings.base, 'test-user-id')}")
        found: str = send(self.url, "POST", "/api/custom/session", headers=(token,)).json()["client_secret"]
        return found

    def post(self, path: str, fields: Any, secret: str) -> Reply:
        headers = (JSON, *([("Authorization", f"Bearer {secret}")] if secret else []))
        return send(self.url, "POST", path, headers=headers, body=json.dumps(fields).encode())

    def socket(self, secret: str) -> ClientConnection:
        path = self.settings.socket_path.replace("{session}", secret)
        url = "ws" + self.url.removeprefix("http") + path
        return connect(url, additional_headers={"Authorization": f"Bearer {secret}"}, proxy=None)

    def open_sockets(self) -> int:
        found: int = send(self.url, "GET", COUNT).json()["open"]
        return found


@pytest.fixture(scope="module")
def farm() -> Iterator[Farm]:
    with Farm() as running:
        yield running


@pytest.fixture
def start(farm: Farm) -> Callable[..., Site]:
    """Starts a backend with settings changed by name, before a service of its own unless `alone`."""

    def start_one(*, alone: bool = False, **changes: Any) -> Site:
        upstream = custom_backend()
        upstream.url = farm.start(upstream.app)
        settings = REFERENCE.full_settings(**{"upstream_url": "" if alone else upstream.url, **changes})
        return Site(farm.start(create_app(settings)), settings, upstream)

    return start_one


@pytest.mark.parametrize("alone", [False, True])
def test_a_message_is_answered_by_a_stream(start: Callable[..., Site], alone: bool) -> None:
    site = start(alone=alone)
    reply = site.post(STREAM, {"message": "Hello"}, site.secret())
    assert (reply.status, reply.header("content-length")) == (200, None)
    assert (reply.header("content-type") or "").startswith("text/event-stream")
    assert b'data: {"text": ' in reply.body
    assert b"event: done\n" in reply.body


def test_the_service_behind_is_asked_with_the_key_and_the_message_alone(start: Callable[..., Site]) -> None:
    site = start()
    secret = site.secret()
    site.upstream.behave("well")
    site.post(STREAM, {"message": "Hello"}, secret)
    (call,) = site.upstream.calls()
    assert (call.method, call.path, call.body) == ("POST", "/chat/stream", {"message": "Hello"})
    assert call.headers["authorization"] == f"Bearer {site.settings.key}"


@pytest.mark.parametrize("path", [STREAM, MESSAGE])
@pytest.mark.parametrize("secret", ["", "garbage"])
def test_a_message_needs_a_live_secret(start: Callable[..., Site], path: str, secret: str) -> None:
    reply = start(alone=True).post(path, {"message": "Hello", "text": "Hello"}, secret)
    assert (reply.status, reply.header("www-authenticate") is not None) == (401, True)


@pytest.mark.parametrize(
    ("theirs", "ours"), [(400, 502), (401, 502), (404, 502), (429, 429), (500, 502), (503, 503), (504, 504)]
)
def test_a_refusal_of_the_service_behind_is_told(start: Callable[..., Site], theirs: int, ours: int) -> None:
    site = start()
    secret = site.secret()
    site.upstream.behave("status", status=theirs, headers={"Retry-After": "7"})
    reply = site.post(STREAM, {"message": "Hello"}, secret)
    assert (reply.status, reply.header("content-type")) == (ours, "application/json")
    assert reply.header("retry-after") == ("7" if ours == 429 else None)


def test_a_service_behind_that_hangs_is_not_waited_for(start: Callable[..., Site]) -> None:
    site = start(upstream_timeout_seconds=2.0)  # the secret comes from there too, and is to come in time
    secret = site.secret()
    site.upstream.behave("hang")
    assert site.post(STREAM, {"message": "Hello"}, secret).status == 504


@pytest.mark.parametrize("fields", [{}, {"message": ""}, {"message": 7}, {"text": "Hello"}])
def test_a_stream_needs_a_message(start: Callable[..., Site], fields: Any) -> None:
    site = start(alone=True)
    assert site.post(STREAM, fields, site.secret()).status == 400


def test_a_message_is_answered_as_a_whole(start: Callable[..., Site]) -> None:
    site = start(alone=True)
    secret = site.secret()
    before = time.time()
    first, second = (site.post(MESSAGE, {"text": "Hello"}, secret).json() for _ in range(2))
    assert first["content"] == "You said 5 characters."
    assert before - 1 <= first["created_at"] / 1000 <= time.time() + 1
    assert first["id"] != second["id"]


@pytest.mark.parametrize("path", ["/chat/session", "/chat/{session}"])
def test_a_socket_of_a_live_session_is_counted_while_it_is_open(start: Callable[..., Site], path: str) -> None:
    site = start(alone=True, socket_path=path)
    with site.socket(site.secret()) as socket:
        socket.send("Hello")
        assert json.loads(socket.recv(timeout=PATIENCE_SECONDS)) == {"text": "5 characters"}
        assert site.open_sockets() == 1
    deadline = time.monotonic() + PATIENCE_SECONDS
    while site.open_sockets() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert site.open_sockets() == 0


@pytest.mark.parametrize("path", ["/chat/session", "/chat/{session}"])
def test_a_socket_of_no_session_is_refused(start: Callable[..., Site], path: str) -> None:
    site = start(alone=True, socket_path=path)
    with pytest.raises(InvalidStatus, match="HTTP 403"):
        site.socket("garbage")
    assert site.open_sockets() == 0


def test_a_socket_of_an_expired_session_is_refused(start: Callable[..., Site]) -> None:
    site = start(alone=True, ttl_seconds=0.0)
    with pytest.raises(InvalidStatus, match="HTTP 403"):
        site.socket(site.secret())


@pytest.mark.parametrize("mode", ["hosted", "self-hosted"])
def test_other_modes_have_none_of_it(start: Callable[..., Site], mode: str) -> None:
    site = start(alone=True, mode=mode)
    assert [site.post(path, {}, "garbage").status for path in (STREAM, MESSAGE)] == [404, 404]
    with pytest.raises(InvalidStatus):
        site.socket("garbage")
