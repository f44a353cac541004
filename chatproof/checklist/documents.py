"""The documents that have checklists, read from the files beside this one."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

from chatproof.checklist.definition import Document, box_of

__all__ = ["documents"]

_FOLDER = Path(__file__).parent
_ORDER = ("ai-chat", "agent-stream", "stream-chat", "chatkit", "hybrid")


@cache
def documents() -> tuple[Document, ...]:
    """All of them, each with its boxes in the document's own order."""
    return tuple(_document(_FOLDER / f"{name}.toml") for name in _ORDER)


def _document(file: Path) -> Document:
    table = tomllib.loads(file.read_text("utf-8"))
    title, profile = table["document"]["title"], table["document"]["profile"]
    language = table["document"].get("language", "")
    boxes = tuple(box_of(entry, document=title, profile=profile, language=language) for entry in table["boxes"])
    return Document(title=title, profile=profile, boxes=boxes)
