"""What the answers say of a backend: its profiles, its pages, its credential, what it runs on; pure."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from chatproof.config import PROFILES
from chatproof.config.tables import keys_of
from chatproof.init.probes import FOREIGN_PAGE, PAGES, PROBES
from chatproof.sse import Comment, Event

if TYPE_CHECKING:
    from chatproof.init.looking import Look
    from chatproof.init.probes import Probe
    from chatproof.recording import Exchange

__all__ = ["SeenBackend", "SeenProfile", "plain", "recognised"]

_METHODS = {("stream-chat", "path"): "method", ("hybrid", "token_path"): "token_method"}
_UNAUTHORIZED = 401
_OK = 200
_LONGEST = 80
_NAME = re.compile(r"[A-Za-z][\w.-]{0,39}", re.ASCII)
_BEAT = re.compile(r"heart-?beat|ping|keep-?alive", re.IGNORECASE)
_ENVIRONMENT_FIELDS = ("environment", "env", "node_env", "stage", "mode")
_ENVIRONMENTS = {
    "production": "production",
    "prod": "production",
    "staging": "staging",
    "development": "development",
    "dev": "development",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenProfile:
    """
    A profile's routes that are there, as request and status, and the keys that they give values to.

    `seen` is false for one that the user named and nothing was seen of.
    """

    name: str
    seen: bool = True
    notes: tuple[str, ...] = ()
    keys: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenBackend:
    """What was recognised; empty where nothing was. `bearer`: a route asks for a credential that a bearer may be."""

    profiles: tuple[SeenProfile, ...] = ()
    environment: str = ""
    environment_reason: str = ""
    origins: tuple[str, ...] = ()
    cors: str = ""
    challenge: str = ""
    bearer: bool = False
    software: str = ""


def recognised(look: Look, named: tuple[str, ...] = ()) -> SeenBackend:
    """What the answers say; `named` are profiles that the user says are there."""
    found = {probe: look.answers[probe] for probe in PROBES if look.there(probe)}
    names = [name for name in PROFILES if name in named or (not named and _main(name, found))]
    environment, why = _environment(found, look)
    cors, origins = _pages(look)
    refused = [exchange for exchange in found.values() if exchange.status == _UNAUTHORIZED]
    challenges = [
        plain(exchange.response.header("www-authenticate") or "") for exchange in refused if exchange.response
    ]
    challenge = next(filter(None, challenges), "")
    return SeenBackend(
        profiles=tuple(_profile(name, found) for name in names),
        environment=environment,
        environment_reason=why,
        origins=origins,
        cors=cors,
        challenge=challenge or ("a 401 without a challenge" if refused else ""),
        bearer=bool(refused) and (not challenge or "bearer" in challenge.lower()),
        software=_software(look),
    )


def plain(text: str) -> str:
    """What a backend says, as one line of a comment can hold it."""
    kept = "".join(letter for letter in text if letter.isprintable())
    return kept if len(kept) <= _LONGEST else f"{kept[:_LONGEST]}..."


def _main(profile: str, found: dict[Probe, Exchange]) -> Probe | None:
    """The route without which it is no such backend."""
    return next((probe for probe in found if probe.profile == profile and probe.main), None)


def _profile(name: str, found: dict[Probe, Exchange]) -> SeenProfile:
    main = _main(name, found)
    notes: list[str] = []
    keys: dict[str, str] = {}
    known = keys_of(PROFILES[name])
    concerned = [probe for probe in found if probe.profile in {name, ""} and probe.key in known]
    for probe in sorted(concerned, key=lambda probe: not probe.profile):
        exchange = found[probe]
        notes.append(f"{probe.label}: {_answer(exchange)}")
        # Two modes, or two places for one route: the first is taken, the other told.
        other_mode = bool(probe.mode) and main is not None and main.mode != probe.mode
        if probe.key not in keys and not other_mode:
            keys[probe.key] = probe.path
            keys |= _method(name, probe, exchange)
    if main is not None and main.mode:
        keys = {"mode": main.mode, **keys}
    if main is not None and main.method == "GET":
        keys |= _of_stream(found[main]) if found[main].is_stream else _of_poll(name, found[main])
    return SeenProfile(name=name, seen=bool(notes), notes=tuple(notes), keys=keys)


def _method(profile: str, probe: Probe, exchange: Exchange) -> dict[str, str]:
    """The key that says how a route is asked, where its `Allow` says otherwise than the default."""
    key = _METHODS.get((profile, probe.key))
    allow = exchange.response.header("allow") if exchange.response else None
    if key is None or not allow:
        return {}
    allowed = {method.strip().upper() for method in allow.split(",")} & {"GET", "POST"}
    default = keys_of(PROFILES[profile])[key].default
    return {key: min(allowed)} if allowed and default not in allowed else {}


def _answer(exchange: Exchange) -> str:
    head = exchange.response
    if head is None:
        return exchange.trouble
    parts = [str(head.status)]
    parts += [f"Allow: {plain(allow)}" for allow in [head.header("allow")] if allow]
    parts += [plain(head.media_type)] if head.media_type and head.status == _OK else []
    return ", ".join(parts)


def _of_stream(exchange: Exchange) -> dict[str, str]:
    """How it greets, and the form of a heartbeat where the first frame was one."""
    for frame in exchange.stream.frames:
        if isinstance(frame, Event) and _BEAT.fullmatch(frame.type):
            return {"heartbeat_form": "event", "heartbeat_event": frame.type}
        if isinstance(frame, Event):
            greeting = _object(frame.data).get("type")
            named = isinstance(greeting, str) and _NAME.fullmatch(greeting) and greeting != "connected"
            return {"connected_type": str(greeting)} if named else {}
        if isinstance(frame, Comment) and _BEAT.search(frame.text):
            return {"heartbeat_form": "comment"}
    return {}


def _of_poll(profile: str, exchange: Exchange) -> dict[str, str]:
    """Where a poll's answer holds its events."""
    if profile != "hybrid" or exchange.status != _OK:
        return {}
    body = _json(exchange)
    if isinstance(body, list):
        return {"events_field": ""}
    lists = [name for name, value in body.items() if isinstance(value, list)] if isinstance(body, dict) else []
    return {"events_field": lists[0]} if lists and "events" not in lists and _NAME.fullmatch(lists[0]) else {}


def _environment(found: dict[Probe, Exchange], look: Look) -> tuple[str, str]:
    """What its health or diagnostics say, or a server that is for development only."""
    for probe, exchange in found.items():
        body = _json(exchange) if probe.method == "GET" and not exchange.is_stream else None
        said = {name.lower(): value for name, value in body.items()} if isinstance(body, dict) else {}
        for name in _ENVIRONMENT_FIELDS:
            known = _ENVIRONMENTS.get(str(said.get(name)).lower())
            if known:
                return known, f"`{name}` of {probe.label}"
    if "werkzeug" in _software(look).lower():
        return "development", "Werkzeug is a server for development"
    return "", ""


def _software(look: Look) -> str:
    """What the answers say of the server and the framework."""
    heads = [exchange.response for exchange in (*look.nothing.values(), *look.answers.values()) if exchange.response]
    values = [head.header(name) for head in heads for name in ("server", "x-powered-by")]
    return ", ".join(dict.fromkeys(plain(value) for value in values if value))


def _pages(look: Look) -> tuple[str, tuple[str, ...]]:
    """The policy and the pages that it lets in, by what preflights are answered."""
    allowed = {
        page: exchange.response.header("access-control-allow-origin")
        for page, exchange in look.preflights.items()
        if exchange.response is not None
    }
    if allowed.get(FOREIGN_PAGE) in {"*", FOREIGN_PAGE}:
        return "any", PAGES[:1]
    listed = tuple(page for page in PAGES if allowed.get(page) == page)
    return ("list", listed) if listed else ("", ())


def _json(exchange: Exchange) -> Any:
    try:
        return exchange.json()
    except ValueError:
        return None


def _object(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
