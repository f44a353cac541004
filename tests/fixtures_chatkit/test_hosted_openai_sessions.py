"""The stand-in for OpenAI's sessions is as OpenAI documents them (CKAPI-03, CKAPI-07)."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from chatproof.fixtures.backend import tokens
from chatproof.fixtures.catalogue import FAULTS
from chatproof.fixtures.chatkit import REFERENCE
from chatproof.fixtures.server import Farm
from chatproof.fixtures.upstreams.both import chatkit_upstream

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chatproof.fixtures.upstreams.scripted import Scripted

PATH = "/v1/chatkit/sessions"
HEADERS = {"Authorization": "Bearer sk-test", "OpenAI-Beta": "chatkit_beta=v1"}
BODY = {"user": "u1", "workflow": {"id": "wf_1"}}


@pytest.fixture(scope="module")
def upstream() -> Iterator[Scripted]:
    with Farm() as farm:
        stand_in = chatkit_upstream()
        stand_in.start(farm)
        yield stand_in


@pytest.fixture(autouse=True)
def _well(upstream: Scripted) -> None:
    upstream.behave("well")


def post(upstream: Scripted, body: Any = None, *, path: str = PATH, **headers: str) -> httpx.Response:
    sent = {name: value for name, value in {**HEADERS, **headers}.items() if value}
    return httpx.post(upstream.url + path, json=BODY if body is None else body, headers=sent, trust_env=False)


@pytest.mark.parametrize("behaviour", ["well", "strict"])
@pytest.mark.parametrize("path", [PATH, "/chatkit/sessions"])
def test_session_is_the_full_resource(upstream: Scripted, behaviour: str, path: str) -> None:
    upstream.behave(behaviour)
    before = int(time.time())
    after = {"expires_after": {"anchor": "created_at", "seconds": 300}}
    session = post(upstream, {**BODY, **after}, path=path).json()
    identifier, secret, expires_at = session["id"], session["client_secret"], session["expires_at"]

    assert session == {
        "id": identifier,
        "object": "chatkit.session",
        "client_secret": secret,
        "expires_at": expires_at,
        "workflow": {"id": "wf_1", "version": None, "state_variables": None, "tracing": {"enabled": True}},
        "user": "u1",
        "rate_limits": {"max_requests_per_1_minute": 10},
        "max_requests_per_1_minute": 10,
        "status": "active",
        "chatkit_configuration": {
            "automatic_thread_titling": {"enabled": True},
            "file_upload": {"enabled": False, "max_file_size": 512, "max_files": 10},
            "history": {"enabled": True, "recent_threads": None},
        },
    }
    assert identifier.startswith("cksess_")
    assert secret.startswith("ek_")
    assert isinstance(expires_at, int)
    assert before + 300 <= expires_at <= time.time() + 300


def test_sessions_last_ten_minutes_and_differ(upstream: Scripted) -> None:
    before = int(time.time())
    one, other = post(upstream).json(), post(upstream).json()

    assert one["client_secret"] != other["client_secret"]
    assert one["id"] != other["id"]
    assert before + 600 <= one["expires_at"] <= time.time() + 600


WRONG: list[tuple[int, Any, dict[str, str]]] = [
    (401, BODY, {"Authorization": ""}),
    (401, BODY, {"Authorization": "Basic c2s6"}),
    (400, BODY, {"OpenAI-Beta": ""}),
    (400, BODY, {"OpenAI-Beta": "assistants=v2"}),
    (400, {"workflow": {"id": "wf_1"}}, {}),
    (400, {**BODY, "user": ""}, {}),
    (400, {"user": "u1"}, {}),
    (400, {**BODY, "workflow": {"id": ""}}, {}),
    (400, [], {}),
    (400, {**BODY, "expires_after": 600}, {}),
    (400, {**BODY, "expires_after": {"anchor": "now", "seconds": 60}}, {}),
    *[
        (400, {**BODY, "expires_after": {"anchor": "created_at", "seconds": seconds}}, {})
        for seconds in (0, 601, 3600, True, "60", None)
    ],
]


@pytest.mark.parametrize(("status", "body", "headers"), WRONG)
def test_strict_refuses_what_openai_refuses(
    upstream: Scripted, status: int, body: Any, headers: dict[str, str]
) -> None:
    upstream.behave("strict")
    refused = post(upstream, body, **headers)

    assert refused.status_code == status
    assert refused.json()["error"]["type"] == "invalid_request_error"


@pytest.mark.parametrize(("status", "body", "headers"), WRONG)
def test_well_makes_a_session_all_the_same_and_notes_the_call(
    upstream: Scripted, status: int, body: Any, headers: dict[str, str]
) -> None:
    del status
    answer = post(upstream, body, **headers)

    assert answer.status_code == 200
    assert answer.json()["expires_at"] <= time.time() + 600
    assert [json.dumps(call.body) for call in upstream.calls()] == [json.dumps(body)]


def test_session_can_be_cancelled(upstream: Scripted) -> None:
    session = post(upstream).json()
    cancelled = post(upstream, path=f"{PATH}/{session['id']}/cancel")

    assert cancelled.json() == {**session, "status": "cancelled"}
    assert post(upstream, path=f"{PATH}/cksess_unknown/cancel").status_code == 404


def test_other_paths_are_the_custom_backends(upstream: Scripted) -> None:
    assert post(upstream, {"user_id": "u1"}, path="/sessions").json()["session_id"]
    assert post(upstream, path="/v1/responses").status_code == 404


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        ("hosted_identity", 200),
        ("hosted_no_beta", 502),
        ("hosted_no_user", 502),
        ("hosted_no_workflow", 502),
        ("hosted_hour", 502),
        ("hosted_expiry_number", 502),
    ],
)
def test_reference_backend_asks_as_openai_wants_and_faulty_ones_do_not(
    upstream: Scripted, fault: str, status: int
) -> None:
    upstream.behave("strict")
    settings = REFERENCE.full_settings(upstream_url=upstream.url)
    headers = {"Authorization": f"Bearer {tokens.mint(settings.base, 'u1')}"}
    with Farm() as farm:
        url = farm.start(FAULTS[fault].stand(settings).app)
        answer = httpx.post(f"{url}/api/custom/session", json={}, headers=headers, trust_env=False)

    assert answer.status_code == status
    assert [call.path for call in upstream.calls()] == [PATH]
