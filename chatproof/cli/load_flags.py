"""The options of `chatproof load` that make its plan, and what they ask of one another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from chatproof.cli.options import duration
from chatproof.config.load_checks import STAGE
from chatproof.config.values import KeyType, convert
from chatproof.load_plan import Stage

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import TypeVar

    F = TypeVar("F", bound=Callable[..., Any])

__all__ = ["MASTER_PORT", "PLAN_FLAGS", "distribution", "overrides", "plan_options", "refuse_combinations", "stages"]

MASTER_PORT = 5557
"""Where Locust's master listens, and its workers look for it."""

_DURATION = KeyType(annotation=float, kind="duration")
_SHARE = click.FloatRange(min=0, max=1)

PLAN_FLAGS: Mapping[str, str] = {
    "users": "users",
    "spawn_rate": "spawn_rate",
    "rate": "rate",
    "arrivals": "arrivals",
    "run_time": "run_time_seconds",
    "warm_up": "warm_up_seconds",
    "stages": "stages",
    "seed": "seed",
    "max_turns": "max_turns",
    "max_cost_usd": "max_cost_usd",
    "abort_share": "abort_share",
    "memory_share": "memory_share",
    "stream_time": "stream_seconds",
    "scale": "scale",
    "leave_out": "leave_out",
    "processes": "processes",
}
"""Names of flags, and the fields of a plan that they stand for."""


def stages(_context: click.Context, _parameter: click.Parameter, value: str | None) -> tuple[Stage, ...]:
    """A callback of click: `30s 50, 0s 100` as stages."""
    return tuple(_stage(part.strip()) for part in value.split(",")) if value is not None else ()


def _stage(text: str) -> Stage:
    match = STAGE.fullmatch(text)
    if match is None or (not match["rate"] and "." in match["level"]):
        hint = 'hint: a duration and a number of users, or of starts a second: "30s 50, 0s 100, 1m 100" or "30s 20/s"'
        raise click.BadParameter(f"{text!r} is no stage\n{hint}")
    seconds = convert(f"{match['number']}{match['unit']}", _DURATION)
    if match["rate"]:
        return Stage(seconds=seconds, rate=float(match["level"]))
    return Stage(seconds=seconds, users=int(match["level"]))


_OPTIONS = (
    click.option("--workload", metavar="W", help="What users do; `chatproof list workloads` names them."),
    click.option("--profile", metavar="P", help="The profile that is put under load."),
    click.option("--users", type=click.IntRange(min=0), metavar="N", help="Users at work at once.  [100]"),
    click.option(
        "--spawn-rate",
        type=click.FloatRange(min=0, min_open=True),
        metavar="R",
        help="Users that start a second.  [20]",
    ),
    click.option(
        "--rate", type=click.FloatRange(min=0, min_open=True), metavar="R", help="Open loop: starts a second."
    ),
    click.option("--arrivals", type=click.Choice(["poisson", "constant"]), help="Open loop: how starts are spread."),
    click.option("--run-time", metavar="T", callback=duration(0.5), help="How long the load lasts: 60s, 5m."),
    click.option("--warm-up", metavar="T", callback=duration(0), help="What starts so early is not judged.  [5s]"),
    click.option("--stages", metavar="S", callback=stages, help='Steps and ramps: "30s 50, 0s 100, 1m 100".'),
    click.option("--seed", type=click.IntRange(min=0), metavar="N", help="The same seed, the same load.  [1]"),
    click.option("--max-turns", type=click.IntRange(min=1), metavar="N", help="End after so many turns."),
    click.option(
        "--max-cost-usd", type=click.FloatRange(min=0, min_open=True), metavar="X", help="End at this cost, by `usage`."
    ),
    click.option("--abort-share", type=_SHARE, metavar="X", help="Share of turns that the user leaves early."),
    click.option("--memory-share", type=_SHARE, metavar="X", help="Share of chat turns with memory."),
    click.option("--stream-time", metavar="T", callback=duration(0.1), help="soak: how long a stream is to stay open."),
    click.option(
        "--scale", type=click.FloatRange(min=0, min_open=True), metavar="X", help="soak: scaled time; 5m last 5m / X."
    ),
    click.option("--leave-out", multiple=True, metavar="TARGET", help="Do not judge this target (repeatable)."),
    click.option("--abort-on-fail", is_flag=True, help="End as soon as a target is surely not met."),
    click.option("--processes", type=click.IntRange(min=1), metavar="N", help="Processes of the load generator.  [1]"),
    click.option("--master", is_flag=True, help="Lead workers on other machines, and write the report."),
    click.option("--expect-workers", type=click.IntRange(min=1), metavar="N", help="master: start with so many.  [1]"),
    click.option("--master-bind-host", metavar="H", help="master: where to listen.  [all addresses]"),
    click.option("--worker", is_flag=True, help="Work for a master."),
    click.option("--master-host", metavar="H", help="worker: where the master is."),
    click.option("--master-port", type=click.IntRange(1, 65535), metavar="N", help="Port of the master.  [5557]"),
    click.option("--no-verify", is_flag=True, help="Do not prove the instrument first."),
)


def plan_options(function: F) -> F:
    """All options that say what the load is, and from where."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


def overrides(flags: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a plan that the command line gives."""
    return {field: flags[name] for name, field in PLAN_FLAGS.items() if flags.get(name) not in (None, ())}


def refuse_combinations(flags: Mapping[str, Any]) -> None:
    """Raises click.UsageError where options contradict or miss one another."""
    kinds = [name for name in ("processes", "master", "worker") if flags.get(name)]
    if len(kinds) > 1:
        first, second = (f"--{name}" for name in kinds[:2])
        msg = (
            f"both {first} and {second} are given\nhint: several processes here, or several machines; drop one of them"
        )
        raise click.UsageError(msg)
    if flags["worker"] and not flags["master_host"]:
        raise click.UsageError(
            "--worker needs a master\nhint: add --master-host and the machine on which --master runs"
        )
    # What a master alone needs may stand beside --worker too, so that both can be started with the same options.
    for name, owner in (("expect_workers", "master"), ("master_bind_host", "master"), ("master_host", "worker")):
        if flags.get(name) and not flags[owner] and not flags["worker"]:
            msg = f"--{name.replace('_', '-')} is given without --{owner}\nhint: add --{owner}, or drop it"
            raise click.UsageError(msg)
    if flags["stages"] and flags["users"] is not None and not any(stage.rate for stage in flags["stages"]):
        msg = "both --stages and --users are given\nhint: stages say how many users there are; drop --users"
        raise click.UsageError(msg)
    if flags["arrivals"] and not flags["rate"] and not any(stage.rate for stage in flags["stages"]):
        msg = f"--arrivals {flags['arrivals']} needs a rate\nhint: add --rate with the number of starts a second"
        raise click.UsageError(msg)


def distribution(flags: Mapping[str, Any], *, wait_seconds: float) -> list[str]:
    """What Locust must know of masters and workers."""
    port = flags.get("master_port")
    if flags["master"]:
        found = ["--master", "--expect-workers", str(flags["expect_workers"] or 1)]
        found += ["--expect-workers-max-wait", f"{max(1, round(wait_seconds))}"]
        found += ["--master-bind-host", flags["master_bind_host"]] if flags["master_bind_host"] else []
        return [*found, "--master-bind-port", str(port)] if port else found
    if flags["worker"]:
        found = ["--worker", "--master-host", flags["master_host"]]
        return [*found, "--master-port", str(port)] if port else found
    return []
