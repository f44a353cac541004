from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest

from chatproof.fixtures.backend import mint
from chatproof.fixtures.hybrid.app import PUBLISH_PATH, TOKEN_PATH, create_app
from chatproof.fixtures.hybrid.reference import REFERENCE
from chatproof.fixtures.hybrid.settings import full_settings, started_with
from chatproof.fixtures.server import Farm
from support.raw_http import Reply, send

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from chatproof.fixtures.upstreams.scripted import Scripted


@dataclass(frozen=True, slots=True)
class Backend:
    """A running reference backend, and Stream's stand-in behind it."""

    url: str
    settings: Any
    stream: Scripted

    def send(self, method: str, path: str, *, subject: str = "test-user-id", body: Any = None) -> Reply:
        """A request of a user; an empty subject sends no credential."""
        headers = [("Authorization", f"Bearer {mint(self.settings.base, subject)}")] if subject else []
        headers += [("Content-Type", "application/json")] if body is not None else []
        data = b"" if body is None else json.dumps(body).encode()
        return send(self.url, method, path, headers=tuple(headers), body=data)

    def poll(self, cursor: str = "0", channels: str = "test", *, subject: str = "test-user-id") -> Reply:
        query = urlencode({"channels": channels, "clientId": "debug", "lastEventId": cursor})
        return self.send("GET", f"/api/chat/sse?{query}", subject=subject)

    def post(self, text: str, channel: str = "test", *, subject: str = "test-user-id") -> Reply:
        return self.send("POST", PUBLISH_PATH, subject=subject, body={"channel": channel, "message": text})

    def token(self, *, subject: str = "test-user-id") -> Reply:
        return self.send("POST", TOKEN_PATH, subject=subject, body={})


@pytest.fixture(scope="session")
def farm() -> Iterator[Farm]:
    with Farm() as running:
        yield running


@pytest.fixture
def start(farm: Farm) -> Callable[..., Backend]:
    """Starts a backend with these variables changed; `changes` go to its settings."""

    def started(environment: Mapping[str, str | None] | None = None) -> Backend:
        assert REFERENCE.upstream is not None
        stream = REFERENCE.upstream()
        stream.url = farm.start(stream.app)
        settings = started_with(REFERENCE.behind(full_settings(), stream.url), environment or {})
        return Backend(farm.start(create_app(settings)), settings, stream)

    return started


@pytest.fixture
def backend(start: Callable[..., Backend]) -> Backend:
    return start()
