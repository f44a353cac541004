"""The documents that the JWT requirements come from, by section."""

from __future__ import annotations

from chatproof.requirement import Source

__all__ = ["rfc"]

_TITLES = {
    6750: "RFC 6750 Bearer Token Usage",
    7515: "RFC 7515 JSON Web Signature",
    7519: "RFC 7519 JSON Web Token",
    8725: "RFC 8725 JWT Best Current Practices",
}


def rfc(number: int, section: str) -> Source:
    """A section of an RFC: `rfc(7519, "4.1.4")`."""
    url = f"https://www.rfc-editor.org/rfc/rfc{number}.html#section-{section}"
    return Source(_TITLES[number], f"section {section}", url)
