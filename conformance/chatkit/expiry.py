"""The moment that `expires_at` names, in either form."""

from __future__ import annotations

import re
from datetime import datetime

__all__ = ["MILLISECONDS_FROM", "moment"]

MILLISECONDS_FROM = 100_000_000_000
"""A number from here on counts milliseconds: as seconds it would be the year 5138."""

_ZONED = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(:\d{2}([.,]\d+)?)?([Zz]|[+-]\d{2}(:?\d{2})?)", re.ASCII)


def moment(value: object) -> float | None:
    """The seconds since 1970 that ISO-8601 with a zone or a number of seconds names; None for anything else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return float(value) if 0 <= value < MILLISECONDS_FROM else None
    if not isinstance(value, str) or not _ZONED.fullmatch(value):
        return None
    try:
        return datetime.fromisoformat(value.upper().replace(",", ".")).timestamp()
    except (ValueError, OverflowError):
        return None
