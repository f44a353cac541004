"""Means: what a requirement needs the configuration to give, how it is held, and the lines that declare it."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from chatproof.config import Config, ProfileSettings

__all__ = ["MEANS", "Means", "Missing", "is_loopback", "undeclared"]

Held = Callable[["Config", "ProfileSettings"], bool]


@dataclass(frozen=True, slots=True)
class Means:
    """
    One thing that a configuration may give.

    `doc` is its line of documentation, `absence` the reason where it is not given. `declare` is TOML to paste:
    a whole table, or a line whose comment names the table (`{profile}` is replaced).
    """

    doc: str
    absence: str
    declare: str
    held: Held


@dataclass(frozen=True, slots=True)
class Missing:
    """Why something is not claimed, and the lines of configuration that would claim it."""

    reason: str
    declare: str


def undeclared(names: Iterable[str], config: Config, profile: str) -> Missing | None:
    """What the configuration does not give of these means; None where it gives all. KeyError for an unknown name."""
    settings = config.profiles[profile]
    missing = [means for means in map(MEANS.__getitem__, names) if not means.held(config, settings)]
    if not missing:
        return None
    return Missing(
        reason="; ".join(means.absence for means in missing),
        declare="\n".join(means.declare.replace("{profile}", profile) for means in missing),
    )


def is_loopback(url: str) -> bool:
    """The URL's host is this machine: `localhost`, 127.0.0.0/8 or ::1."""
    host = (urlsplit(url).hostname or "").rstrip(".").lower()
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _declares(key: str) -> Held:
    """The profile's table sets this key."""
    return lambda _config, settings: bool(getattr(settings, key))


def _scheme(*schemes: str) -> Held:
    return lambda config, _settings: config.auth.scheme in schemes


MEANS: Mapping[str, Means] = {
    "token": Means(
        "A user's credential, of any scheme.",
        "no credential is declared",
        '[auth]\nscheme = "bearer"\ntoken = "${CHATPROOF_TOKEN}"',
        lambda config, _settings: config.auth.scheme != "none",
    ),
    "bearer_scheme": Means(
        "A credential that is sent as `Authorization: Bearer`.",
        "no bearer token is declared",
        '[auth]\nscheme = "bearer"\ntoken = "${CHATPROOF_TOKEN}"',
        _scheme("jwt", "bearer", "command"),
    ),
    "signing_key": Means(
        "The key that signs users' tokens, so that tokens with one defect can be made.",
        "no signing key is declared",
        '[auth]\nscheme = "jwt"\nsecret = "${CHAT_JWT_SECRET}"\nclaims = { sub = "test-user-id" }',
        _scheme("jwt"),
    ),
    "second_user": Means(
        "The claims of another user.",
        "no second user is declared",
        'second_user = { sub = "other-user-id" }  # in [auth], with scheme = "jwt"',
        lambda config, _settings: config.auth.scheme == "jwt" and bool(config.auth.second_user),
    ),
    "origins": Means(
        "A page that may call the backend from a browser.",
        "no origin of a page is declared",
        'origins = ["http://localhost:3001"]  # in [backend]; cors = "list" or "any"',
        lambda config, _settings: bool(config.backend.origins) and config.backend.cors != "none",
    ),
    "listed_cors": Means(
        "A policy that allows the listed origins and no other.",
        "the declared policy is no list of origins",
        'cors = "list"  # in [backend]',
        lambda config, _settings: config.backend.cors == "list",
    ),
    "production": Means(
        "The backend runs in production.",
        "the environment is not production",
        'environment = "production"  # in [backend]',
        lambda config, _settings: config.backend.environment == "production",
    ),
    "front": Means(
        "The same backend through its public front.",
        "no public front is declared",
        'front = "https://chat.example.com"  # in [backend]',
        lambda config, _settings: bool(config.backend.front),
    ),
    "long_turn": Means(
        "A turn that stays open for more than two heartbeat intervals.",
        "no long turn is declared",
        'long_turn = { message = "Tell me a long story" }  # in [profiles.{profile}]',
        _declares("long_turn"),
    ),
    "idle_turn": Means(
        "A turn with a silence between tokens longer than `idle_limit`.",
        "no idle turn is declared",
        'idle_turn = { message = "Think for two minutes, then answer" }  # in [profiles.{profile}]',
        _declares("idle_turn"),
    ),
    "ping_path": Means(
        "A route that checks the token.",
        "no route that checks the token is declared",
        'ping_path = "/api/v1/auth/ping"  # in [profiles.{profile}]',
        _declares("ping_path"),
    ),
    "health_path": Means(
        "A route that needs no token.",
        "no health route is declared",
        'health_path = "/health"  # in [profiles.{profile}]',
        _declares("health_path"),
    ),
    "resume_path": Means(
        "A GET route that goes on with a turn after `Last-Event-ID`.",
        "no route that resumes a turn is declared",
        'resume_path = "/api/v1/chat/{session}/events"  # in [profiles.{profile}]',
        _declares("resume_path"),
    ),
    "rate_limit": Means(
        "The backend's own rate limit: how many requests at once trip it.",
        "no rate limit is declared",
        "rate_limit = { burst = 30 }  # in [profiles.{profile}]",
        _declares("rate_limit"),
    ),
    "echo": Means(
        "Answers repeat the message.",
        "answers are not declared to repeat the message",
        "echo = true  # in [profiles.{profile}]",
        _declares("echo"),
    ),
}
