"""The service behind a session backend: what it is asked, and what a client is told when it fails."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatproof.failure import NotTestable, expect
from chatproof.requirement import requirement
from chatproof.verdict import Level

from .answers import asked_of, control, exchange_of, expect_statuses, shown
from .sources import LIMITS, MODELS, SECRET, TIMEOUT, rfc

if TYPE_CHECKING:
    from chatproof.case import Case
    from chatproof.recording import Recording

_BAD_GATEWAY = frozenset({502, 503})
_NO_ANSWER = frozenset({502, 503, 504})
_PATIENCE_NS = 6_000_000_000
_FAILURES = {
    "null": "`null` from the service behind",
    "html": "a page from it",
    "no_session_id": "no session from it",
    "server_error": "status 500 from it",
    "gone": "no answer from it",
}


@requirement(
    "CHATKIT-SES-10",
    Level.MUST,
    SECRET,
    rfc(9110, "15.6.3"),
    why="JSON drops a key whose value is undefined: the client gets a 200 without a secret, far from the cause.",
    example='HTTP/1.1 502 Bad Gateway\nContent-Type: application/json\n\n{"error": "no session from the service"}',
    remedy={
        "any": "Look at the status, the JSON and the `session_id` of the service behind; answer 502 or 503 without.",
        "next": "`if (!res.ok || typeof session?.session_id !== 'string')`, then 502.",
        "express": "The same before `res.json(...)`, and `next(error)` round the call.",
        "fastapi": "Validate by a model; turn `httpx.HTTPError` and `ValidationError` into `HTTPException(502)`.",
    },
    scenarios=("session", "upstream_failures"),
    means=("session_mode", "upstream"),
    profiles=("chatkit",),
)
def test_failed_upstream_gives_no_session(case: Case) -> None:
    """
    Where the service behind answers null, HTML, no id, an error or nothing, the client is told 502 or 503.

    Where it hangs up, 504 is as good.
    """
    control(case)
    recording = case["upstream_failures"]
    _expect_asked(recording, *_FAILURES)
    told = {label: _NO_ANSWER if label == "gone" else _BAD_GATEWAY for label in _FAILURES}
    expect_statuses({what: (exchange_of(recording, label), told[label]) for label, what in _FAILURES.items()})


@requirement(
    "CHATKIT-SES-11",
    Level.MUST,
    TIMEOUT,
    rfc(9110, "15.6.5"),
    why="The guide's client gives up after 5 s; a backend without a limit of its own waits on, holds a connection for "
    "each attempt, and nobody learns that it was the service behind.",
    example='HTTP/1.1 504 Gateway Timeout\nContent-Type: application/json\n\n{"error": "timeout"}',
    remedy={
        "any": "Give the call to the service behind a limit below 5 s, and answer 504 after it.",
        "next": "`fetch(url, { signal: AbortSignal.timeout(4500) })`, and 504 on `TimeoutError`.",
        "express": "`AbortSignal.timeout(4500)`; `server.timeout` is no substitute.",
        "fastapi": "`httpx.AsyncClient(timeout=4.5)`, and `HTTPException(504)` on `httpx.TimeoutException`.",
    },
    scenarios=("session", "upstream_hangs"),
    means=("session_mode", "upstream"),
    profiles=("chatkit",),
)
def test_silent_upstream_is_not_waited_for(case: Case) -> None:
    """Where the service behind does not answer, the client is told 504 within six seconds."""
    control(case)
    recording = case["upstream_hangs"]
    _expect_asked(recording, "session")
    exchange = exchange_of(recording, "session")
    expected = "status 504 within 6 s"
    expect(exchange.status == 504, found=shown(exchange), expected=expected, at=exchange)  # noqa: PLR2004 - Gateway Timeout
    took = exchange.response.at_ns if exchange.response else 0
    expect(took <= _PATIENCE_NS, found=f"status 504 after {took / 1e9:.1f} s", expected=expected, at=exchange)


@requirement(
    "CHATKIT-SES-12",
    Level.MUST,
    MODELS,
    why="Whoever may say who they are reads other people's conversations.",
    example='POST /sessions  (to the service behind)\n\n{"user_id": "from the verified token", "model": "default"}',
    remedy={
        "any": "Take `user_id` (OpenAI: `user`) from the verified credential, and never from the body or the query.",
        "next": "`user_id: user.id`, where `user` is what `auth()` gives.",
        "express": "`user_id: req.user.id`, set by the authentication middleware.",
        "fastapi": "`user: Annotated[User, Depends(current_user)]`.",
    },
    scenarios=("upstream_asked",),
    means=("session_mode", "upstream"),
    profiles=("chatkit",),
)
def test_user_is_the_verified_one(case: Case) -> None:
    """
    The `user_id` for the service behind is the authenticated user's, whatever the body says, and each user's own.

    OpenAI's name for it is `user`.
    """
    recording = case["upstream_asked"]
    own = asked_of(recording, "plain").get("user")
    at = exchange_of(recording, "plain")
    name = "user" if case.settings.mode == "hosted" else "user_id"
    expect(isinstance(own, str | int) and own != "", found=f"`{name}` {own!r}", expected="the user's id", at=at)
    claimed = exchange_of(recording, "made_up")
    if recording.findings.get("asked", {}).get("made_up"):
        user = asked_of(recording, "made_up").get("user")
        found = f"`{name}` {user!r}, as the body said, instead of {own!r}"
        expect(user == own, found=found, expected="the authenticated user's id", at=claimed)
    if "second" in recording:
        user = asked_of(recording, "second").get("user")
        found = f"`{name}` {user!r} for both users"
        expect(user != own, found=found, expected="an id of each user's own", at=exchange_of(recording, "second"))


@requirement(
    "CHATKIT-RL-02",
    Level.SHOULD,
    LIMITS,
    why="A limit that reaches the client as a 500, or without its delay, is met with more requests.",
    example="HTTP/1.1 429 Too Many Requests\nRetry-After: 7",
    remedy={
        "any": "Hand a 429 of the service behind on, with its `Retry-After`.",
        "next": "`headers: { 'Retry-After': res.headers.get('Retry-After') ?? '60' }`, with status 429.",
        "fastapi": "`HTTPException(429, headers={'Retry-After': ...})`.",
    },
    scenarios=("upstream_limit",),
    means=("session_mode", "upstream"),
    profiles=("chatkit",),
)
def test_limit_of_the_upstream_is_handed_on(case: Case) -> None:
    """A 429 of the service behind reaches the client as 429, with the same `Retry-After`."""
    recording = case["upstream_limit"]
    _expect_asked(recording, "session")
    exchange, told = exchange_of(recording, "session"), recording.findings.get("told")
    expected = f"status 429 with `Retry-After: {told}`"
    expect(exchange.status == 429, found=shown(exchange), expected=expected, at=exchange)  # noqa: PLR2004 - Too Many Requests
    value = exchange.response.header("retry-after") if exchange.response else None
    found = f"`Retry-After: {value}`" if value else "no `Retry-After`"
    expect(value == told, found=found, expected=expected, at=exchange)


def _expect_asked(recording: Recording, *labels: str) -> None:
    """NotTestable where the service behind was not asked: its failure was not seen."""
    calls = recording.findings.get("calls", {})
    if not any(calls.get(label) for label in labels):
        raise NotTestable("the service behind was not asked for a session")
