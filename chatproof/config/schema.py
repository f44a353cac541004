"""The JSON Schema of `chatproof.toml`, for editors; made from the dataclasses of the keys."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

from chatproof.config.box_keys import OwnBox
from chatproof.config.keys import Auth, Backend, Suite, Waiver
from chatproof.config.load_keys import Load, Observe
from chatproof.config.profile_keys import PROFILES
from chatproof.config.tables import keys_of
from chatproof.config.values import KeyType

__all__ = ["schema"]

_REFERENCE = {"type": "string", "pattern": r"\$\{[A-Za-z_][A-Za-z0-9_]*\}"}
_DURATION = r"^\d+(\.\d+)?\s*(ms|s|m|h)$"
_TARGET = r"^\s*((<=|>=|<|>)\s*\d+(\.\d+)?\s*(1?/s|%|[A-Za-z]+)?|off)\s*$"
_MANDATORY = {
    "Turn": ["message"],
    "RateLimit": ["burst"],
    "Route": ["path"],
    "OwnBox": ["text"],
    "Waiver": ["requirement", "reason", "owner", "expires"],
}


def schema() -> dict[str, Any]:
    """The schema (draft 2020-12) of the file; `expires` is a date, which JSON writes as text."""
    top = {
        "backend": _table(Backend),
        "auth": _table(Auth),
        "suite": _table(Suite),
        "profiles": _closed({name: _table(kind) for name, kind in PROFILES.items()}, "The profiles under test."),
        "targets": {
            "type": "object",
            "description": "Performance limits by the name of the measured value.",
            "additionalProperties": {"type": "string", "pattern": _TARGET},
        },
        "load": _table(Load),
        "observe": _table(Observe),
        "waivers": {"type": "array", "description": _first_line(Waiver), "items": _table(Waiver)},
        "boxes": {"type": "array", "description": _first_line(OwnBox), "items": _table(OwnBox)},
    }
    overlay = {
        "type": "object",
        "description": "Tables laid over the rest by `--env NAME`.",
        "additionalProperties": _closed({name: {"$ref": f"#/$defs/{name}"} for name in top}, "One environment."),
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "chatproof.toml",
        **_closed({**{name: {"$ref": f"#/$defs/{name}"} for name in top}, "env": overlay}, ""),
        "$defs": top,
    }


def _table(kind: type[Any]) -> dict[str, Any]:
    hints = get_type_hints(kind)
    keys = {name: _key(hints[name], entry) for name, entry in keys_of(kind).items()}
    required = {"required": _MANDATORY[kind.__name__]} if kind.__name__ in _MANDATORY else {}
    return {**_closed(keys, _first_line(kind)), **required}


def _key(annotation: Any, entry: dataclasses.Field[Any]) -> dict[str, Any]:
    doc: dict[str, Any] = {"description": entry.metadata["doc"]}
    if entry.default not in (dataclasses.MISSING, None, "", ()):
        doc["default"] = list(entry.default) if isinstance(entry.default, tuple) else entry.default
    to = KeyType(annotation=annotation, kind=entry.metadata["kind"], minimum=entry.metadata["minimum"])
    return {**doc, **_value(to)}


def _value(to: KeyType) -> dict[str, Any]:
    """The schema of a value; wherever a text may stand, it may be `${NAME}`."""
    bare = to.bare
    minimum = {} if to.minimum is None else {"minimum": to.minimum}
    if dataclasses.is_dataclass(bare):
        return _table(to.bare)
    if to.kind == "duration":
        return {"anyOf": [{"type": "number", **minimum}, {"type": "string", "pattern": _DURATION}, _REFERENCE]}
    if get_origin(bare) is Literal:
        return {"anyOf": [{"enum": list(get_args(bare))}, _REFERENCE]}
    if get_origin(bare) is tuple:
        return {"type": "array", "items": {"type": "string"}}
    if get_origin(bare) is Mapping:
        return {"type": "object"}
    return {**_PLAIN[bare], **_KINDS.get(to.kind, {}), **minimum}


_PLAIN: Mapping[Any, dict[str, Any]] = {
    str: {"type": "string"},
    Path: {"type": "string"},
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    float: {"type": "number"},
    date: {"type": "string", "format": "date"},
}
_KINDS = {
    "url": {"pattern": r"^$|^https?://[^/?#]+/?$|\$\{"},
    "endpoint": {"pattern": r"^$|^https?://[^/?#]+|\$\{"},
    "path-part": {"pattern": r"^$|^/[^\s?#]*$|\$\{"},
    "target": {"pattern": r"^$|^/[^\s#]*$|\$\{"},
    "regex": {"format": "regex"},
}


def _closed(properties: dict[str, Any], description: str) -> dict[str, Any]:
    """An object that takes these properties and no other."""
    doc = {"description": description} if description else {}
    return {"type": "object", **doc, "additionalProperties": False, "properties": properties}


def _first_line(kind: type[Any]) -> str:
    return (kind.__doc__ or "").strip().split("\n", 1)[0]
