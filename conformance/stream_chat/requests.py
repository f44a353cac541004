"""Requests to a backend that gives tokens for Stream Chat, and how its answers work."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chatproof.driver import Issued
from chatproof.failure import NotClaimed
from chatproof.recorder.issued import field_of

from ..common.requests import get, post, reply_limits

if TYPE_CHECKING:
    from collections.abc import Iterable

    from chatproof.driver import Driver
    from chatproof.recording import Exchange, Request
    from chatproof.surroundings import Upstream

    Header = tuple[str, str]

__all__ = ["ask", "broken", "issues", "send", "subject_of", "upstream_of"]


def ask(
    driver: Driver,
    *,
    credential: Iterable[Header] | None = None,
    extra: Iterable[Header] = (),
    query: str = "",
    body: Any = None,
    base: str = "",
) -> Request:
    """The request for a token, as the profile's table says; a body goes with POST alone."""
    settings = driver.settings
    path = settings.path + query
    if settings.method == "POST":
        return post(driver, path, body, credential=credential, extra=extra, base=base)
    if base:
        return post(driver, path, method="GET", credential=credential, extra=extra, base=base)
    return get(driver, path, credential=credential, extra=extra)


def issues(driver: Driver, *, key: str | None = None) -> tuple[Issued, ...]:
    """The token in an answer, signed with the declared secret of the Stream app or with `key`."""
    settings = driver.settings
    return (Issued(field=settings.token_field, key=settings.secret if key is None else key),)


async def send(driver: Driver, label: str, request: Request, *, accept_429: bool = False) -> Exchange:
    """Sends a request for a token, and has the recorder look at the token."""
    return await driver.send(label, request, limits=reply_limits(driver), issues=issues(driver), accept_429=accept_429)


def broken(exchange: Exchange) -> str:
    """Why a 2xx answer gives no token."""
    try:
        content = exchange.json()
    except (ValueError, RecursionError):
        return "the answer is no JSON"
    for field in exchange.findings.get("issued", {}):
        value, _given = field_of(content, field)
        if not isinstance(value, str) or not value:
            return f"the answer holds no text in `{field}`"
    return ""


def subject_of(driver: Driver, *, second: bool = False) -> str:
    """The id in Stream of the first user, or of the second, as the declared claims say; empty where they do not."""
    auth = driver.config.auth
    claims = {**auth.claims, **(auth.second_user if second else {})}
    found = claims.get(driver.settings.subject)
    return found if isinstance(found, str) else ""


def upstream_of(driver: Driver) -> Upstream | None:
    """The suite's own Stream API; None where none is declared."""
    try:
        return driver.upstream()
    except NotClaimed:
        return None
