"""The documents that the requirements of this profile rest on, section by section."""

from __future__ import annotations

from chatproof.requirement import Source

__all__ = [
    "CORS",
    "EXPIRES",
    "FETCH_BODY",
    "FORMAT",
    "LIMITS",
    "MODELS",
    "SECRET",
    "STREAMING",
    "TIMEOUT",
    "UNAUTHORIZED",
    "WEBSOCKETS",
    "rfc",
]


def _guide(section: str) -> Source:
    return Source("ChatKit guide", section)


SECRET = _guide('Issue 1: "client_secret undefined" Error')
UNAUTHORIZED = _guide('Issue 2: "401 Unauthorized" on Backend Calls')
CORS = _guide('Issue 3: "CORS Blocked" Error')
TIMEOUT = _guide('Issue 4: "Backend Not Responding" or Timeout')
STREAMING = _guide('Issue 5: "Streaming Not Working"')
MODELS = _guide('Issue 6: "Model Not Available" or "Model Selection Not Working"')
EXPIRES = _guide('Issue 7: "Session Expires Immediately"')
WEBSOCKETS = _guide('Issue 8: "Memory Leaks with WebSocket"')
FORMAT = _guide('Issue 9: "Custom Backend Response Format Mismatch"')
LIMITS = _guide('Issue 10: "Rate Limiting or Quota Errors"')
FETCH_BODY = Source("WHATWG Fetch", "BodyInit unions", "https://fetch.spec.whatwg.org/#bodyinit-unions")


def rfc(number: int, section: str) -> Source:
    """A section of an RFC."""
    return Source(f"RFC {number}", section, f"https://www.rfc-editor.org/rfc/rfc{number}#section-{section}")
