"""What `chatproof init` makes of answers: of frameworks, walls, pages for everything, and odd backends."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chatproof.cli import run
from chatproof.config import load_config
from chatproof.fixtures.server import Farm
from chatproof.init.probes import NOWHERE
from support.table_server import Given, Table

CHAT = ("OPTIONS", "/api/v1/chat")
STREAM = ("GET", "/api/chat/stream")
POLL = ("GET", "/api/chat/sse")
NOT_ALLOWED = Given(status=405, headers=(("Allow", "POST"),))
ALLOWED = Given(status=204)
EVENTS = (("Content-Type", "text/event-stream"),)
JSON = (("Content-Type", "application/json"),)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("chatproof.init.looking._MOST_PER_SECOND", 1000.0)
    return tmp_path


@pytest.fixture(scope="module")
def farm() -> Iterator[Farm]:
    with Farm() as running:
        yield running


def written(farm: Farm, table: Table, *arguments: str) -> dict[str, Any]:
    """The tables of the file that was written; empty where none was. What was written can be loaded."""
    code = run(["init", farm.start(table.app), *arguments])
    file = Path("chatproof.toml")
    assert (code == 0) == file.exists()
    if code != 0:
        assert code == 3
        return {}
    variables = {"CHATPROOF_TOKEN": "a-token"}
    load_config(path=None, env=variables, environment_name=None, url=None, profiles=(), cwd=Path.cwd())
    return tomllib.loads(file.read_text())


@pytest.mark.parametrize(
    ("answers", "profiles"),
    [
        ({CHAT: NOT_ALLOWED}, {"ai-chat": {"path": "/api/v1/chat"}}),
        ({CHAT: Given(status=200, headers=(("Allow", "POST"),))}, {"ai-chat": {"path": "/api/v1/chat"}}),
        ({CHAT: Given(status=401)}, {"ai-chat": {"path": "/api/v1/chat"}}),
        (
            {CHAT: ALLOWED, ("GET", "/health"): Given(body=b"ok")},
            {"ai-chat": {"path": "/api/v1/chat", "health_path": "/health"}},
        ),
        ({("GET", "/health"): Given(body=b"ok")}, {}),
        ({("GET", "/api/v1/auth/ping"): Given(status=401)}, {}),
        ({STREAM: Given(status=401)}, {"agent-stream": {"path": "/api/chat/stream"}}),
        (
            {STREAM: Given(status=400), ("OPTIONS", "/api/chat/generate"): ALLOWED},
            {"agent-stream": {"path": "/api/chat/stream", "generate_path": "/api/chat/generate"}},
        ),
        (
            {STREAM: Given(headers=EVENTS, body=b'data: {"type":"hello"}\n\n')},
            {"agent-stream": {"path": "/api/chat/stream", "connected_type": "hello"}},
        ),
        (
            {STREAM: Given(headers=EVENTS, body=b'data: {"type":"connected"}\n\n')},
            {"agent-stream": {"path": "/api/chat/stream"}},
        ),
        (
            {STREAM: Given(headers=EVENTS, body=b"event: ping\ndata: {}\n\n")},
            {"agent-stream": {"path": "/api/chat/stream", "heartbeat_form": "event", "heartbeat_event": "ping"}},
        ),
        (
            {STREAM: Given(headers=EVENTS, body=b": keep-alive\n\n")},
            {"agent-stream": {"path": "/api/chat/stream", "heartbeat_form": "comment"}},
        ),
        (
            {STREAM: Given(headers=EVENTS, body=b'data: {"type":"\\u201c${HOME}"}\n\n')},
            {"agent-stream": {"path": "/api/chat/stream"}},
        ),
        ({("OPTIONS", "/api/v1/chat/stream/token"): ALLOWED}, {"stream-chat": {"path": "/api/v1/chat/stream/token"}}),
        (
            {("OPTIONS", "/api/v1/chat/stream/token"): NOT_ALLOWED},
            {"stream-chat": {"path": "/api/v1/chat/stream/token", "method": "POST"}},
        ),
        (
            {("OPTIONS", "/api/v1/chat/stream/token"): Given(headers=(("Allow", "GET, HEAD, POST"),))},
            {"stream-chat": {"path": "/api/v1/chat/stream/token"}},
        ),
        ({("OPTIONS", "/chat/stream/token"): ALLOWED}, {"stream-chat": {"path": "/chat/stream/token"}}),
        (
            {("OPTIONS", "/api/custom/session"): ALLOWED, ("OPTIONS", "/api/custom/stream"): ALLOWED},
            {
                "chatkit": {
                    "mode": "custom",
                    "session_path": "/api/custom/session",
                    "stream_path": "/api/custom/stream",
                }
            },
        ),
        ({("OPTIONS", "/chatkit"): ALLOWED}, {"chatkit": {"mode": "self-hosted", "server_path": "/chatkit"}}),
        (
            {("OPTIONS", "/api/chatkit/session"): ALLOWED},
            {"chatkit": {"mode": "hosted", "session_path": "/api/chatkit/session"}},
        ),
        (
            {("OPTIONS", "/api/custom/session"): ALLOWED, ("OPTIONS", "/chatkit"): ALLOWED},
            {"chatkit": {"mode": "custom", "session_path": "/api/custom/session"}},
        ),
        ({POLL: Given(status=401)}, {"hybrid": {"path": "/api/chat/sse"}}),
        ({POLL: Given(headers=JSON, body=b"[]")}, {"hybrid": {"path": "/api/chat/sse", "events_field": ""}}),
        (
            {POLL: Given(headers=JSON, body=b'{"items":[]}')},
            {"hybrid": {"path": "/api/chat/sse", "events_field": "items"}},
        ),
        ({POLL: Given(headers=JSON, body=b'{"events":[]}')}, {"hybrid": {"path": "/api/chat/sse"}}),
        ({POLL: Given(headers=JSON, body=b"{broken")}, {"hybrid": {"path": "/api/chat/sse"}}),
        (
            {POLL: Given(status=401), ("GET", "/health"): Given(), ("GET", "/api/chat/health"): Given()},
            {"hybrid": {"path": "/api/chat/sse", "health_path": "/api/chat/health"}},
        ),
        (
            {POLL: Given(status=401), ("GET", "/health"): Given()},
            {"hybrid": {"path": "/api/chat/sse", "health_path": "/health"}},
        ),
        ({POLL: Given(status=503)}, {}),
        ({POLL: Given(status=308, headers=(("Location", "/api/chat/sse/"),))}, {}),
        # A server that says 204 to every OPTIONS tells nothing of its routes; what GET shows is seen.
        ({("OPTIONS", "*"): ALLOWED}, {}),
        ({("OPTIONS", "*"): ALLOWED, STREAM: Given(status=401)}, {"agent-stream": {"path": "/api/chat/stream"}}),
        # A page for every path, and a wall before every path.
        ({("GET", "*"): Given(headers=(("Content-Type", "text/html"),), body=b"<html>")}, {}),
        ({("GET", "*"): Given(status=401), ("OPTIONS", "*"): Given(status=401)}, {}),
        (
            {("OPTIONS", "*"): Given(status=405, headers=(("Allow", "GET"),)), CHAT: NOT_ALLOWED},
            {"ai-chat": {"path": "/api/v1/chat"}},
        ),
    ],
)
def test_profiles_are_told_by_their_routes(
    answers: dict[tuple[str, str], Given], profiles: dict[str, Any], farm: Farm
) -> None:
    assert written(farm, Table(answers)).get("profiles", {}) == profiles


@pytest.mark.parametrize(
    ("pages", "cors"),
    [
        ((), {}),
        (("http://localhost:3001",), {"origins": ["http://localhost:3001"], "cors": "list"}),
        (("http://localhost:3000",), {"origins": ["http://localhost:3000"], "cors": "list"}),
        (
            ("http://localhost:3000", "http://localhost:3001"),
            {"origins": ["http://localhost:3001", "http://localhost:3000"], "cors": "list"},
        ),
        (("*",), {"origins": ["http://localhost:3001"], "cors": "any"}),
        (("https://app.example",), {}),
    ],
)
def test_the_policy_for_pages_is_told_by_preflights(pages: tuple[str, ...], cors: dict[str, Any], farm: Farm) -> None:
    backend = written(farm, Table({CHAT: NOT_ALLOWED}, pages=pages))["backend"]

    assert {name: value for name, value in backend.items() if name != "url"} == cors


@pytest.mark.parametrize(
    ("challenge", "scheme"),
    [
        ("Bearer", "bearer"),
        ('Bearer realm="a", error="invalid_token"', "bearer"),
        ("", "bearer"),
        ('Basic realm="a"', None),
    ],
)
def test_a_credential_that_is_asked_for_is_declared(challenge: str, scheme: str | None, farm: Farm) -> None:
    headers = (("WWW-Authenticate", challenge),) if challenge else ()
    auth = written(farm, Table({STREAM: Given(status=401, headers=headers)})).get("auth")

    assert auth == (None if scheme is None else {"scheme": scheme, "token": "${CHATPROOF_TOKEN}"})


@pytest.mark.parametrize(
    ("answers", "environment"),
    [
        ({("GET", "/health"): Given(headers=JSON, body=b'{"status":"ok","environment":"production"}')}, "production"),
        ({("GET", "/api/chat/diagnostics"): Given(headers=JSON, body=b'{"NODE_ENV":"development"}')}, "development"),
        ({("GET", "/health"): Given(headers=JSON, body=b'{"env":"prod"}')}, "production"),
        ({("GET", "/health"): Given(headers=JSON, body=b'{"environment":"blue"}')}, None),
        ({("GET", "/health"): Given(headers=(("Server", "Werkzeug/3.0 Python/3.12"),))}, "development"),
        ({("GET", "/health"): Given(headers=(("Server", "uvicorn"),))}, None),
    ],
)
def test_the_environment_is_what_the_backend_says(
    answers: dict[tuple[str, str], Given], environment: str | None, farm: Farm
) -> None:
    assert written(farm, Table({CHAT: ALLOWED, **answers}))["backend"].get("environment") == environment


def test_what_a_backend_says_of_itself_stays_in_a_comment(farm: Farm) -> None:
    odd = 'x"\t[auth] = \x7f' + "y" * 300
    table = written(farm, Table({CHAT: Given(status=204, headers=(("Server", odd), ("Allow", odd)))}))

    assert set(table) == {"backend", "profiles"}
    assert "[auth] = y" in Path("chatproof.toml").read_text()


def test_a_slow_backend_is_left_when_the_time_is_over(
    farm: Farm, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    quick = Table({CHAT: ALLOWED})

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["path"] in {"/api/v1/chat", NOWHERE}:
            await quick.app(scope, receive, send)
        while (await receive())["type"] != "http.disconnect":
            pass

    monkeypatch.setattr("chatproof.init.looking._ALL_SECONDS", 1.0)

    assert run(["init", farm.start(app)]) == 0
    assert "not all was asked" in capsys.readouterr().err
    assert list(tomllib.loads(Path("chatproof.toml").read_text())["profiles"]) == ["ai-chat"]


def test_profiles_that_the_user_names_are_written_alone(farm: Farm) -> None:
    tables = written(farm, Table({CHAT: ALLOWED, STREAM: Given(status=401)}), "--profile", "agent-stream")

    assert tables["profiles"] == {"agent-stream": {"path": "/api/chat/stream"}}
