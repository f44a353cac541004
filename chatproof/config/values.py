"""One value of a configuration: from what TOML gives to what the key's annotation says."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin
from urllib.parse import urlsplit

from chatproof.closest import closest

__all__ = ["KeyType", "WrongValueError", "convert", "expected_of"]

_DURATION = re.compile(r"(?P<number>\d+(?:\.\d+)?)\s*(?P<unit>ms|s|m|h)")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://[^\s/?#@A-Z]+")
_PATH_PART = re.compile(r"/[^\s?#]*")
_TARGET = re.compile(r"/[^\s#]*")
_ADDRESS = re.compile(r"(?:127(?:\.\d{1,3}){3}|localhost|\[::1\]):\d{1,5}")


class WrongValueError(ValueError):
    """A value that its key does not take; `found` replaces the usual words for the value."""

    def __init__(self, expected: str, *, found: str = "", closest: str = "", hint: str = "") -> None:
        super().__init__(expected)
        self.expected = expected
        self.found = found
        self.closest = closest
        self.hint = hint


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyType:
    """
    What a key takes: its annotation without `| None`, and the refinements of `keys.key`.

    `base` is the folder that relative paths start from; `files_exist` whether a path must name a file.
    """

    annotation: Any
    kind: str = ""
    minimum: float | None = None
    base: Path = Path()
    files_exist: bool = True

    @property
    def bare(self) -> Any:
        """The annotation; of `X | None` the X."""
        if get_origin(self.annotation) in {UnionType, Union}:
            return next(part for part in get_args(self.annotation) if part is not type(None))
        return self.annotation

    @property
    def free(self) -> bool:
        """Any table of JSON values."""
        return get_origin(self.bare) is Mapping


def convert(value: object, to: KeyType) -> Any:
    """The value as its key's type; raises `WrongValueError`."""
    bare = to.bare
    if to.kind == "duration":
        return _duration(value, to)
    if bare in _READERS:
        return _READERS[bare](value, to)
    if get_origin(bare) is Literal:
        return _choice(value, to)
    if get_origin(bare) is tuple:
        return _texts(value, to)
    return _mapping(value, to)


def expected_of(to: KeyType) -> str:
    """In words, what a key takes."""
    bare = to.bare
    at_least = "" if to.minimum is None else f" of at least {to.minimum:g}"
    if to.kind == "duration":
        return f'a duration such as "10s", "250ms" or "5m", or a number of seconds{at_least}'
    if get_origin(bare) is Literal:
        return "one of " + ", ".join(get_args(bare))
    if get_origin(bare) is tuple:
        return _LISTS.get(to.kind, "a list of texts")
    words = {str: "text", bool: "true or false", int: "a whole number", float: "a number", date: "a date"}
    words |= {Path: "the path of a file"}
    return _KINDS.get(to.kind) or words.get(bare, "a table") + at_least


_KINDS = {
    "url": "a URL such as `http://localhost:3000`, without a path",
    "endpoint": "a URL such as `http://localhost:9100/metrics`",
    "path-part": "a path that starts with `/`, without a query",
    "target": "a path that starts with `/`, with or without a query",
    "address": "a host of this machine and a port, such as `127.0.0.1:9901`",
    "regex": "a regular expression",
}
_LISTS = {
    "origin": "a list of origins such as `http://localhost:3001`",
    "url": "a list of URLs such as `http://localhost:3000`, without a path",
    "path-part": "a list of paths that start with `/`",
}


def _duration(value: object, to: KeyType) -> float:
    if isinstance(value, str):
        match = _DURATION.fullmatch(value.strip())
        if match is None:
            raise WrongValueError(expected_of(to))
        value = float(match["number"]) * _SECONDS[match["unit"]]
    return _number(value, to)


def _number(value: object, to: KeyType) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise WrongValueError(expected_of(to))
    return float(_at_least(value, to))


def _integer(value: object, to: KeyType) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise WrongValueError(expected_of(to))
    return int(_at_least(value, to))


def _at_least(value: float, to: KeyType) -> float:
    if to.minimum is not None and value < to.minimum:
        raise WrongValueError(expected_of(to))
    return value


def _boolean(value: object, to: KeyType) -> bool:
    if not isinstance(value, bool):
        raise WrongValueError(expected_of(to))
    return value


def _text(value: object, to: KeyType) -> str:
    if not isinstance(value, str):
        raise WrongValueError(expected_of(to))
    if to.kind in {"url", "endpoint"} and value:
        return _url(value, to)
    pattern = _PATTERNS.get(to.kind)
    if pattern is not None and value and not pattern.fullmatch(value):
        raise WrongValueError(expected_of(to))
    if to.kind == "regex":
        try:
            re.compile(value)
        except re.error as error:
            raise WrongValueError(f"a regular expression ({error})") from None
    return value


_PATTERNS = {"path-part": _PATH_PART, "target": _TARGET, "address": _ADDRESS}


def _url(value: str, to: KeyType) -> str:
    """A URL without a path, the last slash removed; an endpoint as it is. What may hold a credential is never shown."""
    expected = expected_of(to)
    try:
        parts = urlsplit(value)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise WrongValueError(expected, found="no valid URL") from None
    if "@" in parts.netloc:
        hint = "a credential belongs under [auth]"
        raise WrongValueError(expected, found="a URL with a user name", hint=hint)
    if parts.fragment or (parts.query and to.kind == "url"):
        raise WrongValueError(expected, found="a URL with a query or fragment")
    if parts.scheme not in {"http", "https"} or not host or port == 0 or re.search(r"\s", value):
        raise WrongValueError(expected)
    if to.kind == "endpoint":
        return value
    if parts.path not in {"", "/"}:
        hint = f"the path of the chat route is a key of the profile: path = {_quoted(parts.path)}"
        raise WrongValueError(expected, hint=hint)
    return f"{parts.scheme}://{parts.netloc}"


def _quoted(text: str) -> str:
    return f'"{text}"'


def _choice(value: object, to: KeyType) -> str:
    options = get_args(to.bare)
    if not isinstance(value, str) or value not in options:
        near = closest(value, options) if isinstance(value, str) else ""
        raise WrongValueError(expected_of(to), closest=near)
    return value


def _texts(value: object, to: KeyType) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(entry, str) for entry in value):
        raise WrongValueError(expected_of(to))
    for entry in value:
        if to.kind == "origin" and not _ORIGIN.fullmatch(entry):
            hint = "an origin is scheme, host and port as a browser sends them: lower-case, no slash at the end"
            raise WrongValueError(expected_of(to), found=f"the entry {_quoted(entry)}", hint=hint)
        if to.kind == "path-part" and not _PATH_PART.fullmatch(entry):
            raise WrongValueError(expected_of(to), found=f"the entry {_quoted(entry)}")
    return tuple(_url(entry, to) for entry in value) if to.kind == "url" else tuple(value)


def _path(value: object, to: KeyType) -> Path:
    if not isinstance(value, str) or not value:
        raise WrongValueError(expected_of(to))
    path = to.base / value
    if to.files_exist and to.kind != "later-path" and not path.is_file():
        hint = f"relative paths start from the folder of the configuration: {to.base}"
        raise WrongValueError("the path of a file that exists", hint=hint)
    return path


def _date(value: object, to: KeyType) -> date:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    try:
        return date.fromisoformat(value if isinstance(value, str) else "")
    except ValueError:
        raise WrongValueError(f"{expected_of(to)} such as 2027-03-01") from None


def _mapping(value: object, to: KeyType) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise WrongValueError(expected_of(to))
    if not _is_json(value):
        raise WrongValueError(
            "a table of values that JSON has too", found="a date, a time or a number that is not finite"
        )
    return dict(value)


def _is_json(value: object) -> bool:
    if isinstance(value, Mapping):
        return all(_is_json(entry) for entry in value.values())
    if isinstance(value, list):
        return all(_is_json(entry) for entry in value)
    if isinstance(value, float):
        return math.isfinite(value)
    return value is None or isinstance(value, str | int)


_READERS: Mapping[Any, Any] = {
    str: _text,
    bool: _boolean,
    int: _integer,
    float: _number,
    Path: _path,
    date: _date,
}
