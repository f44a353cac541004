"""The requests that the scenarios of this profile send."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from chatproof.driver import Issued
from chatproof.means import is_loopback

from ..common.requests import declared, get, post

if TYPE_CHECKING:
    from collections.abc import Iterable

    from chatproof.driver import Driver
    from chatproof.recording import Request

__all__ = ["CLIENT", "FIRST", "diagnose", "issues", "may_publish", "message", "poll", "token_request"]

Header = tuple[str, str]

FIRST = "0"
"""The cursor of a client that has seen nothing."""

CLIENT = "chatproof"


def poll(
    driver: Driver,
    *,
    cursor: str = FIRST,
    channels: str | None = "",
    client: str | None = CLIENT,
    credential: Iterable[Header] | None = None,
    base: str = "",
) -> Request:
    """
    A poll of some channels, by commas; empty stands for the declared one, None leaves the parameter out.

    `base` is another instance's address.
    """
    settings = driver.settings
    values = {
        settings.channels_parameter: settings.channel if channels == "" else channels,
        settings.client_parameter: client,
        settings.cursor_parameter: cursor,
    }
    query = urlencode({name: value for name, value in values.items() if value is not None}, safe=",")
    return _at(base, driver, get(driver, f"{settings.path}?{query}", credential=credential))


def token_request(
    driver: Driver,
    credential: Iterable[Header] | None = None,
    *,
    query: str = "",
    body: dict[str, Any] | None = None,
    extra: Iterable[Header] = (),
    base: str = "",
) -> Request:
    """A request for a token for Stream Chat."""
    settings = driver.settings
    path = settings.token_path + query
    if settings.token_method == "GET":  # noqa: S105 - a method
        return _at(base, driver, get(driver, path, credential=credential, extra=extra))
    return post(driver, path, body or {}, credential=credential, extra=extra, base=base)


def issues(driver: Driver) -> tuple[Issued, ...]:
    """The token in the answer to that."""
    return (Issued(field=driver.settings.token_field, key=driver.settings.secret),)


def diagnose(driver: Driver, *, credential: Iterable[Header] | None = None, base: str = "") -> Request:
    """A look at the diagnostics."""
    return _at(base, driver, get(driver, driver.settings.diagnostics_path, credential=credential))


def message(
    driver: Driver, text: str, *, channel: str = "", credential: Iterable[Header] | None = None, base: str = ""
) -> Request:
    """A message to a channel, the declared one where none is named."""
    values = {"channel": channel or driver.settings.channel, "text": text}
    return declared(driver, driver.settings.publish, values, credential=credential, base=base)


def may_publish(driver: Driver) -> bool:
    """There is a route for it, and no users who would mind."""
    backend = driver.config.backend
    return driver.settings.publish is not None and (backend.intrusive or is_loopback(backend.url))


def _at(base: str, driver: Driver, request: Request) -> Request:
    if not base:
        return request
    return replace(request, url=base + request.url.removeprefix(driver.config.backend.url.rstrip("/")))
