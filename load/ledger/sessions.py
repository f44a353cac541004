"""Ids of chat sessions that no other user has."""

from __future__ import annotations

import re
import string
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from random import Random

    from chatproof.config import AiChat

__all__ = ["unused_session"]

_ALPHABETS = (string.ascii_lowercase + string.digits, string.digits, "0123456789abcdef")
_CHANGED = 4


def unused_session(settings: AiChat, random: Random) -> str:
    """The example session id with its last four characters made anew; the example itself where none matches."""
    kept = settings.session_example[:-_CHANGED]
    for alphabet in _ALPHABETS:
        changed = kept + "".join(random.choices(alphabet, k=_CHANGED))
        if re.fullmatch(settings.session_pattern, changed):
            return changed
    return settings.session_example
