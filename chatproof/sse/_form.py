"""The form that most blocks of a stream share, known from one of them, so that the next are read at a glance."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["NO_FORM", "Form", "form_of"]

_OPENING: Final = re.compile("(id: )?(?(1)[^\n]*)((?(1)\n)(?:event: ([ -~]{1,64})\n)?data: )")


@dataclass(frozen=True, slots=True)
class Form:
    r"""
    Blocks of at most one `id`, then at most one `event` and then one `data` field, each with its space.

    With LF as line end a block is `opening`, the id, `between`, the data and a blank line; where it has no
    id, `between` is empty. `type` is the event type. `whole` matches all the bytes of one such block, with
    the line ends that its stream has; group 1 is its id or None, group 2 its data, which may yet hold line ends.
    """

    opening: str
    between: str
    type: str
    around: int
    whole: Callable[[str], re.Match[str] | None]


NO_FORM: Final = Form("", "", "message", 0, re.compile("(?!)").fullmatch)


def form_of(text: str, eol: str) -> Form:
    """The form of the block that the text begins with; `NO_FORM` where its fields are others, or in other order."""
    found = _OPENING.match(text)
    return _form(found[1] or "", found[2], found[3] or "message", eol) if found else NO_FORM


@lru_cache(maxsize=64)
def _form(before_id: str, before_data: str, event_type: str, eol: str) -> Form:
    """Compiles a form."""
    fields = re.escape(before_data.removeprefix("\n").replace("\n", eol))
    last_id = f"id: ([^\r\n\0]++){eol}" if before_id else "()"
    whole = re.compile(f"{last_id}{fields}(.*){eol}{eol}", re.DOTALL)
    opening, between = (before_id, before_data) if before_id else (before_data, "")
    line_ends = opening.count("\n") + between.count("\n") + 2
    return Form(opening, between, event_type, len(opening) + 2 + line_ends * (len(eol) - 1), whole.fullmatch)
