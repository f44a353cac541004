"""The remedy that fits the stack an answer comes from, as far as the answer shows it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from chatproof.recording import Exchange, Response
    from chatproof.requirement import Requirement

__all__ = ["Stack", "recognised", "remedy_for"]

_BODY_LIMIT = 65536


@dataclass(frozen=True, slots=True)
class Stack:
    """
    A stack that an answer shows.

    `keys` are the names of its remedies, the most fitting first; `sign` is what showed it.
    """

    name: str
    keys: tuple[str, ...]
    sign: str


def remedy_for(requirement: Requirement, exchange: Exchange | None) -> str:
    """
    The requirement's remedy for the stacks that the exchange shows, one line each, and the one for any stack last.

    Only the latter where no stack was recognised or none has a remedy of its own.
    """
    lines: dict[str, str] = {}
    for stack in recognised(exchange) if exchange else ():
        key = next((name for name in stack.keys if name in requirement.remedy), None)
        if key is not None:
            lines.setdefault(key, f"{stack.name} (by {stack.sign}): {requirement.remedy[key]}")
    general = requirement.remedy["any"]
    return "\n".join([*lines.values(), f"any stack: {general}"]) if lines else general


def recognised(exchange: Exchange) -> tuple[Stack, ...]:
    """The stacks that an answer shows: frameworks by header or body first, servers and fronts after them."""
    response = exchange.response
    if response is None:
        return ()
    body = exchange.body[:_BODY_LIMIT]
    found = [stack for by_body in _BY_BODY if (stack := by_body(response, body)) is not None]
    for header, words in _BY_HEADER.items():
        value = response.header(header)
        if value is not None:
            found += [
                Stack(name, keys, f"{header}: {_short(value)}") for word, name, keys in words if word in value.lower()
            ]
    return tuple(found)


def _short(value: str) -> str:
    longest = 40
    return value if len(value) <= longest else f"{value[:longest]}..."


def _by_json(response: Response, body: bytes) -> Stack | None:
    """Frameworks whose error bodies have a shape of their own."""
    if not response.media_type.endswith("json"):
        return None
    try:
        error = json.loads(body)
    except ValueError:
        return None
    return next((stack for fits, stack in _JSON_SHAPES if isinstance(error, dict) and fits(error)), None)


def _pydantic(error: Mapping[str, Any]) -> bool:
    detail = error.get("detail")
    return isinstance(detail, list) and all(
        isinstance(entry, dict) and {"loc", "msg"} <= set(entry) for entry in detail
    )


_JSON_SHAPES: tuple[tuple[Callable[[Mapping[str, Any]], bool], Stack], ...] = (
    (_pydantic, Stack("FastAPI", ("fastapi", "starlette"), 'the body {"detail": [{"loc", "msg", ...}]}')),
    (
        lambda error: {"statusCode", "error", "message"} <= set(error),
        Stack("fastify", ("fastify",), 'the body {"statusCode", "error", "message"}'),
    ),
    (
        lambda error: {"timestamp", "status", "error", "path"} <= set(error),
        Stack("Spring", ("spring",), 'the body {"timestamp", "status", "error", "path"}'),
    ),
    (
        lambda error: set(error) == {"detail"},
        Stack("FastAPI or Django REST", ("fastapi", "starlette", "django"), 'the body {"detail"}'),
    ),
)


def _by_text(response: Response, body: bytes) -> Stack | None:
    """Frameworks whose pages and comments have words of their own."""
    kind = response.media_type
    return next(
        (
            Stack(name, keys, sign)
            for media_type, mark, name, keys, sign in _TEXTS
            if kind == media_type and mark in body
        ),
        None,
    )


_TEXTS: tuple[tuple[str, bytes, str, tuple[str, ...], str], ...] = (
    (
        "text/event-stream",
        b": ping - 20",
        "sse-starlette",
        ("sse-starlette", "starlette", "fastapi"),
        "its ping comment",
    ),
    ("text/html", b"<pre>Cannot POST ", "Express", ("express",), "the page `Cannot POST`"),
    ("text/html", b"<pre>Cannot GET ", "Express", ("express",), "the page `Cannot GET`"),
    ("text/html", b"<title>405 Method Not Allowed</title>\n<h1>", "Flask", ("flask",), "Werkzeug's error page"),
    ("text/plain", b"404 page not found\n", "Go", ("go",), "the text `404 page not found`"),
)


def _django(response: Response, _body: bytes) -> Stack | None:
    """The three headers that Django's own middleware sets on everything."""
    headers = ("x-frame-options", "cross-origin-opener-policy", "referrer-policy")
    if [response.header(name) for name in headers] == ["DENY", "same-origin", "same-origin"]:
        return Stack("Django", ("django",), "the headers of its SecurityMiddleware")
    return None


_BY_BODY = (_by_json, _by_text, _django)

_BY_HEADER: Mapping[str, tuple[tuple[str, str, tuple[str, ...]], ...]] = {
    "x-powered-by": (
        ("express", "Express", ("express",)),
        ("next.js", "Next.js", ("next",)),
    ),
    "server": (
        ("uvicorn", "an ASGI application (FastAPI or Starlette)", ("starlette", "fastapi", "sse-starlette")),
        ("hypercorn", "an ASGI application (FastAPI or Starlette)", ("starlette", "fastapi", "sse-starlette")),
        ("daphne", "Django", ("django",)),
        ("wsgiserver", "Django", ("django",)),
        ("werkzeug", "Flask", ("flask",)),
        ("gunicorn", "a WSGI application (Flask or Django)", ("flask", "django")),
        ("aiohttp", "aiohttp", ("aiohttp",)),
        ("nginx", "nginx", ("nginx",)),
        ("openresty", "nginx", ("nginx",)),
        ("apache", "Apache", ("apache",)),
        ("cloudflare", "Cloudflare", ("cloudflare",)),
        ("vercel", "Vercel", ("vercel", "next")),
    ),
    "via": (
        ("nginx", "nginx", ("nginx",)),
        ("apache", "Apache", ("apache",)),
    ),
    "cf-ray": (("", "Cloudflare", ("cloudflare",)),),
    "x-vercel-id": (("", "Vercel", ("vercel", "next")),),
    "x-railway-request-id": (("", "Railway", ("railway",)),),
}
