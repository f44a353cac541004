"""`chatproof gate`: for a pull request, a check and a smoke load with one exit code."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import click

from chatproof.catalogue import Catalogue, catalogue
from chatproof.checking import Check, Options
from chatproof.cli.finish import Talk, tell
from chatproof.cli.folder import refuse_folder
from chatproof.cli.gate_outcome import gated
from chatproof.cli.gate_plan import plan_words, smoke_plan
from chatproof.cli.gate_targets import smoke_targets
from chatproof.cli.judged import judge_with_pytest
from chatproof.cli.lazy import HELP
from chatproof.cli.loading_run import Loading, measured
from chatproof.cli.options import aim_options, duration, outcome_options
from chatproof.cli.refused import refused_as_usage
from chatproof.cli.signals import termination_interrupts
from chatproof.cli.streams import lasting_streams
from chatproof.cli.target import Accepting, TargetOptions, target
from chatproof.document import document
from chatproof.exit_code import ExitCode
from chatproof.joined import joined
from chatproof.load_run.proof import latest_proof
from chatproof.load_run.safety import make_room_for_files, refuse_foreign_host
from chatproof.process import wait_until_answers
from chatproof.workloads import heartbeat_seconds

if TYPE_CHECKING:
    from pathlib import Path

    from chatproof.cli.gate_targets import SmokeTargets
    from chatproof.cli.target import Aim
    from chatproof.config import Config
    from chatproof.load_plan import Plan
    from chatproof.run import Run

__all__ = ["command"]

_BESIDE_REFERENCE = ("load", "targets", "observe")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Accepted:
    """What is known before anything is sent: all requirements, and the smoke load with its targets."""

    known: Catalogue
    plan: Plan
    targets: SmokeTargets


@click.command("gate", short_help="Gate a pull request.", context_settings=HELP)
@click.argument("url", required=False, metavar="[URL]")
@click.option("--reference", is_flag=True, help="Gate the embedded reference backend in place of a URL.")
@click.option("--profile", "profiles", multiple=True, metavar="P", help="Judge this profile (repeatable).")
@click.option("--users", type=click.IntRange(min=1), metavar="N", help="Users of the smoke load.  [60]")
@click.option("--run-time", metavar="T", callback=duration(0.5), help="How long the smoke load lasts.  [20s]")
@click.option("--max-turns", type=click.IntRange(min=1), metavar="N", help="End the load after so many turns.  [1000]")
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
    strict="A SHOULD weighs as a MUST.", quiet="Only what is not met.", verbose="Every requirement, with timing."
)
@click.pass_context
def command(context: click.Context, /, url: str | None, **flags: Any) -> int:
    """
    Gates a pull request: judges all requirements, then sends a smoke load of 20 s.

    The load is on one profile, by its own workload: ai-chat, else the first that is declared; --profile chooses.
    It is judged by errors, by streams that are lost before their end, and by the rules of check on each stream; by
    times only where `chatproof verify` has passed on this machine. Load goes to this machine only, unless [load]
    allow_hosts names the host. A load that sees too few turns to decide is no verdict, and says which flag would do.

    Exit codes: 0 every MUST and target is met; 1 one is not met; 2 wrong usage or configuration; 3 no verdict;
    4 chatproof itself failed; 130 interrupted.
    """
    talk = Talk.of(flags)
    wanted = TargetOptions.of(
        flags,
        url=url if url is None or "://" in url else f"http://{url}",
        profiles=flags["profiles"],
        command="gate",
        beside_reference=_BESIDE_REFERENCE,
    )
    accept = Accepting(lambda config: _accepted(context, config, flags))
    with lasting_streams(), termination_interrupts(), target(wanted, talk, accept=accept) as aim:
        accepted = accept.made
        refuse_folder(context, aim.folder, command="gate", as_json=flags["as_json"])
        talk.say(plan_words(accepted.plan, aim.config.backend.url))
        check, conformance = _checked(aim, accepted, flags, talk)
        why_not = _no_load(conformance, accepted.plan.profile)
        if why_not:
            talk.say(f"no smoke load: {why_not}")
            return tell(joined(conformance, None, command="gate"), folder=aim.folder, talk=talk, beside=check.save)
        return _loaded(aim, accepted, flags, talk, check=check, conformance=conformance)


def _accepted(context: click.Context, config: Config, flags: dict[str, Any]) -> _Accepted:
    """What is accepted before anything is started or sent; click.UsageError for what is refused."""
    with refused_as_usage(context, hint="hint: `chatproof check` goes without load"):
        refuse_foreign_host(config.backend.url, config.load.allow_hosts)
        plan = smoke_plan(config, users=flags["users"], run_time=flags["run_time"], max_turns=flags["max_turns"])
        targets = smoke_targets(config, plan, proof=latest_proof())
        make_room_for_files(plan, processes=1)
    if targets.refused:
        entry = targets.refused[0]
        flags_that_do = entry.hint.partition("; or leave it out")[0]
        hint = f"hint: {flags_that_do}, or a looser limit of {entry.target.name} under [targets]"
        msg = f"the smoke load can never decide {entry.target.text}: {entry.reason}; it needs {entry.needed}\n{hint}"
        raise click.UsageError(msg, context)
    if not any(not target.declare for target in targets.judged):
        hint = "hint: keep one of error_rate, early_loss and violations; `chatproof check` goes without load"
        raise click.UsageError(f"[targets] and [load] leave_out leave nothing of the load to judge\n{hint}", context)
    return _Accepted(known=catalogue(own=config.own), plan=plan, targets=targets)


def _checked(aim: Aim, accepted: _Accepted, flags: dict[str, Any], talk: Talk) -> tuple[Check, Run]:
    """The check, and its run document."""
    config, wait_seconds = aim.config, flags["wait_seconds"]
    if wait_seconds is not None and not wait_until_answers(config.backend, wait_seconds):
        talk.say(f"{config.backend.url} did not answer within {wait_seconds:g} s")
    options = Options(strict=flags["strict"], max_seconds=flags["max_seconds"])
    check = Check(config=config, options=options, surroundings=aim.surroundings)
    crash = judge_with_pytest(check, selected=accepted.known.select(()), talk=talk)
    return check, document(check, accepted.known.requirements, command="gate", crash=crash)


def _no_load(conformance: Run, profile: str) -> str:
    """Why there is no load after this check; empty where there is one."""
    if conformance.interrupted:
        return "interrupted"
    if conformance.crash:
        return "chatproof itself failed"
    closed = conformance.gate.get(profile)
    return f"{profile}: {closed['reason']}" if closed else ""


def _loaded(
    aim: Aim, accepted: _Accepted, flags: dict[str, Any], talk: Talk, *, check: Check, conformance: Run
) -> ExitCode:
    """The smoke load, and the report of both; one that is ended at once leaves the report of the check."""
    began = time.monotonic()
    loading = Loading(
        aim=aim,
        plan=accepted.plan,
        targets=accepted.targets.judged,
        talk=talk,
        heartbeat_seconds=heartbeat_seconds(aim.config, accepted.plan.profile),
        strict=flags["strict"],
        max_seconds=flags["max_seconds"],
        verify=False,
    )
    with suppress(KeyboardInterrupt), measured(loading) as found:
        if found.document is not None:
            smoke, move = gated(found.document, accepted.plan, accepted.targets), found.move

            def beside(into: Path) -> None:
                check.save(into)
                move(into)

            return tell(joined(conformance, smoke, command="gate"), folder=aim.folder, talk=talk, beside=beside)
    code = ExitCode.INTERRUPTED
    run = replace(
        conformance,
        interrupted=True,
        exit_code=int(code),
        exit_reason="interrupted",
        duration_seconds=round(conformance.duration_seconds + time.monotonic() - began, 3),
    )
    return tell(run, folder=aim.folder, talk=talk, beside=check.save)
