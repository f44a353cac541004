"""The form that most blocks of a stream share, known from one of them, so that the next are read at a glance."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["NO_FORM", "Form", "form_of"]

_OPENING: Final = re.compile(rb"(?:event: ([ -~]{1,64})(\r?\n))?data: ")
_LONGEST_REPEAT: Final = 2**31


@dataclass(frozen=True, slots=True)
class Form:
    """
    Blocks of at most one `event` field and then one `data` field, each with its space.

    `opening` is all before the value of `data`, `eol` their line end, `type` their event type. `whole`
    matches the bytes of one such block with its blank line, and nothing else; group 1 is the value.
    """

    opening: str
    eol: str
    type: str
    whole: Callable[[bytes], re.Match[bytes] | None]

    @property
    def around(self) -> int:
        """The bytes of a block besides the value."""
        return len(self.opening) + 2 * len(self.eol)

    @property
    def line_ends(self) -> int:
        """The line ends of a block, its blank line's included."""
        return self.opening.count("\n") + 2


NO_FORM: Final = Form("", "\n", "message", re.compile(rb"(?!)").fullmatch)


def form_of(data: bytes, eol: str, *, max_bytes: int) -> Form:
    """The form of the block that the bytes begin with; `NO_FORM` where its fields are others, or in other order."""
    found = _OPENING.match(data)
    if not found or found[2] not in {None, eol.encode()}:
        return NO_FORM
    return _form(found[0], found[1] or b"message", eol, max_bytes)


@lru_cache(maxsize=64)
def _form(opening: bytes, event_type: bytes, eol: str, max_bytes: int) -> Form:
    """Compiles a form; blocks longer than `max_bytes` are not of it."""
    longest = min(max(max_bytes - len(opening) - 2 * len(eol), 0), _LONGEST_REPEAT)
    pattern = rb"%b([^\r\n]{0,%d}+)%b" % (re.escape(opening), longest, 2 * eol.encode())
    return Form(str(opening, "ascii"), eol, str(event_type, "ascii"), re.compile(pattern).fullmatch)
