"""The diagnostics: six booleans, true ones, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chatproof.failure import Failure, NotClaimed, NotTestable, expect
from chatproof.requirement import requirement
from chatproof.verdict import Level

from .answers import claimed, closed, exchange_of, lacking_the_secret, spilled, started, succeeded
from .polled import content_of, shown
from .scenarios.surroundings import FAILURES
from .sources import DIAGNOSTICS, ENVIRONMENT, ERRORS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chatproof.case import Case
    from chatproof.recording import Exchange, Recording

KEYS = (
    "streamChatConfigured",
    "apiKeyPresent",
    "apiSecretPresent",
    "apiKeyValid",
    "tokenGenerationWorking",
    "authenticationWorking",
)
_IMPLIED = (
    ("streamChatConfigured", "apiKeyPresent"),
    ("streamChatConfigured", "apiSecretPresent"),
    ("apiKeyValid", "apiKeyPresent"),
    ("tokenGenerationWorking", "apiSecretPresent"),
    ("authenticationWorking", "apiSecretPresent"),
)
_LONGEST_SECONDS = 10.0
_EXAMPLE = (
    '{"streamChatConfigured":true,"apiKeyPresent":true,"apiSecretPresent":true,"apiKeyValid":true,'
    '"tokenGenerationWorking":true,"authenticationWorking":false}'
)
_MEANS = ("diagnostics_path",)
_BOOLEANS = {
    "any": "Answer the six keys, each with `true` or `false`; what a probe throws is a `false`, and goes to the log.",
    "next": "`!!process.env.X` for presence, and `await probe().catch(() => false)` for what works.",
    "express": "`!!process.env.X` for presence, and `await probe().catch(() => false)` for what works.",
}


@requirement(
    "HYBRID-DIAG-01",
    Level.MUST,
    DIAGNOSTICS,
    why="Six facts that say where it fails are of use to whoever mends it, and to an alert, only in one form.",
    example=_EXAMPLE,
    remedy=_BOOLEANS,
    scenarios=("diagnostics",),
    profiles=("hybrid",),
    means=_MEANS,
)
def test_diagnostics_are_six_booleans(case: Case) -> None:
    """The diagnostics are a JSON object in which each of the six keys is `true` or `false`."""
    exchange = _open(case)
    wrong = [f"`{name}: {value!r}`" for name, value in _facts(exchange).items() if not isinstance(value, bool)]
    expect(not wrong, found=", ".join(wrong), expected="six booleans", at=exchange)


@requirement(
    "HYBRID-DIAG-02",
    Level.MUST,
    DIAGNOSTICS,
    ENVIRONMENT,
    why="`error.message` of a failed probe holds the URL, the key, or the token that it was sent with.",
    example=_EXAMPLE,
    remedy=_BOOLEANS,
    scenarios=("diagnostics",),
    profiles=("hybrid",),
    optional=("stream_down", "unconfigured", "placeholders"),
    means=_MEANS,
)
def test_diagnostics_show_no_values(case: Case) -> None:
    """No answer of the diagnostics holds a key, a secret, a token, the value of a variable, or a stack trace."""
    answers = [*case["diagnostics"].exchanges]
    values = {case.settings.api_key: "the API key"}
    for name in ("stream_down", "unconfigured", "placeholders"):
        recording = claimed(case, name)
        if recording is not None:
            values[str(recording.findings.get("address", ""))] = "the address of Stream's API"
            answers += [entry for entry in recording.exchanges if entry.label.endswith("/diagnostics")]
    if not any(exchange.response for exchange in answers):
        raise NotTestable("the diagnostics gave no answer")
    for exchange in answers:
        shows = [what for value, what in values.items() if value and value.encode() in exchange.body]
        spill = spilled(exchange) or (shows[0] if shows else "")
        expect(not spill, found=spill, expected="booleans alone", at=exchange)


@requirement(
    "HYBRID-DIAG-03",
    Level.SHOULD,
    DIAGNOSTICS,
    why="It tells strangers what is configured, and lets each of them make the backend call Stream.",
    example="HTTP/1.1 401 Unauthorized\nWWW-Authenticate: Bearer",
    remedy={
        "any": "In production ask for a credential, of an administrator at best, or do not serve the route.",
        "next": "`if (process.env.NODE_ENV === 'production' && !(await isAdmin())) return new Response(null, { status: "
        "404 })`.",
        "express": "Mount the router behind the middleware that authenticates.",
    },
    scenarios=("diagnostics",),
    profiles=("hybrid",),
    means=(*_MEANS, "production"),
)
def test_diagnostics_are_not_public(case: Case) -> None:
    """In production the diagnostics answer 401, 403, 404 or a redirect to whoever brings no credential."""
    exchange = exchange_of(case["diagnostics"], "anonymous")
    expect(closed(exchange), found=shown(exchange), expected="status 401, 403 or 404", at=exchange)


@requirement(
    "HYBRID-DIAG-04",
    Level.MUST,
    DIAGNOSTICS,
    ERRORS,
    why="Diagnostics are asked when something is wrong: just then they must answer, and must not say that all is well.",
    example=_EXAMPLE,
    remedy={
        "any": "Give each probe a limit of a few seconds and an answer of its own: what throws or takes longer is "
        "`false`. Say `authenticationWorking` only after Stream took the key and the secret.",
        "next": "`Promise.allSettled` with `AbortSignal.timeout(3000)`; `apiSecretPresent: !!process.env."
        "STREAM_CHAT_API_SECRET`.",
        "express": "`Promise.allSettled` with `AbortSignal.timeout(3000)`; a rejected probe is `false`.",
    },
    scenarios=("diagnostics",),
    profiles=("hybrid",),
    optional=("stream_down", "unconfigured"),
    means=_MEANS,
)
def test_diagnostics_tell_the_truth(case: Case) -> None:
    """
    The six facts agree with one another and with what is so, in an answer with 200 within 10 s.

    Without the secret there is none and no token; while Stream's API fails, nobody is authenticated.
    """
    plain = _open(case)
    _expect_consistent(plain, "in the plain answer")
    bereft = claimed(case, "unconfigured")
    if bereft is not None and not _expect_no_secret(case, bereft):
        bereft = None
    down = claimed(case, "stream_down")
    for name in FAILURES if down is not None else ():
        if down is not None:
            exchange = exchange_of(down, f"{name}/diagnostics")
            _expect_false(exchange, ("authenticationWorking",), f"while Stream's API fails ({name})")
    if bereft is None and down is None:
        raise NotClaimed(
            "nothing can be taken away from the backend, or its diagnostics are closed in production",
            declare='command = "node server.js"  # in [backend], or upstream in [profiles.hybrid]',
        )


def _expect_no_secret(case: Case, recording: Recording) -> bool:
    """
    Instances in production without the secret say so; whether one of them tells the user anything.

    A backend that is open in another environment may close its diagnostics there, and one that starts without key
    and secret need not start with half of them.
    """
    may_close, told = case.backend.environment != "production", 0
    for name in lacking_the_secret(recording):
        exchange = exchange_of(recording, f"{name}/diagnostics")
        if not (may_close and closed(exchange)):
            _expect_false(exchange, ("apiSecretPresent", "tokenGenerationWorking"), "without the secret")
            told += 1
    return told > 0


@requirement(
    "HYBRID-DIAG-05",
    Level.MUST,
    DIAGNOSTICS,
    ENVIRONMENT,
    why="`your_key_here` is a text that is not empty: that is how an outage came about that nobody found.",
    example='{"streamChatConfigured":false,"apiKeyPresent":true,"apiSecretPresent":true,"apiKeyValid":false,...}',
    remedy={
        "any": "Hold a key or a secret that a document prints for none at all.",
        "next": "`isStreamChatConfigured()` looks at the values, not only at `!!process.env.X`.",
        "express": "Check the values once at the start, with a list of known placeholders.",
    },
    scenarios=("diagnostics", "placeholders"),
    profiles=("hybrid",),
    means=(*_MEANS, "command"),
)
def test_placeholders_are_no_configuration(case: Case) -> None:
    """With the document's `your_key_here` and `your_secret_here` Stream Chat is not called configured."""
    _open(case)
    recording = case["placeholders"]
    started(recording, "placeholders", may_refuse=True)
    _expect_false(exchange_of(recording, "placeholders/diagnostics"), ("streamChatConfigured",), "with placeholders")


def _open(case: Case) -> Exchange:
    """The answer to a user; NotClaimed where the diagnostics are closed to him."""
    exchange = exchange_of(case["diagnostics"], "user")
    if closed(exchange):
        raise NotClaimed(
            f"the diagnostics are closed to the user ({shown(exchange)})",
            declare='environment = "development"  # in [backend], for a backend that has them open',
        )
    return exchange


def _facts(exchange: Exchange) -> Mapping[str, Any]:
    """The six values; a Failure where there is none of the name, or no object at all."""
    content = content_of(exchange)
    right = succeeded(exchange) and isinstance(content, dict)
    expect(right, found=shown(exchange), expected="status 200 with a JSON object", at=exchange)
    absent = [name for name in KEYS if name not in content]
    expect(not absent, found=f"no {', '.join(absent)}", expected="the six keys", at=exchange)
    return {name: content[name] for name in KEYS}


def _expect_consistent(exchange: Exchange, how: str) -> None:
    facts = _facts(exchange)
    for claim, ground in _IMPLIED:
        found = f"{how}: `{claim}` is true and `{ground}` is false"
        expect(not (facts[claim] is True and facts[ground] is False), found=found, expected="both true", at=exchange)


def _expect_false(exchange: Exchange, names: tuple[str, ...], how: str) -> None:
    """These facts are false, in an answer with 200 that came in time and contradicts itself nowhere."""
    if not succeeded(exchange):
        raise Failure(found=f"{how}: {shown(exchange)}", expected="status 200 with the six facts", at=exchange)
    facts = _facts(exchange)
    for name in names:
        expect(facts[name] is False, found=f"{how}: `{name}: {facts[name]!r}`", expected="false", at=exchange)
    _expect_consistent(exchange, how)
    took = exchange.ended_ns / 1e9
    found = f"{how}: {took:.1f} s"
    expect(took <= _LONGEST_SECONDS, found=found, expected=f"{_LONGEST_SECONDS:g} s at the most", at=exchange)
