"""Where the requirements on OpenAI's sessions come from."""

from __future__ import annotations

from chatproof.requirement import Source

__all__ = ["CLIENT", "CREATE", "EXPIRES_AFTER", "SESSION"]

_REFERENCE = "https://platform.openai.com/docs/api-reference/chatkit/sessions"
_TITLE = "OpenAI API reference"

CREATE = Source(_TITLE, "ChatKit, Create session", f"{_REFERENCE}/create")
EXPIRES_AFTER = Source(_TITLE, "ChatKit, Create session, `expires_after`", f"{_REFERENCE}/create")
SESSION = Source(_TITLE, "ChatKit, The session object", f"{_REFERENCE}/object")
CLIENT = Source("ChatKit.js", "`getClientSecret`", "https://openai.github.io/chatkit-js/guides/authentication")
