"""Tables of a configuration: from a mapping to a dataclass of keys, every problem noted, none raised."""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, get_type_hints

from chatproof.closest import closest
from chatproof.config.expansion import UnsetVariableError, expand
from chatproof.config.problems import Problem, shown
from chatproof.config.values import KeyType, WrongValueError, convert

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

__all__ = ["UNKNOWN_KEY", "Reader", "as_toml", "keys_of"]

Table = TypeVar("Table")
UNKNOWN_KEY = "an unknown key"
_UNUSABLE = object()
_SECRET_LENGTH = 8
_NUMBER_OR_DATE = re.compile(r"\d+(\.\d+)?|\d{4}-\d{2}-\d{2}")


def keys_of(table: type[Any]) -> dict[str, dataclasses.Field[Any]]:
    """The keys of a table by name, without the fields that no file sets."""
    return {entry.name: entry for entry in dataclasses.fields(table) if not entry.metadata.get("internal")}


def as_toml(example: str) -> str:
    """The example of a key as TOML writes it: words get quotes."""
    bare = example[:1] in {'"', "[", "{"} or _NUMBER_OR_DATE.fullmatch(example)
    return example if bare else f'"{example}"'


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """
    Reads tables and notes what is wrong with them.

    `where` names the file; `placed` maps key paths to the variable or argument that was laid over it; `lines` maps
    tables to their line. Without `variables` nothing is expanded and files need not exist: so a saved
    configuration is read again.
    """

    where: str
    base: Path = Path()
    variables: Mapping[str, str] | None = None
    placed: Mapping[str, str] = field(default_factory=dict)
    lines: Mapping[str, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    secrets: list[str] = field(default_factory=list)

    def table(self, kind: type[Table], value: object, path: str) -> Table | None:
        """The table as its dataclass; a key with a problem keeps its default. None where it is no table."""
        if not isinstance(value, dict):
            self.problem(path, shown(value), "a table", hint=f"write it as [{path}]")
            return None
        known = keys_of(kind)
        hints = get_type_hints(kind)
        read: dict[str, Any] = {}
        for name, given in value.items():
            if name not in known:
                self.unknown(path, name, known)
                continue
            found = self._value(given, hints[name], known[name].metadata, f"{path}.{name}")
            if found is not _UNUSABLE:
                read[name] = found
        return kind(**read)

    def unknown(self, path: str, name: str, known: Collection[str]) -> None:
        """Notes a key that the table does not have."""
        table = f"[{path}]" if path else "the top level"
        self.problem(
            f"{path}.{name}" if path else name,
            UNKNOWN_KEY,
            f"a key of {table}",
            closest=closest(name, known),
            hint=f"{table} has the keys {', '.join(known)}",
        )

    def problem(self, key: str, found: str, expected: str, *, closest: str = "", hint: str = "") -> None:
        """Notes a problem at a key's path."""
        line = next((number for table, number in self.lines.items() if key == table or key.startswith(f"{table}.")), 0)
        where = self.placed.get(key, self.where)
        self.problems.append(
            Problem(where=where, key=key, found=found, expected=expected, closest=closest, hint=hint, line=line)
        )

    def troubled(self, key: str) -> bool:
        """A problem at this key was noted already."""
        return any(problem.key == key for problem in self.problems)

    def _value(self, given: object, annotation: Any, metadata: Mapping[str, Any], path: str) -> Any:
        kind = metadata["kind"]
        to = KeyType(
            annotation=annotation,
            kind=kind,
            minimum=metadata["minimum"],
            base=self.base,
            files_exist=self.variables is not None,
        )
        bare: Any = to.bare
        if dataclasses.is_dataclass(bare):
            return _UNUSABLE if (table := self.table(to.bare, given, path)) is None else table
        used: list[str] = []
        before = len(self.problems)
        expanded = self._expand(given, path, used)
        if len(self.problems) > before:
            return _UNUSABLE
        try:
            value = convert(expanded, to)
        except WrongValueError as error:
            raw = given if isinstance(given, str) else ""
            found = error.found or shown(expanded, raw=raw, hidden=kind in {"secret", "command"})
            hint = error.hint or _how_to_write(path, metadata)
            self.problem(path, found, error.expected, closest=error.closest, hint=hint)
            return _UNUSABLE
        if kind == "secret" and value:
            for secret in value if isinstance(value, tuple) else (value,):
                self._keep_secret(secret, path, plain=not used)
        if kind in {"secret", "command"} or to.free:
            self.secrets.extend(entry for entry in used if len(entry) >= _SECRET_LENGTH)
        return value

    def _expand(self, value: object, path: str, used: list[str]) -> object:
        """Text with its variables replaced, in lists and tables too."""
        if self.variables is None:
            return value
        if isinstance(value, dict):
            return {name: self._expand(entry, f"{path}.{name}", used) for name, entry in value.items()}
        if isinstance(value, list):
            return [self._expand(entry, path, used) for entry in value]
        if not isinstance(value, str):
            return value
        try:
            text, values = expand(value, self.variables)
        except UnsetVariableError as error:
            if error.possible:
                expected = f"the environment variable {error.name} to be set"
                hint = f"export {error.name}=...; a text that is to hold `${{` itself writes `$${{`"
                self.problem(path, f"`${{{error.name}}}`, which is not set", expected, hint=hint)
            else:
                expected = "the name of an environment variable between the braces"
                hint = "a text that is to hold `${` itself writes `$${`"
                self.problem(path, f"`${{{error.name}}}`", expected, hint=hint)
            return value
        used.extend(values)
        return text

    def _keep_secret(self, value: str, path: str, *, plain: bool) -> None:
        self.secrets.append(value)
        if plain and path not in self.placed and self.variables is not None:
            line = f'{path.rpartition(".")[2]} = "${{NAME}}"'
            self.warnings.append(f"{self.where}: {path} is plain text; keep it in the environment: {line}")


def _how_to_write(path: str, metadata: Mapping[str, Any]) -> str:
    """The key's documentation, with its example as TOML writes it."""
    example = metadata["example"]
    if not example:
        return f"{path}: {metadata['doc']}"
    return f"{path}: {metadata['doc']} For example: {path.rpartition('.')[2]} = {as_toml(example)}"
