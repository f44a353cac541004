"""A configuration as JSON and back, secrets taken out: what a replay needs to judge as the run did."""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

from chatproof.config import Config, keys
from chatproof.redaction import Redactor

__all__ = ["config_of", "declared"]

_TYPE = "type"


def declared(config: Config) -> dict[str, Any]:
    """
    The configuration as JSON values: tables as objects, profiles with the name of their dataclass.

    Keys of the kind `secret` hold a placeholder where one was given, and so does every text that contains one.
    """
    redactor = Redactor.of(config)
    table: dict[str, Any] = redactor.value(_plain(config, redactor))
    for name, settings in config.profiles.items():
        table["profiles"][name][_TYPE] = type(settings).__name__
    return table


def _plain(value: Any, redactor: Redactor) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {
            entry.name: _secret(getattr(value, entry.name), redactor)
            if entry.metadata.get("kind") == "secret"
            else _plain(getattr(value, entry.name), redactor)
            for entry in dataclasses.fields(value)
        }
    if isinstance(value, Mapping):
        return {str(name): _plain(item, redactor) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item, redactor) for item in value]
    if isinstance(value, Path | date):
        return str(value)
    return value


def _secret(value: str, redactor: Redactor) -> str:
    secret = redactor.add(value, "secret")
    return secret.placeholder if secret else ""


def config_of(table: Mapping[str, Any]) -> Config:
    """The configuration of such JSON values; TypeError, ValueError or KeyError where they are none."""
    return typing.cast("Config", _typed(dict(table), Config))


def _typed(value: Any, kind: Any) -> Any:  # noqa: PLR0911 - one line for each form of annotation
    """A JSON value as the annotated type of a key."""
    origin = get_origin(kind)
    if kind is Any or origin is typing.Literal:
        return value
    if origin in {types.UnionType, typing.Union}:
        return None if value is None else _typed(value, next(part for part in get_args(kind) if part is not type(None)))
    if origin is tuple:
        return tuple(_typed(item, get_args(kind)[0]) for item in value)
    if origin is Mapping:
        inner = get_args(kind)[1]
        return {name: _typed(item, inner) for name, item in value.items()}
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        return _table(value, kind)
    if kind is Path:
        return Path(value)
    if kind is date:
        return date.fromisoformat(value)
    if not isinstance(value, kind) and not (kind is float and isinstance(value, int)):
        msg = f"{type(value).__name__} in place of {kind.__name__}"
        raise TypeError(msg)
    return value


def _table(value: Mapping[str, Any], kind: type[Any]) -> Any:
    given = dict(value)
    named = getattr(keys, given.pop(_TYPE, kind.__name__), None)
    if not isinstance(named, type):
        msg = f"no table {kind.__name__}"
        raise TypeError(msg)
    hints = get_type_hints(named)
    return named(**{name: _typed(item, hints[name]) for name, item in given.items()})
