"""Answers of a backend for hybrid, made by hand."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from chatproof.config import Auth, Backend, Hybrid, Route
from chatproof.recording import End
from support.recordings import ORIGIN, URL, case, exchange, recording

if TYPE_CHECKING:
    from chatproof.case import Case
    from chatproof.recording import Exchange, Recording

NO_STORE = (("Content-Type", "application/json"), ("Cache-Control", "no-store"))
SETTINGS = Hybrid(
    token_path="/api/chat/token",
    diagnostics_path="/api/chat/diagnostics",
    health_path="/api/chat/health",
    foreign_channel="others",
    debug_paths=("/debug",),
    api_key="rk4h7q2nx9dv",
    backlog=3,
    publish=Route(path="/api/chat/messages", body={"channel": "{channel}", "message": "{text}"}),
)
OPTIONAL = (
    "between",
    "backlog",
    "foreign_messages",
    "stream_down",
    "unconfigured",
    "development",
    "placeholders",
)
FACTS = {
    "streamChatConfigured": True,
    "apiKeyPresent": True,
    "apiSecretPresent": True,
    "apiKeyValid": True,
    "tokenGenerationWorking": True,
    "authenticationWorking": True,
}
DARK = dict.fromkeys(FACTS, False)
CLAIMS = {"user_id": "u1", "iat": 1_795_000_000, "exp": 1_795_003_600}
STARTED_AT = "2026-11-18T11:06:40+00:00"
"""The second of `iat`."""


def told(label: str, content: Any = None, *, status: int = 200, **changes: Any) -> Exchange:
    """An answer in JSON."""
    body = json.dumps({} if content is None else content).encode()
    return exchange(
        label, **{"status": status, "headers": NO_STORE, "body": body, "end": End.LENGTH_REACHED, **changes}
    )


def polled(label: str, *events: tuple[int, str], cursor: int | None = None, **changes: Any) -> Exchange:
    """The answer to a poll with events of these ids and texts."""
    listed = [{"id": number, "text": text} for number, text in events]
    newest = cursor if cursor is not None else max([0, *(number for number, _ in events)])
    return told(label, {"events": listed, "lastEventId": newest}, **{"method": "GET", **changes})


def failed(label: str, status: int = 503, **changes: Any) -> Exchange:
    """A failure told in JSON."""
    return told(label, {"error": "no"}, status=status, **changes)


def silent(label: str) -> Exchange:
    """No answer at all."""
    return exchange(label, status=None)


def token(
    label: str = "token", *, user: str = "u1", facts: Any = None, caller: str = "u1", content: Any = None, **claims: Any
) -> Exchange:
    """
    The answer of the token route, with what the recorder notes of the token.

    `claims` are laid over the usual ones (None takes one away), `facts` over what is noted.
    """
    payload = {name: value for name, value in {**CLAIMS, "user_id": user, **claims}.items() if value is not None}
    noted = {"type": "str", "length": 120, "prefix": "", "dev_form": "", "alg": "HS256", "signature": "valid"}
    findings = {
        "issued": {"token": {**noted, "devtoken": False, "claims": payload, **(facts or {})}},
        "credential": {"claims": {"sub": caller}},
    }
    return told(label, content or {"token": "<secret:4 len=120>", "user": {"id": user}}, findings=findings)


def text_token(label: str, form: str, **content: Any) -> Exchange:
    """The answer of the token route with a text that is no JWT."""
    answer = {"token": "<secret:4 len=30>", "user": {"id": "u1"}, **content}
    noted = {"type": "str", "length": 30, "prefix": form.partition("_")[0] + "_", "dev_form": form}
    return told(label, answer, findings={"issued": {"token": noted}})


def tokens(*exchanges: Exchange) -> Recording:
    """The recording of the scenario `token`."""
    return recording("token", *exchanges, profile="hybrid", findings={"started_at": STARTED_AT})


def of(name: str, *exchanges: Exchange, **findings: Any) -> Recording:
    """A recording of this profile; `findings` with `/` in their names are given as a mapping."""
    return recording(name, *exchanges, profile="hybrid", findings={**findings.pop("more", {}), **findings})


def hybrid(
    *, settings: Hybrid = SETTINGS, environment: Any = "production", scheme: Any = "jwt", **recordings: Any
) -> Case:
    """A case of this profile, whose users' tokens the suite mints; what is `OPTIONAL` and not given is not claimed."""
    absent = {name: recording(name, profile="hybrid", not_claimed="not declared") for name in OPTIONAL}
    return case(
        profile="hybrid",
        settings=settings,
        backend=Backend(url=URL, origins=(ORIGIN,), environment=environment, command="node server.js"),
        auth=Auth(scheme=scheme, secret="x" * 32, token="" if scheme == "jwt" else "x"),
        **{**absent, **recordings},
    )
