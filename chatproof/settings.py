"""What two runs must have in common to be compared: the declared configuration, and a fingerprint of it."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from chatproof.config import as_declared

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chatproof.config import Config

__all__ = ["fingerprint", "settings_of"]

_TABLES = ("backend", "auth", "suite", "profiles", "targets")
_NOT_COMPARED = ("build", "command", "ca_file", "start_timeout")
_WAITS = ("max_duration",)
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


def settings_of(config: Config) -> dict[str, Any]:
    """
    The declared configuration as JSON values, redacted, without what says nothing of the backend's behaviour.

    A port of the loopback is left out of URLs: a backend that is started for a run may have any. So is how long a turn
    of the profile is waited for.
    """
    declared = as_declared(config)
    found = {name: declared[name] for name in _TABLES if declared.get(name)}
    backend = {name: value for name, value in found.get("backend", {}).items() if name not in _NOT_COMPARED}
    found["backend"] = {
        name: _without_port(value) if name in {"url", "front"} else value for name, value in backend.items()
    }
    if "profiles" in found:
        found["profiles"] = _without_waits(found["profiles"])
    return found


def fingerprint(settings: Mapping[str, Any]) -> str:
    """Twelve hexadecimal digits that are equal where two runs were configured alike."""
    text = json.dumps(settings, sort_keys=True, ensure_ascii=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _without_waits(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return {name: _without_waits(entry) for name, entry in value.items() if name not in _WAITS}


def _without_port(url: object) -> object:
    if not isinstance(url, str) or urlsplit(url).hostname not in _LOOPBACK:
        return url
    return f"{urlsplit(url).scheme}://loopback"
