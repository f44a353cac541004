"""Chat turns of the profile `ai-chat` as a page asks for them."""

from __future__ import annotations

import re
import string
from typing import TYPE_CHECKING, Any

from ..asking import request_to

if TYPE_CHECKING:
    import random
    from collections.abc import Mapping

    from chatproof.config import AiChat

    from ..client.exchange import Request
    from .users import LoadUser

__all__ = ["fresh_session", "turn_request"]

_TAIL = 4
_LETTERS = string.ascii_lowercase + string.digits


def turn_request(
    user: LoadUser,
    *,
    message: str = "",
    fields: Mapping[str, Any] | None = None,
    memory: bool = False,
    keep_body: bool = False,
) -> Request:
    """A turn of this user in a session of its own; `message` is the profile's plain one where it is empty."""
    settings: AiChat = user.settings
    origins = user.config.backend.origins
    body = {
        settings.message_field: message or settings.message,
        settings.session_field: fresh_session(settings, user.random),
        settings.memory_field: memory,
    }
    return request_to(
        settings.path,
        method="POST",
        body={**settings.fields, **body, **(fields or {})},
        accept="text/event-stream",
        headers=user.headers(),
        origin=origins[0] if origins else "",
        connection=f"user-{user.number}" if user.plan.keep_alive else "",
        keep_body=keep_body,
    )


def fresh_session(settings: AiChat, source: random.Random) -> str:
    """
    The example of a session id with other characters at its end, as the declared pattern allows.

    Where the pattern allows none of the forms that are tried, it is the example itself.
    """
    example = settings.session_example
    head, tail = example[:-_TAIL], example[-_TAIL:]
    forms = (
        "".join(source.choice(_LETTERS) for _ in tail),
        "".join(source.choice("0123456789abcdef") for _ in tail),
        "".join(_like(character, source) for character in tail),
    )
    fits = (head + form for form in forms if re.fullmatch(settings.session_pattern, head + form))
    return next(fits, example)


def _like(character: str, source: random.Random) -> str:
    """Another character of the same kind; one that is no letter and no digit stays."""
    for kind in (string.digits, string.ascii_lowercase, string.ascii_uppercase):
        if character in kind:
            return source.choice(kind)
    return character
