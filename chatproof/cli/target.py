"""What a command is aimed at: a configured backend, the reference backend, or saved recordings."""

from __future__ import annotations

import os
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import click

from chatproof.cli.reference import reference_config
from chatproof.config import ConfigError, load_config
from chatproof.config.sources import find, lay_over
from chatproof.har import RecordingError, load_folder
from chatproof.history.database import check_history
from chatproof.history.trouble import HistoryError
from chatproof.process import BackendProcessError
from chatproof.surroundings import Surroundings, surroundings_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from chatproof.cli.finish import Talk
    from chatproof.cli.reference import EmbeddedReference
    from chatproof.config import Config

__all__ = ["Accepting", "Aim", "TargetOptions", "as_observed", "target"]

T = TypeVar("T")

_DEFAULT_FOLDER = Path("chatproof-report")


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetOptions:
    """The flags that choose a backend and its configuration."""

    url: str | None
    reference: bool
    profiles: tuple[str, ...]
    config_file: Path | None
    environment_name: str | None
    report_dir: Path | None
    build: str | None = None
    replay: Path | None = None
    command: str = "check"
    beside_reference: tuple[str, ...] = ()
    """Tables that a file given with `--reference` may hold; where there are none the file is not read."""
    long_seconds: float = 0.0
    """How long the long turn of the embedded reference backend takes; 0 stands for a few heartbeats."""
    token_gap_seconds: float = 0.0
    """The pause before each token of the embedded reference backend; 0 stands for none to speak of."""

    @classmethod
    def of(cls, flags: Mapping[str, Any], **more: Any) -> TargetOptions:
        """By `--reference` and the flags of `aim_options`; `more` are the other fields."""
        return cls(
            reference=flags["reference"],
            config_file=flags["config_file"],
            environment_name=flags["environment_name"],
            report_dir=flags["report_dir"],
            build=flags["build"],
            **more,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Aim:
    """
    The configuration, the report folder, and what was started round the backend.

    `source` is how another process comes to the same configuration: `tables`, or a file and what is laid over it.
    """

    config: Config
    folder: Path
    surroundings: Surroundings
    source: Mapping[str, Any] = field(repr=False)


class Accepting(Generic[T]):
    """Makes of the configuration what a command needs, before anything is started, and keeps it; it may refuse."""

    def __init__(self, make: Callable[[Config], T]) -> None:
        self._make = make
        self._made: list[T] = []

    def __call__(self, config: Config) -> None:
        """Makes it; what refuses the configuration is raised."""
        self._made = [self._make(config)]

    @property
    def made(self) -> T:
        """What was made; ValueError where no configuration was shown yet, which `target` does first."""
        (made,) = self._made
        return made


@contextmanager
def target(
    options: TargetOptions, talk: Talk, *, accept: Callable[[Config], None] = lambda _config: None
) -> Iterator[Aim]:
    """
    What a command is aimed at, until the block ends: then all that was started round the backend is stopped.

    `accept` is shown the configuration before anything is started, and may refuse it. Raises click errors with a
    hint: nothing has been sent by then.
    """
    folder = options.report_dir or Path(os.environ.get("CHATPROOF_REPORT_DIR") or _DEFAULT_FOLDER)
    _refuse_history(talk.history)
    try:
        with ExitStack() as stack:
            around, source = Surroundings(), {}
            if options.replay is not None:
                config = _replayed(options, options.replay)
                for folder_name in config.own.missing if config.own is not None else ():
                    talk.say(f"warning: requirements of your own in {folder_name} are not judged: it is not here")
                accept(config)
            elif options.reference:
                found = _reference(options)
                config = _built(found.config, options)
                source = {"tables": found.tables, "profiles": list(config.profiles), "origin": config.origin}
                accept(config)
                around = stack.enter_context(surroundings_of(config, environment=found.variables))
            else:
                config = _built(_configured(options), options)
                source = _source(options, config)
                for warning in config.warnings:
                    talk.say(f"warning: {warning}")
                accept(config)
                around = stack.enter_context(surroundings_of(config, say=talk.say))
            yield Aim(config=config, folder=folder, surroundings=around, source=source)
    except (ConfigError, RecordingError, BackendProcessError) as error:
        raise click.UsageError(str(error)) from None


def as_observed(config: Config) -> Config:
    """The configuration as it will be when the backend runs: the process that we start can be observed."""
    if not config.backend.command or config.observe.pid is not None or config.observe.metrics_url:
        return config
    return replace(config, observe=replace(config.observe, pid=os.getpid()))


def _refuse_history(file: Path | None) -> None:
    """Raises click.UsageError for a history that the run could not be appended to: it would be known after it else."""
    try:
        if file is not None:
            check_history(file)
    except HistoryError as error:
        raise click.UsageError(f"{error}\nhint: {error.hint}") from None


def _built(config: Config, options: TargetOptions) -> Config:
    """The configuration with the build that the command line names."""
    if options.build is None:
        return config
    return replace(config, backend=replace(config.backend, build=options.build))


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


def _reference(options: TargetOptions) -> EmbeddedReference:
    if options.url is not None:
        msg = "both a URL and --reference are given\nhint: --reference stands in place of a URL; drop one of them"
        raise click.UsageError(msg)
    if options.config_file is None or not options.beside_reference:
        return reference_config(
            profiles=options.profiles,
            long_seconds=options.long_seconds,
            token_gap_seconds=options.token_gap_seconds,
        )
    beside = find(options.config_file, os.environ, Path.cwd())
    tables = lay_over(beside, options.environment_name)
    for name in tables:
        if name not in options.beside_reference:
            allowed = " and ".join(f"[{entry}]" for entry in options.beside_reference)
            msg = f"[{name}] of {beside.name} is not for --reference\nhint: beside it the file may hold {allowed} alone"
            raise click.UsageError(msg)
    return reference_config(
        profiles=options.profiles,
        beside=tables,
        origin=beside.name,
        long_seconds=options.long_seconds,
        token_gap_seconds=options.token_gap_seconds,
    )


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
            f"hint: `chatproof {options.command} http://localhost:3000`, `url` under [backend] in chatproof.toml, "
            f"CHATPROOF_URL, or `chatproof {options.command} --reference` for the embedded one"
        )
        raise click.UsageError(msg)
    return config


def _source(options: TargetOptions, config: Config) -> dict[str, Any]:
    """The file by its absolute path, and what the command line lays over it; for a process in another folder."""
    return {
        "path": str(Path.cwd() / config.origin) if config.origin else None,
        "environment_name": options.environment_name,
        "url": options.url,
        "profiles": list(options.profiles),
        "cwd": str(Path.cwd()),
    }
