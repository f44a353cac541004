"""Hand-made recordings of backends that give tokens for Stream Chat."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from chatproof.recording import End
from support.recordings import exchange, recording

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from chatproof.recording import Exchange, Recording

NOW = 1_768_480_496
STARTED = {"started_at": datetime.fromtimestamp(NOW, UTC).isoformat(timespec="milliseconds")}
USER = "u1"
CLAIMS = {"user_id": USER, "iat": NOW - 10, "exp": NOW + 3600}
JSON_HEADERS = (("Content-Type", "application/json"), ("Cache-Control", "no-store"))
TOKEN_PATH = "http://127.0.0.1:3000/api/v1/chat/stream/token"
PLACEHOLDER = "<secret:7 len=180>"


def facts(claims: Mapping[str, Any] | None = CLAIMS, **changes: Any) -> dict[str, Any]:
    """What the recorder notes of a right token; `changes` on top, None takes one away."""
    usual = {
        "type": "str",
        "secret": 7,
        "length": 180,
        "prefix": "",
        "bits": 600.0,
        "same_as": "",
        "dev_form": "",
        "alg": "HS256",
        "claims": None if claims is None else dict(claims),
        "signature": "valid",
        "devtoken": False,
    }
    return {name: value for name, value in {**usual, **changes}.items() if value is not None}


def token(
    label: str = "token",
    claims: Mapping[str, Any] = CLAIMS,
    *,
    fields: Mapping[str, Any] | None = None,
    noted: Mapping[str, Any] | None = None,
    caller: str = USER,
    **changes: Any,
) -> Exchange:
    """
    An answer with a token that says these claims; `noted` is what the recorder found instead.

    `fields` are laid over those of the body (None takes one away), `caller` is who asked.
    """
    usual = {"token": PLACEHOLDER, "user_id": claims.get("user_id"), "api_key": "key1"}
    body = {name: value for name, value in {**usual, **(fields or {})}.items() if value is not None}
    credential = {"secret": 1, "kind": "jwt", "claims": {"sub": caller}}
    findings = {"issued": {"token": facts(claims) if noted is None else dict(noted)}, "credential": credential}
    defaults: dict[str, Any] = {"headers": JSON_HEADERS, "body": json.dumps(body).encode(), "end": End.LENGTH_REACHED}
    return exchange(label, method="GET", url=TOKEN_PATH, findings=findings, **{**defaults, **changes})


def refused(label: str = "token", status: int = 401, **changes: Any) -> Exchange:
    """An error in JSON, without a token."""
    findings = {"issued": {"token": {"type": "missing"}}}
    defaults: dict[str, Any] = {"headers": JSON_HEADERS, "body": b'{"detail": "no"}', "findings": findings}
    return exchange(label, status=status, **{**defaults, **changes})


def told(scenario: str, *exchanges: Exchange, **findings: Any) -> Recording:
    """A recording of this profile, with when it began."""
    return recording(scenario, *exchanges, profile="stream-chat", findings={**STARTED, **findings})


def call(path: str, body: Mapping[str, Any] | None = None, *, status: int = 201, key: str = "key1") -> dict[str, Any]:
    """A call to Stream as a scenario notes it."""
    noted = {"method": "POST", "path": path, "status": status, "own_key": True, "key": key}
    return {**noted, "body": None if body is None else dict(body)}


def upsert(user: str = USER, *, status: int = 201) -> dict[str, Any]:
    """The call that upserts a user."""
    return call("/users", {"users": {user: {"id": user, "name": "Ada"}}}, status=status)


def channel(
    identifier: str, members: Sequence[Any] = ("u1", "u2"), *, status: int = 201, **data: Any
) -> dict[str, Any]:
    """The call that gets or creates a channel; without an id by its members."""
    path = f"/channels/messaging/{identifier}/query" if identifier else "/channels/messaging/query"
    made = {"members": list(members), "created_by": {"id": "u1"}, **data}
    return call(path, {"data": {name: value for name, value in made.items() if value is not None}}, status=status)
