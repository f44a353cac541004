"""The `chatproof.toml` of a backend that was looked at: what was seen, and in comments what could be declared."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from chatproof.config import PROFILES, Auth, Backend
from chatproof.config.tables import as_toml, keys_of
from chatproof.means import MEANS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from chatproof.init.seen import SeenBackend, SeenProfile

__all__ = ["config_text"]

_WIDTH = 118
_SCHEME = "bearer"
_CREDENTIAL = 'token = "${CHATPROOF_TOKEN}"'


def config_text(url: str, seen: SeenBackend) -> str:
    """The text of a file that loads; secrets stand in it as `${NAME}` only."""
    sections = [_head(), _backend(url, seen), _auth(seen), *(_profile(profile) for profile in seen.profiles)]
    return "\n\n".join("\n".join(lines) for lines in sections) + "\n"


def _head() -> list[str]:
    return [
        "# Written by `chatproof init`, from what the backend answered without a credential; nothing was posted.",
        "# What stands here is judged: take away what is not true, and declare what was not seen by taking away a `#`.",
        "# `chatproof explain ID` says what a requirement asks; docs/config.md lists every key.",
    ]


def _backend(url: str, seen: SeenBackend) -> list[str]:
    lines = ["[backend]", f"url = {json.dumps(url)}"]
    if seen.software:
        lines.append(f"# The server calls itself: {seen.software}")
    if seen.environment:
        lines += [f"# Seen: {seen.environment_reason}", f'environment = "{seen.environment}"']
    else:
        lines += _open("environment", '"staging"', _doc(Backend, "environment"))
    if seen.cors:
        who = "any page" if seen.cors == "any" else ", ".join(seen.origins)
        lines += [f"# Seen: preflights of {who} are answered with leave", f"origins = {json.dumps(list(seen.origins))}"]
        lines.append(f'cors = "{seen.cors}"')
    done = {"url", "environment", *(("origins", "cors") if seen.cors else ())}
    return [*lines, *_rest(Backend, done)]


def _auth(seen: SeenBackend) -> list[str]:
    jwt = [
        "# With the key that signs tokens, in place of a token, the rows on forged and expired ones are judged too:",
        '# scheme = "jwt"',
        '# secret = "${CHAT_JWT_SECRET}"',
        '# claims = { sub = "test-user-id", aud = "authenticated" }',
        '# second_user = { sub = "other-user-id" }',
    ]
    if not seen.bearer:
        told = f"Seen: {seen.challenge}" if seen.challenge else "No route that was looked at asked for a credential."
        opened = ["# [auth]", f'# scheme = "{_SCHEME}"  # {_doc(Auth, "scheme")}', f"# {_CREDENTIAL}"]
        return [f"# {told}", *opened, *jwt]
    return ["[auth]", f"# Seen: {seen.challenge}", f'scheme = "{_SCHEME}"', _CREDENTIAL, *jwt]


def _profile(profile: SeenProfile) -> list[str]:
    lines = [f"[profiles.{profile.name}]"]
    lines += [f"# Seen: {note}" for note in profile.notes] or ["# Nothing of it was seen; these are the defaults."]
    lines += [f"{name} = {json.dumps(value)}" for name, value in profile.keys.items()]
    return [*lines, *_rest(PROFILES[profile.name], profile.keys)]


def _rest(table: type[Any], done: Collection[str]) -> list[str]:
    """In comments, each key that has an example and was not seen; and the means that go without one."""
    lines: list[str] = []
    for name, entry in keys_of(table).items():
        if name in done:
            continue
        metadata = entry.metadata
        if metadata["example"]:
            lines += _open(name, as_toml(metadata["example"]), metadata["doc"])
        elif name in MEANS and entry.default is None:
            example = MEANS[name].declare.partition("  #")[0].partition(" = ")[2]
            lines += _open(name, example, metadata["doc"])
    return lines


def _open(name: str, example: str, doc: str) -> Iterable[str]:
    """A key that could be declared: what it means, and a line of it."""
    line = f"# {name} = {example}  # {doc}"
    return [line] if len(line) <= _WIDTH else [f"# {doc}", f"# {name} = {example}"]


def _doc(table: type[Any], name: str) -> str:
    return str(keys_of(table)[name].metadata["doc"])
