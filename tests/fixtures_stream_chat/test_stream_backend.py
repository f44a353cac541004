"""The reference backend for Stream Chat does what its requirements say."""

from __future__ import annotations

import gzip
import hashlib
import hmac
import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import jwt
import pytest

from chatproof.fixtures.backend import mint
from chatproof.fixtures.backend.settings import BootRefusedError
from chatproof.fixtures.server import Farm
from chatproof.fixtures.stream_chat import REFERENCE
from chatproof.fixtures.stream_chat.app import TOKEN_PATH, WEBHOOK_PATH, create_app, owns
from chatproof.fixtures.stream_chat.faults import FAULTS
from chatproof.fixtures.stream_chat.settings import (
    API_KEY,
    CONVERSATION,
    FOREIGN_CONVERSATION,
    INACTIVE_SUBJECT,
    KEY_VARIABLE,
    SECRET_VARIABLE,
    STREAM_SECRET,
    full_settings,
)
from chatproof.fixtures.upstreams.stream_api import stream_api
from support.raw_http import Reply, send

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CHANNEL = f"/api/v1/chat/conversations/{CONVERSATION}/channel"
MESSAGES = f"/api/v1/chat/conversations/{CONVERSATION}/messages"
EVENT = b'{"type":"message.new"}'


@dataclass(frozen=True, slots=True)
class Backend:
    """A running reference backend, and Stream's stand-in behind it."""

    url: str
    settings: Any
    stream: Any

    def ask(self, method: str, path: str, *, user: str = "test-user-id", body: Any = None) -> Reply:
        """A request of a user; nobody's where he has no name."""
        headers = [("Authorization", f"Bearer {mint(self.settings.base, user)}")] if user else []
        headers += [] if body is None else [("Content-Type", "application/json")]
        data = b"" if body is None else json.dumps(body).encode()
        return send(self.url, method, path, headers=tuple(headers), body=data)

    def paths(self) -> list[str]:
        """What was asked of Stream."""
        return [call.path for call in self.stream.calls()]


@pytest.fixture(scope="module")
def farm() -> Iterator[Farm]:
    with Farm() as running:
        yield running


@pytest.fixture
def start(farm: Farm) -> Callable[..., Backend]:
    """Starts a backend with settings changed by name, and the stand-in for Stream that it asks."""

    def start_one(**changes: Any) -> Backend:
        stream = stream_api(STREAM_SECRET, API_KEY)
        stream.start(farm)
        settings = REFERENCE.behind(full_settings(**changes), stream.url)
        return Backend(url=farm.start(create_app(settings)), settings=settings, stream=stream)

    return start_one


@pytest.fixture
def backend(start: Callable[..., Backend]) -> Backend:
    return start(timeout_seconds=30.0)


def test_token_is_the_callers(backend: Backend) -> None:
    reply = backend.ask("GET", TOKEN_PATH)
    answer = reply.json()
    claims = jwt.decode(answer["token"], STREAM_SECRET, algorithms=["HS256"])

    assert (reply.status, reply.header("cache-control")) == (200, "no-store")
    assert (answer["user_id"], answer["api_key"]) == ("test-user-id", API_KEY)
    assert (claims["user_id"], claims["exp"] - claims["iat"]) == ("test-user-id", 3610)
    assert set(claims) == {"user_id", "exp", "iat"}
    (call,) = backend.stream.calls()
    assert (call.path, call.status, list(call.body["users"])) == ("/users", 201, ["test-user-id"])


@pytest.mark.parametrize(
    ("route", "user", "body", "status"),
    [
        (("GET", TOKEN_PATH), "", None, 401),
        (("GET", TOKEN_PATH), INACTIVE_SUBJECT, None, 403),
        (("POST", TOKEN_PATH), "test-user-id", {}, 405),
        (("POST", CHANNEL), "", None, 401),
        (("POST", CHANNEL), "stranger", None, 403),
        (("POST", CHANNEL.replace(CONVERSATION, FOREIGN_CONVERSATION)), "test-user-id", None, 403),
        (("POST", CHANNEL.replace(CONVERSATION, "undefined")), "test-user-id", None, 422),
        (("POST", MESSAGES), "test-user-id", {"text": ""}, 422),
        (("POST", MESSAGES), "stranger", {"text": "Hello"}, 403),
        (("POST", "/api/v1/chat/dm/test-user-id"), "test-user-id", None, 422),
        (("POST", "/api/v1/chat/dm/"), "test-user-id", None, 422),
        (("GET", "/api/v1/chat/stream/nowhere"), "test-user-id", None, 404),
    ],
)
def test_refusals_ask_nothing_of_stream(
    backend: Backend, route: tuple[str, str], user: str, body: Any, status: int
) -> None:
    assert backend.ask(*route, user=user, body=body).status == status
    assert backend.paths() == []


def test_conversation_is_one_channel(backend: Backend) -> None:
    opened = [backend.ask("POST", CHANNEL, user=user).json() for user in ("test-user-id", "other-user-id")]
    assert opened == [{"channel_id": f"legacy_{CONVERSATION}", "type": "messaging"}] * 2
    sent = backend.ask("POST", MESSAGES, body={"text": "Hello", "user_id": "other-user-id"})
    assert sent.status == 201
    assert backend.stream.calls()[-1].body["message"]["user"] == {"id": "test-user-id"}


def test_two_users_have_one_channel(backend: Backend) -> None:
    first = backend.ask("POST", "/api/v1/chat/dm/other-user-id").json()
    second = backend.ask("POST", "/api/v1/chat/dm/test-user-id", user="other-user-id").json()
    assert first == second


@pytest.mark.parametrize(
    ("behaviour", "options", "status", "retry"),
    [
        ("status", {"status": 500, "body": {"code": -1}}, 502, None),
        ("refuse", {}, 502, None),
        ("drop", {}, 502, None),
        ("rate_limited", {}, 503, "30"),
    ],
)
def test_troubles_of_stream_are_told(
    backend: Backend, behaviour: str, options: dict[str, Any], status: int, retry: str | None
) -> None:
    backend.stream.behave(behaviour, **options)
    reply = backend.ask("GET", TOKEN_PATH)
    assert (reply.status, reply.header("retry-after")) == (status, retry)
    assert "token" not in reply.json()


def test_stream_that_hangs_is_not_waited_for(start: Callable[..., Backend]) -> None:
    backend = start(timeout_seconds=0.05)
    backend.stream.behave("hang")
    reply = backend.ask("GET", TOKEN_PATH)
    assert (reply.status, "token" in reply.json()) == (504, False)


@pytest.mark.parametrize("environment", [{SECRET_VARIABLE: None}, {SECRET_VARIABLE: ""}, {KEY_VARIABLE: None}])
def test_without_credentials_the_chat_is_unavailable(farm: Farm, environment: dict[str, Any]) -> None:
    settings = REFERENCE.started_with(full_settings(), environment)
    reply = Backend(farm.start(create_app(settings)), settings, None).ask("GET", TOKEN_PATH)
    assert (reply.status, reply.json()["detail"]) == (503, "the chat is unavailable")


@pytest.mark.parametrize("secret", ["your_secret_here", "egs*********************", "short-0123456789"])
def test_bad_secrets_are_refused_at_the_start(secret: str) -> None:
    with pytest.raises(BootRefusedError):
        create_app(replace(full_settings(), stream_secret=secret))


def _signature(body: bytes, secret: str = STREAM_SECRET) -> str:
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


@pytest.mark.parametrize(
    ("body", "signature", "status"),
    [
        (EVENT, _signature(EVENT), 200),
        (gzip.compress(EVENT, mtime=0), _signature(EVENT), 200),
        (EVENT, None, 401),
        (EVENT, "", 401),
        (EVENT, "\xe9", 401),
        (EVENT, _signature(EVENT, "another"), 401),
        (EVENT, _signature(EVENT + b" "), 401),
        (b"\x1f\x8bnonsense", _signature(b"\x1f\x8bnonsense"), 400),
        (b"no json", _signature(b"no json"), 400),
    ],
)
def test_webhook_takes_signed_events_alone(backend: Backend, body: bytes, signature: str | None, status: int) -> None:
    headers = () if signature is None else (("X-Signature", signature),)
    assert send(backend.url, "POST", WEBHOOK_PATH, headers=headers, body=body).status == status


def test_routes_and_names_are_this_profiles_own() -> None:
    assert [owns(path) for path in (TOKEN_PATH, CHANNEL, MESSAGES, WEBHOOK_PATH, "/api/v1/chat")] == [True] * 4 + [
        False
    ]
    assert {fault.profile for fault in FAULTS} == {"stream-chat"}
    assert all(fault.name.startswith("stream_") for fault in FAULTS)
    assert [fault.name for fault in FAULTS if not fault.requirements] == ["stream_identity"]
