"""The reference backend in custom mode, and the service behind it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest

from chatproof.fixtures.backend import mint
from chatproof.fixtures.chatkit.app import create_app
from chatproof.fixtures.chatkit.reference import REFERENCE
from chatproof.fixtures.chatkit.settings import Settings
from chatproof.fixtures.server import Farm
from chatproof.fixtures.upstreams.custom_backend import custom_backend
from chatproof.fixtures.upstreams.scripted import Scripted
from support.raw_http import Reply, send

ORIGIN = "http://localhost:3001"
SESSION, REFRESH, HEALTH = "/api/custom/session", "/api/custom/refresh", "/api/custom/health"
JSON = ("Content-Type", "application/json")


@dataclass(frozen=True, slots=True)
class Site:
    """A running backend, with the service behind it where it has one."""

    url: str
    settings: Settings
    upstream: Scripted

    def credential(self, subject: str = "test-user-id") -> tuple[str, str]:
        token = mint(self.settings.base, subject)
        name = self.settings.cookie
        return ("Cookie", f"{name}={token}") if name else ("Authorization", f"Bearer {token}")

    def post(self, path: str, fields: Any = None, *headers: tuple[str, str], subject: str = "test-user-id") -> Reply:
        body = b"" if fields is None else json.dumps(fields).encode()
        return send(self.url, "POST", path, headers=(self.credential(subject), *headers), body=body)

    def secret(self, subject: str = "test-user-id", **fields: Any) -> str:
        found: str = self.post(SESSION, fields, JSON, subject=subject).json()["client_secret"]
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
def test_session_has_a_secret_and_an_expiry(start: Callable[..., Site], alone: bool) -> None:
    reply = start(alone=alone).post(SESSION)
    content = reply.json()
    assert (reply.status, reply.header("cache-control"), set(content)) == (
        200,
        "no-store",
        {"client_secret", "expires_at"},
    )
    assert datetime.fromisoformat(content["expires_at"]).utcoffset() is not None


def test_service_behind_is_asked_for_the_verified_user(start: Callable[..., Site]) -> None:
    site = start()
    reply = site.post(SESSION, {"model": "gpt-4o", "user_id": "somebody"}, JSON)
    assert reply.json()["model"] == "gpt-4o"
    (call,) = site.upstream.calls()
    assert (call.method, call.path, call.body) == (
        "POST",
        "/sessions",
        {"user_id": "test-user-id", "model": "gpt-4o"},
    )
    assert call.headers["authorization"] == f"Bearer {site.settings.key}"


@pytest.mark.parametrize(
    ("fields", "headers", "status"),
    [({"model": "no-such"}, (JSON,), 400), ([], (JSON,), 422), ({"model": None}, (JSON,), 200), ({}, (), 200)],
)
def test_what_a_session_may_be_asked_for(start: Callable[..., Site], fields: Any, headers: Any, status: int) -> None:
    reply = start(alone=True).post(SESSION, fields, *headers)
    assert reply.status == status
    assert status == 200 or "error" in reply.json()


@pytest.mark.parametrize(
    ("behaviour", "options", "status"),
    [
        ("null", {}, 502),
        ("html", {}, 502),
        ("no_session_id", {}, 502),
        ("empty_session_id", {}, 502),
        ("drop", {}, 502),
        ("status", {"status": 500}, 502),
    ],
)
def test_failure_of_the_service_is_told(
    start: Callable[..., Site], behaviour: str, options: dict[str, Any], status: int
) -> None:
    site = start(upstream_timeout_seconds=30.0)
    site.upstream.behave(behaviour, **options)
    assert site.post(SESSION).status == status


def test_service_that_hangs_is_not_waited_for(start: Callable[..., Site]) -> None:
    site = start(upstream_timeout_seconds=0.05)
    site.upstream.behave("hang")
    assert site.post(SESSION).status == 504


def test_limit_of_the_service_is_handed_on(start: Callable[..., Site]) -> None:
    site = start()
    site.upstream.behave("status", status=429, headers={"Retry-After": "7"})
    reply = site.post(SESSION)
    assert (reply.status, reply.header("retry-after")) == (429, "7")


def test_health_is_the_services(start: Callable[..., Site]) -> None:
    site = start()
    assert send(site.url, "GET", HEALTH).status == 200
    site.upstream.behave("status", status=503)
    assert send(site.url, "GET", HEALTH).status == 503
    assert send(start(alone=True).url, "GET", HEALTH).status == 200


def test_secret_is_renewed_once(start: Callable[..., Site]) -> None:
    site = start()
    secret = site.secret(model="gpt-4o")
    site.upstream.behave("well")
    reply = site.post(REFRESH, {"token": secret})
    assert (reply.status, reply.json()["client_secret"] == secret) == (200, False)
    assert [call.body for call in site.upstream.calls()] == [{"user_id": "test-user-id", "model": "gpt-4o"}]
    assert site.post(REFRESH, {"token": secret}).status == 401


@pytest.mark.parametrize(
    ("fields", "status"), [({}, 400), ({"token": ""}, 400), ({"token": 5}, 400), ({"token": "garbage"}, 401)]
)
def test_other_texts_are_not_renewed(start: Callable[..., Site], fields: Any, status: int) -> None:
    assert start(alone=True).post(REFRESH, fields, JSON).status == status


def test_secret_of_another_user_or_of_yesterday_is_not_renewed(start: Callable[..., Site]) -> None:
    site = start(alone=True)
    secret = site.secret()
    assert site.post(REFRESH, {"token": secret}, subject="other-user-id").status == 401
    assert site.post(REFRESH, {"token": secret}).status == 200
    over = start(alone=True, ttl_seconds=0.0)
    assert over.post(REFRESH, {"token": over.secret()}).status == 401


def test_stranger_gets_nothing(start: Callable[..., Site]) -> None:
    site = start(alone=True)
    for headers in ((), (("Authorization", "Bearer garbage"),), (("Authorization", "Bearer undefined"),)):
        reply = send(site.url, "POST", SESSION, headers=headers)
        assert (reply.status, "error" in reply.json()) == (401, True)
        assert (reply.header("www-authenticate") or "").startswith("Bearer")


def test_backend_without_its_key_makes_no_session(start: Callable[..., Site]) -> None:
    site = start(alone=True, key="")
    assert site.post(SESSION).status == 503
    assert send(site.url, "POST", SESSION).status == 401


def test_cookie_counts_for_listed_pages_alone(start: Callable[..., Site]) -> None:
    site = start(alone=True, cookie="session")
    assert site.post(SESSION).status == 200
    assert site.post(SESSION, None, ("Origin", ORIGIN)).status == 200
    assert site.post(SESSION, None, ("Origin", "https://evil.example")).status == 403


def test_limit_is_each_users_own(start: Callable[..., Site]) -> None:
    site = start(alone=True, limits={"rate-user": (1, 60.0)})
    assert [site.post(SESSION, subject="rate-user").status for _ in range(2)] == [200, 429]
    assert site.post(SESSION).status == 200


def test_start_with_other_variables() -> None:
    settings = REFERENCE.full_settings()
    assert REFERENCE.started_with(settings, {"SESSION_TTL_SECONDS": "3"}).ttl_seconds == 3
    assert REFERENCE.started_with(settings, {"SESSION_TTL_SECONDS": "soon"}) == settings
    assert REFERENCE.started_with(settings, {"CUSTOM_BACKEND_KEY": None}).key == ""


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, {"refresh_path": REFRESH, "mode": "custom", "health_path": HEALTH}),
        ({"upstream_url": "http://127.0.0.1:1"}, {"upstream": {"variable": "CUSTOM_BACKEND_URL"}}),
        ({"models": ()}, {"models": []}),
    ],
)
def test_table_declares_what_the_settings_offer(changes: dict[str, Any], expected: dict[str, Any]) -> None:
    table = REFERENCE.table(REFERENCE.full_settings(**changes))
    assert table | expected == table
    assert ("upstream" in table) == ("upstream_url" in changes)
