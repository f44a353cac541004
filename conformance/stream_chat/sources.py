"""The documents that the requirements of this profile rest on, section by section."""

from __future__ import annotations

from chatproof.requirement import Source

__all__ = [
    "AUTHENTICATION_FLOW",
    "CHANNELS",
    "CONFIGURATION",
    "ENDPOINT",
    "MESSAGE_FLOW",
    "QUALITY",
    "STREAM_CHANNELS",
    "STREAM_ERRORS",
    "STREAM_TOKENS",
    "STREAM_WEBHOOKS",
    "TEST",
    "UNAVAILABLE",
    "rfc",
]


def _guide(section: str) -> Source:
    return Source("Stream Chat guide", section)


ENDPOINT = _guide("New Endpoint Details")
AUTHENTICATION_FLOW = _guide("Authentication Flow")
CHANNELS = _guide("Channel Creation")
MESSAGE_FLOW = _guide("New Files Created")
CONFIGURATION = _guide("Configuration")
TEST = _guide("Test Token Generation")
UNAVAILABLE = _guide('"Chat Unavailable" Error')
QUALITY = _guide("Code Quality")

STREAM_TOKENS = Source(
    "Stream Chat documentation",
    "Tokens & Authentication",
    "https://getstream.io/chat/docs/python/tokens_and_authentication/",
)
STREAM_CHANNELS = Source(
    "Stream Chat documentation", "Creating Channels", "https://getstream.io/chat/docs/python/creating_channels/"
)
STREAM_ERRORS = Source(
    "Stream Chat documentation", "API Errors", "https://getstream.io/chat/docs/python/api_errors_response/"
)
STREAM_WEBHOOKS = Source(
    "Stream Chat documentation", "Webhooks", "https://getstream.io/chat/docs/python/webhooks_overview/"
)


def rfc(number: int, section: str) -> Source:
    """A section of an RFC."""
    return Source(f"RFC {number}", section, f"https://www.rfc-editor.org/rfc/rfc{number}#section-{section}")
