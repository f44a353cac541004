"""The documents that the requirements of this profile rest on, section by section."""

from __future__ import annotations

from chatproof.requirement import Source

__all__ = [
    "AUTHENTICATION",
    "CHECKLIST",
    "CORS",
    "CURL",
    "DEBUG_VALIDATION",
    "DISCONNECT",
    "DROPS",
    "ERRORS",
    "FETCH_MAX_AGE",
    "FETCH_PROTOCOL",
    "HARDENING",
    "HEADERS",
    "HEARTBEATS",
    "MOBILE",
    "POOLING",
    "PROXY",
    "SSE_AUTHORING",
    "SSE_PARSING",
    "VALIDATION",
    "html",
    "rfc",
]


def _guide(section: str) -> Source:
    return Source("AI chat guide", section)


HARDENING = _guide("Production Hardening Features")
CURL = _guide("Basic SSE Test with curl")
HEADERS = _guide("Check Response Headers")
HEARTBEATS = _guide("Test Heartbeats")
AUTHENTICATION = _guide("Authentication Issues")
VALIDATION = _guide("Request Validation Errors")
DEBUG_VALIDATION = _guide("Test Request Validation")
PROXY = _guide("Proxy Buffering Issues")
CORS = _guide("CORS Issues in Browser")
MOBILE = _guide("Mobile/React Native Issues")
DROPS = _guide("Connection Drops/Timeouts")
DISCONNECT = _guide("Client Disconnect Handling")
ERRORS = _guide("Error Handling")
POOLING = _guide("Connection Pooling")
CHECKLIST = _guide("Production Checklist")


def rfc(number: int, section: str) -> Source:
    """A section of an RFC."""
    return Source(f"RFC {number}", section, f"https://www.rfc-editor.org/rfc/rfc{number}#section-{section}")


def html(section: str, anchor: str) -> Source:
    """A section of the WHATWG HTML standard on server-sent events."""
    return Source("WHATWG HTML", section, f"https://html.spec.whatwg.org/multipage/server-sent-events.html#{anchor}")


SSE_PARSING = html("9.2.6 Interpreting an event stream", "event-stream-interpretation")
SSE_AUTHORING = html("9.2.7 Authoring notes", "authoring-notes")
FETCH_PROTOCOL = Source("WHATWG Fetch", "CORS protocol", "https://fetch.spec.whatwg.org/#http-cors-protocol")
FETCH_MAX_AGE = Source("WHATWG Fetch", "HTTP responses", "https://fetch.spec.whatwg.org/#http-responses")
