"""What one key of a profile's table asks of another."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING, Any

from chatproof.config.checks import TableCheck
from chatproof.config.profile_keys import AiChat
from chatproof.config.shared_keys import Counter, RateLimit, Route, Upstream

if TYPE_CHECKING:
    from chatproof.config.tables import Reader

__all__ = ["check_profile"]

_INSTANCES = 2


def check_profile(reader: Reader, name: str, settings: Any) -> None:
    """Notes what the tables within a profile's table lack, and what its keys ask of one another."""
    path = f"profiles.{name}"
    for entry in dataclasses.fields(settings):
        _check_inner(reader, f"{path}.{entry.name}", getattr(settings, entry.name))
    if isinstance(settings, AiChat):
        _check_ai_chat(reader, path, settings)
    instances = getattr(settings, "instances", ())
    if instances and len(instances) < _INSTANCES:
        hint = 'instances = ["http://10.0.0.1:3000", "http://10.0.0.2:3000"]'
        reader.problem(f"{path}.instances", "one address", "two addresses of the same service", hint=hint)


def _check_inner(reader: Reader, path: str, value: object) -> None:
    """A route has a path, a limit a burst, an upstream a way to be reached, a counter a place."""
    name = path.rpartition(".")[2]
    if isinstance(value, Route):
        TableCheck(reader, path, value).needs("path", "the route's path", f'{name} = {{ path = "/api/messages" }}')
    elif isinstance(value, RateLimit):
        hint = "rate_limit = { burst = 30 }"
        TableCheck(reader, path, value).needs("burst", "a whole number of at least 1", hint)
    elif isinstance(value, Upstream) and not (value.variable or value.listen):
        hint = f'{name} = {{ variable = "UPSTREAM_URL" }} with `command`, or {name} = {{ listen = "127.0.0.1:9901" }}'
        reader.problem(path, "an empty table", "`variable` or `listen`", hint=hint)
    elif isinstance(value, Counter):
        hint = f'{name} = {{ path = "/health", field = "sockets" }}'
        for key in ("path", "field"):
            TableCheck(reader, path, value).needs(key, "text", hint)


def _check_ai_chat(reader: Reader, path: str, settings: AiChat) -> None:
    """The message of a declared turn, the burst of a declared limit, a session id of its own form."""
    TableCheck(reader, path, settings).needs("message", "text", 'message = "Hello, how are you?"')
    if "{" in settings.resume_path.replace("{session}", ""):
        hint = 'resume_path = "/api/v1/chat/{session}/events"'
        found = f'"{settings.resume_path}"'
        reader.problem(f"{path}.resume_path", found, "no placeholder but `{session}`", hint=hint)
    for turn in ("long_turn", "idle_turn"):
        declared = getattr(settings, turn)
        if declared is not None:
            hint = f'{turn} = {{ message = "Tell me a long story" }}'
            TableCheck(reader, f"{path}.{turn}", declared).needs("message", "text", hint)
    pattern_key = f"{path}.session_pattern"
    if not reader.troubled(pattern_key) and not re.fullmatch(settings.session_pattern, settings.session_example):
        reader.problem(
            f"{path}.session_example",
            f"`{settings.session_example}`",
            f"a text that session_pattern matches as a whole: {settings.session_pattern}",
            hint="set session_example and session_pattern together",
        )
