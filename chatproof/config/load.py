"""Loads the configuration: the file, the table of an environment over it, variables and arguments over both."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from chatproof.closest import closest
from chatproof.config.box_checks import own_boxes
from chatproof.config.checks import check_auth, check_backend, check_targets, check_waiver
from chatproof.config.expansion import escape
from chatproof.config.keys import Auth, Backend, ProfileSettings, Suite, Waiver
from chatproof.config.load_checks import check_load, check_observe
from chatproof.config.load_keys import Load, Observe
from chatproof.config.problems import ConfigError, shown
from chatproof.config.profile_checks import check_profile
from chatproof.config.profile_keys import PROFILES
from chatproof.config.sources import find, lay_over, list_lines
from chatproof.config.tables import UNKNOWN_KEY, Reader
from chatproof.config.whole import Config

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from chatproof.config.sources import Source
    from chatproof.own import Own

__all__ = ["from_table", "load_config", "load_suite", "own_of", "read_config"]

_TOP = ("backend", "auth", "suite", "profiles", "targets", "load", "observe", "waivers", "boxes", "env")
_DEFAULT_PROFILE = "ai-chat"
_TOKEN_SCHEMES = {"bearer", "cookie", "header"}


def load_config(
    *,
    path: Path | None,
    env: Mapping[str, str],
    environment_name: str | None,
    url: str | None,
    profiles: Sequence[str],
    cwd: Path,
) -> Config:
    """
    The configuration that holds: arguments before variables before the file.

    `path` is `--config`, `env` the process's variables, `environment_name` the NAME of `[env.NAME]`, `url` and
    `profiles` the command line's. The URL may be empty in the end: a command that needs one says so. Raises
    `ConfigError` with every problem of the file.
    """
    source = find(path, env, cwd)
    table = deepcopy(dict(lay_over(source, environment_name)))
    placed, unused = _lay_arguments_over(table, env=env, url=url)
    reader = Reader(
        where=source.name or "the configuration",
        base=source.base,
        variables=env,
        placed=placed,
        lines=_lines(source, table, environment_name),
    )
    own = own_of(reader, table)
    _check_other_environments(reader, source, environment_name, env, own)
    config = read_config(reader, table, profiles=tuple(profiles or ()), own=own)
    if reader.problems:
        raise ConfigError(*reader.problems)
    return replace(
        config,
        suite=Suite(folders=tuple(_from(cwd, source.base / folder) for folder in config.suite.folders)),
        origin=source.name,
        warnings=tuple(reader.warnings) + tuple(unused),
        secrets=tuple(dict.fromkeys(reader.secrets)),
    )


def load_suite(path: Path | None, *, env: Mapping[str, str], cwd: Path) -> Own | None:
    """
    What the folders of `[suite]` hold, for commands that concern no backend: nothing else of the file is read.

    Raises `ConfigError`.
    """
    source = find(path, env, cwd)
    reader = Reader(where=source.name or "the configuration", base=source.base, variables=env)
    reader.table(Suite, suite := source.table.get("suite", {}), "suite")
    if reader.problems:
        raise ConfigError(*reader.problems)
    return own_of(reader, {"suite": suite})


def from_table(table: Mapping[str, Any], *, origin: str, profiles: Sequence[str] = ()) -> Config:
    """
    The configuration of a table that was made in memory, under the name `origin`.

    Nothing is expanded, and files need not exist. Raises `ConfigError` with every problem of the table.
    """
    reader = Reader(where=origin)
    config = read_config(reader, table, profiles=tuple(profiles), own=own_of(reader, table))
    if reader.problems:
        raise ConfigError(*reader.problems)
    return replace(config, origin=origin, secrets=tuple(dict.fromkeys(reader.secrets)))


def own_of(reader: Reader, table: Mapping[str, Any]) -> Own | None:
    """
    What the folders of a table's `[suite]` hold; None where it names none.

    A folder that does not exist is a problem, but for a saved configuration, which may have been saved elsewhere.
    Raises `ConfigError` where a file in them cannot be used.
    """
    apart = replace(reader, problems=[], warnings=[])
    suite = apart.table(Suite, table.get("suite", {}), "suite")
    if suite is None or not suite.folders:
        return None
    from chatproof.own import load_own  # noqa: PLC0415 - only now, so that others pay nothing

    missing = [folder for folder in suite.folders if not (reader.base / folder).is_dir()]
    if missing and reader.variables is not None:
        for folder in missing:
            hint = "the path starts from the folder of the configuration file"
            reader.problem("suite.folders", f'"{folder}"', "a folder that exists", hint=hint)
    present = [reader.base / folder for folder in suite.folders if folder not in missing]
    return load_own(present, missing=missing)


def read_config(
    reader: Reader, table: Mapping[str, Any], *, profiles: tuple[str, ...], own: Own | None = None
) -> Config:
    """Reads every table, and notes all that is wrong in the reader."""
    kinds = PROFILES if own is None else {**PROFILES, **{name: it.settings for name, it in own.profiles.items()}}
    for name in table:
        if name not in _TOP:
            reader.unknown("", name, _TOP)
    backend = reader.table(Backend, table.get("backend", {}), "backend") or Backend()
    if reader.variables is not None:
        check_backend(reader, backend)
    given = table.get("auth", {})
    auth = reader.table(Auth, given, "auth")
    if auth is not None:
        check_auth(reader, auth, given)
    suite = reader.table(Suite, table.get("suite", {}), "suite") or Suite()
    load = reader.table(Load, table.get("load", {}), "load") or Load()
    check_load(reader, load)
    observe = reader.table(Observe, table.get("observe", {}), "observe") or Observe()
    check_observe(reader, observe)
    tables = table.get("profiles", {})
    if own is not None and own.missing and isinstance(tables, dict):
        tables = {name: given for name, given in tables.items() if name in kinds}
    declared = _profiles(reader, tables, kinds)
    chosen = _chosen(reader, declared, profiles, kinds)
    return Config(
        backend=backend,
        auth=auth or Auth(),
        suite=suite,
        profiles=chosen or {_DEFAULT_PROFILE: PROFILES[_DEFAULT_PROFILE]()},
        targets=check_targets(reader, table.get("targets", {})),
        load=load,
        observe=observe,
        waivers=_waivers(reader, table.get("waivers", []), kinds),
        boxes=own_boxes(reader, table.get("boxes", []), kinds),
        assumed_profile=not chosen,
        server_secrets=_server_secrets(backend, auth, chosen),
        own=own,
    )


def _server_secrets(backend: Backend, auth: Auth | None, profiles: Mapping[str, ProfileSettings]) -> tuple[str, ...]:
    """What only the server may know: its keys, and those that it has of other services."""
    keys = [auth.secret if auth else "", *(getattr(settings, "secret", "") for settings in profiles.values())]
    return tuple(dict.fromkeys(secret for secret in (*keys, *backend.secrets) if secret))


def _lay_arguments_over(
    table: dict[str, Any], *, env: Mapping[str, str], url: str | None
) -> tuple[dict[str, str], list[str]]:
    """Puts URL and token into the table; returns where each came from, and warnings."""
    placed: dict[str, str] = {}
    warnings: list[str] = []
    for value, where in ((url, "the URL argument"), (env.get("CHATPROOF_URL"), "CHATPROOF_URL")):
        if value:
            if isinstance(backend := table.setdefault("backend", {}), dict):
                backend["url"] = escape(value if "://" in value else f"http://{value}")
                placed["backend.url"] = where
            break
    build = env.get("CHATPROOF_BUILD")
    if build and isinstance(backend := table.setdefault("backend", {}), dict):
        backend["build"] = escape(build)
        placed["backend.build"] = "CHATPROOF_BUILD"
    token = env.get("CHATPROOF_TOKEN")
    if token and isinstance(auth := table.setdefault("auth", {}), dict):
        scheme = auth.setdefault("scheme", "bearer")
        if scheme in _TOKEN_SCHEMES:
            auth["token"] = escape(token)
            placed["auth.token"] = "CHATPROOF_TOKEN"
        else:
            warnings.append(f"CHATPROOF_TOKEN is not used: auth.scheme is {scheme}")
    return placed, warnings


def _profiles(reader: Reader, tables: object, kinds: Mapping[str, type[Any]]) -> dict[str, ProfileSettings]:
    """The declared profiles; an unknown name is a problem."""
    if not isinstance(tables, dict):
        reader.problem("profiles", shown(tables), "a table", hint=f"write it as [profiles.{_DEFAULT_PROFILE}]")
        return {}
    found: dict[str, ProfileSettings] = {}
    for name, given in tables.items():
        kind = kinds.get(name)
        if kind is None:
            reader.unknown("profiles", name, kinds)
            continue
        settings = reader.table(kind, given, f"profiles.{name}")
        if settings is not None:
            check_profile(reader, name, settings)
            found[name] = settings
    return found


def _chosen(
    reader: Reader,
    declared: Mapping[str, ProfileSettings],
    names: tuple[str, ...],
    kinds: Mapping[str, type[Any]],
) -> dict[str, ProfileSettings]:
    """The profiles that the command line names, else all declared."""
    problems = replace(reader, where="--profile", placed={}, lines={})
    for name in dict.fromkeys(names):
        if name not in kinds:
            hint = f"the profiles are {', '.join(kinds)}"
            problems.problem("", f"`{name}`", "the name of a profile", closest=closest(name, kinds), hint=hint)
        elif names.count(name) > 1:
            problems.problem("", f"`{name}` twice", "each profile once", hint=f"give --profile {name} once")
    if not names:
        return dict(declared)
    return {name: declared.get(name) or kinds[name]() for name in names if name in kinds}


def _waivers(reader: Reader, entries: object, kinds: Mapping[str, type[Any]]) -> tuple[Waiver, ...]:
    """The waivers in the order of the file, each with its line."""
    if not isinstance(entries, list):
        reader.problem("waivers", shown(entries), "a list of tables", hint="write each one below a line [[waivers]]")
        return ()
    found = []
    for index, entry in enumerate(entries):
        path = f"waivers[{index}]"
        waiver = reader.table(Waiver, entry, path)
        if waiver is not None:
            check_waiver(reader, path, waiver, kinds)
            found.append(replace(waiver, line=reader.lines.get(path, 0)))
    return tuple(found)


def _lines(source: Source, table: Mapping[str, Any], environment: str | None) -> dict[str, int]:
    """Where each entry of a list of tables begins; a list in one line has one header or none, and no line then."""
    found: dict[str, int] = {}
    for key in ("waivers", "boxes"):
        entries, lines = table.get(key, []), list_lines(source, environment, key)
        if isinstance(entries, list) and len(entries) == len(lines):
            found |= {f"{key}[{index}]": line for index, line in enumerate(lines)}
    return found


def _from(cwd: Path, path: Path) -> str:
    """A path from the working directory on where it lies below that: so it is found again by whoever replays."""
    return str(path.relative_to(cwd)) if path.is_relative_to(cwd) else str(path)


def _check_other_environments(
    reader: Reader, source: Source, chosen: str | None, variables: Mapping[str, str], own: Own | None
) -> None:
    """A typo in an environment that is not chosen is found too; its variables need not be set."""
    overlays = source.table.get("env", {})
    if not isinstance(overlays, dict):
        reader.problem("env", shown(overlays), "a table", hint="write it as [env.NAME]")
        return
    for name, overlay in overlays.items():
        if not isinstance(overlay, dict):
            reader.problem(f"env.{name}", shown(overlay), "a table", hint=f"write it as [env.{name}]")
        elif name != chosen:
            apart = Reader(where=reader.where, base=reader.base, variables=variables)
            read_config(apart, overlay, profiles=(), own=own)
            unknown = [problem for problem in apart.problems if problem.found == UNKNOWN_KEY]
            reader.problems.extend(replace(problem, key=f"env.{name}.{problem.key}") for problem in unknown)
