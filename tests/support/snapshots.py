"""
What the user reads, word for word, as files.

`CHATPROOF_UPDATE_SNAPSHOTS=1` writes them again; what changed in them is then a matter of review.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

__all__ = ["expect_snapshot", "settled"]

FOLDER = Path(__file__).parents[1] / "cli" / "snapshots"
VOLATILE = (
    (re.compile(r"http://127\.0\.0\.1:\d+"), "http://127.0.0.1:PORT"),
    (re.compile(r"about \d+ s"), "about N s"),
    (re.compile(r"no more than \d+ s"), "no more than N s"),
    (re.compile(r"\bin \d+(\.\d+)? m?s\b"), "in N.NN s"),
    (re.compile(r"^( *)\d+ ms(?=  )", re.MULTILINE), r"    N ms"),
    (re.compile(r"(?<= )\d+ ms$", re.MULTILINE), "N ms"),
    (re.compile(r"[ \t]+$", re.MULTILINE), ""),
)


def settled(text: str) -> str:
    for pattern, stands_for in VOLATILE:
        text = pattern.sub(stands_for, text)
    return text


def expect_snapshot(name: str, text: str) -> None:
    path = FOLDER / f"{name}.txt"
    if os.environ.get("CHATPROOF_UPDATE_SNAPSHOTS"):
        path.write_text(settled(text))
    assert settled(text) == path.read_text()
