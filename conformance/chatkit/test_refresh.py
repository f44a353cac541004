"""The renewal of a secret."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatproof.failure import NotClaimed, NotTestable, expect
from chatproof.requirement import requirement
from chatproof.verdict import Level

from .answers import accepted, asked_of, exchange_of, expect_statuses, fields_of, secret_of, shown, working
from .expiry import moment
from .sources import EXPIRES, FETCH_BODY, MODELS

if TYPE_CHECKING:
    from chatproof.case import Case
    from chatproof.recording import Exchange

_MISSING = frozenset({400, 401, 422})
_EXAMPLE = (
    'POST /api/custom/refresh\nContent-Type: application/json\n\n{"token": "ck_1gD9..."}\n\n'
    'HTTP/1.1 200 OK\n\n{"client_secret": "ck_8sQw...", "expires_at": "2026-01-01T13:00:00.000Z"}'
)


@requirement(
    "CHATKIT-REF-01",
    Level.MUST,
    EXPIRES,
    why="A client that keeps the old expiry renews again and again, and at its end loses the conversation.",
    example=_EXAMPLE,
    remedy={
        "any": "Make a new session as the session route does: a new secret, and an expiry counted from now.",
        "next": "`expires_at: new Date(Date.now() + 3600000).toISOString()` in the refresh handler too.",
        "fastapi": "Share one function between both routes.",
    },
    scenarios=("refresh",),
    means=("session_mode", "refresh_path"),
    profiles=("chatkit",),
)
def test_live_secret_is_renewed(case: Case) -> None:
    """A live secret is renewed with a 2xx that holds a secret and a later expiry."""
    recording, settings = case["refresh"], case.settings
    before = working(exchange_of(recording, "session"), "the session")
    after = exchange_of(recording, "refresh")
    expect(accepted(after), found=shown(after), expected="status 200 with a new secret", at=after)
    known = secret_of(after, settings.secret_field)
    found = f"no text in `{settings.secret_field}`"
    expect(known.get("secret"), found=found, expected="a new secret", at=after)
    hosted = settings.mode == "hosted"
    if not settings.expires_field or (hosted and settings.expires_field not in (fields_of(before) or {})):
        return
    old, new = _expiry(before, settings.expires_field), _expiry(after, settings.expires_field)
    if old is None:
        raise NotTestable("the session itself does not say when it expires")
    expect(new is not None, found=f"no `{settings.expires_field}`", expected="a later expiry", at=after)
    later = (new or 0.0) - old
    found = f"`{settings.expires_field}` {later:.1f} s after the old one"
    expect(later > 0, found=found, expected="a later expiry", at=after)


@requirement(
    "CHATKIT-REF-02",
    Level.MUST,
    EXPIRES,
    why="A renewal that does not look at the old secret is a second door to the session route, without its lock.",
    example='HTTP/1.1 401 Unauthorized\nContent-Type: application/json\n\n{"error": "Invalid token"}',
    remedy={
        "any": "Look the secret up, with its user and its expiry; answer 401 for any other, and 400 for none.",
        "next": "`if (!(await validateToken(token, user.id)))`, then 401 with `{ error: 'Invalid token' }`.",
        "fastapi": "`token: str = Field(min_length=1)`, and `HTTPException(401)` where it is not found.",
    },
    scenarios=("refresh", "refresh_wrong"),
    means=("session_mode", "refresh_path"),
    profiles=("chatkit",),
)
def test_other_secrets_are_not_renewed(case: Case) -> None:
    """Garbage and another user's secret are answered with 401 on renewal, an empty or missing one with 400 or 401."""
    working(exchange_of(case["refresh"], "refresh"), "the renewal of a live secret")
    recording = case["refresh_wrong"]
    asked = {
        "garbage": (exchange_of(recording, "garbage"), frozenset({401})),
        "an empty secret": (exchange_of(recording, "empty"), _MISSING),
        "no secret": (exchange_of(recording, "missing"), _MISSING),
    }
    if "foreign" in recording:
        asked["another user's secret"] = (exchange_of(recording, "foreign"), frozenset({401, 403}))
    expect_statuses(asked)


@requirement(
    "CHATKIT-REF-03",
    Level.SHOULD,
    EXPIRES,
    FETCH_BODY,
    why="The guide's client sends `JSON.stringify(...)` without a Content-Type, which `fetch` labels text/plain: the "
    "renewal fails, and nobody sees why the session is made anew each time.",
    example="POST /api/custom/refresh\nContent-Type: text/plain;charset=UTF-8\n\n" + _EXAMPLE.split("\n\n")[1],
    remedy={
        "any": "Read the body as JSON whatever its label, or answer 415 so that it is plain what is wrong.",
        "next": "`await req.json()` does not look at the label.",
        "express": "`express.json({ type: ['application/json', 'text/plain'] })`: by itself it leaves the body empty.",
        "fastify": "`addContentTypeParser('text/plain', { parseAs: 'string' }, ...)`: by itself it gives a text.",
        "fastapi": "FastAPI answers 422 to it: read `await request.json()`, or raise a 415.",
    },
    scenarios=("refresh", "refresh_plain"),
    means=("session_mode", "refresh_path"),
    profiles=("chatkit",),
)
def test_json_without_its_label_is_renewed(case: Case) -> None:
    """JSON that is sent as text/plain is read on renewal, or refused with 415."""
    working(exchange_of(case["refresh"], "refresh"), "the renewal of a live secret")
    recording = case["refresh_plain"]
    working(exchange_of(recording, "session"), "the session")
    exchange = exchange_of(recording, "refresh")
    right = exchange.status == 415 or accepted(exchange)  # noqa: PLR2004 - Unsupported Media Type
    expect(right, found=f"for text/plain: {shown(exchange)}", expected="a new secret, or status 415", at=exchange)


@requirement(
    "CHATKIT-REF-04",
    Level.SHOULD,
    EXPIRES,
    why="A secret that is renewed but stays the same lives for ever, and so does whoever copied it.",
    example=_EXAMPLE,
    remedy={
        "any": "Make a new secret at each renewal, and let the old one die.",
        "next": "`createBackendSession(user.id)` anew; do not move the expiry of the old one.",
    },
    scenarios=("refresh",),
    means=("session_mode", "refresh_path"),
    profiles=("chatkit",),
)
def test_renewed_secret_is_another(case: Case) -> None:
    """The secret of a renewal is another than the old one."""
    recording, field = case["refresh"], case.settings.secret_field
    after = working(exchange_of(recording, "refresh"), "the renewal of a live secret")
    old, new = (secret_of(exchange_of(recording, label), field).get("secret") for label in ("session", "refresh"))
    if not old or not new:
        raise NotTestable("the session or its renewal gave no secret")
    expect(old != new, found="the old secret", expected="a new secret", at=after)


@requirement(
    "CHATKIT-REF-05",
    Level.SHOULD,
    EXPIRES,
    MODELS,
    why="A renewal happens behind the user's back: a conversation that changes its model there is a riddle.",
    example='POST /sessions  (to the service behind)\n\n{"user_id": "u1", "model": "gpt-4o"}',
    remedy={
        "any": "Keep user and model with the session, and hand both on at its renewal.",
        "next": "`createBackendSession(session.user_id, session.model)` in the refresh handler.",
    },
    scenarios=("upstream_asked",),
    means=("custom_mode", "refresh_path", "upstream"),
    profiles=("chatkit",),
)
def test_renewal_keeps_user_and_model(case: Case) -> None:
    """The service behind is asked on renewal for the same user and the same model as before."""
    recording = case["upstream_asked"]
    label = "model" if "model" in recording else "plain"
    working(exchange_of(recording, "refresh"), "the renewal of a live secret")
    if not recording.findings.get("asked", {}).get("refresh"):
        raise NotClaimed("the service behind is not asked for a session on renewal")
    before, after = asked_of(recording, label), asked_of(recording, "refresh")
    for name in ("user", "model"):
        found = f"`{name}` {after.get(name)!r} on renewal, {before.get(name)!r} before"
        expect(
            after.get(name) == before.get(name), found=found, expected="the same", at=exchange_of(recording, "refresh")
        )


def _expiry(exchange: Exchange, field: str) -> float | None:
    return moment((fields_of(exchange) or {}).get(field))
