"""`chatproof check`: conformance."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import click

from chatproof.catalogue import Catalogue, UnknownSelectorError, catalogue
from chatproof.checking import Check, Options
from chatproof.cli.finish import Talk
from chatproof.cli.judged import finish, judge_with_pytest
from chatproof.cli.lazy import HELP
from chatproof.cli.options import aim_options, outcome_options
from chatproof.cli.signals import termination_interrupts
from chatproof.cli.streams import lasting_streams
from chatproof.cli.target import TargetOptions, target
from chatproof.process import wait_until_answers

if TYPE_CHECKING:
    from chatproof.config import Config

__all__ = ["command", "split"]

_HOST_AND_PORT = re.compile(r"(\[[0-9a-fA-F:]+\]|[\w.-]+):\d+")


@click.command("check", short_help="Judge a backend.", context_settings=HELP)
@click.argument("arguments", nargs=-1, metavar="[URL] [SELECTOR]...")
@click.option("--reference", is_flag=True, help="Check the embedded reference backend in place of a URL.")
@click.option("--profile", "profiles", multiple=True, metavar="P", help="Judge this profile (repeatable).")
@aim_options
@click.option("--replay", type=click.Path(path_type=Path), metavar="DIR", help="Judge saved recordings; no network.")
@click.option("--wait", "wait_seconds", type=click.FloatRange(min=0), metavar="SECONDS", help="Wait until it answers.")
@click.option("--max-time", "max_seconds", type=click.FloatRange(min=0.1), metavar="SECONDS", help="Longest recording.")
@click.option("--slow", is_flag=True, help="Also run scenarios that wait longer than 60 s.")
@click.option(
    "--fuzz", "fuzz_examples", type=click.IntRange(min=1), default=100, metavar="N", help="Examples a route.  [100]"
)
@outcome_options(
    strict="A SHOULD weighs as a MUST.", quiet="Only what is not met.", verbose="Every requirement, with timing."
)
@click.pass_context
def command(
    context: click.Context,
    *,
    arguments: tuple[str, ...],
    reference: bool,
    profiles: tuple[str, ...],
    config_file: Path | None,
    environment_name: str | None,
    report_dir: Path | None,
    build: str | None,
    replay: Path | None,
    wait_seconds: float | None,
    max_seconds: float | None,
    slow: bool,
    fuzz_examples: int,
    strict: bool,
    as_json: bool,
    history: Path | None,
    quiet: bool,
    verbose: bool,
    color: str,
) -> int:
    """
    Judges a backend against the requirements of its profiles, and writes a report.

    The first argument is the URL if it holds `://` or is host:port; all others are ids of
    requirements, or prefixes of ids such as SSE or AICHAT-HDR.

    Exit codes: 0 every claimed MUST is met; 1 a MUST is not met; 2 wrong usage or configuration;
    3 no verdict; 4 chatproof itself failed; 130 interrupted.
    """
    url, selectors = split(arguments)
    talk = Talk(color=color, quiet=quiet, verbose=verbose, as_json=as_json, history=history)
    misplaced = next((selector for selector in selectors if split((selector,))[0] is not None), None)
    if misplaced is not None:
        msg = f"{misplaced!r} is no id of a requirement\nhint: the URL comes first: `chatproof check URL [SELECTOR]...`"
        raise click.UsageError(msg, context)
    known = catalogue()
    selected: frozenset[str] = frozenset()

    def accept(config: Config) -> None:
        nonlocal known, selected
        known = catalogue(own=config.own)
        selected = _selected(context, known, selectors)

    wanted = TargetOptions(
        url=url,
        reference=reference,
        profiles=profiles,
        config_file=config_file,
        environment_name=environment_name,
        replay=replay,
        report_dir=report_dir,
        build=build,
    )
    options = Options(strict=strict, slow=slow, fuzz_examples=fuzz_examples, max_seconds=max_seconds, replay=replay)
    with lasting_streams(), termination_interrupts():
        with target(wanted, talk, accept=accept) as aim:
            config = aim.config
            if wait_seconds is not None and replay is None and not wait_until_answers(config.backend, wait_seconds):
                talk.say(f"{config.backend.url} did not answer within {wait_seconds:g} s")
            check = Check(config=config, options=options, surroundings=aim.surroundings)
            crash = judge_with_pytest(check, selected=selected, talk=talk)
        return finish(check, known, folder=aim.folder, talk=talk, command="check", crash=crash)


def split(arguments: tuple[str, ...]) -> tuple[str | None, tuple[str, ...]]:
    """The URL, if the first argument is one, and the selectors."""
    if arguments and ("://" in arguments[0] or _HOST_AND_PORT.fullmatch(arguments[0])):
        url = arguments[0] if "://" in arguments[0] else f"http://{arguments[0]}"
        return url, arguments[1:]
    return None, arguments


def _selected(context: click.Context, known: Catalogue, selectors: tuple[str, ...]) -> frozenset[str]:
    try:
        return known.select(selectors)
    except UnknownSelectorError as error:
        near = f"did you mean {error.closest}? " if error.closest else ""
        hint = f"{near}`chatproof list` shows all ids; a URL holds `://` or is host:port"
        msg = f"{error}\nhint: {hint}"
        raise click.UsageError(msg, context) from None
