"""What `chatproof init` asks: the documents' routes, by methods that cannot act."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["CONTROLS", "FOREIGN_PAGE", "NOWHERE", "PAGES", "PROBES", "Probe"]

NOWHERE = "/chatproof-init/there-is-nothing-here"
"""A path that no backend has: what it answers there, it answers to anything."""

PAGES = ("http://localhost:3001", "http://localhost:3000")
"""Where the pages of the documents are served from."""

_MAIN = {"path", "session_path", "server_path"}

FOREIGN_PAGE = "https://chatproof-init.example"
"""A page that nobody lists."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """
    One request, without a credential: GET on routes that only tell something, OPTIONS on those that act.

    `key` is the key of the profile's table that names such a route, `acts` the method that it takes, `mode` the
    profile's mode that it speaks for, and `query` what a GET needs to be understood.
    """

    method: Literal["GET", "OPTIONS"]
    path: str
    profile: str = ""
    key: str = ""
    acts: Literal["GET", "POST"] = "POST"
    mode: str = ""
    query: str = ""

    @property
    def label(self) -> str:
        """The request in a few words."""
        return f"{self.method} {self.path}"

    @property
    def main(self) -> bool:
        """The route without which a backend has not this profile."""
        return bool(self.profile) and self.key in _MAIN


CONTROLS = (Probe(method="GET", path=NOWHERE), Probe(method="OPTIONS", path=NOWHERE))


def _told(path: str, profile: str, key: str, query: str = "") -> Probe:
    return Probe(method="GET", path=path, profile=profile, key=key, acts="GET", query=query)


def _acting(path: str, profile: str, key: str, *, mode: str = "", acts: Literal["GET", "POST"] = "POST") -> Probe:
    return Probe(method="OPTIONS", path=path, profile=profile, key=key, mode=mode, acts=acts)


PROBES = (
    _acting("/api/v1/chat", "ai-chat", "path"),
    _told("/api/v1/auth/ping", "ai-chat", "ping_path"),
    _told("/health", "", "health_path"),
    _told("/api/chat/stream", "agent-stream", "path", query="agentId=claude_arbitrage"),
    _acting("/api/chat/generate", "agent-stream", "generate_path"),
    _acting("/api/v1/chat/stream/token", "stream-chat", "path", acts="GET"),
    _acting("/chat/stream/token", "stream-chat", "path", acts="GET"),
    _acting("/webhooks/stream", "stream-chat", "webhook_path"),
    _acting("/api/custom/session", "chatkit", "session_path", mode="custom"),
    _acting("/api/custom/refresh", "chatkit", "refresh_path"),
    _acting("/api/custom/stream", "chatkit", "stream_path"),
    _acting("/api/custom/message", "chatkit", "message_path"),
    _acting("/chatkit", "chatkit", "server_path", mode="self-hosted"),
    _acting("/api/chatkit/session", "chatkit", "session_path", mode="hosted"),
    _told("/api/chat/sse", "hybrid", "path", query="channels=test&clientId=chatproof-init"),
    _told("/api/chat/health", "hybrid", "health_path"),
    _acting("/api/chat/token", "hybrid", "token_path"),
    _told("/api/chat/diagnostics", "hybrid", "diagnostics_path"),
)
"""In the order of preference, where two name the same key."""
