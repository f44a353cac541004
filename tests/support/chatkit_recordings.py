"""Hand-made recordings of ChatKit session backends."""

from __future__ import annotations

import json
from typing import Any

from chatproof.case import Case
from chatproof.config import PROFILES, Auth, Backend
from chatproof.recording import Exchange, Recording
from support import recordings

CLOCK = 1767268800.0  # 2026-01-01T12:00:00Z
DATE = "Thu, 01 Jan 2026 12:00:00 GMT"
IN_AN_HOUR = "2026-01-01T13:00:00.000Z"
URL = recordings.URL + "/api/custom/session"
HEADERS = (("Content-Type", "application/json"), ("Cache-Control", "no-store"), ("Date", DATE))
PATHS = {"refresh_path": "/api/custom/refresh", "health_path": "/health", "models": ("small", "large")}


def issued(number: int = 7, **changes: Any) -> dict[str, Any]:
    """What the recorder notes of a right secret."""
    known = {"type": "str", "secret": number, "length": 46, "prefix": "ck_", "bits": 258.0, "same_as": ""}
    return {"issued": {"client_secret": {**known, **changes}}}


def session(label: str = "session", *, number: int = 7, content: Any = None, **changes: Any) -> Exchange:
    """A right session: secret number `number`, an hour to live; `content` are the fields of its body that differ."""
    fields = {"client_secret": f"<secret:{number} len=46>", "expires_at": IN_AN_HOUR, **(content or {})}
    body = json.dumps({name: value for name, value in fields.items() if value is not None}).encode()
    given = {"headers": HEADERS, "body": body, "url": URL, "findings": issued(number), **changes}
    return recordings.exchange(label, **given)


def recorded(name: str, *exchanges: Exchange, **findings: Any) -> Recording:
    """A recording with findings."""
    return recordings.recording(name, *exchanges, profile="chatkit", findings=findings)


def control(exchange: Exchange | None = None, **findings: Any) -> Recording:
    """The control scenario."""
    return recorded("session", exchange or session(), **{"clock": CLOCK, "hollow": False, **findings})


def unclaimed(name: str) -> Recording:
    """The recording of a scenario whose means are not declared."""
    return recordings.recording(name, profile="chatkit", not_claimed="not declared")


def case(
    settings: dict[str, Any] | None = None, *, auth: Auth | None = None, backend: Backend | None = None, **given: Any
) -> Case:
    """A case of a backend in custom mode that declares its routes."""
    declared = PROFILES["chatkit"](**{**PATHS, **(settings or {})})
    return recordings.case(profile="chatkit", settings=declared, auth=auth, backend=backend, **given)
