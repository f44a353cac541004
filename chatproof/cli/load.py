"""`chatproof load`: how much load a backend carries, within its targets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from chatproof.cli.finish import Talk
from chatproof.cli.folder import refuse_folder
from chatproof.cli.lazy import HELP
from chatproof.cli.load_flags import MASTER_PORT, distribution, overrides, plan_options, refuse_combinations
from chatproof.cli.load_words import plan_in_words, refusals_in_words
from chatproof.cli.loading_run import Loading, lead, work
from chatproof.cli.options import aim_options, outcome_options
from chatproof.cli.refused import refused_as_usage
from chatproof.cli.signals import termination_interrupts
from chatproof.cli.streams import lasting_streams
from chatproof.cli.target import Accepting, TargetOptions, as_observed, target
from chatproof.load_run.safety import make_room_for_files, refuse_foreign_host, refuse_taken_port
from chatproof.targets import declared_targets, refusals
from chatproof.workloads import heartbeat_seconds, plan_of

if TYPE_CHECKING:
    from chatproof.config import Config
    from chatproof.load_plan import Plan
    from chatproof.targets import Target

__all__ = ["command"]

_USUAL_SOAK_SECONDS = 300.0
_BESIDE_REFERENCE = ("load", "targets", "observe")


@click.command("load", short_help="Put a backend under load.", context_settings=HELP)
@click.argument("url", required=False, metavar="[URL]")
@click.option("--reference", is_flag=True, help="Load the embedded reference backend in place of a URL.")
@plan_options
@aim_options
@click.option("--wait", "wait_seconds", type=click.FloatRange(min=0), metavar="SECONDS", help="Wait until it answers.")
@click.option("--max-time", "max_seconds", type=click.FloatRange(min=0.1), metavar="SECONDS", help="Longest load.")
@outcome_options(
    strict="Has no effect: every target counts.",
    quiet="Only what is not met.",
    verbose="Every target, every check of the run.",
)
@click.pass_context
def command(context: click.Context, /, url: str | None, **flags: Any) -> int:
    """
    Puts a backend under load, judges its targets, and says how far the figures can be trusted.

    Load goes to this machine only, unless [load] allow_hosts names the host.

    Exit codes: 0 every target is met; 1 a target is not met; 2 wrong usage or configuration; 3 no verdict, or the
    generator was the bottleneck; 4 chatproof itself failed; 130 interrupted.
    """
    refuse_combinations(flags)
    talk = Talk.of(flags)
    wanted = TargetOptions.of(
        flags,
        url=url if url is None or "://" in url else f"http://{url}",
        profiles=(flags["profile"],) if flags["profile"] else (),
        command="load",
        beside_reference=_BESIDE_REFERENCE,
        long_seconds=1.1 * (flags["stream_time"] or _USUAL_SOAK_SECONDS),
    )
    accept = Accepting(lambda config: _accepted(context, config, flags))
    with lasting_streams(), termination_interrupts(), target(wanted, talk, accept=accept) as aim:
        plan, targets = accept.made
        if not flags["worker"]:
            refuse_folder(context, aim.folder, command="load", as_json=flags["as_json"])
        loading = Loading(
            aim=aim,
            plan=plan,
            targets=targets,
            talk=talk,
            heartbeat_seconds=heartbeat_seconds(aim.config, plan.profile),
            strict=flags["strict"],
            abort_on_fail=flags["abort_on_fail"],
            max_seconds=flags["max_seconds"],
            wait_seconds=flags["wait_seconds"],
            verify=not flags["no_verify"],
            distribution=tuple(distribution(flags, wait_seconds=flags["wait_seconds"] or 60.0)),
            master=f"{flags['master_host']}:{flags['master_port'] or MASTER_PORT}",
        )
        if flags["worker"]:
            return work(loading)
        for line in plan_in_words(plan, aim.config.backend.url):
            talk.say(line)
        return lead(loading)


def _accepted(context: click.Context, config: Config, flags: dict[str, Any]) -> tuple[Plan, tuple[Target, ...]]:
    """The plan and its targets; click.UsageError for what is refused, before anything is started or sent."""
    with refused_as_usage(context):
        refuse_foreign_host(config.backend.url, config.load.allow_hosts)
        plan = plan_of(config, workload=flags["workload"], profile=flags["profile"], overrides=overrides(flags))
        observed = as_observed(config)
        targets = declared_targets(observed, profile=plan.profile, workload=plan.workload, weights=plan.weights)
        if flags["worker"]:
            return plan, targets
        refused = refusals(targets, plan, heartbeat_seconds=heartbeat_seconds(config, plan.profile))
        if refused:
            raise click.UsageError(refusals_in_words(refused), context)
        if flags["master"]:
            refuse_taken_port(flags["master_bind_host"] or "", flags["master_port"] or MASTER_PORT)
        else:
            make_room_for_files(plan, processes=plan.processes)
    return plan, targets
