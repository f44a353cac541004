"""Ids of chat sessions that no other user has."""

from __future__ import annotations

import re
import secrets
import string
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chatproof.config import AiChat

__all__ = ["unused_session"]

_CHANGED = 4
_ALPHABETS = (string.ascii_lowercase + string.digits, "0123456789abcdef", string.digits)


def unused_session(settings: AiChat) -> str:
    """
    The example of a session id with other characters at its end, as the declared pattern allows.

    They do not come from the run's seed: a second run with the same seed must not go on with the sessions of the first.
    Where the pattern allows none of the forms that are tried, it is the example itself.
    """
    head, tail = settings.session_example[:-_CHANGED], settings.session_example[-_CHANGED:]
    return next(
        (head + form for form in _forms(tail) if re.fullmatch(settings.session_pattern, head + form)), head + tail
    )


def _forms(tail: str) -> Iterator[str]:
    for alphabet in _ALPHABETS:
        yield "".join(secrets.choice(alphabet) for _ in tail)
    yield "".join(_like(character) for character in tail)


def _like(character: str) -> str:
    """Another character of the same kind; one that is no letter and no digit stays."""
    for kind in (string.digits, string.ascii_lowercase, string.ascii_uppercase):
        if character in kind:
            return secrets.choice(kind)
    return character
