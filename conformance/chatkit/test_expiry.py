"""Until when a session lives: that it is said, in which unit, for how long, and that it is true."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chatproof.failure import NotClaimed, NotTestable, expect
from chatproof.requirement import requirement
from chatproof.verdict import Level

from ..http.fields import http_date
from .answers import accepted, control, exchange_of, expect_statuses, fields_of, working
from .expiry import MILLISECONDS_FROM, moment
from .sources import EXPIRES, rfc

if TYPE_CHECKING:
    from chatproof.case import Case
    from chatproof.config import ChatKit
    from chatproof.recording import Exchange

_HOUR, _TEN_MINUTES, _GRACE = 3600.0, 600.0, 60.0
_CLOCK_SECONDS = 30.0
_EXAMPLE = '{"client_secret": "ck_1gD9...", "expires_at": "2026-01-01T12:00:00.000Z"}'
_KINDS = {"iso": str, "seconds": int}
_FORMS = {"iso": "ISO-8601 with a zone (`...Z`)", "seconds": "a whole number of seconds since 1970"}


@requirement(
    "CHATKIT-EXP-01",
    Level.MUST,
    EXPIRES,
    why="The guide's client throws its session away as soon as `Date.now()` is past `expires_at`: a time in the past, "
    "or one that is read an hour off, ends every session at once.",
    example=_EXAMPLE,
    remedy={
        "any": "Send the time at which the session ends, in UTC: now plus its life. Where your client does not ask "
        'for it, say so: `expires_field = ""` in [profiles.chatkit].',
        "next": "`new Date(Date.now() + 3600000).toISOString()`.",
        "express": "`new Date(Date.now() + 3600000).toISOString()`.",
        "fastapi": "`datetime.now(UTC) + timedelta(hours=1)`; `datetime.utcnow()` and `now()` have no zone.",
    },
    scenarios=("session",),
    means=("session_mode", "expires_field"),
    profiles=("chatkit",),
)
def test_session_says_until_when(case: Case) -> None:
    """
    A session says in its field (`expires_at`) a moment that lies ahead, by a minute at the least (`min_ttl`).

    In hosted mode it may say nothing: ChatKit knows from OpenAI.
    """
    exchange, value = _told(case)
    field, least = case.settings.expires_field, case.settings.min_ttl
    expect(value is not None, found=f"no `{field}`", expected=f"`{field}`", at=exchange)
    seconds = _readable(value)
    expect(seconds is not None, found=f"`{field}` {value!r}", expected="a moment", at=exchange)
    life = (seconds or 0.0) - _clock(case)
    if life < least:
        _expect_clocks(case, exchange)
    expect(
        life >= least,
        found=f"`{field}` {life:.0f} s ahead",
        expected=f"a moment at least {least:g} s ahead",
        at=exchange,
    )


@requirement(
    "CHATKIT-EXP-02",
    Level.MUST,
    EXPIRES,
    why="`new Date(1767268800)` is 1970, so that the session is over at once; a local time without a zone is read in "
    "the zone of whoever reads it.",
    example=_EXAMPLE,
    remedy={
        "any": "Send the declared form: ISO-8601 in UTC, or whole seconds as OpenAI does; never milliseconds.",
        "next": "Custom backend: `.toISOString()`. OpenAI's `expires_at` is in seconds: `new Date(expires_at * 1000)`.",
        "express": "`.toISOString()`.",
        "fastapi": "`datetime.now(UTC)` keeps its zone in JSON; a naive datetime has none.",
    },
    scenarios=("session",),
    means=("session_mode", "expires_field"),
    profiles=("chatkit",),
)
def test_expiry_has_the_declared_form(case: Case) -> None:
    """
    `expires_at` is ISO-8601 with a zone, or whole seconds since 1970 where that is declared.

    In hosted mode, where OpenAI's own is in seconds, either is right unless one is declared.
    """
    exchange, value = _told(case)
    if value is None:
        raise NotTestable(f"the session has no `{case.settings.expires_field}`")
    forms = _forms(case.settings)
    kinds = tuple(_KINDS[form] for form in forms)
    right = isinstance(value, kinds) and not isinstance(value, bool) and moment(value) is not None
    found = f"`{case.settings.expires_field}` {value!r}{_slip(value, forms)}"
    expect(right, found=found, expected=", or ".join(_FORMS[form] for form in forms), at=exchange)


@requirement(
    "CHATKIT-EXP-03",
    Level.MUST,
    EXPIRES,
    why="A secret that lives for a year is a password: once in a log or a screenshot it works for ever.",
    example=_EXAMPLE,
    remedy={
        "any": "Let sessions live for an hour at the most (ten minutes in hosted mode), and renew them.",
        "next": "`Date.now() + 3600000`.",
        "fastapi": "`timedelta(hours=1)`.",
    },
    scenarios=("session",),
    means=("session_mode", "expires_field"),
    profiles=("chatkit",),
)
def test_session_does_not_live_too_long(case: Case) -> None:
    """A session lives for an hour at the most, in hosted mode ten minutes (`max_ttl`), with a minute's grace."""
    exchange, value = _told(case)
    seconds = _readable(value)
    if seconds is None:
        raise NotTestable(f"`{case.settings.expires_field}` {value!r} is no moment")
    most = case.settings.max_ttl or (_TEN_MINUTES if case.settings.mode == "hosted" else _HOUR)
    life = seconds - _clock(case)
    if life > most + _GRACE:
        _expect_clocks(case, exchange)
    expect(life <= most + _GRACE, found=f"a life of {life:.0f} s", expected=f"{most:g} s at the most", at=exchange)


@requirement(
    "CHATKIT-EXP-04",
    Level.MUST,
    EXPIRES,
    why="An expiry that only clients heed protects nobody: whoever has the secret simply goes on using it.",
    example='HTTP/1.1 401 Unauthorized\nContent-Type: application/json\n\n{"error": "Invalid token"}',
    remedy={
        "any": "Keep the expiry with the session on the server, and compare it at every use.",
        "next": "`if (session.expires_at <= Date.now())`, then 401 with `{ error: 'Invalid token' }`.",
        "fastapi": "In the dependency that finds the session: `if session.expires_at <= datetime.now(UTC): raise ...`.",
    },
    scenarios=("expiry",),
    means=("custom_mode", "expires_field"),
    profiles=("chatkit",),
)
def test_expired_secret_is_refused(case: Case) -> None:
    """A secret that works before `expires_at` is refused with 401 after it, on each declared route that takes one."""
    recording = case["expiry"]
    late: dict[str, Any] = {}
    for route in ("refresh", "stream", "message"):
        if f"before/{route}" not in recording or not accepted(recording[f"before/{route}"]):
            continue
        phase = "late" if f"late/{route}" in recording else "after"
        late[f"on {route} after its expiry"] = (exchange_of(recording, f"{phase}/{route}"), {401})
    if not late:
        raise NotTestable("no route accepted a secret that had not expired")
    expect_statuses(late)


@requirement(
    "CHATKIT-EXP-05",
    Level.SHOULD,
    EXPIRES,
    rfc(9110, "6.6.1"),
    why="Where the server's clock is off, the expiry that it tells is off as well: clients end sessions too early, or "
    "hold on to dead ones.",
    example="Date: Thu, 01 Jan 2026 11:00:00 GMT",
    remedy={"any": "Keep the server's clock by NTP."},
    scenarios=("session",),
    means=("session_mode",),
    profiles=("chatkit",),
)
def test_clocks_agree(case: Case) -> None:
    """The `Date` of an answer is within 30 seconds of our clock."""
    exchange = control(case)
    off = _off(case, exchange)
    if off is None:
        raise NotClaimed("the answer carries no `Date`")
    expect(
        abs(off) <= _CLOCK_SECONDS, found=f"`Date` {off:+.0f} s from our clock", expected="30 s at most", at=exchange
    )


def _told(case: Case) -> tuple[Exchange, object]:
    """The session and what it says of its expiry; None where it says nothing."""
    exchange, field = control(case), case.settings.expires_field
    content = fields_of(working(exchange, "the session"))
    if content is None:
        raise NotTestable("the answer is no JSON object")
    if field not in content and case.settings.mode == "hosted":
        raise NotClaimed(f"no `{field}`, which pages need not be told: ChatKit has it from OpenAI")
    return exchange, content.get(field)


def _readable(value: object) -> float | None:
    """The moment that is meant, milliseconds included: their unit is a requirement of its own."""
    if isinstance(value, int | float) and not isinstance(value, bool) and value >= MILLISECONDS_FROM:
        return value / 1000
    return moment(value) if moment(value) is not None or not isinstance(value, str) else moment(f"{value}Z")


def _forms(settings: ChatKit) -> tuple[str, ...]:
    """The declared form, or those that are right where none is declared."""
    if settings.expires_form:
        return (settings.expires_form,)
    return ("seconds", "iso") if settings.mode == "hosted" else ("iso",)


def _slip(value: object, forms: tuple[str, ...]) -> str:
    """The mistake in words, where it is a known one."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if number and float(value) >= MILLISECONDS_FROM:  # type: ignore[arg-type]  # a number
        return ": milliseconds"
    if number and "seconds" not in forms:
        return ": in seconds this is 1970 for a client that does `new Date()`"
    if isinstance(value, str) and moment(value) is None and moment(f"{value}Z") is not None:
        return ": a local time, as it names no zone"
    if isinstance(value, float):
        return ": not a whole number"
    return ""


def _clock(case: Case) -> float:
    """Our clock when the session had been made, in seconds since 1970."""
    clock = case["session"].findings.get("clock")
    if clock is None:
        raise NotTestable("the time of the recording is not known")
    return float(clock)


def _off(case: Case, exchange: Exchange) -> float | None:
    """How far the backend's clock is ahead of ours, in seconds, by the worst `Date`; None where it tells no time."""
    dates = [http_date(value) for value in (exchange.response.values("date") if exchange.response else [])]
    found = [date.timestamp() - _clock(case) for date in dates if date is not None]
    return max(found, key=abs, default=None)


def _expect_clocks(case: Case, exchange: Exchange) -> None:
    """NotTestable where the two clocks are so far apart that no length of life follows."""
    off = _off(case, exchange)
    if off is not None and abs(off) > _CLOCK_SECONDS:
        raise NotTestable(f"the backend's clock is {off:+.0f} s from ours")
