"""Did you mean: the known name nearest to a wrong one."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["closest"]

_CUTOFF = 0.6


def closest(word: str, known: Iterable[str]) -> str:
    """The nearest of the known names, whatever the case of the letters; empty where none is near."""
    names = {name.casefold(): name for name in sorted(known)}
    found = difflib.get_close_matches(word.casefold(), names, n=1, cutoff=_CUTOFF)
    return names[found[0]] if found else ""
