"""What a page gets of a session of OpenAI's: the secret, of the right kind, and nothing else of it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from chatproof.failure import Failure, NotTestable, expect
from chatproof.requirement import requirement
from chatproof.verdict import Level

from .answers import control, exchange_of, secret_of
from .hosted_sources import CLIENT, CREATE, SESSION
from .sources import SECRET

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chatproof.case import Case
    from chatproof.recording import Exchange

_EXAMPLE = '{"client_secret":"ek_68e0...","expires_at":1795232824}'
_PREFIXES = ("ek_", "chatkit_")
_SESSION_PREFIX = "cksess_"
_OF_THE_RESOURCE = ("workflow", "rate_limits", "max_requests_per_1_minute", "chatkit_configuration")
_API_KEY = re.compile(r"\bsk-[A-Za-z0-9_-]{16,}")
_ONLY_SECRET = {
    "any": "Pick `client_secret` (and `expires_at`) out of OpenAI's answer, and send these alone.",
    "next": "`return Response.json({ client_secret: session.client_secret, expires_at: session.expires_at })`.",
    "express": "`res.json({ client_secret: session.client_secret, expires_at: session.expires_at })`.",
    "fastapi": "A response model with `client_secret: str` and `expires_at: int`.",
}


@requirement(
    "CKAPI-04",
    Level.MUST,
    SECRET,
    SESSION,
    why="The whole object tells everybody the workflow, its state variables and its limits; the API key opens the "
    "whole account.",
    example=_EXAMPLE,
    remedy=_ONLY_SECRET,
    scenarios=("session",),
    means=("hosted_mode",),
    profiles=("chatkit",),
)
def test_page_gets_the_secret_alone(case: Case) -> None:
    """
    The answer holds what the page needs of OpenAI's session, its secret and expiry, and never the API key.

    Fields of the backend's own are let pass.
    """
    exchange = control(case)
    expected = "`client_secret`, and `expires_at` where you like, of OpenAI's session; no key"
    key = _API_KEY.search(exchange.body.decode("utf-8", "replace"))
    expect(key is None, found="a text that begins as OpenAI's keys do", expected=expected, at=exchange)
    for name, value in _fields(_content(exchange)):
        known = name in _OF_THE_RESOURCE or value == "chatkit.session"
        expect(not known, found=f"the field `{name}` of OpenAI's session", expected=expected, at=exchange)


def _fields(content: Any) -> Iterator[tuple[str, Any]]:
    """Every field of the answer, those of inner objects too."""
    if isinstance(content, dict):
        for name, value in content.items():
            yield name, value
            yield from _fields(value)
    elif isinstance(content, list):
        for entry in content:
            yield from _fields(entry)


def _content(exchange: Exchange) -> Any:
    try:
        return exchange.json()
    except (ValueError, RecursionError):
        raise NotTestable("the answer is no JSON") from None


@requirement(
    "CKAPI-05",
    Level.SHOULD,
    SESSION,
    CREATE,
    why="ChatKit hands the text to OpenAI as it is: a secret of the backend's own is none there.",
    example=_EXAMPLE,
    remedy=_ONLY_SECRET,
    scenarios=("session",),
    means=("hosted_mode",),
    profiles=("chatkit",),
)
def test_secret_looks_like_openais(case: Case) -> None:
    """The secret begins with `ek_`, as OpenAI's do (or with `chatkit_`, as in its example)."""
    exchange = control(case)
    found = _secret(exchange, case.settings.secret_field).get("prefix", "")
    expect(
        found in _PREFIXES,
        found=f"a secret that begins with `{found}`" if found else "a secret without a prefix",
        expected="`ek_...`",
        at=exchange,
    )


def _secret(exchange: Exchange, field: str) -> Any:
    known = secret_of(exchange, field)
    if not known.get("secret"):
        raise NotTestable(f"the answer holds no text in `{field}`")
    return known


@requirement(
    "CHATKIT-SES-05",
    Level.SHOULD,
    SESSION,
    SECRET,
    why="The guide's `client_secret: session.session_id` gives the page an id: OpenAI then answers `Chatkit Session "
    "with id cksess_... not found`.",
    example=_EXAMPLE,
    remedy=_ONLY_SECRET,
    scenarios=("session",),
    means=("hosted_mode",),
    profiles=("chatkit",),
)
def test_secret_is_not_the_id(case: Case) -> None:
    """The secret is not the session's id: neither `cksess_...` nor equal to an `id` beside it."""
    exchange = control(case)
    field = case.settings.secret_field
    prefix = _secret(exchange, field).get("prefix", "")
    expect(
        prefix != _SESSION_PREFIX,
        found=f"a secret that begins with `{prefix}`",
        expected="OpenAI's `client_secret`, not the session's id",
        at=exchange,
    )
    content = _content(exchange)
    for name in ("id", "session_id"):
        if isinstance(content, dict) and name in content and content[name] == content.get(field):
            raise Failure(found=f"a secret that equals `{name}`", expected="OpenAI's `client_secret`", at=exchange)


@requirement(
    "CKAPI-06",
    Level.SHOULD,
    CLIENT,
    SECRET,
    why="`getClientSecret` must give ChatKit a bare text, at the start and at each renewal; of an object it makes "
    "`[object Object]`.",
    example=_EXAMPLE,
    remedy={
        **_ONLY_SECRET,
        "any": "Let the start and the renewal answer alike, with the secret as a text in the same field.",
    },
    scenarios=("session",),
    optional=("hosted_refresh",),
    means=("hosted_mode",),
    profiles=("chatkit",),
)
def test_start_and_renewal_yield_a_text(case: Case) -> None:
    """The start, and the renewal where there is one, both yield the secret as a bare text."""
    field = case.settings.secret_field
    answers = [control(case)]
    if case.settings.refresh_path:
        recording = case["hosted_refresh"]
        renewal = exchange_of(recording, "refresh")
        if renewal.status is None or renewal.status // 100 != 2:  # noqa: PLR2004 - the class of success
            raise NotTestable(f"the renewal of a live secret was refused with status {renewal.status}")
        answers.append(renewal)
    for exchange in answers:
        kind = secret_of(exchange, field).get("type", "missing")
        expect(
            kind == "str",
            found=f"`{field}` of the type {kind} in `{exchange.label}`",
            expected="a text",
            at=exchange,
        )
