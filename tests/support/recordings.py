"""
Hand-made recordings for the tests of judges.

`case(turn=turn(), no_token=exchange("chat", status=401))` is a case with two recordings. Nothing is
added behind the reader's back: a recording that is not given was not recorded.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from http import HTTPStatus
from typing import Any, TypeAlias

from chatproof.case import Case
from chatproof.config import PROFILES, Auth, Backend, Config, ProfileSettings
from chatproof.loading import scenario_set
from chatproof.recording import End, Exchange, Read, Recording, Request, Response

Headers: TypeAlias = Mapping[str, str] | Sequence[tuple[str, str]]
Reads: TypeAlias = Sequence[tuple[float, bytes]]

URL = "http://127.0.0.1:3000"
CHAT_URL = URL + "/api/v1/chat"
ORIGIN = "http://localhost:3001"
TOKEN = "<secret:1 len=120>"  # a recording holds placeholders, never a credential

REQUEST_HEADERS = (
    ("Content-Type", "application/json"),
    ("Accept", "text/event-stream"),
    ("Accept-Encoding", "identity"),
    ("Authorization", f"Bearer {TOKEN}"),
)
STREAM_HEADERS = (
    ("Content-Type", "text/event-stream"),
    ("Cache-Control", "no-cache, no-store, no-transform"),
    ("X-Accel-Buffering", "no"),
    ("X-Request-Id", "req_1"),
    ("Transfer-Encoding", "chunked"),
)
JSON_HEADERS = (("Content-Type", "application/json"),)
TURN = (
    b": Connected to chat stream\n\n"
    b'event: token\ndata: {"text": "Hello"}\n\n'
    b'event: token\ndata: {"text": " there"}\n\n'
    b'event: usage\ndata: {"tokens_in": 5, "tokens_out": 2, "cost_usd": 0.00000195, "model": "gpt-4o-mini"}\n\n'
    b'event: done\ndata: {"finish_reason": "stop"}\n\n'
)


def pairs(headers: Headers) -> tuple[tuple[str, str], ...]:
    """A header list, whether it was written as a mapping or as pairs."""
    return tuple(headers.items() if isinstance(headers, Mapping) else headers)


def without(headers: Headers, *names: str) -> tuple[tuple[str, str], ...]:
    """The header list less some names."""
    dropped = {name.lower() for name in names}
    return tuple((key, value) for key, value in pairs(headers) if key.lower() not in dropped)


def with_header(headers: Headers, name: str, *values: str) -> tuple[tuple[str, str], ...]:
    """The header list with every line of a name replaced by these values, at its end."""
    return (*without(headers, name), *((name, value) for value in values))


def exchange(
    label: str = "turn",
    *,
    status: int | None = 200,
    headers: Headers = (),
    body: bytes = b"",
    reads: Reads | None = None,
    end: End | None = None,
    reason: str | None = None,
    version: str = "HTTP/1.1",
    head_seconds: float = 0.01,
    started_seconds: float = 0.0,
    ended_seconds: float | None = None,
    method: str = "POST",
    url: str = CHAT_URL,
    request_headers: Headers = REQUEST_HEADERS,
    request_body: bytes = b'{"message": "Hello, how are you?"}',
    connection: int = 1,
    trouble: str = "",
    findings: Mapping[str, Any] | None = None,
    scenario: str = "",
) -> Exchange:
    """
    One exchange. `reads` are (seconds since the request, bytes); `body` alone is one read at 20 ms.

    `status=None` is a request without an answer: `end` is then `NO_ANSWER` and `trouble` says why.
    """
    timed = [(0.02, body)] if reads is None and body else list(reads or ())
    last = max([head_seconds, *(at for at, _ in timed)])
    return Exchange(
        label=label,
        request=Request(method=method, url=url, headers=pairs(request_headers), body=request_body),
        response=None
        if status is None
        else Response(
            status=status,
            reason=HTTPStatus(status).phrase if reason is None else reason,
            version=version,
            headers=pairs(headers),
            at_ns=ns(head_seconds),
            first_byte_ns=ns(head_seconds),
        ),
        reads=tuple(Read(at_ns=ns(at), data=data) for at, data in timed),
        end=end or (End.NO_ANSWER if status is None else End.TERMINAL_CHUNK),
        started_ns=ns(started_seconds),
        ended_ns=ns(last + 0.01 if ended_seconds is None else ended_seconds),
        connection=connection,
        trouble=trouble or ("connection reset by peer" if status is None else ""),
        findings=dict(findings or {}),
        scenario=scenario,
    )


def turn(label: str = "turn", **changes: Any) -> Exchange:
    """A right chat turn as a stream; `changes` are arguments of `exchange`."""
    return exchange(label, **{"headers": STREAM_HEADERS, "body": TURN, **changes})


def refusal(label: str, *, status: int = 400, **changes: Any) -> Exchange:
    """A right refusal with a JSON body; a 401 carries its challenge."""
    challenge = (("WWW-Authenticate", "Bearer"),) if status == HTTPStatus.UNAUTHORIZED else ()
    defaults: dict[str, Any] = {
        "headers": (*JSON_HEADERS, *challenge),
        "body": b'{"error": "refused"}',
        "end": End.LENGTH_REACHED,
    }
    return exchange(label, status=status, **{**defaults, **changes})


def recording(
    scenario: str,
    *exchanges: Exchange,
    profile: str = "ai-chat",
    findings: Mapping[str, Any] | None = None,
    not_claimed: str = "",
    declare: str = "",
    not_testable: str = "",
) -> Recording:
    """The recording of a scenario; its exchanges learn the scenario's name."""
    return Recording(
        scenario=scenario,
        profile=profile,
        exchanges=tuple(replace(entry, scenario=scenario) for entry in exchanges),
        findings=dict(findings or {}),
        not_claimed=not_claimed,
        declare=declare,
        not_testable=not_testable,
    )


def case(
    *,
    profile: str = "ai-chat",
    settings: ProfileSettings | None = None,
    backend: Backend | None = None,
    auth: Auth | None = None,
    **recordings: Recording | Exchange | Sequence[Exchange],
) -> Case:
    """
    A case whose keywords are its scenarios: a recording, one exchange, or several.

    The profile's settings are the defaults, the backend allows `ORIGIN`, and the token is a bearer's.
    """
    return Case(
        profile=profile,
        config=Config(
            backend=backend or Backend(url=URL, origins=(ORIGIN,)),
            auth=auth or Auth(scheme="bearer", token="x"),
            profiles={profile: settings or PROFILES[profile]()},
        ),
        scenario_set=scenario_set(profile),
        recordings={name: _recorded(name, given, profile) for name, given in recordings.items()},
    )


def ns(seconds: float) -> int:
    """Nanoseconds."""
    return round(seconds * 1e9)


def _recorded(name: str, given: Recording | Exchange | Sequence[Exchange], profile: str) -> Recording:
    if isinstance(given, Recording):
        return given
    return recording(name, *([given] if isinstance(given, Exchange) else given), profile=profile)
