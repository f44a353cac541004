"""What a command is aimed at: a configured backend, the reference backend, or saved recordings."""

from __future__ import annotations

import os
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from chatproof.cli.reference import reference_backend
from chatproof.config import ConfigError, load_config
from chatproof.har import RecordingError, load_folder
from chatproof.process import BackendProcessError, backend_process
from chatproof.redaction import Redactor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chatproof.cli.judged import Talk
    from chatproof.config import Config

__all__ = ["TargetOptions", "target"]

_DEFAULT_FOLDER = Path("chatproof-report")


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetOptions:
    """The flags that choose a backend and its configuration."""

    url: str | None
    reference: bool
    profiles: tuple[str, ...]
    config_file: Path | None
    environment_name: str | None
    replay: Path | None
    report_dir: Path | None


@contextmanager
def target(options: TargetOptions, talk: Talk) -> Iterator[tuple[Config, Path]]:
    """
    The configuration and the report folder; starts a backend where one is to be started, and stops it.

    Raises click errors with a hint: nothing has been sent by then.
    """
    folder = options.report_dir or Path(os.environ.get("CHATPROOF_REPORT_DIR") or _DEFAULT_FOLDER)
    try:
        with ExitStack() as stack:
            if options.replay is not None:
                config = _replayed(options, options.replay)
            elif options.reference:
                config = stack.enter_context(_reference(options))
            else:
                config = _configured(options)
                for warning in config.warnings:
                    talk.say(f"warning: {warning}")
                if config.backend.command:
                    stack.enter_context(_started(config, talk))
            yield config, folder
    except (ConfigError, RecordingError, BackendProcessError) as error:
        raise click.UsageError(str(error)) from None


def _replayed(options: TargetOptions, recordings: Path) -> Config:
    """The configuration that was recorded, with the profiles that are asked for."""
    if options.url is not None or options.reference:
        other = "--reference" if options.reference else "a URL"
        msg = f"both {other} and --replay are given\nhint: --replay judges what was recorded; drop one of them"
        raise click.UsageError(msg)
    try:
        config = load_folder(recordings).config
    except RecordingError as error:
        below = recordings / "check"
        if not (below / "recordings").is_dir():
            raise
        msg = f"{recordings} holds no recordings\nhint: did you mean --replay {below}?"
        raise click.UsageError(msg) from error
    for name in options.profiles:
        if name not in config.profiles:
            msg = f"{recordings} holds no profile {name!r}\nhint: it holds {', '.join(config.profiles)}"
            raise click.UsageError(msg)
    chosen = options.profiles or tuple(config.profiles)
    return replace(config, profiles={name: config.profiles[name] for name in chosen})


@contextmanager
def _started(config: Config, talk: Talk) -> Iterator[None]:
    """Runs the backend's command; neither it nor what the backend said shows a secret."""
    scrub = Redactor.of(config).scrub
    talk.say(f"starting {scrub(config.backend.command)}")
    with ExitStack() as stack:
        try:
            stack.enter_context(backend_process(config.backend))
        except BackendProcessError as error:
            raise BackendProcessError(scrub(str(error))) from None
        yield


@contextmanager
def _reference(options: TargetOptions) -> Iterator[Config]:
    if options.url is not None:
        msg = "both a URL and --reference are given\nhint: --reference stands in place of a URL; drop one of them"
        raise click.UsageError(msg)
    with reference_backend(profiles=options.profiles) as config:
        yield config


def _configured(options: TargetOptions) -> Config:
    config = load_config(
        path=options.config_file,
        env=os.environ,
        environment_name=options.environment_name,
        url=options.url,
        profiles=options.profiles,
        cwd=Path.cwd(),
    )
    if not config.backend.url:
        msg = (
            "no backend is named\n"
            "hint: `chatproof check http://localhost:3000`, `url` under [backend] in chatproof.toml, CHATPROOF_URL, "
            "or `chatproof check --reference` for the embedded one"
        )
        raise click.UsageError(msg)
    return config
