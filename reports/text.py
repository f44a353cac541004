"""Text that came from a backend, made fit to be shown."""

from __future__ import annotations

import re
import unicodedata

__all__ = ["columns", "cut", "duration", "encodable", "fitted", "one_line", "visible", "wrapped"]

_BIDI = "\u200b\u2060\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_INVISIBLE = re.compile(f"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff{_BIDI}\ud800-\udfff\ufffe\uffff]")
_PICTURES = 0x2400
_SPACE = 0x20
_DELETE = 0x7F


def visible(text: str) -> str:
    r"""
    The text with every character that a reader could not see, or that could steer a terminal, as a visible one.

    Control characters become their pictures (`␀`, `␛`), others an escape such as `\u202e`; tabs and newlines stay.
    """
    return _INVISIBLE.sub(lambda match: _picture(ord(match[0])), text.replace("\r\n", "\n"))


def one_line(text: str) -> str:
    """The visible text in one line: newlines and tabs as their pictures."""
    return visible(text).replace("\n", "␊").replace("\t", "␉")


def cut(text: str, limit: int) -> str:
    """The first `limit` characters, and how many there were."""
    return text if len(text) <= limit else f"{text[:limit]}... ({len(text):,} characters)"


def encodable(text: str) -> str:
    """The text without lone surrogates, which no file can hold."""
    return text.encode("utf-8", errors="backslashreplace").decode("utf-8")


def duration(seconds: float) -> str:
    """A time as people read it: `340 ms`, `1.25 s`, `2 min 5 s`."""
    if seconds < 0.9995:  # noqa: PLR2004 - rounds up to a second
        return f"{seconds * 1000:.0f} ms"
    if seconds < 60:  # noqa: PLR2004 - a minute
        return f"{seconds:.2f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s"


def columns(text: str) -> int:
    """How many columns of a terminal a line takes: none for a combining mark, two for a wide character."""
    return sum(_columns(character) for character in text)


def fitted(text: str, width: int) -> str:
    """The start of a line that fits in so many columns, with dots where something is missing."""
    return text if columns(text) <= width else f"{_pieces(text, width - 3)[0]}..."


def wrapped(text: str, width: int) -> list[str]:
    """The text in lines of at most `width` columns, broken at spaces, and inside a word only where one is longer."""
    lines: list[str] = []
    for paragraph in text.split("\n"):
        line = ""
        for word in paragraph.split(" "):
            candidate = f"{line} {word}" if line else word
            if columns(candidate) <= width:
                line = candidate
                continue
            if line:
                lines.append(line)
            *full, line = _pieces(word, width)
            lines.extend(full)
        lines.append(line)
    return lines


def _pieces(word: str, width: int) -> list[str]:
    pieces, taken = [""], 0
    for character in word:
        size = _columns(character)
        if taken + size > width and pieces[-1]:
            pieces.append("")
            taken = 0
        pieces[-1] += character
        taken += size
    return pieces


def _columns(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _picture(code: int) -> str:
    if code < _SPACE:
        return chr(_PICTURES + code)
    if code == _DELETE:
        return "␡"
    return f"\\x{code:02x}" if code <= 0xFF else f"\\u{code:04x}"  # noqa: PLR2004 - two hexadecimal digits
