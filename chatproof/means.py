"""Means: what a requirement needs the configuration to give, how it is held, and the lines that declare it."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from chatproof.config.profile_keys import PROFILES
from chatproof.config.tables import as_toml, keys_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from chatproof.config import Config, ProfileSettings

__all__ = ["MEANS", "Means", "Missing", "is_loopback", "means_named", "undeclared"]

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
    asked = [means_named(name, type(settings)) for name in names]
    missing = [means for means in asked if not means.held(config, settings)]
    if not missing:
        return None
    return Missing(
        reason="; ".join(means.absence for means in missing),
        declare="\n".join(means.declare.replace("{profile}", profile) for means in missing),
    )


def means_named(name: str, *tables: type[Any]) -> Means:
    """
    The means of that name: one of `MEANS`, or a key of the first of these profiles' tables that has it.

    KeyError where there is neither.
    """
    known = MEANS.get(name)
    if known is not None:
        return known
    for table in tables or tuple(PROFILES.values()):
        entry = keys_of(table).get(name)
        if entry is not None:
            usual = entry.metadata["example"] or (entry.default if isinstance(entry.default, str) else "")
            example = as_toml(usual) if usual else "..."
            return Means(
                doc=entry.metadata["doc"],
                absence=f"`{name}` is not declared",
                declare=f"{name} = {example}  # in [profiles.{{profile}}]",
                held=_declares(name),
            )
    raise KeyError(name)


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


def _reaches_upstream(config: Config, settings: ProfileSettings) -> bool:
    declared = getattr(settings, "upstream", None)
    return declared is not None and bool(declared.listen or (declared.variable and config.backend.command))


def _mode(mode: str) -> Means:
    return Means(
        f"ChatKit in {mode} mode.",
        f"the mode is not {mode}",
        f'mode = "{mode}"  # in [profiles.{{profile}}]',
        lambda _config, settings: settings.mode == mode,
    )


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
    "rate_limit": Means(
        "The backend's own rate limit: how many requests at once trip it.",
        "no rate limit is declared",
        "rate_limit = { burst = 30 }  # in [profiles.{profile}]",
        _declares("rate_limit"),
    ),
    "command": Means(
        "A command that starts the backend.",
        "no command that starts the backend is declared",
        'command = "node server.js"  # in [backend]',
        lambda config, _settings: bool(config.backend.command),
    ),
    "upstream": Means(
        "The suite's own stand-in for the service behind the backend, which has its address.",
        "no upstream of the suite's own is declared",
        'upstream = { variable = "UPSTREAM_URL" }  # in [profiles.{profile}], with `command` in [backend]; '
        'or { listen = "127.0.0.1:9901" }',
        _reaches_upstream,
    ),
    "loopback_or_intrusive": Means(
        "A backend on this machine, or leave to disturb its users.",
        "the backend is not on this machine, and its users would see what is generated",
        "intrusive = true  # in [backend]",
        lambda config, _settings: config.backend.intrusive or is_loopback(config.backend.url),
    ),
    "development": Means(
        "The backend runs in development.",
        "the environment is not development",
        'environment = "development"  # in [backend]',
        lambda config, _settings: config.backend.environment == "development",
    ),
    "no_browser_calls": Means(
        "No browser calls the backend directly: a proxy of the page's own origin does.",
        "pages call the backend directly",
        'cors = "none"  # in [backend]',
        lambda config, _settings: config.backend.cors == "none",
    ),
    "cookie": Means(
        "A credential that browsers send by themselves.",
        "the credential is no cookie",
        '[auth]\nscheme = "cookie"\nname = "session"\ntoken = "${CHATPROOF_TOKEN}"',
        _scheme("cookie"),
    ),
    "custom_mode": _mode("custom"),
    "hosted_mode": _mode("hosted"),
    "session_mode": Means(
        "Sessions, of one's own or of OpenAI's.",
        "the mode is self-hosted, which has no sessions",
        'mode = "custom"  # in [profiles.{profile}]',
        lambda _config, settings: settings.mode != "self-hosted",
    ),
    "self_hosted_mode": _mode("self-hosted"),
    "echo": Means(
        "Answers repeat the message.",
        "answers are not declared to repeat the message",
        "echo = true  # in [profiles.{profile}]",
        _declares("echo"),
    ),
}
