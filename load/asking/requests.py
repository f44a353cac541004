"""The requests of load users: what a page sends, with the user's credential."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ..client.exchange import Request

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from chatproof.config import Route

__all__ = ["filled", "request_to", "route_request"]

Header = tuple[str, str]


def request_to(
    path: str,
    *,
    method: str = "GET",
    body: Any = None,
    accept: str = "application/json",
    headers: Iterable[Header] = (),
    origin: str = "",
    connection: str = "",
    keep_body: bool = False,
) -> Request:
    """
    A request with these headers (the credential, for one) beside those that any page sends.

    `body` is JSON; None sends none. `origin` is the page that it comes from; empty: none, as from a server.
    """
    lines = [("Accept", accept), ("Accept-Encoding", "identity")]
    lines += [] if body is None else [("Content-Type", "application/json")]
    lines += [("Origin", origin)] if origin else []
    data = b"" if body is None else json.dumps(body, separators=(",", ":")).encode()
    return Request(
        method=method, path=path, headers=(*lines, *headers), body=data, connection=connection, keep_body=keep_body
    )


def route_request(route: Route, values: Mapping[str, str], **options: Any) -> Request:
    """A request to a declared route, with the texts in braces replaced; `options` are those of `request_to`."""
    body = filled(dict(route.body), values) if route.body else None
    return request_to(filled(route.path, values), method=route.method, body=body, **options)


def filled(value: Any, values: Mapping[str, str]) -> Any:
    """JSON with the names in braces in its texts replaced."""
    if isinstance(value, dict):
        return {name: filled(entry, values) for name, entry in value.items()}
    if isinstance(value, list | tuple):
        return [filled(entry, values) for entry in value]
    if isinstance(value, str):
        for name, text in values.items():
            value = value.replace(f"{{{name}}}", text)
    return value
