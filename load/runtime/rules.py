"""How the streams of a profile are read: which event is what, and which frame is a heartbeat."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chatproof.config import Config

__all__ = ["BEAT_WORDS", "Rules", "rules_of"]

BEAT_WORDS = frozenset({"heartbeat", "ping", "keepalive", "keep-alive", "keep_alive"})
"""What heartbeats are called where a profile declares nothing else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """
    How one kind of stream is read; names of events are bytes as they arrive.

    `token`, `usage`, `terminal` and `error` are names of events (`token` and `terminal` empty: there are none, and the
    stream stays open until somebody ends it), `text_field` the field of a token that holds its text. A frame is a
    heartbeat that is an event named in `beat_events`, or a comment that holds one of `beat_words` in lower case; where
    no comment does, every one but a greeting (a first frame). `heartbeat_ns` is the interval, 0 where none is declared.
    `memory_field` and `retry_field` are fields of the usage (dots go deeper): milliseconds that memory took, retries of
    the provider.
    """

    token: bytes = b""
    text_field: str = "text"
    usage: bytes = b""
    terminal: bytes = b""
    error: bytes = b"error"
    beat_events: frozenset[bytes] = frozenset()
    beat_words: tuple[bytes, ...] = ()
    heartbeat_ns: int = 0
    memory_field: str = ""
    retry_field: str = ""


def rules_of(config: Config, profile: str) -> Rules:
    """The rules of a profile's own stream: chat turns of `ai-chat`, else a stream of events that stays open."""
    settings = config.profiles[profile]
    names = set(BEAT_WORDS) - set(getattr(settings, "extra_events", ()))
    form, name = getattr(settings, "heartbeat_form", "comment"), getattr(settings, "heartbeat_event", "heartbeat")
    if form == "event":
        names.add(name)
    turns = profile == "ai-chat"
    return Rules(
        token=b"token" if turns else b"",
        usage=b"usage" if turns else b"",
        terminal=b"done" if turns else b"",
        beat_events=frozenset(word.encode() for word in names),
        beat_words=tuple(sorted(word.encode() for word in BEAT_WORDS | {name.lower()})),
        heartbeat_ns=int(getattr(settings, "heartbeat", 0.0) * 1e9),
        memory_field=config.observe.memory_field,
        retry_field=config.observe.retry_field,
    )
