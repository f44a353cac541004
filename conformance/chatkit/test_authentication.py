"""Who may have a session."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatproof.failure import expect
from chatproof.requirement import requirement
from chatproof.verdict import Level

from .answers import control, exchange_of, expect_statuses, fields_of, working
from .sources import UNAUTHORIZED, rfc

if TYPE_CHECKING:
    from chatproof.case import Case

_UNAUTHORIZED = frozenset({401})
_CLOSED = frozenset({401, 403, 500, 501, 502, 503, 504})
_PROBLEM_KEYS = ("title", "detail")
_EXAMPLE = (
    'HTTP/1.1 401 Unauthorized\nContent-Type: application/json\nWWW-Authenticate: Bearer\n\n{"error": "Unauthorized"}'
)


@requirement(
    "CHATKIT-AUTH-01",
    Level.MUST,
    UNAUTHORIZED,
    why="A session is paid for by the backend: an open route gives everybody a free model.",
    example=_EXAMPLE,
    remedy={
        "any": "Look at the credential before anything else, and answer 401 with JSON.",
        "next": "`return Response.json({ error: 'Unauthorized' }, { status: 401 })`; no redirect to a login.",
        "express": "`res.status(401).json({ error: 'Unauthorized' })` in a middleware before the route.",
        "fastapi": '`Depends(current_user)`, with an exception handler that sends `{"error": ...}`.',
    },
    scenarios=("session", "no_token", "forged_tokens"),
    means=("session_mode", "token"),
    profiles=("chatkit",),
)
def test_stranger_gets_no_session(case: Case) -> None:
    """Without a credential and with a wrong one a session is refused with 401 and JSON that names the error."""
    control(case)
    asked = {
        "without a credential": exchange_of(case["no_token"], "chat"),
        "with a wrong one": exchange_of(case["forged_tokens"], "garbage"),
    }
    expect_statuses({what: (exchange, _UNAUTHORIZED) for what, exchange in asked.items()})
    for what, exchange in asked.items():
        content = fields_of(exchange) or {}
        problem = exchange.response is not None and exchange.response.media_type == "application/problem+json"
        named = content.get("error") or (problem and any(content.get(name) for name in _PROBLEM_KEYS))
        expect(
            named, found=f"{what}: 401 without `error`", expected='JSON such as {"error": "Unauthorized"}', at=exchange
        )


@requirement(
    "CHATKIT-AUTH-02",
    Level.MUST,
    UNAUTHORIZED,
    why="In the guide's own code a missing header is compared with an unset variable: undefined equals undefined, and "
    "everybody is let in.",
    example='HTTP/1.1 503 Service Unavailable\nContent-Type: application/json\n\n{"error": "not set up"}',
    remedy={
        "any": "Refuse to start, or answer 503, where the key is not set; compare with nothing that may be undefined.",
        "next": "`const key = process.env.CUSTOM_BACKEND_KEY; if (!key) return Response.json({...}, { status: 503 })`.",
        "express": "Read the key once at the start, and `throw` where it is empty.",
        "fastapi": "A setting without a default: `key: SecretStr` in `BaseSettings`.",
    },
    scenarios=("key_unset",),
    means=("custom_mode", "command", "token"),
    profiles=("chatkit",),
)
def test_missing_key_opens_nothing(case: Case) -> None:
    """Without its key in the environment the backend gives a stranger no session: it says 401 or 503, or nothing."""
    recording = case["key_unset"]
    working(exchange_of(recording, "with_key"), "a session of a second instance with the key")
    if recording.findings.get("refused_to_start"):
        return
    labels = {"without a credential": "anonymous", "with `Bearer undefined`": "undefined"}
    expect_statuses({what: (exchange_of(recording, label), _CLOSED) for what, label in labels.items()})


@requirement(
    "CHATKIT-AUTH-03",
    Level.MUST,
    UNAUTHORIZED,
    why="The guide's page sends `Bearer ${process.env.CUSTOM_BACKEND_KEY}`: in a browser that is `Bearer undefined`, "
    "which must not pass for a key.",
    example=_EXAMPLE,
    remedy={
        "any": "Compare with a key that is known to be set, in full; refuse empty credentials.",
        "next": "`if (!token || token !== key)`, after `if (!key)`; and send no server key from a page.",
        "express": "The same in the authentication middleware.",
    },
    scenarios=("session", "hollow_tokens"),
    means=("session_mode", "bearer_scheme"),
    profiles=("chatkit",),
)
def test_hollow_credential_is_refused(case: Case) -> None:
    """`Bearer undefined`, `Bearer null` and `Bearer` alone are refused with 401."""
    control(case)
    recording = case["hollow_tokens"]
    labels = {"`Bearer undefined`": "undefined", "`Bearer null`": "null", "`Bearer` alone": "empty"}
    expect_statuses({what: (exchange_of(recording, label), _UNAUTHORIZED) for what, label in labels.items()})


@requirement(
    "CHATKIT-AUTH-04",
    Level.SHOULD,
    UNAUTHORIZED,
    rfc(9110, "11.1"),
    why="`header.split(' ')[1]` looks at the second word alone: a key under any other scheme passes, and a fault in "
    "the client stays hidden until another proxy looks more closely.",
    example=_EXAMPLE,
    remedy={
        "any": "Compare the scheme, without regard to case, before the credential.",
        "next": "`const [scheme, token] = (header ?? '').split(' '); if (scheme.toLowerCase() !== 'bearer') ...`.",
        "fastapi": "`HTTPBearer()` does so.",
    },
    scenarios=("session", "schemeless"),
    means=("session_mode", "bearer_scheme"),
    profiles=("chatkit",),
)
def test_scheme_is_looked_at(case: Case) -> None:
    """The credential under `Basic`, and without a scheme, is refused with 401."""
    control(case)
    recording = case["schemeless"]
    labels = {"under `Basic`": "basic", "without a scheme": "bare"}
    expect_statuses({what: (exchange_of(recording, label), _UNAUTHORIZED) for what, label in labels.items()})
