"""What is meant for development stays there: temporary tokens, pages, and secrets under public names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chatproof.failure import NotClaimed, NotTestable, expect
from chatproof.requirement import requirement
from chatproof.verdict import Level

from ..common.stream_tokens import caller_of, identity_fault, user_of
from .answers import claimed, exchange_of, lacking_the_secret, started, succeeded
from .polled import content_of, shown
from .scenarios.surroundings import FAILURES
from .sources import ENVIRONMENT, ERRORS, PAGE, TEMPORARY

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from chatproof.case import Case
    from chatproof.recording import Exchange, Recording

_SERVER_ERROR = 5
_REDIRECTION = 3
_FAILED = '{"error":"Stream Chat is unavailable"}'


@requirement(
    "HYBRID-TOK-03",
    Level.MUST,
    TEMPORARY,
    ERRORS,
    why="A token that nobody signed is let in by an app whose checks are off, and by no other: in production it hides "
    "the outage, or opens the chat to all.",
    example=f"HTTP/1.1 503 Service Unavailable\nContent-Type: application/json\n\n{_FAILED}",
    remedy={
        "any": "Give temporary tokens only where the environment says `development`, in so many words; elsewhere let "
        "the error be a 503 with JSON.",
        "next": "`if (process.env.NODE_ENV === 'development')`, never `!== 'production'`; mind that `next start` and "
        "Vercel previews run as `production`.",
        "express": "NODE_ENV is undefined where nobody set it: that is not development.",
    },
    scenarios=("token",),
    profiles=("hybrid",),
    optional=("unconfigured", "stream_down"),
    means=("token_path", "token"),
)
def test_production_gives_no_temporary_token(case: Case) -> None:
    """
    Outside development no answer holds a temporary token: `temp_token_`, `dev_token_`, `devtoken`, or the flag.

    Also where Stream fails or the secret is gone: then the answer is a 5xx with JSON.
    """
    if case.backend.environment == "development":
        _not_in_development(case)
    else:
        control = exchange_of(case["token"], "token")
        if not succeeded(control):
            raise NotTestable(f"with the user's credential the token route answers {shown(control)}")
        _expect_no_temporary(case, control, "in an ordinary answer")
        for exchange, how in _while_failing(case):
            _expect_fails_closed(case, exchange, how)
    for exchange, how in _bereft(case):
        _expect_fails_closed(case, exchange, how)
        expect(
            not succeeded(exchange),
            found=f"{how}: {shown(exchange)}",
            expected="a 5xx, as no token can be made",
            at=exchange,
        )


def _while_failing(case: Case) -> Iterator[tuple[Exchange, str]]:
    """Answers while Stream's API fails; how long one may wait for it is no matter here."""
    recording = claimed(case, "stream_down")
    if recording is None:
        return
    for name in FAILURES:
        exchange = exchange_of(recording, f"{name}/token")
        if exchange.response is not None or name != "hang":
            yield exchange, f"while Stream's API fails ({name})"


def _not_in_development(case: Case) -> None:
    """The backend itself may give temporary tokens: what matters is an instance in production."""
    case["token"]
    if claimed(case, "unconfigured") is None:
        raise NotClaimed("the backend runs in development", declare='environment = "production"  # in [backend]')


def _bereft(case: Case) -> Iterator[tuple[Exchange, str]]:
    """Answers of instances in production that lack the secret, or the key too."""
    recording = claimed(case, "unconfigured")
    if recording is None:
        return
    for name, how in lacking_the_secret(recording).items():
        yield exchange_of(recording, f"{name}/token"), how


def _expect_fails_closed(case: Case, exchange: Exchange, how: str) -> None:
    """Either a token that is none for development, or a 5xx in JSON."""
    if succeeded(exchange):
        _expect_no_temporary(case, exchange, how)
        return
    failed = exchange.status is not None and exchange.status // 100 == _SERVER_ERROR
    right = failed and content_of(exchange) is not None
    expect(right, found=f"{how}: {shown(exchange)}", expected="a 5xx with JSON", at=exchange)
    _expect_no_temporary(case, exchange, how)


def _expect_no_temporary(case: Case, exchange: Exchange, how: str) -> None:
    facts = _facts(case, exchange)
    wrong = ""
    if facts.get("dev_form"):
        wrong = f"a token `{facts['dev_form']}...`"
    elif facts.get("devtoken"):
        wrong = "a token with the signature `devtoken`"
    elif _flag(exchange):
        wrong = "`isDevelopmentToken`"
    expect(not wrong, found=f"{how}: {wrong}", expected="no token for development", at=exchange)


def _facts(case: Case, exchange: Exchange) -> Mapping[str, Any]:
    found: Mapping[str, Any] = exchange.findings.get("issued", {}).get(case.settings.token_field, {})
    return found


def _flag(exchange: Exchange) -> object:
    content = content_of(exchange)
    return content.get("isDevelopmentToken") if isinstance(content, dict) else None


@requirement(
    "HYBRID-TOK-04",
    Level.SHOULD,
    ERRORS,
    why="Stream's client reads the user out of a token before it connects: a text that is no JWT fails at once, in "
    "development too.",
    example='{"token":"eyJhbGciOiJIUzI1NiJ9.eyJ1c2VyX2lkIjoidTEifQ.devtoken","user":{"id":"u1"},'
    '"isDevelopmentToken":true}',
    remedy={
        "any": "Give the token that Stream's client makes for development, for the user who asks, in an app whose "
        "authentication checks are off; and say `isDevelopmentToken: true`.",
        "next": "`client.devToken(userId)`, not a text of your own such as `dev_token_<id>_<ms>`.",
        "express": "`client.devToken(userId)`, not a text of your own such as `dev_token_<id>_<ms>`.",
    },
    scenarios=("development",),
    profiles=("hybrid",),
    means=("command", "token_path", "token"),
)
def test_development_token_is_usable(case: Case) -> None:
    """In development a token that is given where none can be made is a JWT for the user who asks, and flagged."""
    recording = case["development"]
    started(recording, "development", may_refuse=True)
    exchange = exchange_of(recording, "development/token")
    if not succeeded(exchange):
        raise NotClaimed("without the secret there is no token in development either")
    facts = _facts(case, exchange)
    form = f"`{facts['dev_form']}...`" if facts.get("dev_form") else "a text of another form"
    expect("alg" in facts, found=f"{form} for a token", expected="a JWT, as Stream's client reads it", at=exchange)
    user = user_of(exchange, case.settings.user_field)
    wrong = identity_fault(facts, user=user, caller=caller_of(case, exchange))
    expect(not wrong, found=wrong, expected="the user who asks", at=exchange)
    found = f"`isDevelopmentToken: {_flag(exchange)!r}`"
    expect(_flag(exchange) is True, found=found, expected="`isDevelopmentToken: true`", at=exchange)


@requirement(
    "HYBRID-ENV-01",
    Level.MUST,
    ENVIRONMENT,
    why="A bundler writes what stands under `NEXT_PUBLIC_` into the pages: a secret that works from there is meant to "
    "be put there.",
    example=f"HTTP/1.1 503 Service Unavailable\nContent-Type: application/json\n\n{_FAILED}",
    remedy={
        "any": "Read the secret from one variable that browsers never see, and the key from one that server and page "
        "share; read both in one module.",
        "next": "`process.env.STREAM_CHAT_API_SECRET` alone, without `?? process.env.NEXT_PUBLIC_...`; import "
        "'server-only' in that module.",
        "vite": "The same holds for `VITE_`.",
    },
    scenarios=("token", "public_secret"),
    profiles=("hybrid",),
    means=("command", "token_path", "token", "secret"),
)
def test_secret_has_no_public_name(case: Case) -> None:
    """A secret that stands only in a variable with a public name (`NEXT_PUBLIC_`) signs no tokens."""
    control = exchange_of(case["token"], "token")
    if not succeeded(control):
        raise NotTestable(f"with the secret in its place the token route answers {shown(control)}")
    recording = case["public_secret"]
    started(recording, "public", may_refuse=True)
    exchange = exchange_of(recording, "public/token")
    if _facts(case, control).get("signature") != "valid":
        raise NotTestable("the declared secret signs no tokens where it is in its place: check `secret`")
    works = succeeded(exchange) and _facts(case, exchange).get("signature") == "valid"
    found = f"a token signed with the secret in `NEXT_PUBLIC_{case.settings.secret_variable}`"
    expect(not works, found=found, expected="no such token", at=exchange)


@requirement(
    "HYBRID-DEBUG-01",
    Level.SHOULD,
    PAGE,
    TEMPORARY,
    why="A page for debugging tells strangers what is configured, and calls whatever its buttons call.",
    example="HTTP/1.1 404 Not Found",
    remedy={
        "any": "Do not serve these pages in production: 404, or the page to sign in.",
        "next": "`if (process.env.NODE_ENV === 'production') notFound()` in the page, as a server component.",
        "express": "Mount their router only `if (process.env.NODE_ENV === 'development')`.",
    },
    scenarios=("debug_pages",),
    profiles=("hybrid",),
    optional=("development",),
    means=("debug_paths", "production"),
)
def test_debug_pages_are_closed(case: Case) -> None:
    """In production the pages for debugging are served to nobody: a 4xx, or a redirect to another page."""
    recording, control = case["debug_pages"], claimed(case, "development")
    for exchange in recording.exchanges:
        path = exchange.request.url
        closed = exchange.status is not None and exchange.status // 100 in {_REDIRECTION, 4}
        expect(closed, found=f"{shown(exchange)} from {path}", expected="404", at=exchange)
    if not recording.exchanges:
        raise NotTestable("no page was asked for")
    if control is not None:
        _expect_there(control)


def _expect_there(control: Recording) -> None:
    """
    Where the same pages are missing in development too, nothing was shown of production.

    A backend need not start in development without the secret: then they are closed, as far as can be seen.
    """
    if control.findings.get("development"):
        return
    started(control, "development")
    pages = [entry for entry in control.exchanges if entry.label.startswith("development/user/")]
    absent = next((entry for entry in pages if not succeeded(entry)), None)
    if absent is not None:
        raise NotTestable(f"{absent.request.url} is not there in development either: check `debug_paths`")
