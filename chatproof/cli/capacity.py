"""`chatproof capacity`: how many streams a backend holds within its targets."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from chatproof.capacity.judged import left_out_in_words, targets_of_rungs
from chatproof.capacity.scale import UNSUITED, ScaleError, plan_at, scale_of
from chatproof.capacity.search import Span
from chatproof.capacity.seeking import Seeking
from chatproof.cli.capacity_flags import search_options
from chatproof.cli.capacity_run import Asked, announced, lead
from chatproof.cli.finish import Talk
from chatproof.cli.folder import refuse_folder
from chatproof.cli.lazy import HELP
from chatproof.cli.options import aim_options, outcome_options
from chatproof.cli.refused import refused_as_usage
from chatproof.cli.signals import termination_interrupts
from chatproof.cli.streams import lasting_streams
from chatproof.cli.target import Accepting, TargetOptions, as_observed, target
from chatproof.load_run.proof import latest_proof
from chatproof.load_run.safety import make_room_for_files, refuse_foreign_host
from chatproof.workloads import plan_of

if TYPE_CHECKING:
    from chatproof.config import Config
    from chatproof.targets import Target

__all__ = ["command"]

_START = 4.0
_RUNG_SECONDS = 10.0
_MAX_SECONDS = 900.0
_REFERENCE_MOST = 128.0
_REFERENCE_START = 16.0
_REFERENCE_RUNG_SECONDS = 3.0
_REFERENCE_TOKEN_GAP_SECONDS = 0.1
"""Of the embedded backend: its turns would take 20 ms without, and levels would count requests and not streams."""


@click.command("capacity", short_help="Find how many streams a backend holds.", context_settings=HELP)
@click.argument("url", required=False, metavar="[URL]")
@click.option("--reference", is_flag=True, help="Search in the embedded reference backend in place of a URL.")
@search_options
@aim_options
@click.option("--wait", "wait_seconds", type=click.FloatRange(min=0), metavar="SECONDS", help="Wait until it answers.")
@click.option(
    "--max-time",
    "max_seconds",
    type=click.FloatRange(min=1),
    default=_MAX_SECONDS,
    metavar="SECONDS",
    help="Longest search.  [900]",
)
@outcome_options(
    strict="Has no effect: every target counts.", quiet="Only the outcome.", verbose="Every rung with its figures."
)
@click.pass_context
def command(context: click.Context, /, url: str | None, **flags: Any) -> int:
    """
    Finds how many streams a backend holds within its targets, and what gives out first.

    The level is doubled until a target breaks, and then narrowed down; each level is judged on its own steady state.
    Subscribers, polls or tokens a second are counted by their workloads, turns a second with --rate. Load goes to this
    machine only, unless [load] allow_hosts names the host.

    Exit codes: 0 the capacity was found, or nothing broke in the range; 1 nothing in the range holds, or fewer than
    --at-least; 2 wrong usage or configuration; 3 not known: the generator was the limit, or the search did not come to
    its end; 4 chatproof itself failed; 130 interrupted.
    """
    talk = Talk.of(flags)
    wanted = TargetOptions.of(
        flags,
        url=url if url is None or "://" in url else f"http://{url}",
        profiles=(flags["profile"],) if flags["profile"] else (),
        command="capacity",
        beside_reference=("load", "targets", "observe"),
        token_gap_seconds=_REFERENCE_TOKEN_GAP_SECONDS,
    )
    accept = Accepting(lambda config: _accepted(context, config, flags))
    with lasting_streams(), termination_interrupts(), target(wanted, talk, accept=accept) as aim:
        seeking, left_out = accept.made
        refuse_folder(context, aim.folder, command="capacity", as_json=flags["as_json"])
        seeking = replace(seeking, config=aim.config, config_source=aim.source)
        for line in announced(seeking, aim.config.backend.url):
            talk.say(line)
        if left_out:
            talk.say(f"not judged by: {left_out_in_words(left_out)}")
        return lead(
            Asked(
                aim=aim,
                seeking=seeking,
                talk=talk,
                headroom=flags["headroom"],
                left_out=left_out,
                wait_seconds=flags["wait_seconds"],
                strict=flags["strict"],
            )
        )


def _accepted(
    context: click.Context, config: Config, flags: dict[str, Any]
) -> tuple[Seeking, tuple[tuple[Target, str], ...]]:
    """What is searched for; click.UsageError for what is refused, before anything is started or sent."""
    with refused_as_usage(context, also=(ScaleError,)):
        refuse_foreign_host(config.backend.url, config.load.allow_hosts)
        if flags["workload"] in UNSUITED:  # before it is missed what that workload needs
            scale_of(flags["workload"], rate=False)
        first = plan_of(config, workload=flags["workload"], profile=flags["profile"], overrides={"stages": ()})
        scale = scale_of(first.workload, rate=flags["rate"])
        span = _span(context, config, flags, rate=scale.rate, step=scale.step)
        judged, left_out = targets_of_rungs(
            as_observed(config),
            profile=first.profile,
            workload=first.workload,
            rate=scale.rate,
            leave_out=(*first.leave_out, *flags["leave_out"]),
        )
        if not judged:
            _refuse_without_targets(context, first.workload, left_out)
        overrides = {"processes": flags["processes"]} if flags["processes"] else {}
        seeking = Seeking(
            config=config,
            config_source={},
            workload=first.workload,
            profile=first.profile,
            scale=scale,
            targets=judged,
            span=span,
            rung_seconds=flags["rung_time"] or (_REFERENCE_RUNG_SECONDS if flags["reference"] else _RUNG_SECONDS),
            most_rungs=flags["max_rungs"],
            max_seconds=flags["max_seconds"],
            max_turns=flags["max_turns"],
            max_cost_usd=flags["max_cost_usd"],
            seed=flags["seed"],
            proof=latest_proof(),
            overrides=overrides,
        )
        highest = plan_at(
            config,
            workload=first.workload,
            profile=first.profile,
            scale=scale,
            level=span.most,
            seconds=seeking.rung_seconds,
            hold_seconds=0.0,
            overrides=overrides,
        )
        make_room_for_files(highest, processes=highest.processes)
    return seeking, left_out


def _span(context: click.Context, config: Config, flags: dict[str, Any], *, rate: bool, step: float) -> Span:
    """The range of the search; click.UsageError where its ends contradict one another, or [load]."""
    bound = config.load.max_rate if rate else float(config.load.max_users)
    reference = flags["reference"]
    most = flags["most"] or (min(bound, _REFERENCE_MOST) if reference else bound)
    asked = flags["at_least"]
    start = flags["start"] or min(most, asked or most, _REFERENCE_START if reference else _START)
    if not rate:
        for name, value in (("--start", start), ("--max", most), ("--at-least", flags["at_least"] or 1.0)):
            if value != int(value):
                msg = f"{name} is {value:g}, and there is no part of a stream\nhint: give a whole number"
                raise click.UsageError(msg, context)
    if start > most:
        msg = f"--start {start:g} is above --max {most:g}\nhint: the level is doubled from --start up to --max"
        raise click.UsageError(msg, context)
    if asked and asked < start:
        msg = f"--at-least {asked:g} is below --start {start:g}\nhint: nothing below --start is tried; lower it"
        raise click.UsageError(msg, context)
    if asked and asked > most:
        msg = f"--at-least {asked:g} is above --max {most:g}\nhint: give a --max that is not below it"
        raise click.UsageError(msg, context)
    if most > bound:
        key = "max_rate" if rate else "max_users"
        msg = f"--max {most:g} is above the bound of {bound:g}\nhint: raise the bound below [load]: {key} = {most:g}"
        raise click.UsageError(msg, context)
    return Span(start=start, most=most, precision=flags["precision"], step=step, at_least=flags["at_least"])


def _refuse_without_targets(context: click.Context, workload: str, left_out: tuple[tuple[Target, str], ...]) -> None:
    """Raises click.UsageError: without a target every level holds."""
    why = f" (left: {left_out_in_words(left_out)})" if left_out else ""
    hint = 'hint: declare one below [targets], such as "ttft.p95" = "< 350ms"; `chatproof list targets` shows them'
    raise click.UsageError(f"{workload} has no target that a rung can be judged by{why}\n{hint}", context)
