"""What a load process is to do: from the command line that started it, or from the configuration under plain Locust."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chatproof.config import ConfigError, from_table, load_config
from chatproof.load_plan import Plan
from chatproof.load_plan_made import plan_of
from chatproof.load_run.safety import LoadRefusedError, refuse_foreign_host

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chatproof.config import Config

__all__ = ["VARIABLE", "LoadSettings", "LocustOptions", "SettingsError", "read_settings"]

VARIABLE = "CHATPROOF_LOAD"
"""The variable in which `chatproof load` says what the process it starts is to do."""

_SINK = "file:chatproof-samples.jsonl.gz"


class SettingsError(Exception):
    """The process cannot do what it is told; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LocustOptions:
    """What Locust's own command line says: None and empty where it says nothing."""

    host: str = ""
    users: int | None = None
    spawn_rate: float | None = None
    run_time_seconds: float | None = None
    headless: bool = True
    processes: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadSettings:
    """The plan, the backend's configuration, and where the records go; `given` says that `chatproof load` made them."""

    plan: Plan
    config: Config
    sink: str
    given: bool = False


def read_settings(
    *,
    workload: str,
    profiles: tuple[str, ...],
    options: LocustOptions,
    env: Mapping[str, str],
    cwd: Path,
    needs_url: bool = True,
) -> LoadSettings:
    """
    The settings of this process; raises `SettingsError` with every problem in words.

    With the variable `CHATPROOF_LOAD` they are those of the command line that started it. Under plain Locust the
    configuration is found as by `chatproof load`, with Locust's `--host` for the URL, the plan is that of `[load]`, and
    Locust's own options go before both. A worker needs no URL (`needs_url`): the process that leads the run tells it.
    A host that is neither this machine nor allowed is refused here too: nothing else would under plain Locust.
    """
    try:
        if env.get(VARIABLE):
            settings = _given(env[VARIABLE], env=env, cwd=cwd)
        else:
            settings = _found(workload, profiles, options, env=env, cwd=cwd)
        if settings.config.backend.url:
            refuse_foreign_host(settings.config.backend.url, settings.config.load.allow_hosts)
    except (ConfigError, LoadRefusedError) as error:  # a plan that makes no sense is a ConfigError too
        raise SettingsError(str(error)) from None
    if needs_url and not settings.config.backend.url:
        raise SettingsError("no URL of a backend: give --host, set CHATPROOF_URL, or write it under [backend]")
    if settings.plan.profile not in settings.config.profiles:
        declared = ", ".join(settings.config.profiles) or "none"
        raise SettingsError(f"the profile {settings.plan.profile!r} is not configured (there are: {declared})")
    return settings


def _given(text: str, *, env: Mapping[str, str], cwd: Path) -> LoadSettings:
    try:
        document = json.loads(text)
        plan = Plan.from_json(document["plan"])
        source, sink = document["config"], document.get("sink", _SINK)
        if source.get("cwd"):
            os.chdir(source["cwd"])  # commands of the configuration are relative to where it was read
        config = _config_of(source, env=env, cwd=Path(source.get("cwd") or cwd))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise SettingsError(f"{VARIABLE} cannot be read: {type(error).__name__}: {error}") from None
    return LoadSettings(plan=plan, config=config, sink=sink, given=True)


def _config_of(source: Mapping[str, Any], *, env: Mapping[str, str], cwd: Path) -> Config:
    if "tables" in source:
        return from_table(source["tables"], origin=source.get("origin", "chatproof load"), profiles=source["profiles"])
    return load_config(
        path=Path(source["path"]) if source.get("path") else None,
        env=env,
        environment_name=source.get("environment_name"),
        url=source.get("url"),
        profiles=source.get("profiles", ()),
        cwd=cwd,
    )


def _found(
    workload: str, profiles: tuple[str, ...], options: LocustOptions, *, env: Mapping[str, str], cwd: Path
) -> LoadSettings:
    config = _load(options, env=env, cwd=cwd)
    if config.assumed_profile and profiles and profiles[0] not in config.profiles:
        config = _load(options, env=env, cwd=cwd, profiles=profiles[:1])
    overrides: dict[str, Any] = {"processes": options.processes}
    if options.users is not None:
        overrides["users"] = options.users
    if options.spawn_rate is not None:
        overrides["spawn_rate"] = float(options.spawn_rate)
    if options.run_time_seconds is not None:
        overrides["run_time_seconds"] = float(options.run_time_seconds)
    elif not options.headless:
        overrides["run_time_seconds"] = config.load.max_run_time
    plan = plan_of(config, workload=workload, overrides=overrides)
    return LoadSettings(plan=plan, config=config, sink=_SINK)


def _load(options: LocustOptions, *, env: Mapping[str, str], cwd: Path, profiles: tuple[str, ...] = ()) -> Config:
    url = options.host or None
    return load_config(path=None, env=env, environment_name=None, url=url, profiles=profiles, cwd=cwd)
