"""What differs between secrets: the rest is known to whoever has seen one."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["varying"]


def varying(texts: Sequence[str]) -> list[str]:
    """Each text without what all of them begin and end with; of a single one nothing is left."""
    rests = [text[_shared(texts) :] for text in texts]
    end = _shared([rest[::-1] for rest in rests])
    return [rest[: len(rest) - end] for rest in rests]


def _shared(texts: Sequence[str]) -> int:
    """The number of characters that all texts begin with."""
    columns = zip(*texts, strict=False)
    return next((at for at, column in enumerate(columns) if len(set(column)) > 1), min(map(len, texts), default=0))
