"""Polling by itself: without Stream Chat, with it turned off, and with a switch that says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatproof.failure import Failure, NotClaimed, NotTestable, expect
from chatproof.requirement import requirement
from chatproof.verdict import Level

from .answers import chat_works, claimed, exchange_of, started, succeeded
from .polled import content_of, shown
from .scenarios.surroundings import FAILURES
from .sources import DIAGNOSIS, SEPARATION, SWITCH

if TYPE_CHECKING:
    from chatproof.case import Case
    from chatproof.recording import Exchange, Recording

_CONFIGURED = "streamChatConfigured"


@requirement(
    "HYBRID-POLL-09",
    Level.MUST,
    SEPARATION,
    DIAGNOSIS,
    why="Polling is there for when Stream Chat is not: what breaks it at the same moment leaves no chat at all.",
    example='HTTP/1.1 200 OK\nContent-Type: application/json\n\n{"events":[],"lastEventId":42}',
    remedy={
        "any": "Let the routes of polling import and call nothing of Stream Chat: no client made at import, no user "
        "upserted on the way.",
        "next": "Make the client in a function, when it is needed: `StreamChat.getInstance(undefined)` in a shared "
        "module throws at import.",
        "express": "Make the client lazily; a failed start of it must not stop the app.",
        "fastapi": "No `StreamChat(...)` at module level or in `lifespan` without a guard.",
    },
    optional=("stream_down", "unconfigured"),
    scenarios=("poll",),
    profiles=("hybrid",),
)
def test_polling_works_without_stream_chat(case: Case) -> None:
    """Polling goes on, messages included, while Stream's API fails, and where there is no key and no secret."""
    case["poll"]
    down, bare = claimed(case, "stream_down"), claimed(case, "unconfigured")
    if down is None and bare is None:
        raise NotClaimed(
            "nothing can be taken away from the backend",
            declare='command = "node server.js"  # in [backend], or upstream in [profiles.hybrid]',
        )
    if down is not None:
        for name in FAILURES:
            chat_works(case, down, name, when=f"while Stream's API fails ({name})")
    if bare is not None:
        trouble = bare.findings.get("bare")
        if trouble:
            raise Failure(found=f"no start without key and secret: {trouble}", expected="polling that works")
        chat_works(case, bare, "bare", when="without key and secret")


@requirement(
    "HYBRID-MODE-01",
    Level.SHOULD,
    SWITCH,
    why="The switch is what is left when Stream Chat fails for everybody: it must leave a chat.",
    example="FORCE_SSE_ONLY=true",
    remedy={
        "any": "With the switch on let clients poll, and need no token for Stream Chat anywhere on that way.",
        "next": "Read the variable on the server: `process.env.FORCE_SSE_ONLY` is undefined in a client component.",
    },
    scenarios=("poll", "forced"),
    profiles=("hybrid",),
    means=("command",),
)
def test_polling_works_with_stream_chat_off(case: Case) -> None:
    """Started with the switch at `true`, polling works, messages included, and no token is asked for."""
    recording = case["forced"]
    started(recording, "true")
    chat_works(case, recording, "true", when=f"with `{case.settings.force_variable}=true`")


@requirement(
    "HYBRID-MODE-04",
    Level.SHOULD,
    SWITCH,
    why="A variable is a text, and `!process.env.FORCE_SSE_ONLY` is false for `false` too: whoever turns the switch "
    "off that way leaves Stream Chat off.",
    example="FORCE_SSE_ONLY=false",
    remedy={
        "any": "Compare the text: on is `true` or `1`, and whatever else is off.",
        "next": "`process.env.FORCE_SSE_ONLY === 'true'`.",
        "express": "`process.env.FORCE_SSE_ONLY === 'true'`.",
        "fastapi": '`os.environ.get("FORCE_SSE_ONLY", "").lower() in {"1", "true"}`; pydantic-settings reads a `bool` '
        "rightly.",
    },
    scenarios=("forced",),
    profiles=("hybrid",),
    means=("command",),
)
def test_switch_at_false_is_off(case: Case) -> None:
    """Started with the switch at `false`, Stream Chat is not off: what `true` takes away is there."""
    recording = case["forced"]
    for name in ("true", "false"):
        started(recording, name)
    shown_by = [label for label in ("token", "diagnostics") if _tells(recording, label)]
    if not shown_by:
        raise NotClaimed(
            "the backend answers alike with the switch at `true`: only its pages could show it",
            declare='token_path = "/api/chat/token"  # in [profiles.hybrid], where that route heeds the switch',
        )
    for label in shown_by:
        exchange = recording[f"false/{label}"]
        found = f"with `{case.settings.force_variable}=false`: {_told(exchange)}"
        expect(_on(exchange, label), found=found, expected="Stream Chat as without the switch", at=exchange)


def _tells(recording: Recording, label: str) -> bool:
    """With the switch on this route says that Stream Chat is off."""
    if f"true/{label}" not in recording:
        return False
    exchange_of(recording, f"false/{label}")
    exchange = recording[f"true/{label}"]
    if exchange.response is None:
        raise NotTestable(f"`{exchange.key}` got no answer")
    return not _on(exchange, label)


def _on(exchange: Exchange, label: str) -> bool:
    content = content_of(exchange)
    if label == "diagnostics":
        return isinstance(content, dict) and content.get(_CONFIGURED) is not False
    return succeeded(exchange)


def _told(exchange: Exchange) -> str:
    content = content_of(exchange)
    if isinstance(content, dict) and content.get(_CONFIGURED) is False:
        return f"`{_CONFIGURED}: false`"
    return shown(exchange)
