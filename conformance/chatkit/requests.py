"""The requests of this profile: a session, its renewal, and what is asked in its name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chatproof.driver import Issued

from ..common.requests import post

if TYPE_CHECKING:
    from collections.abc import Iterable

    from chatproof.config import ChatKit
    from chatproof.driver import Driver
    from chatproof.recording import Request

__all__ = ["issues", "refresh_request", "secret_headers", "session_request", "usage_routes"]

Header = tuple[str, str]


def issues(settings: ChatKit) -> tuple[Issued, ...]:
    """The credential in the answer of a session or of its renewal."""
    return () if settings.mode == "self-hosted" else (Issued(field=settings.secret_field),)


def session_request(
    driver: Driver,
    body: Any = None,
    *,
    credential: Iterable[Header] | None = None,
    origin: str | None = "",
    extra: Iterable[Header] = (),
    base: str = "",
) -> Request:
    """A request for a session; the body is an empty object where none is given."""
    content = {} if body is None else body
    path = driver.settings.session_path
    return post(driver, path, content, credential=credential, origin=origin, extra=extra, base=base)


def refresh_request(
    driver: Driver, fields: Any, *, credential: Iterable[Header] | None = None, base: str = ""
) -> Request:
    """A request for a new secret, with these fields."""
    return post(driver, driver.settings.refresh_path, fields, credential=credential, base=base)


def secret_headers(driver: Driver, secret: str) -> tuple[Header, ...]:
    """The headers that carry a session's secret, and the user's credential where that has a header of its own."""
    name = driver.settings.secret_header
    bearer = name.lower() == "authorization"
    own = tuple(line for line in driver.tokens.headers() if line[0].lower() != name.lower())
    return (*own, (name, f"Bearer {secret}" if bearer else secret))


def usage_routes(driver: Driver, secret: str, *, base: str = "") -> dict[str, Request]:
    """A request in a session's name to each declared route that takes its secret, by the route's name."""
    settings = driver.settings
    found = {}
    if settings.refresh_path:
        found["refresh"] = refresh_request(driver, {settings.refresh_field: secret}, base=base)
    for name, path, field in (
        ("stream", settings.stream_path, settings.stream_field),
        ("message", settings.message_path, settings.message_field),
    ):
        if path:
            body = {field: settings.message}
            found[name] = post(driver, path, body, credential=secret_headers(driver, secret), base=base)
    return found
