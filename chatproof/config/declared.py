"""A configuration as JSON, without its secrets: so that recordings can be judged again elsewhere."""

from __future__ import annotations

import dataclasses
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chatproof.config.load import own_of, read_config
from chatproof.config.problems import ConfigError
from chatproof.config.tables import Reader

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chatproof.config.whole import Config

__all__ = ["PLACEHOLDER", "as_declared", "from_declared"]

PLACEHOLDER = "<secret>"
_HIDDEN_KINDS = {"secret", "command"}
_BESIDES = ("origin", "assumed_profile", "warnings")


def as_declared(config: Config) -> dict[str, Any]:
    """
    The configuration as JSON values.

    Secrets and commands are replaced by a placeholder, and so is every known secret inside another text.
    """
    plain = _plain(dataclasses.replace(config, secrets=(), server_secrets=(), own=None))
    del plain["secrets"], plain["server_secrets"]
    scrubbed: dict[str, Any] = _scrubbed(plain, sorted(config.secrets, key=len, reverse=True))
    return scrubbed


def from_declared(declared: Mapping[str, Any]) -> Config:
    """The configuration that `as_declared` wrote, with placeholders for secrets; raises `ConfigError`."""
    tables = {name: value for name, value in declared.items() if name not in _BESIDES}
    lines: dict[str, int] = {}
    for name in ("waivers", "boxes"):
        entries = [dict(entry) for entry in tables.get(name, ())]
        lines |= {f"{name}[{index}]": entry.pop("line", 0) for index, entry in enumerate(entries)}
        tables[name] = entries
    reader = Reader(where="the saved configuration", lines=lines)
    config = read_config(reader, tables, profiles=(), own=own_of(reader, tables))
    if reader.problems:
        raise ConfigError(*reader.problems)
    return dataclasses.replace(
        config,
        origin=str(declared.get("origin", "")),
        assumed_profile=bool(declared.get("assumed_profile", False)),
        warnings=tuple(map(str, declared.get("warnings", ()))),
        server_secrets=(),
    )


def _plain(value: Any) -> Any:
    """JSON values; a key that was not declared (None) is left out."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        entries = ((entry, getattr(value, entry.name)) for entry in dataclasses.fields(value))
        return {
            entry.name: _hidden(found) if found and entry.metadata.get("kind") in _HIDDEN_KINDS else _plain(found)
            for entry, found in entries
            if found is not None
        }
    if isinstance(value, dict):
        return {name: _plain(entry) for name, entry in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(entry) for entry in value]
    if isinstance(value, Path):
        return str(value)
    return value.isoformat() if isinstance(value, date) else value


def _hidden(found: object) -> Any:
    """The placeholder, as often as there are secrets."""
    return [PLACEHOLDER for _ in found] if isinstance(found, tuple) else PLACEHOLDER


def _scrubbed(value: Any, secrets: list[str]) -> Any:
    if isinstance(value, dict):
        return {name: _scrubbed(entry, secrets) for name, entry in value.items()}
    if isinstance(value, list):
        return [_scrubbed(entry, secrets) for entry in value]
    if isinstance(value, str):
        for secret in secrets:
            value = value.replace(secret, PLACEHOLDER)
    return value
