"""`chatproof serve`: the reference backend for people, whole or with one fault."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from threading import Event
from typing import Any

import click

from chatproof.cli.lazy import HELP
from chatproof.cli.options import duration
from chatproof.closest import closest
from chatproof.config import PROFILES
from chatproof.config.toml_text import toml_text
from chatproof.loading import load

__all__ = ["command"]

_SECRET_VARIABLE = "CHATPROOF_SERVE_SECRET"  # noqa: S105 - the name of a variable, not its value
_NO_FAULT = "identity"


@click.command("serve", short_help="Run the reference backend.", context_settings=HELP)
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--port", default=3000, envvar="PORT", show_default=True, type=click.IntRange(0, 65535), help="0 takes a free one."
)
@click.option(
    "--profile",
    "profiles",
    multiple=True,
    type=click.Choice(list(PROFILES)),
    help="Serve this one (repeatable).  [all]",
)
@click.option("--fault", default=_NO_FAULT, metavar="NAME", help="Break one thing; `chatproof list faults` names them.")
@click.option("--heartbeat", default="1s", show_default=True, callback=duration(0.01), help="Interval of heartbeats.")
@click.option(
    "--environment",
    default="development",
    show_default=True,
    type=click.Choice(["production", "staging", "development"]),
    help="In production there are no demo tokens and no test scenarios.",
)
@click.option("--resume", is_flag=True, help="Offer the route that goes on with a turn after Last-Event-ID.")
@click.option(
    "--long-turn",
    "long_seconds",
    metavar="TIME",
    callback=duration(0.0),
    help="How long the long turn takes, for a soak.  [a few heartbeats]",
)
@click.option(
    "--token-gap",
    "token_gap_seconds",
    metavar="TIME",
    callback=duration(0.001),
    help="Pause before each token.  [1ms]",
)
@click.option("--front", is_flag=True, help="Run a public front before it, too: a proxy that passes everything on.")
@click.option(
    "--write-config",
    "config_file",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help=f"Write the chatproof.toml that declares all it offers; needs {_SECRET_VARIABLE}.",
)
@click.pass_context
def command(
    context: click.Context,
    /,
    *,
    host: str,
    port: int,
    profiles: tuple[str, ...],
    fault: str,
    heartbeat: float,
    environment: str,
    resume: bool,
    long_seconds: float | None,
    token_gap_seconds: float | None,
    front: bool,
    config_file: Path | None,
) -> None:
    """
    Runs the reference backends until Ctrl-C, all profiles on one address.

    The first line on stdout is `listening on URL`. The HS256 secret is made anew at each start, unless
    CHATPROOF_SERVE_SECRET gives it. It reads the variables that its configuration declares, PORT, and the address of
    the service behind a profile, such as STREAM_CHAT_UPSTREAM_URL: without it a stand-in runs here.
    """
    backend, server, serving = (load("fixtures", name) for name in ("backend", "server", "serving"))
    chosen = _fault(context, fault)
    secret = os.environ.get(_SECRET_VARIABLE, "") or secrets.token_urlsafe(32)
    wanted = serving.Wanted(
        profiles=_profiles(context, profiles, chosen, tuple(load("fixtures", "references").REFERENCES)),
        secret=secret,
        heartbeat_seconds=heartbeat,
        environment=environment,
        resume=resume,
        long_seconds=long_seconds or 0.0,
        token_gap_seconds=token_gap_seconds or 0.0,
    )
    with server.Farm() as farm:
        try:
            served = serving.serving(farm, wanted, chosen, os.environ, host=host, port=port, with_front=front)
        except server.ServerError as error:
            hint = "hint: --port 0 takes a free port"
            raise click.UsageError(f"{error}\n{hint}", context) from error
        except backend.BootRefusedError as error:
            hint = f"hint: set {_SECRET_VARIABLE} to a secret of your own with at least 32 bytes, or unset it"
            raise click.UsageError(f"the backend does not start: {error}\n{hint}", context) from error
        if config_file is not None:
            _write(context, config_file, served)
        click.echo(f"listening on {served.url}")
        click.echo(_talk(served, wanted, chosen), err=True)
        _until_interrupted()
    click.echo("stopped", err=True)


def _profiles(context: click.Context, asked: tuple[str, ...], fault: Any, known: tuple[str, ...]) -> tuple[str, ...]:
    """Those that are asked for, or all; a usage error where the fault is in none of them."""
    chosen = tuple(profile for profile in known if not asked or profile in asked)
    if fault.name != _NO_FAULT and fault.profile not in chosen:
        hint = f"hint: --profile {fault.profile}, or no --profile at all"
        raise click.UsageError(f"the fault {fault.name} is one of {fault.profile}\n{hint}", context)
    return chosen


def _fault(context: click.Context, name: str) -> Any:
    """The fault of that name; a usage error names the closest one. The faults are loaded where one is wanted."""
    if name == _NO_FAULT:
        return load("fixtures", "faults").NO_FAULT
    known = load("fixtures", "catalogue").SERVED_FAULTS
    if name in known:
        return known[name]
    near = closest(name, known)
    hint = f"did you mean {near}? " if near else ""
    raise click.UsageError(f"no such fault: {name!r}\nhint: {hint}`chatproof list faults` shows all", context)


def _write(context: click.Context, path: Path, served: Any) -> None:
    """The configuration, with the name of the variable in the place of the secret."""
    if not os.environ.get(_SECRET_VARIABLE):
        hint = f"export {_SECRET_VARIABLE}=... with at least 32 bytes, for this command and for the check"
        raise click.UsageError(
            f"--write-config never writes a secret, and {_SECRET_VARIABLE} is not set\nhint: {hint}", context
        )
    config = served.config
    observe = {"pid": os.getpid()}
    tables = {**config, "auth": {**config["auth"], "secret": f"${{{_SECRET_VARIABLE}}}"}, "observe": observe}
    try:
        path.write_text(toml_text(tables), encoding="utf-8")
    except OSError as error:
        raise click.UsageError(
            f"{path} cannot be written: {error.strerror}\nhint: name a file in a folder of yours"
        ) from error


def _talk(served: Any, wanted: Any, fault: Any) -> str:
    """What people need to try it: the page, a token, a line for curl."""
    profiles = tuple(served.config["profiles"])
    base = load("fixtures", "reference").base_of(next(iter(served.settings.values())))
    defect = "" if fault.name == _NO_FAULT else f" with the fault {fault.name}: {fault.summary}"
    pace = f"({wanted.environment}, heartbeat {wanted.heartbeat_seconds:g} s)"
    body = '{"message":"Tell me a long story"}'
    headers = '-H "Authorization: Bearer $TOKEN" -H "Content-Type: application/json"'
    chat = "ai-chat" in profiles
    chosen = "" if profiles == ("ai-chat",) else "".join(f" --profile {profile}" for profile in profiles)
    lines = (
        f"the reference backend for {', '.join(profiles)} {pace}{defect}",
        *([f"page:  {served.url}/"] if chat else []),
        f"token: {load('fixtures', 'backend').mint(base, 'test-user-id')}",
        *([f"try:   curl -N {headers} -d '{body}' {served.url}/api/v1/chat"] if chat else []),
        f"{'      ' if chat else 'try:  '} CHATPROOF_TOKEN=$TOKEN chatproof check{chosen} {served.url}",
        "Ctrl-C ends it",
    )
    return "\n".join(lines)


def _until_interrupted() -> None:
    """Returns when the user presses Ctrl-C; there is nothing else to wait for."""
    try:
        _forever()
    except KeyboardInterrupt:
        return


def _forever() -> None:
    """Waits for what never comes; the one wait without a limit, for a server runs until it is stopped."""
    Event().wait()
