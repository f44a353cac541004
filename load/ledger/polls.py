"""What the answer to a poll says: whether it is one, and the cursor for the next."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from chatproof.recorder.issued import field_of

if TYPE_CHECKING:
    from chatproof.config import Hybrid

__all__ = ["polled"]


def polled(body: bytes, settings: Hybrid, *, cursor: str) -> tuple[str, str]:
    """
    What is wrong with the answer (empty: nothing), and the next cursor.

    The cursor stays as it was where the answer names none and has no event with an id.
    """
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return "the answer is no JSON", cursor
    events = field_of(content, settings.events_field)[0] if settings.events_field else content
    if not isinstance(events, list):
        where = f"`{settings.events_field}`" if settings.events_field else "the body"
        return f"{where} is no list", cursor
    told = field_of(content, settings.cursor_field)[0] if settings.cursor_field else None
    if told is None and events:
        told = field_of(events[-1], settings.id_field)[0]
    usable = isinstance(told, str | int) and not isinstance(told, bool)
    return "", str(told) if usable else cursor
