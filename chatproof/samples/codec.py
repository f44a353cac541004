"""A record as one line of JSON, and back."""

from __future__ import annotations

import json
import types
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final, NoReturn, TypeAlias, Union, get_args, get_origin, get_type_hints

from chatproof.samples.collector import collector_paused
from chatproof.samples.records import (
    Delivery,
    End,
    Health,
    Mark,
    Pool,
    Reading,
    Record,
    Resumption,
    Sample,
    Start,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

__all__ = ["RecordError", "decode", "decode_all", "encode"]

_SHOWN = 80
_MOST_FORMS: Final = 4096
"""So many combinations of fields and their types are remembered as right; a run has some dozens."""

_Form: TypeAlias = tuple[str | type, ...]
_Builder: TypeAlias = "Callable[[Iterable[Any]], Record]"
_KINDS: Final[tuple[type[Record], ...]] = (Sample, Delivery, Resumption, Pool, Health, Reading, Mark, Start, End)


class RecordError(ValueError):
    """A line is no record; the message says why and shows the beginning of the line."""


class _Shape:
    """How one class of records is written and read: its fields, their defaults and what JSON gives for them."""

    def __init__(self, kind: type[Record]) -> None:
        hints = get_type_hints(kind)
        names = [entry.name for entry in fields(kind)]
        self.kind = kind
        self.fields = fields(kind)
        self.values = attrgetter(*names)
        self.defaults = tuple((entry.name, _default(entry)) for entry in fields(kind))
        self.allowed = {name: _json_types(hints[name]) for name in names}
        self.builders: dict[_Form, _Builder] = {}


def _default(entry: Field[Any]) -> Any:
    """What a field is when it is left out; `MISSING` where it may not be."""
    return entry.default if entry.default_factory is MISSING else entry.default_factory()


def _json_types(hint: Any) -> frozenset[type]:
    """The types that `json.loads` gives for a value of an annotation."""
    origin = get_origin(hint)
    if origin in {Union, types.UnionType}:
        return frozenset().union(*map(_json_types, get_args(hint)))
    if origin is tuple:
        return frozenset({list})
    if origin is Mapping:
        return frozenset({dict})
    return frozenset({float, int}) if hint is float else frozenset({hint})


def _no_constant(name: str) -> NoReturn:
    msg = f"{name} is no number"
    raise ValueError(msg)


_SHAPES: Final = {kind.__name__.lower(): _Shape(kind) for kind in _KINDS}
_NAMES: Final = {kind: kind.__name__.lower() for kind in _KINDS}
_encoder: Final = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode
_decoder: Final = json.JSONDecoder(parse_constant=_no_constant).decode


def encode(record: Record) -> str:
    """
    The record as one line of JSON in ASCII, without a line end; fields equal to their default are left out.

    Raises ValueError for a number that JSON cannot say (NaN, infinity).
    """
    name = _NAMES[type(record)]
    shape = _SHAPES[name]
    document = {"kind": name}
    for (field, default), value in zip(shape.defaults, shape.values(record), strict=True):
        if value != default:
            document[field] = value
    return _encoder(document)


def decode(line: str) -> Record:
    """The record that `encode` wrote; raises `RecordError`."""
    try:
        return _record(_decoder(line))
    except (ValueError, RecursionError) as error:
        raise RecordError(_message(line, error)) from error


def decode_all(lines: Sequence[str]) -> list[Record]:
    """The records of many lines, quicker than one by one; raises `RecordError` for the first that is none."""
    with collector_paused():
        try:
            documents = _decoder(f"[{','.join(lines)}]")
            if len(documents) == len(lines):
                return [_record(document) for document in documents]
        except (ValueError, RecursionError):
            pass  # one of them is no record: which one, is found below
        return [decode(line) for line in lines]


def _record(document: Any) -> Record:
    if type(document) is not dict:
        raise ValueError("it is no JSON object")
    shape = _SHAPES.get(document.pop("kind", None)) if type(document.get("kind")) is str else None
    if shape is None:
        raise ValueError("it names no kind of record")
    values = document.values()
    form = (*document, *map(type, values))
    builder = shape.builders.get(form)
    if builder is None:
        builder = _builder(shape, document)
        if len(shape.builders) < _MOST_FORMS:
            shape.builders[form] = builder
    return builder(values)


def _builder(shape: _Shape, document: Mapping[str, Any]) -> _Builder:
    """
    What makes a record of the values of a document, for all that have the same fields of the same types.

    It sets attribute after attribute: a call of the class with keywords takes twice as long.
    Raises ValueError for a field of the wrong kind, and for one that is missing.
    """
    for name, value in document.items():
        if type(value) not in shape.allowed.get(name, ()):
            raise ValueError(_wrong(name, value, known=name in shape.allowed))
    around: dict[str, Any] = {"new": object.__new__, "kind": shape.kind, "texts": _texts}
    lines = [f"{', '.join(f'record.{name}' for name in document)}, = values"] if document else []
    lines += [f"record.{name} = texts({name!r}, record.{name})" for name in document if type(document[name]) is list]
    for entry in shape.fields:
        if entry.name in document:
            continue
        made = entry.default_factory is not MISSING
        if not made and entry.default is MISSING:
            raise ValueError(f"it has no {entry.name!r}")
        around[f"default_{entry.name}"] = entry.default_factory if made else entry.default
        lines.append(f"record.{entry.name} = default_{entry.name}{'()' if made else ''}")
    body = "\n    ".join(["record = new(kind)", *lines, "return record"])
    exec(f"def build(values):\n    {body}", around)  # noqa: S102 - as dataclasses do; all names are those of the class
    build: _Builder = around["build"]
    return build


def _texts(name: str, value: list[Any]) -> tuple[str, ...]:
    for entry in value:
        if type(entry) is not str:
            raise ValueError(_wrong(name, value, known=True))
    return tuple(value)


def _wrong(name: str, value: Any, *, known: bool) -> str:
    if not known:
        return f"a record of its kind has no {name[:_SHOWN]!r}"
    return f"{name} may not be {repr(value)[:_SHOWN]}"


def _message(line: str, error: Exception) -> str:
    shown = line if len(line) <= _SHOWN else f"{line[:_SHOWN]}..."
    return f"no record of a load run: {error}: {shown!r}"
