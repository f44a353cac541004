"""Markdown, for a comment on a pull request or the summary of a CI step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .capacity import markdown as capacity_markdown
from .check import markdown as check_markdown
from .checklist import markdown as checklist_markdown
from .gate import markdown as gate_markdown
from .kind import kind_of
from .load import markdown as load_markdown
from .text import encodable

if TYPE_CHECKING:
    from chatproof.run import Run

__all__ = ["render"]

LIMIT_BYTES = 1_000_000
CUT_NOTE = "\n\n*Cut here: the rest is in `report.html` and `run.json` beside this summary.*\n"
_BLOCKS = {
    "check": check_markdown.blocks,
    "load": load_markdown.blocks,
    "capacity": capacity_markdown.blocks,
    "gate": gate_markdown.blocks,
    "checklist": checklist_markdown.blocks,
}


def render(run: Run, *, limit_bytes: int = LIMIT_BYTES) -> str:
    """
    A table of all that is not plainly met, then the details; under `limit_bytes` of UTF-8.

    Whatever a backend sent is shown as the characters it sent: no link, no mention, no markup comes of it.
    """
    room = limit_bytes - len(CUT_NOTE.encode())
    kept: list[str] = []
    for block in _BLOCKS[kind_of(run)](run):
        text = encodable(block)
        size = len(text.encode())
        if size > room:
            return "".join(kept) + (CUT_NOTE if limit_bytes >= len(CUT_NOTE.encode()) else "")
        room -= size
        kept.append(text)
    return "".join(kept)
