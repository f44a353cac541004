"""A configuration table as the text of a `chatproof.toml`."""

from __future__ import annotations

import json
from typing import Any


def toml_text(table: dict[str, Any]) -> str:
    """One line for each top-level key, tables written inline; for strings, numbers, booleans, lists and dicts."""
    sections = [
        f"[{name}]\n" + "\n".join(f"{_key(key)} = {_value(value)}" for key, value in section.items())
        for name, section in table.items()
    ]
    return "\n\n".join(sections) + "\n"


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_key(key)} = {_value(inner)}" for key, inner in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_value(inner) for inner in value) + "]"
    return json.dumps(value)


def _key(name: str) -> str:
    return json.dumps(name)
