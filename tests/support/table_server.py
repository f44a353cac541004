"""A server that answers what a table says, and remembers what it was asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Given", "Table"]


@dataclass(frozen=True, kw_only=True)
class Given:
    """One answer."""

    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""


@dataclass(frozen=True)
class Table:
    """
    An ASGI app: `answers` by method and path (`*` for any path), else 404.

    `pages` are origins that a preflight of any path lets in, as middleware does.
    """

    answers: Mapping[tuple[str, str], Given]
    pages: tuple[str, ...] = ()
    asked: list[str] = field(default_factory=list)
    sent_headers: list[dict[str, str]] = field(default_factory=list)

    async def app(self, scope: Any, _receive: Any, send: Any) -> None:
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        self.asked.append(f"{scope['method']} {scope['path']}")
        self.sent_headers.append(headers)
        origin = headers.get("origin", "")
        answer = self.answers.get((scope["method"], scope["path"]), self.answers.get((scope["method"], "*")))
        if origin and self.pages:
            allowed = ("*",) if "*" in self.pages else tuple({origin} & set(self.pages))
            named = tuple(("Access-Control-Allow-Origin", page) for page in allowed)
            answer = Given(status=200 if allowed else 400, headers=named)
        answer = answer or Given(status=404)
        lines = [(name.encode(), value.encode()) for name, value in answer.headers]
        length = [(b"content-length", str(len(answer.body)).encode())]
        await send({"type": "http.response.start", "status": answer.status, "headers": [*lines, *length]})
        await send({"type": "http.response.body", "body": answer.body})
