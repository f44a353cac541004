"""Words that judges of every clause put together alike."""

from __future__ import annotations

__all__ = ["counted"]


def counted(number: int, noun: str) -> str:
    """A number with its noun: `1 event`, `2 events`; for nouns that take an `s`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
