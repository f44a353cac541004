"""The run document as JSON: written, read back with exact errors, and described by a JSON Schema."""

from __future__ import annotations

import math
import types
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from chatproof.capacity_facts import CapacityFacts, Rung
from chatproof.checklist_facts import Box, BoxEvidence
from chatproof.load_facts import TargetVerdict, ValidityCheck
from chatproof.run import SCHEMA_VERSION, RequirementVerdict, Run, WaiverState
from chatproof.verdict import Level, Verdict

__all__ = ["RunJsonError", "from_json", "schema", "to_json"]

T = TypeVar("T")

_WAIVER_STATES = ("used", "stale", "expired", "unmatched", "not_judged")
_WORDS: Mapping[tuple[type, str], tuple[str, ...]] = {
    (RequirementVerdict, "level"): tuple(Level),
    (RequirementVerdict, "verdict"): tuple(Verdict),
    (WaiverState, "state"): _WAIVER_STATES,
    (TargetVerdict, "verdict"): ("met", "not_met", "inconclusive", "not_claimed"),
    (TargetVerdict, "level"): tuple(Level),
    (TargetVerdict, "comparison"): ("<", "<=", ">", ">="),
    (ValidityCheck, "state"): ("ok", "broken", "not_observed"),
    (Rung, "phase"): ("doubling", "bisecting", "repeating"),
    (Rung, "verdict"): ("holds", "breaks", "unclear", "invalid"),
    (CapacityFacts, "outcome"): (
        *("found", "no_failure_in_range", "no_pass_in_range"),
        *("generator_was_the_limit", "unfinished"),
    ),
    (Box, "state"): ("ticked", "not_ticked", "not_judged", "not_testable", "manual"),
    (BoxEvidence, "kind"): ("requirement", "target", "capacity"),
}
_PRIMITIVES: Mapping[type, str] = {str: "string", bool: "boolean", int: "integer", float: "number", type(None): "null"}


class RunJsonError(ValueError):
    """A document is no run of this version; the message names the place, what was found and what is expected."""


def to_json(run: Run) -> dict[str, Any]:
    """
    The run as JSON values, every field present, the counts of the verdicts added.

    Raises TypeError where the run holds something that JSON cannot say, such as NaN.
    """
    document = {"schema_version": run.schema_version, **_plain(run, "run"), "counts": run.counts}
    return dict(document)


def from_json(document: Any) -> Run:
    """
    The run that `to_json` wrote.

    Raises `RunJsonError` for another schema version, a missing or unknown key, or a value of the wrong kind.
    """
    if not isinstance(document, Mapping):
        raise RunJsonError(f"a run document is a JSON object, found {_kind(document)}")
    if "schema_version" not in document:
        raise RunJsonError("schema_version is missing")
    version = document["schema_version"]
    if version != SCHEMA_VERSION or isinstance(version, bool):
        raise RunJsonError(f"schema_version: found {version!r}, this version of chatproof reads {SCHEMA_VERSION}")
    content = {name: value for name, value in document.items() if name != "counts"}
    run: Run = _dataclass(Run, content, "")
    if document.get("counts") != run.counts:
        raise RunJsonError(f"counts: found {document.get('counts')!r}, the verdicts give {run.counts!r}")
    return run


def schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of a run document; `run.schema.json` in the package is this, written out."""
    definitions: dict[str, Any] = {}
    root = _schema_of_dataclass(Run, definitions)
    count = {"type": "integer", "minimum": 0}
    root["properties"]["counts"] = {
        "type": "object",
        "properties": {word.value: count for word in Verdict},
        "required": [word.value for word in Verdict],
        "additionalProperties": False,
    }
    root["properties"]["schema_version"] = {"const": SCHEMA_VERSION}
    root["required"].append("counts")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "chatproof run document",
        **root,
        "$defs": definitions,
    }


def _plain(value: Any, where: str) -> Any:
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, str):
        return str(value)
    if isinstance(value, float) and math.isfinite(value):
        return value
    if is_dataclass(value):
        return {entry.name: _plain(getattr(value, entry.name), f"{where}.{entry.name}") for entry in fields(value)}
    if isinstance(value, Mapping):
        return {str(name): _plain(entry, f"{where}.{name}") for name, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(entry, f"{where}[{index}]") for index, entry in enumerate(value)]
    msg = f"{where} holds {value!r}, which JSON cannot say"
    raise TypeError(msg)


def _dataclass(kind: type[T], document: Any, where: str) -> T:
    if not isinstance(document, Mapping):
        raise RunJsonError(f"{where}: expected an object, found {_kind(document)}")
    names = [entry.name for entry in fields(kind)]  # type: ignore[arg-type]  # only called with dataclasses
    for name in names:
        if name not in document:
            raise RunJsonError(f"{_join(where, name)} is missing")
    for name in document:
        if name not in names:
            raise RunJsonError(f"{_join(where, name)} is unknown to schema version {SCHEMA_VERSION}")
    hints = get_type_hints(kind)
    values = {name: _value(hints[name], document[name], _join(where, name)) for name in names}
    for name, value in values.items():
        words = _WORDS.get((kind, name))
        if words and value not in words:
            raise RunJsonError(f"{_join(where, name)}: found {value!r}, expected one of {', '.join(words)}")
    return kind(**values)


def _value(hint: Any, value: Any, where: str) -> Any:
    origin, arguments = get_origin(hint), get_args(hint)
    if hint is Any:
        return value
    if origin in {Union, types.UnionType}:
        return None if value is None else _value(_without_none(arguments), value, where)
    if is_dataclass(hint):
        return _dataclass(hint, value, where)  # type: ignore[arg-type]  # is_dataclass also takes instances
    if origin is tuple:
        return _tuple(arguments, value, where)
    if origin is Mapping:
        if not isinstance(value, Mapping):
            raise RunJsonError(f"{where}: expected an object, found {_kind(value)}")
        return {name: _value(arguments[1], entry, _join(where, name)) for name, entry in value.items()}
    return _primitive(hint, value, where)


def _tuple(arguments: tuple[Any, ...], value: Any, where: str) -> tuple[Any, ...]:
    if not isinstance(value, list):
        raise RunJsonError(f"{where}: expected a list, found {_kind(value)}")
    if arguments[-1] is Ellipsis:
        return tuple(_value(arguments[0], entry, f"{where}[{index}]") for index, entry in enumerate(value))
    if len(value) != len(arguments):
        raise RunJsonError(f"{where}: expected {len(arguments)} items, found {len(value)}")
    pairs = zip(arguments, value, strict=True)
    return tuple(_value(hint, entry, f"{where}[{index}]") for index, (hint, entry) in enumerate(pairs))


def _primitive(hint: type, value: Any, where: str) -> Any:
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if type(value) is not hint or (isinstance(value, float) and not math.isfinite(value)):
        raise RunJsonError(f"{where}: expected {_article(_PRIMITIVES[hint])}, found {_kind(value)}")
    return value


def _schema_of_dataclass(kind: type, definitions: dict[str, Any]) -> dict[str, Any]:
    hints = get_type_hints(kind)
    properties: dict[str, Any] = {}
    for name, hint in hints.items():
        words = _WORDS.get((kind, name))
        properties[name] = {"enum": [str(word) for word in words]} if words else _schema_of(hint, definitions)
    return {"type": "object", "properties": properties, "required": list(hints), "additionalProperties": False}


def _schema_of(hint: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    origin, arguments = get_origin(hint), get_args(hint)
    if hint is Any:
        return {}
    if origin in {Union, types.UnionType}:
        return {"anyOf": [_schema_of(_without_none(arguments), definitions), {"type": "null"}]}
    if origin is tuple:
        return _schema_of_tuple(arguments, definitions)
    if origin is Mapping:
        return {"type": "object", "additionalProperties": _schema_of(arguments[1], definitions)}
    if is_dataclass(hint):
        name = hint.__name__  # type: ignore[union-attr]  # a class, as hints are
        definitions[name] = _schema_of_dataclass(hint, definitions)  # type: ignore[arg-type]  # a class
        return {"$ref": f"#/$defs/{name}"}
    return {"type": _PRIMITIVES[hint]}


def _schema_of_tuple(arguments: tuple[Any, ...], definitions: dict[str, Any]) -> dict[str, Any]:
    if arguments[-1] is Ellipsis:
        return {"type": "array", "items": _schema_of(arguments[0], definitions)}
    items = [_schema_of(entry, definitions) for entry in arguments]
    return {"type": "array", "prefixItems": items, "minItems": len(items), "maxItems": len(items)}


def _without_none(arguments: tuple[Any, ...]) -> Any:
    return next(argument for argument in arguments if argument is not type(None))


def _join(where: str, name: str) -> str:
    return f"{where}.{name}" if where else name


def _article(noun: str) -> str:
    return f"an {noun}" if noun[0] in "aeiou" else f"a {noun}"


def _kind(value: Any) -> str:
    if isinstance(value, str | int | float | bool) or value is None:
        text = repr(value)
        return text if len(text) <= 80 else f"{text[:80]}..."  # noqa: PLR2004 - one line of a terminal
    return "an object" if isinstance(value, Mapping) else "a list"
