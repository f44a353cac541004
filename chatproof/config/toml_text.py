"""A configuration as the text of a `chatproof.toml`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["toml_text"]


def toml_text(tables: Mapping[str, Mapping[str, Any]]) -> str:
    """
    One section for each table, or for each table in it where it holds nothing else (`[profiles.ai-chat]`); one
    line for each key. Other tables within are written inline.

    For texts, numbers, booleans, lists and tables of them; TypeError for anything else.
    """
    sections = [section for name, table in tables.items() for section in _sections(name, table)]
    return "\n\n".join(sections) + "\n"


def _sections(name: str, table: Mapping[str, Any]) -> list[str]:
    if table and all(isinstance(value, dict) for value in table.values()):
        return [section for key, value in table.items() for section in _sections(f"{name}.{_key(key)}", value)]
    return [f"[{name}]\n" + "\n".join(f"{_key(key)} = {_value(value)}" for key, value in table.items())]


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_key(key)} = {_value(inner)}" for key, inner in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_value(inner) for inner in value) + "]"
    if not isinstance(value, str | bool | int | float):
        msg = f"{type(value).__name__} in a configuration"
        raise TypeError(msg)
    return json.dumps(value)


def _key(name: str) -> str:
    return name if name.isascii() and name.replace("-", "").replace("_", "").isalnum() else json.dumps(name)
