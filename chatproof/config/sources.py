"""Where a configuration comes from: one TOML file, and a table of it laid over the rest."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chatproof.closest import closest
from chatproof.config.problems import ConfigError, Problem, shown

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Source", "find", "lay_over", "list_lines", "waiver_lines"]

FILE = "chatproof.toml"
PROJECT_FILE = "pyproject.toml"
_LINE = re.compile(r"\(at line (?P<line>\d+), column (?P<column>\d+)\)")
_LONG_TEXT = re.compile(r'"""(?:\\.|[^\\])*?"""|' + r"'''.*?'''", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """
    A file and its table for us. `name` is how messages name it, `prefix` the table in pyproject.toml.

    Without a file the table is empty and `name` too; relative paths then start from the working directory.
    """

    name: str = ""
    base: Path = Path()
    prefix: str = ""
    text: str = ""
    table: Mapping[str, Any] = field(default_factory=dict)


def find(path: Path | None, variables: Mapping[str, str], cwd: Path) -> Source:
    """
    The file that holds: the one given, else CHATPROOF_CONFIG, else the one in the working directory.

    Raises `ConfigError` where it cannot be read, or where two files configure the same.
    """
    named = path or (Path(value) if (value := variables.get("CHATPROOF_CONFIG")) else None)
    if named is not None:
        found = _read(cwd / named, cwd)
        if not found.text and found.prefix:
            raise ConfigError(
                Problem(where=found.name, key="tool.chatproof", found="nothing", expected="a table [tool.chatproof]")
            )
        return found
    own, project = cwd / FILE, cwd / PROJECT_FILE
    sources = [_read(own, cwd)] if own.is_file() else []
    # A project file that never speaks of us is none of our business, broken or not.
    if project.is_file() and b"chatproof" in project.read_bytes():
        found = _read(project, cwd)
        sources += [found] if found.text else []
    if len(sources) > 1:
        raise ConfigError(
            Problem(
                where=PROJECT_FILE,
                key="tool.chatproof",
                found=f"a configuration beside {FILE}",
                expected="one of the two",
                hint=f"move [tool.chatproof] into {FILE}, or delete one; --config FILE chooses one of them",
            )
        )
    return sources[0] if sources else Source(base=cwd)


def lay_over(source: Source, name: str | None) -> Mapping[str, Any]:
    """The source's table with `[env.NAME]` merged over it, table by table; raises `ConfigError` for an unknown name."""
    table = {key: value for key, value in source.table.items() if key != "env"}
    if not name:
        return table
    overlays = source.table.get("env", {})
    known = sorted(overlays) if isinstance(overlays, dict) else []
    if name not in known:
        raise ConfigError(
            Problem(
                where="--env",
                key="",
                found=f"`{name}`",
                expected=f"a table [env.NAME] of {source.name or 'a configuration file'}",
                closest=closest(name, known),
                hint=f"there are: {', '.join(known)}" if known else f"add a table [env.{name}]",
            )
        )
    overlay = overlays[name]
    return _merged(table, overlay) if isinstance(overlay, dict) else table


def waiver_lines(source: Source, environment: str | None) -> list[int]:
    """The lines of the `[[waivers]]` headers that hold, from the first on; none for a list in one line."""
    return list_lines(source, environment, "waivers")


def list_lines(source: Source, environment: str | None, key: str) -> list[int]:
    """The lines of the headers of a list of tables (`[[key]]`) that hold; none for a list in one line."""
    overlay = source.table.get("env", {}).get(environment) if environment else None
    replaced = isinstance(overlay, dict) and key in overlay
    parts = [source.prefix, f"env.{environment}" if replaced else "", key]
    name = r"\s*\.\s*".join(f"[\"']?{re.escape(part)}[\"']?" for part in ".".join(filter(None, parts)).split("."))
    # Long texts may hold anything; their lines are kept.
    text = _LONG_TEXT.sub(lambda match: "\n" * match[0].count("\n"), source.text)
    header = re.compile(rf"[ \t]*\[\[\s*{name}\s*\]\]")
    return [number for number, line in enumerate(text.split("\n"), start=1) if header.match(line)]


def _merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    both = dict(below)
    for key, value in above.items():
        under = both.get(key)
        both[key] = _merged(under, value) if isinstance(value, dict) and isinstance(under, dict) else value
    return both


def _read(path: Path, cwd: Path) -> Source:
    name = str(path.relative_to(cwd)) if path.is_relative_to(cwd) else str(path)
    try:
        text = path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
        table = tomllib.loads(text)
    except OSError as error:
        reason = error.strerror or str(error)
        problem = Problem(where=name, key="", found=f"no file that can be read ({reason})", expected="a TOML file")
        raise ConfigError(problem) from None
    except UnicodeDecodeError as error:
        found = f"a byte that is no UTF-8 at offset {error.start}"
        raise ConfigError(Problem(where=name, key="", found=found, expected="TOML, which is UTF-8")) from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(_syntax(name, str(error))) from None
    if path.name != PROJECT_FILE:
        return Source(name=name, base=path.parent, text=text, table=table)
    tool = table.get("tool")
    ours = tool.get("chatproof") if isinstance(tool, dict) else None
    if ours is None:
        return Source(name=name, base=path.parent, prefix="tool.chatproof")
    if not isinstance(ours, dict):
        raise ConfigError(Problem(where=name, key="tool.chatproof", found=shown(ours), expected="a table"))
    return Source(name=name, base=path.parent, prefix="tool.chatproof", text=text, table=ours)


def _syntax(name: str, message: str) -> Problem:
    place = _LINE.search(message)
    words = _LINE.sub("", message).strip()
    return Problem(
        where=name,
        key="",
        line=int(place["line"]) if place else 0,
        found=f"{words[:1].lower()}{words[1:]}" + (f" (column {place['column']})" if place else ""),
        expected="TOML",
        hint='texts need quotes in TOML: name = "text"',
    )
