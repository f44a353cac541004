"""Text in Markdown: whatever a backend sent is shown as the characters it sent."""

from __future__ import annotations

import re

from .text import cut, one_line, visible

__all__ = ["cell", "fenced", "plain", "prose"]

LONGEST_CELL = 300
LONGEST_TEXT = 2000
_SPECIAL = re.compile(r"[&<>|*_\[\]`~$\\]|(?<=http):(?=//)|(?<=https):(?=//)|(?<=www)\.")
_CODE = re.compile(r"(`[^`|\\\x00-\x1f\x7f-\U0010ffff]+`)")
_TICKS = re.compile("`+")


def cell(text: str) -> str:
    """A text in a table: cut, in one line, no markup."""
    return plain(cut(text, LONGEST_CELL))


def prose(text: str, limit: int = LONGEST_TEXT) -> str:
    """A text of ours: words between backticks stay code, in which nothing else has a meaning; lines stay lines."""
    lines = cut(text, limit).split("\n")
    return "<br>".join("".join(_code_or_text(part) for part in _CODE.split(line)) for line in lines)


def _code_or_text(part: str) -> str:
    return part if _CODE.fullmatch(part) else plain(part)


def plain(text: str) -> str:
    """
    One line in which every character that Markdown or HTML would read is a character reference.

    GitHub looks for mentions after it has resolved those: a comment after the `@` parts them.
    """
    escaped = _SPECIAL.sub(lambda match: f"&#{ord(match[0])};", one_line(text))
    return escaped.replace("@", "&#64;<!-- -->")


def fenced(text: str) -> str:
    """A code block whose fence is longer than any run of backticks in it."""
    longest = max((len(run) for run in _TICKS.findall(text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}\n{visible(text)}\n{fence}"
