"""The documents that the HTTP requirements come from, by section."""

from __future__ import annotations

from chatproof.requirement import Source

__all__ = ["GUIDE", "rfc"]

_TITLES = {
    6585: "RFC 6585 Additional HTTP Status Codes",
    6750: "RFC 6750 Bearer Token Usage",
    9110: "RFC 9110 HTTP Semantics",
    9111: "RFC 9111 HTTP Caching",
    9112: "RFC 9112 HTTP/1.1",
    9457: "RFC 9457 Problem Details",
}


def rfc(number: int, section: str) -> Source:
    """A section of an RFC: `rfc(9110, "15.5.2")`."""
    url = f"https://www.rfc-editor.org/rfc/rfc{number}.html#section-{section}"
    return Source(_TITLES[number], f"section {section}", url)


GUIDE = Source("AI chat guide", "Check Response Headers")
