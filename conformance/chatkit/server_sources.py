"""Where the requirements on a server of the ChatKit protocol come from."""

from __future__ import annotations

from chatproof.requirement import Source

__all__ = ["EVENTS", "PRODUCTION", "SERVER", "TYPES"]

_DOCS = "https://openai.github.io/chatkit-python"
_CODE = "https://github.com/openai/chatkit-python/blob/main/chatkit"
_TITLE = "ChatKit Python SDK"

EVENTS = Source(_TITLE, "Thread stream events", f"{_DOCS}/concepts/thread-stream-events")
PRODUCTION = Source(_TITLE, "Prepare for production", f"{_DOCS}/guides/prepare-your-app-for-production")
SERVER = Source(_TITLE, "server.py, `ChatKitServer.process`", f"{_CODE}/server.py")
TYPES = Source(_TITLE, "types.py", f"{_CODE}/types.py")
