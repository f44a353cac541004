"""Requests to any backend, built from what the configuration declares."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from chatproof.driver import Limits
from chatproof.recording import Request

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from chatproof.config import Config, Route
    from chatproof.driver import Driver
    from chatproof.sse import Frame

__all__ = [
    "any_frame",
    "asked_first",
    "declared",
    "encoded",
    "first_origin",
    "get",
    "post",
    "reply_limits",
    "url_of",
]

Header = tuple[str, str]

_REPLY_BYTES = 64 * 1024


def url_of(driver: Driver, path: str, *, front: bool = False) -> str:
    """The URL of a path at the backend, or at its public front."""
    backend = driver.config.backend
    return (backend.front if front else backend.url).rstrip("/") + path


def first_origin(config: Config) -> str | None:
    """The page that ordinary requests come from; None where no browser is meant to call."""
    backend = config.backend
    return backend.origins[0] if backend.origins and backend.cors != "none" else None


def encoded(body: Any) -> bytes:
    """JSON as a browser writes it, in UTF-8; with escapes where UTF-8 cannot hold it (lone surrogates)."""
    try:
        return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    except UnicodeEncodeError:
        return json.dumps(body, separators=(",", ":")).encode()


def get(
    driver: Driver,
    path: str,
    *,
    accept: str = "*/*",
    credential: Iterable[Header] | None = None,
    extra: Iterable[Header] = (),
) -> Request:
    """A GET of a path at the backend, from the first declared page."""
    page = first_origin(driver.config)
    headers = [("Accept", accept), ("Accept-Encoding", "identity")]
    headers += driver.tokens.headers() if credential is None else credential
    headers += [("Origin", page)] if page is not None else []
    headers += extra
    return Request(method="GET", url=url_of(driver, path), headers=tuple(headers))


def post(
    driver: Driver,
    path: str,
    body: Any = None,
    *,
    method: str = "POST",
    accept: str = "*/*",
    credential: Iterable[Header] | None = None,
    origin: str | None = "",
    extra: Iterable[Header] = (),
    base: str = "",
) -> Request:
    """
    A request with a JSON body (None: an empty one, without a Content-Type) to a path at the backend or at `base`.

    `credential` are the headers that carry it (the declared user's by default), `origin` the page it comes from:
    empty for the first declared one, None for none.
    """
    page = first_origin(driver.config) if origin == "" else origin
    headers = [("Accept", accept), ("Accept-Encoding", "identity")]
    headers += [] if body is None else [("Content-Type", "application/json")]
    headers += driver.tokens.headers() if credential is None else credential
    headers += [("Origin", page)] if page is not None else []
    headers += extra
    data = b"" if body is None else encoded(body)
    return Request(method=method, url=(base or url_of(driver, "")) + path, headers=tuple(headers), body=data)


def declared(
    driver: Driver,
    route: Route,
    values: Mapping[str, str],
    *,
    credential: Iterable[Header] | None = None,
    base: str = "",
) -> Request:
    """A request to a declared route, with the texts in braces replaced in its path and body."""
    body = _filled(dict(route.body), values) if route.body else None
    path = _filled(route.path, values)
    return post(driver, path, body, method=route.method, credential=credential, base=base)


def _filled(value: Any, values: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {name: _filled(entry, values) for name, entry in value.items()}
    if isinstance(value, list):
        return [_filled(entry, values) for entry in value]
    if isinstance(value, str):
        for name, text in values.items():
            value = value.replace(f"{{{name}}}", text)
    return value


def asked_first(url: str, origin: str, *, headers: str, method: str = "POST") -> Request:
    """The OPTIONS request that a browser sends first: without credentials, and with the names in `headers`."""
    asked = [("Access-Control-Request-Headers", headers)] if headers else []
    return Request(
        method="OPTIONS",
        url=url,
        headers=(
            ("Accept", "*/*"),
            ("Accept-Encoding", "identity"),
            ("Access-Control-Request-Method", method),
            *asked,
            ("Origin", origin),
        ),
    )


def reply_limits(driver: Driver) -> Limits:
    """The limits of an answer that should be short: as the configuration says, and 64 KiB."""
    limits = driver.limits
    return Limits(
        head_seconds=limits.head_seconds,
        idle_seconds=limits.idle_seconds,
        total_seconds=limits.total_seconds,
        max_bytes=_REPLY_BYTES,
    )


def any_frame(frames: list[Frame]) -> bool:
    """The answer is a stream after all: there is a frame in it."""
    return bool(frames)
