"""A client for the probes of faults; what it returns can be compared between runs."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from chatproof.fixtures.backend import mint
from support.raw_http import Reply, send

ORIGIN = "http://localhost:3001"
SESSION = "session-20250819-143022-a1b2"
CHAT = "/api/v1/chat"
VARIABLE = re.compile(rb"req_[0-9a-f]+|[0-9]{13}|date: [^\r]+|\"at\":[0-9]+", re.IGNORECASE)
BEATS = re.compile(rb": heartbeat [0-9]+\n\n")


@dataclass(frozen=True, slots=True)
class Client:
    """Talks to a running fault; everything it returns is comparable between runs."""

    url: str
    front: str
    settings: Any

    def token(self, **claims: Any) -> str:
        return mint(self.settings, "test-user-id", **claims)

    def send(self, method: str, path: str, *headers: tuple[str, str], body: bytes = b"") -> Reply:
        return send(self.url, method, path, headers=headers, body=body)

    def post(
        self, body: bytes, *headers: tuple[str, str], token: str | None = "", origin: str = ORIGIN, path: str = CHAT
    ) -> Reply:
        given = [("Content-Type", "application/json")] if not any(name == "Content-Type" for name, _ in headers) else []
        if token is not None:
            given.append(("Authorization", f"Bearer {token or self.token()}"))
        given += [("Origin", origin)] if origin else []
        return self.send("POST", path, *given, *headers, body=body)

    def chat(self, *headers: tuple[str, str], **fields: Any) -> Reply:
        return self.post(json.dumps({"message": "hello", **fields}).encode(), *headers)
