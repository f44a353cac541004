"""Values of header fields by their grammar: challenges, cache directives, dates."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["Challenge", "cache_directives", "challenges", "http_date"]

_PIECE = re.compile(r'(?:[^",]|"(?:\\.|[^"\\])*")+')
_TOKEN = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"  # noqa: S105  # the `token` of RFC 9110, section 5.6.2
_PARAMETER = re.compile(
    rf'(?:(?P<scheme>{_TOKEN})[ \t]+)?(?P<name>{_TOKEN})[ \t]*=[ \t]*(?P<value>{_TOKEN}|"(?:\\.|[^"\\])*")'
)
_SCHEME = re.compile(rf"(?P<scheme>{_TOKEN})(?:[ \t]+[-A-Za-z0-9._~+/]+=*)?")
_DATES = ("%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %d %H:%M:%S %Y")


@dataclass(frozen=True, slots=True)
class Challenge:
    """One challenge of `WWW-Authenticate`: its scheme and parameters, both in lower case, values unquoted."""

    scheme: str
    parameters: Mapping[str, str] = field(default_factory=dict)


def challenges(lines: Sequence[str]) -> list[Challenge]:
    """The challenges of all lines of `WWW-Authenticate` (RFC 9110, 11.6.1); what breaks the grammar is left out."""
    found: list[tuple[str, dict[str, str]]] = []
    for piece in _pieces(lines):
        parameter = _PARAMETER.fullmatch(piece)
        if parameter is not None:
            if parameter["scheme"]:
                found.append((parameter["scheme"].lower(), {}))
            if found:
                found[-1][1][parameter["name"].lower()] = _unquoted(parameter["value"])
        elif (alone := _SCHEME.fullmatch(piece)) is not None:
            found.append((alone["scheme"].lower(), {}))
    return [Challenge(scheme, parameters) for scheme, parameters in found]


def cache_directives(lines: Sequence[str]) -> dict[str, str | None]:
    """The directives of all lines of `Cache-Control` in lower case, with their arguments (RFC 9111, 5.2)."""
    found: dict[str, str | None] = {}
    for piece in _pieces(lines):
        name, equals, argument = piece.partition("=")
        found.setdefault(name.strip().lower(), _unquoted(argument.strip()) if equals else None)
    return found


def http_date(text: str) -> datetime | None:
    """The time of an HTTP-date in any of its three forms (RFC 9110, 5.6.7); None where it is none."""
    for form in _DATES:
        try:
            return datetime.strptime(text, form).replace(tzinfo=UTC)
        except ValueError:
            continue
    return None


def _pieces(lines: Sequence[str]) -> list[str]:
    """The elements of a comma-separated list; commas in quotes do not count."""
    pieces = (match[0].strip(" \t") for line in lines for match in _PIECE.finditer(line))
    return [piece for piece in pieces if piece]


def _unquoted(value: str) -> str:
    return re.sub(r"\\(.)", r"\1", value[1:-1]) if value[:1] == '"' else value
