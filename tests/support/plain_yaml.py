"""Reads the part of YAML that our manifests keep to: nested mappings and lists, one value a line, literal blocks."""

from __future__ import annotations

import json
import re
from typing import Any

__all__ = ["documents", "parsed"]

_KEY = re.compile(r"(?P<key>[A-Za-z_][\w./-]*):(?: (?P<value>.+))?")
_PLAIN = re.compile(r"(?!\d+\.?\d*$)[A-Za-z0-9$/][\w .,:;/@${}=+-]*")


class _Lines:
    """The lines that are left, each with its indentation; comments and empty lines are gone but in a literal block."""

    def __init__(self, text: str) -> None:
        self.rows = [(number, line) for number, line in enumerate(text.split("\n"), start=1)]
        self.at = 0

    def peek(self) -> tuple[int, int, str] | None:
        while self.at < len(self.rows):
            number, line = self.rows[self.at]
            body = line.strip()
            if body and not body.startswith("#"):
                if "\t" in line or line != line.rstrip():
                    raise ValueError(f"line {number}: a tab, or a space at the end")
                return number, len(line) - len(line.lstrip()), body
            self.at += 1
        return None

    def literal(self, above: int) -> str:
        """The lines of a `|` block, which are further in than `above`."""
        found: list[str] = []
        while self.at < len(self.rows):
            line = self.rows[self.at][1]
            if line.strip() and len(line) - len(line.lstrip()) <= above:
                break
            found.append(line)
            self.at += 1
        depth = min(len(line) - len(line.lstrip()) for line in found if line.strip())
        return "\n".join(line[depth:] for line in found).rstrip("\n") + "\n"


def documents(text: str) -> list[Any]:
    """All documents of a file."""
    return [parsed(part) for part in re.split(r"^---$", text, flags=re.MULTILINE)]


def parsed(text: str) -> Any:
    """One document; ValueError with the line for anything that is not of the part."""
    lines = _Lines(text)
    found = _block(lines, 0)
    left = lines.peek()
    if left is not None:
        raise ValueError(f"line {left[0]}: unexpected indentation")
    return found


def _block(lines: _Lines, depth: int) -> Any:
    first = lines.peek()
    if first is None or first[1] < depth:
        raise ValueError("nothing below a key")
    return _list(lines, first[1]) if first[2].startswith("- ") else _mapping(lines, first[1])


def _list(lines: _Lines, depth: int) -> list[Any]:
    found = []
    while (row := lines.peek()) is not None and row[1] == depth:
        number, _depth, body = row
        if not body.startswith("- "):
            raise ValueError(f"line {number}: no entry of the list")
        inner = body[2:]
        if _KEY.fullmatch(inner) and not inner.startswith('"'):
            lines.rows[lines.at] = (number, " " * (depth + 2) + inner)
            found.append(_mapping(lines, depth + 2))
        else:
            lines.at += 1
            found.append(_scalar(inner, number))
    return found


def _mapping(lines: _Lines, depth: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    while (row := lines.peek()) is not None and row[1] == depth:
        number, _depth, body = row
        match = _KEY.fullmatch(body)
        if match is None or match["key"] in found:
            raise ValueError(f"line {number}: no key, or one that is there already: {body}")
        lines.at += 1
        if match["value"] == "|":
            found[match["key"]] = lines.literal(depth)
        elif match["value"]:
            found[match["key"]] = _scalar(match["value"], number)
        else:
            found[match["key"]] = _block(lines, depth + 1)
    return found


def _scalar(text: str, number: int) -> Any:
    if text == "{}":
        return {}
    if text.startswith('"'):
        return json.loads(text)
    if text in {"true", "false"}:
        return text == "true"
    if re.fullmatch(r"-?\d+", text):
        return int(text)
    if not _PLAIN.fullmatch(text) or ": " in text or text.lower() in {"yes", "no", "on", "off", "null", "~"}:
        raise ValueError(f"line {number}: this value needs quotes: {text}")
    return text
