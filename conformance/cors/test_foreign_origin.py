"""Pages at origins that are not listed: they read nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatproof.cors import actual_decision, cors_request
from chatproof.failure import NotTestable, expect
from chatproof.requirement import requirement
from chatproof.scenario import CONTROL
from chatproof.verdict import Level

from ._pages import GUIDE, control, fetch

if TYPE_CHECKING:
    from chatproof.case import Case


@requirement(
    "CORS-ACT-05",
    Level.MUST,
    fetch("Basic safe CORS protocol setup", "basic-safe-cors-protocol-setup"),
    GUIDE,
    why="A backend that echoes any origin lets every site that a user visits talk to it in that user's name and read "
    "the answers. A prefix or suffix match does the same for whoever registers the right domain.",
    example="HTTP/1.1 200 OK\nContent-Type: text/event-stream\nVary: Origin",
    remedy={
        "any": "Compare the whole Origin with a list and send no Access-Control-Allow-Origin for any other, "
        "`null` included.",
        "fastapi": '`allow_origins` as a list: `["*"]` with `allow_credentials=True` echoes any origin; '
        "anchor `allow_origin_regex`.",
        "starlette": '`allow_origins` as a list: `["*"]` with `allow_credentials=True` echoes any origin; '
        "anchor `allow_origin_regex`.",
        "express": "`cors({origin: ['http://localhost:3001']})`: `origin: true` echoes any origin; "
        "anchor a RegExp with ^ and $.",
        "fastify": "@fastify/cors `origin: ['http://localhost:3001']`: `origin: true` echoes any origin.",
        "django": "`CORS_ALLOWED_ORIGINS`, not `CORS_ALLOW_ALL_ORIGINS`.",
        "spring": '`setAllowedOrigins(List.of(...))`, not `setAllowedOriginPatterns(List.of("*"))`.',
        "nginx": "Use a `map $http_origin` with full strings, not `add_header ... $http_origin`.",
    },
    scenarios=(CONTROL, "foreign_origins"),
    means=("origins", "listed_cors"),
    aliases=("AICHAT-CORS-06",),
)
def test_unlisted_origin_is_not_allowed(case: Case) -> None:
    """A page at an origin that is not listed is never allowed: not by echo, not by `*`, not as `null`."""
    recording = case["foreign_origins"]
    for exchange in recording.exchanges:
        expected = f"an answer without an Access-Control-Allow-Origin that allows {exchange.request.header('origin')}"
        expect(exchange.response, found=f"no answer ({exchange.trouble})", expected=expected, at=exchange)
        decision = actual_decision(cors_request(exchange.request), exchange.response)
        allowed = exchange.response.header("access-control-allow-origin") if exchange.response else None
        found = f"{decision} (`Access-Control-Allow-Origin: {allowed}`)"
        expect(not decision.allowed, found=found, expected=expected, at=exchange)
    if not recording.exchanges:
        raise NotTestable("no request from an origin that is not listed was recorded")
    plain = control(case)
    decision = actual_decision(cors_request(plain.request), plain.response)
    if not decision.allowed:
        raise NotTestable(f"the plain request does not allow the listed origin either ({decision}): no refusal counts")
