"""The reference backend for hybrid does what its requirements say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jwt
import pytest

from chatproof.config import from_table
from chatproof.fixtures.backend.settings import BootRefusedError
from chatproof.fixtures.catalogue import FAULTS
from chatproof.fixtures.faults.site import site
from chatproof.fixtures.hybrid.app import PATHS, create_app
from chatproof.fixtures.hybrid.settings import API_SECRET, full_settings, started_with
from chatproof.fixtures.references import REFERENCES

if TYPE_CHECKING:
    from collections.abc import Callable

    from chatproof.fixtures.server import Farm

KEY = "NEXT_PUBLIC_STREAM_CHAT_API_KEY"
SECRET = "STREAM_CHAT_API_SECRET"
WITHOUT = {KEY: None, SECRET: None}


def test_health_needs_no_token(backend: Any) -> None:
    reply = backend.send("GET", "/api/chat/health", subject="")
    assert (reply.status, reply.json()) == (200, {"status": "ok"})
    assert reply.header("cache-control") == "no-store"


def test_polls_give_each_message_once_and_in_order(backend: Any) -> None:
    assert backend.poll().json() == {"events": [], "lastEventId": 0}
    posted = [backend.post(f"message {number}").json()["id"] for number in range(3)]
    first = backend.poll().json()
    backend.post("one more", subject="other-user-id")
    second = backend.poll(str(first["lastEventId"])).json()

    assert [event["id"] for event in first["events"]] == posted
    assert [(event["text"], event["user"]) for event in second["events"]] == [("one more", "other-user-id")]
    assert backend.poll(str(second["lastEventId"])).json()["events"] == []


def test_pages_lose_nothing(backend: Any) -> None:
    start = backend.post("the first").json()["id"]
    for number in range(backend.settings.page + 5):
        backend.post(f"message {number}")
    page = backend.poll(str(start)).json()
    rest = backend.poll(str(page["lastEventId"])).json()

    assert [event["text"] for event in [*page["events"], *rest["events"]]] == [f"message {n}" for n in range(105)]
    assert len(backend.poll().json()["events"]) == backend.settings.backlog


@pytest.mark.parametrize("cursor", ["NaN", "undefined", "-1", "1.5", "", "9" * 30, "٣"])
def test_what_is_no_cursor_is_refused(backend: Any, cursor: str) -> None:
    assert backend.poll(cursor).status == 400


def test_cursor_of_the_future_waits_for_what_comes(backend: Any) -> None:
    reply = backend.poll("1000000").json()
    backend.post("after all")
    assert reply["events"] == []
    assert [event["text"] for event in backend.poll(str(reply["lastEventId"])).json()["events"]] == ["after all"]


@pytest.mark.parametrize("query", ["", "?channels=test", "?clientId=debug", "?channels=&clientId=debug"])
def test_missing_parameters_are_refused(backend: Any, query: str) -> None:
    assert backend.send("GET", f"/api/chat/sse{query}").status == 400


@pytest.mark.parametrize(
    ("channels", "subject", "status"),
    [
        ("trip-of-others", "test-user-id", 403),
        ("test,trip-of-others", "test-user-id", 403),
        ("trip-of-others", "", 401),
        ("nowhere", "test-user-id", 403),
        ("test,trip-of-others", "other-user-id", 200),
    ],
)
def test_channels_are_their_members_own(backend: Any, channels: str, subject: str, status: int) -> None:
    assert backend.poll(channels=channels, subject=subject).status == status
    if status != 200:
        assert backend.post("hello", channels.rpartition(",")[2], subject=subject).status == status


@pytest.mark.parametrize("body", [{}, {"channel": "test"}, {"channel": "test", "message": ""}, {"message": 5}])
def test_messages_are_texts(backend: Any, body: Any) -> None:
    assert backend.send("POST", "/api/chat/messages", body=body).status == 400


def test_token_is_for_the_user_whom_stream_knows(backend: Any) -> None:
    answer = backend.token().json()
    claims = jwt.decode(answer["token"], API_SECRET, algorithms=["HS256"])

    assert (claims["user_id"], answer["user"]["id"]) == ("test-user-id", "test-user-id")
    assert claims["exp"] - claims["iat"] == backend.settings.token_seconds
    assert [(call.method, call.path) for call in backend.stream.calls()] == [("POST", "/users")]
    assert backend.token(subject="").status == 401


@pytest.mark.parametrize("behaviour", ["drop", "hang", "rate_limited"])
def test_stream_that_fails_leaves_polling(backend: Any, behaviour: str) -> None:
    backend.stream.behave(behaviour)
    assert backend.token().status == 503
    assert backend.poll().status == 200
    facts = backend.send("GET", "/api/chat/diagnostics").json()
    assert (facts["tokenGenerationWorking"], facts["authenticationWorking"]) == (True, False)


@pytest.mark.parametrize("environment", [WITHOUT, {SECRET: None}, {KEY: "your_key_here"}, {SECRET: "your_secret_here"}])
def test_without_key_and_secret_there_is_no_token(
    start: Callable[..., Any], environment: dict[str, str | None]
) -> None:
    backend = start(environment)
    assert backend.token().status == 503
    assert backend.poll().status == 200
    facts = backend.send("GET", "/api/chat/diagnostics").json()
    assert (facts["streamChatConfigured"], facts["tokenGenerationWorking"]) == (False, False)
    assert backend.stream.calls() == ()


def test_secret_under_a_public_name_is_none(start: Callable[..., Any]) -> None:
    backend = start({SECRET: None, f"NEXT_PUBLIC_{SECRET}": API_SECRET})
    assert backend.settings.public_secret == API_SECRET
    assert backend.token().status == 503


def test_development_has_its_own_token_page_and_open_diagnostics(start: Callable[..., Any]) -> None:
    backend = start({"NODE_ENV": "development", SECRET: None})
    answer = backend.token().json()
    assert answer["isDevelopmentToken"] is True
    assert answer["token"].endswith(".devtoken")
    assert jwt.decode(answer["token"], options={"verify_signature": False}) == {"user_id": "test-user-id"}
    assert backend.send("GET", "/debug-chat-connection", subject="").status == 200
    assert backend.send("GET", "/api/chat/diagnostics", subject="").status == 200


@pytest.mark.parametrize("mode", ["production", "", None, "Development", "test"])
def test_whatever_is_not_development_is_production(start: Callable[..., Any], mode: str | None) -> None:
    backend = start({"NODE_ENV": mode, SECRET: None})
    assert backend.token().status == 503
    assert backend.send("GET", "/debug-chat-connection").status == 404
    assert backend.send("GET", "/api/chat/diagnostics", subject="").status == 401


@pytest.mark.parametrize(
    ("force", "status"), [("true", 503), ("TRUE", 503), ("1", 503), ("false", 200), ("0", 200), ("", 200), (None, 200)]
)
def test_switch_is_on_only_where_it_says_so(start: Callable[..., Any], force: str | None, status: int) -> None:
    backend = start({"FORCE_SSE_ONLY": force})
    assert backend.token().status == status
    assert backend.poll().status == 200
    configured = backend.send("GET", "/api/chat/diagnostics").json()["streamChatConfigured"]
    assert configured is (status == 200)


def test_unsafe_settings_refuse_to_start() -> None:
    with pytest.raises(BootRefusedError):
        create_app(full_settings(secret="short"))


def test_variables_that_are_not_named_stay() -> None:
    settings = full_settings()
    assert started_with(settings, {"HOME": "/root"}) == settings


def test_reference_declares_what_it_has(farm: Farm) -> None:
    found = site(farm, FAULTS["hybrid_identity"], REFERENCES["hybrid"].full_settings(), with_front=False)
    table = from_table(found.config, origin="a test").profiles["hybrid"]
    routes = {table.path, table.health_path, table.token_path, table.diagnostics_path, table.publish.path}

    assert routes | set(table.debug_paths) == PATHS
    assert all(REFERENCES["hybrid"].owns(path) for path in PATHS)
    assert not REFERENCES["hybrid"].owns("/api/chat/stream")
    assert table.secret == found.settings.secret
