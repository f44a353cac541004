"""What a command is aimed at: a configured backend, the reference backend, or saved recordings."""

from __future__ import annotations

import os
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from chatproof.cli.reference import reference_config
from chatproof.config import ConfigError, load_config
from chatproof.har import RecordingError, load_folder
from chatproof.process import BackendProcessError
from chatproof.surroundings import Surroundings, surroundings_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

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
def target(
    options: TargetOptions, talk: Talk, *, accept: Callable[[Config], None] = lambda _config: None
) -> Iterator[tuple[Config, Path, Surroundings]]:
    """
    The configuration, the report folder, and what was started round the backend: all of it is stopped at the end.

    `accept` is shown the user's configuration before anything is started, and may refuse it. Raises click errors with a
    hint: nothing has been sent by then.
    """
    folder = options.report_dir or Path(os.environ.get("CHATPROOF_REPORT_DIR") or _DEFAULT_FOLDER)
    try:
        with ExitStack() as stack:
            around = Surroundings()
            if options.replay is not None:
                config = _replayed(options, options.replay)
                for folder_name in config.own.missing if config.own is not None else ():
                    talk.say(f"warning: requirements of your own in {folder_name} are not judged: it is not here")
                accept(config)
            elif options.reference:
                config, variables = _reference(options)
                around = stack.enter_context(surroundings_of(config, environment=variables))
            else:
                config = _configured(options)
                for warning in config.warnings:
                    talk.say(f"warning: {warning}")
                accept(config)
                around = stack.enter_context(surroundings_of(config, say=talk.say))
            yield config, folder, around
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


def _reference(options: TargetOptions) -> tuple[Config, dict[str, str]]:
    if options.url is not None:
        msg = "both a URL and --reference are given\nhint: --reference stands in place of a URL; drop one of them"
        raise click.UsageError(msg)
    return reference_config(profiles=options.profiles)


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
