"""`chatproof init URL`: looks at a backend, and writes a chatproof.toml."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from chatproof.cli.lazy import HELP
from chatproof.cli.signals import termination_interrupts
from chatproof.closest import closest
from chatproof.config import PROFILES, ConfigError, from_table
from chatproof.exit_code import ExitCode
from chatproof.gate import no_answer_hint
from chatproof.init import UnreachableError, config_text, look, recognised

if TYPE_CHECKING:
    from chatproof.init import Look, SeenBackend

__all__ = ["command"]

_DEFAULT = Path("chatproof.toml")


@click.command("init", short_help="Look at a backend, and write a chatproof.toml.", context_settings=HELP)
@click.argument("url", metavar="URL")
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    default=_DEFAULT,
    metavar="FILE",
    help="What to write.  [chatproof.toml]",
)
@click.option("--force", is_flag=True, help="Write over a file that is there.")
@click.option("--profile", "profiles", multiple=True, metavar="P", help="It has this profile (repeatable).")
def command(*, url: str, output: Path, force: bool, profiles: tuple[str, ...]) -> int:
    """
    Looks at a backend and writes what it saw into a commented chatproof.toml.

    It sends at most 25 requests within 15 s: GET on routes that only tell something, OPTIONS on the others, all
    without a credential. Nothing is posted.

    Exit codes: 0 written; 2 wrong usage; 3 nothing was recognised, and nothing written; 130 interrupted.
    """
    base = _base(url)
    _check(output, profiles, force=force)
    with termination_interrupts():
        try:
            found = look(base)
        except UnreachableError as error:
            click.echo(f"error: {base} does not answer: {error}\nhint: {_unreachable_hint(error, base)}", err=True)
            return ExitCode.NO_VERDICT
    seen = recognised(found, profiles)
    _tell(found, seen)
    if not seen.profiles:
        click.echo(f"error: none of the profiles' routes was seen at {base}\nhint: {_nothing_seen(base)}", err=True)
        return ExitCode.NO_VERDICT
    try:
        output.write_text(config_text(base, seen), encoding="utf-8")
    except OSError as error:
        msg = f"{output} cannot be written: {error.strerror}\nhint: --output FILE writes elsewhere"
        raise click.UsageError(msg) from None
    click.echo(f"wrote {output}\nnext: {_next(output, seen)}", err=True)
    return ExitCode.MET


def _nothing_seen(base: str) -> str:
    return (
        f"is it the right URL? Where the routes lie elsewhere `chatproof init {base} --profile P` writes the table of "
        f"a profile, for you to declare its paths (P is one of {', '.join(PROFILES)})"
    )


def _base(url: str) -> str:
    """The URL as `[backend]` takes it; a usage error for any other."""
    given = url if "://" in url else f"http://{url}"
    try:
        config = from_table({"backend": {"url": given}}, origin="the URL argument")
    except ConfigError as error:
        raise click.UsageError(str(error)) from None
    if not config.backend.url:
        raise click.UsageError("the URL is empty\nhint: `chatproof init http://localhost:3000`")
    return config.backend.url


def _check(output: Path, profiles: tuple[str, ...], *, force: bool) -> None:
    """Before anything is sent: the profiles exist, and the file does not."""
    for name in profiles:
        if name not in PROFILES:
            near = closest(name, PROFILES)
            meant = f"did you mean {near}? " if near else ""
            msg = f"no such profile: {name!r}\nhint: {meant}there are {', '.join(PROFILES)}"
            raise click.UsageError(msg)
    if output.exists() and not force:
        msg = f"{output} is there already\nhint: --force writes over it, --output FILE writes elsewhere"
        raise click.UsageError(msg)
    if not output.resolve().parent.is_dir():
        msg = f"{output} cannot be written: there is no folder {output.parent}\nhint: make it first"
        raise click.UsageError(msg)


def _unreachable_hint(error: UnreachableError, base: str) -> str:
    if error.exchange.unsent and "TLS" not in str(error):
        return f"is the backend running at {base}?"
    return no_answer_hint(error.exchange)


def _tell(found: Look, seen: SeenBackend) -> None:
    """One screen: what was found of each profile."""
    late = "" if found.in_time else "; not all was asked, for it answers slowly"
    click.echo(f"looked at {found.url}: {found.requests} requests, none of which can change anything{late}", err=True)
    if seen.profiles:
        _tell_profiles(seen)
    if seen.environment:
        click.echo(f"  {'environment':<13} {seen.environment} ({seen.environment_reason})", err=True)
    if seen.software:
        click.echo(f"  {'software':<13} {seen.software}", err=True)


def _tell_profiles(seen: SeenBackend) -> None:
    known = {profile.name: profile for profile in seen.profiles}
    for name in PROFILES:
        notes = known[name].notes if name in known else ()
        first, *others = notes or ("not seen",)
        click.echo(f"  {name:<13} {first}", err=True)
        for note in others:
            click.echo(f"  {'':<13} {note}", err=True)
    who = "any page may call it" if seen.cors == "any" else f"{', '.join(seen.origins)} may call it"
    click.echo(f"  {'pages':<13} {who if seen.cors else 'no preflight was answered with leave'}", err=True)
    click.echo(f"  {'credential':<13} {seen.challenge or 'no route asked for one'}", err=True)


def _next(output: Path, seen: SeenBackend) -> str:
    check = "chatproof check" if output == _DEFAULT else f"chatproof check --config {output}"
    unseen = [profile.name for profile in seen.profiles if not profile.seen]
    if unseen:
        return f"declare the paths of {' and '.join(unseen)} in {output}, then {check}"
    if seen.bearer and not os.environ.get("CHATPROOF_TOKEN"):
        return f"export CHATPROOF_TOKEN=..., a user's token, then {check}"
    return check
