"""`chatproof checklist`: the production checklist."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from chatproof.catalogue import Catalogue, catalogue
from chatproof.checklist.facts import chosen
from chatproof.checklist.loads import OwnLoad, own_loads
from chatproof.checklist.own import own_definitions
from chatproof.cli.checklist_alone import judged_alone
from chatproof.cli.checklist_evidence import keep_evidence, out_of_the_way, read_evidence, split_arguments
from chatproof.cli.checklist_run import Walk, walk
from chatproof.cli.finish import Talk, tell
from chatproof.cli.folder import refuse_folder
from chatproof.cli.lazy import HELP
from chatproof.cli.options import aim_options, outcome_options
from chatproof.cli.refused import refused_as_usage
from chatproof.cli.signals import termination_interrupts
from chatproof.cli.streams import lasting_streams
from chatproof.cli.target import Accepting, TargetOptions, target
from chatproof.config import ConfigError
from chatproof.config.box_checks import load_boxes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from chatproof.checklist.definition import BoxDefinition
    from chatproof.checklist.facts import Given
    from chatproof.config import Config

__all__ = ["command"]

_BESIDE_REFERENCE = ("load", "targets", "observe", "boxes")
_FOLDER = Path("chatproof-report")
_SOAK_SECONDS = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Accepted:
    """What is known before anything is sent: the boxes, and the loads that they need."""

    known: Catalogue
    definitions: tuple[BoxDefinition, ...]
    left_out: tuple[tuple[str, str], ...]
    loads: tuple[OwnLoad, ...]
    unable: Mapping[str, str]


@click.command("checklist", short_help="Walk the production checklist.", context_settings=HELP)
@click.argument("arguments", nargs=-1, metavar="[URL] [RUN.json]...")
@click.option("--reference", is_flag=True, help="Walk it for the embedded reference backend in place of a URL.")
@click.option("--profile", "profiles", multiple=True, metavar="P", help="Judge this profile (repeatable).")
@click.option(
    "--evidence",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="RUN.json",
    help="An earlier run, or a report folder (repeatable).",
)
@click.option("--evidence-only", is_flag=True, help="Send nothing: judge by the evidence alone.")
@click.option("--full", is_flag=True, help="Also the soak of 400 streams of five minutes: about 21 min.")
@click.option(
    "--scale",
    type=click.FloatRange(min=1),
    default=1.0,
    metavar="X",
    help="--full: scaled time, 5m last 5m / X; ticks no box on five minutes.",
)
@aim_options
@click.option("--wait", "wait_seconds", type=click.FloatRange(min=0), metavar="SECONDS", help="Wait until it answers.")
@click.option(
    "--max-time",
    "max_seconds",
    type=click.FloatRange(min=0.1),
    metavar="SECONDS",
    help="Longest recording, and longest load.",
)
@outcome_options(
    strict="A SHOULD weighs as a MUST.", quiet="Only boxes that are not ticked.", verbose="Every box with its evidence."
)
@click.pass_context
def command(context: click.Context, /, arguments: tuple[str, ...], **flags: Any) -> int:
    """
    Walks the production checklists of the declared profiles, and ticks the boxes that are proven.

    It runs the check and a load of 20 s. An earlier run, such as a soak or a search for the capacity, ticks boxes too,
    where it is of the same build (--build) and configuration. Without a backend, nothing is sent.

    Exit codes: 0 every box that can be judged is ticked; 1 a box is not ticked, a MUST is not met, or a waiver is to be
    deleted; 2 wrong usage or configuration; 3 a box is not judged, or none is ticked; 4 chatproof itself failed; 130
    interrupted. Boxes that are manual or not testable do not count, nor do those that a waiver alone holds back.
    """
    url, paths = split_arguments(arguments, context)
    given = read_evidence((*flags["evidence"], *paths), context)
    talk = Talk.of(flags)
    _refuse_combinations(context, url, given, flags)
    if given and _sends_nothing(url, flags):
        return _alone(context, given, talk, flags)
    accept = Accepting(lambda config: _accepted(context, config, flags))
    wanted = TargetOptions.of(
        flags,
        url=url,
        profiles=flags["profiles"],
        command="checklist",
        beside_reference=_BESIDE_REFERENCE,
        long_seconds=1.1 * _SOAK_SECONDS / flags["scale"] if flags["full"] else 0.0,
    )
    with lasting_streams(), termination_interrupts(), target(wanted, talk, accept=accept) as aim:
        accepted = accept.made
        refuse_folder(context, aim.folder, command="checklist", as_json=flags["as_json"])
        given, moved = out_of_the_way(given, aim.folder)
        return walk(
            Walk(
                aim=aim,
                talk=talk,
                known=accepted.known,
                definitions=accepted.definitions,
                left_out=accepted.left_out,
                loads=accepted.loads,
                unable=accepted.unable,
                given=given,
                moved=moved,
                strict=flags["strict"],
                full=flags["full"],
                wait_seconds=flags["wait_seconds"],
                max_seconds=flags["max_seconds"],
            )
        )


def _refuse_combinations(
    context: click.Context, url: str | None, given: Sequence[Given], flags: Mapping[str, Any]
) -> None:
    """Raises click.UsageError where options contradict or miss one another."""
    if flags["scale"] != 1 and not flags["full"]:
        raise click.UsageError("--scale is given without --full\nhint: add --full, or drop it", context)
    if not flags["evidence_only"]:
        return
    if not given:
        hint = "name runs with --evidence, such as chatproof-report/check/run.json"
        raise click.UsageError(f"--evidence-only is given without evidence\nhint: {hint}", context)
    other = next((name for name in ("reference", "full") if flags[name]), "" if url is None else "url")
    if other:
        told = "a URL" if other == "url" else f"--{other}"
        hint = "nothing is sent with --evidence-only; drop one of them"
        raise click.UsageError(f"both {told} and --evidence-only are given\nhint: {hint}", context)


def _sends_nothing(url: str | None, flags: Mapping[str, Any]) -> bool:
    """Evidence alone is judged: that is asked for, or no backend is named anywhere."""
    if flags["evidence_only"]:
        return True
    if url is not None or flags["reference"]:
        return False
    try:
        named = load_boxes(
            flags["config_file"], env=os.environ, environment_name=flags["environment_name"], cwd=Path.cwd()
        ).url
    except ConfigError:
        return False  # told with all that is wrong, where the configuration is read as a whole
    return not named


def _alone(context: click.Context, given: Sequence[Given], talk: Talk, flags: Mapping[str, Any]) -> int:
    """The checklist of earlier runs."""
    folder = flags["report_dir"] or Path(os.environ.get("CHATPROOF_REPORT_DIR") or _FOLDER)
    try:
        found = load_boxes(
            flags["config_file"], env=os.environ, environment_name=flags["environment_name"], cwd=Path.cwd()
        )
        own = own_definitions(found.boxes, found.origin, catalogue(own=found.own))
    except ConfigError as error:
        raise click.UsageError(str(error), context) from None
    _refuse_profiles(context, given, flags["profiles"])
    refuse_folder(context, folder, command="checklist", as_json=flags["as_json"])
    talk.say(f"checklist of {len(given)} earlier run{'s' if len(given) > 1 else ''}: nothing is sent")
    given, moved = out_of_the_way(given, folder)
    build = found.build if flags["build"] is None else flags["build"]
    run = judged_alone(given, own, build=build, profiles=flags["profiles"], strict=flags["strict"])
    for file, why in run.checklist.refused if run.checklist is not None else ():
        talk.say(f"ticks nothing: {file}: {why}")
    with lasting_streams():
        return tell(run, folder=folder, talk=talk, beside=lambda into: keep_evidence(moved, into))


def _refuse_profiles(context: click.Context, given: Sequence[Given], profiles: Sequence[str]) -> None:
    """Raises click.UsageError for a profile that is declared in none of the runs: there would be no box of it."""
    declared = {name for entry in given for name in (*entry.run.settings.get("profiles", ()), *entry.run.profiles)}
    for name in profiles:
        if name not in declared:
            hint = f"hint: they hold {', '.join(sorted(declared)) or 'none'}"
            raise click.UsageError(f"no run that is given as evidence declares the profile {name!r}\n{hint}", context)


def _accepted(context: click.Context, config: Config, flags: Mapping[str, Any]) -> _Accepted:
    """What is accepted before anything is started or sent; click.UsageError for what is refused."""
    known = catalogue(own=config.own)
    own = own_definitions(config.boxes, config.origin, known)
    definitions, left_out = chosen(tuple(config.profiles), own)
    with refused_as_usage(context):
        loads, unable = own_loads(definitions, config, full=flags["full"], scale=flags["scale"])
    return _Accepted(known=known, definitions=definitions, left_out=left_out, loads=loads, unable=unable)
