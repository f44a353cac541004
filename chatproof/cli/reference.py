"""The configuration of the embedded reference backends: our own `serve`, declared as a user declares a backend."""

from __future__ import annotations

import secrets
import shlex
import socket
import sys
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

from chatproof.config import from_table
from chatproof.loading import load

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from chatproof.config import Config

__all__ = ["EmbeddedReference", "reference_config"]

_HEARTBEAT_SECONDS = 0.8
_PORT_VARIABLE = "PORT"


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddedReference:
    """The configuration of the reference backends, its tables, and the variables that its command needs."""

    config: Config
    tables: Mapping[str, Any] = field(repr=False)
    variables: Mapping[str, str] = field(repr=False)


def reference_config(
    *,
    profiles: Sequence[str] = (),
    beside: Mapping[str, Any] | None = None,
    origin: str = "the reference backend",
    long_seconds: float = 0.0,
    token_gap_seconds: float = 0.0,
) -> EmbeddedReference:
    """
    Declares all that `chatproof serve` offers for these profiles (all by default); `beside` are further tables, and
    `long_seconds` is how long its long turn takes (0: a few heartbeats), `token_gap_seconds` the pause before each
    token.

    The signing key is made anew each time and reaches the process by its environment. ConfigError for an unknown
    profile, and under the name `origin` for what is wrong in the further tables.
    """
    serving = load("fixtures", "serving")
    known = tuple(load("fixtures", "references").REFERENCES)
    chosen = tuple(profile for profile in known if not profiles or profile in profiles)
    secret = secrets.token_urlsafe(32)
    wanted = serving.Wanted(
        profiles=chosen or known,
        secret=secret,
        heartbeat_seconds=_HEARTBEAT_SECONDS,
        long_seconds=long_seconds,
        token_gap_seconds=token_gap_seconds,
    )
    tables = serving.tables_of(wanted, f"http://127.0.0.1:{_free_port()}")
    tables["backend"] |= {"command": _line(wanted), "port_variable": _PORT_VARIABLE}
    tables |= beside or {}
    config = from_table(tables, origin=origin, profiles=profiles)
    names = dict.fromkeys(name for settings in config.profiles.values() for name in _variables(settings))
    variables = {**dict.fromkeys(names, serving.AS_DECLARED), serving.NAMES: " ".join(names)}
    return EmbeddedReference(config=config, tables=tables, variables={**variables, "CHATPROOF_SERVE_SECRET": secret})


def _line(wanted: Any) -> str:
    options = [part for profile in wanted.profiles for part in ("--profile", profile)]
    options += ["--long-turn", f"{wanted.long_seconds:g}s"] if wanted.long_seconds else []
    options += ["--token-gap", f"{wanted.token_gap_seconds:g}s"] if wanted.token_gap_seconds else []
    pace = f"{_HEARTBEAT_SECONDS:g}s"
    serve = ["chatproof", "serve", "--heartbeat", pace, "--environment", "production", "--resume", *options]
    return shlex.join([sys.executable, "-P", "-m", *serve])


def _variables(settings: object) -> Iterator[str]:
    """The names of the variables that a profile's table declares, but for its upstream's."""
    for entry in fields(settings):  # type: ignore[arg-type]  # a profile's table is a dataclass
        if entry.name.endswith("_variable") and getattr(settings, entry.name):
            yield getattr(settings, entry.name)


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
