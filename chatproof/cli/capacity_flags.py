"""The options of `chatproof capacity` that say what is searched for, and what they ask of one another."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import click

from chatproof.cli.options import duration

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    F = TypeVar("F", bound=Callable[..., Any])

__all__ = ["search_options", "share"]

_SHARE: Final = re.compile(r"\s*(?P<number>\d+(?:\.\d+)?)\s*(?P<percent>%)?\s*")
_LEVEL: Final = click.FloatRange(min=0, min_open=True)


def share(least: float, most: float) -> Callable[[click.Context, click.Parameter, str | None], float | None]:
    """A callback of click: `30%` or `0.3` as a share between two bounds."""

    def parsed(_context: click.Context, _parameter: click.Parameter, value: str | None) -> float | None:
        if value is None:
            return None
        match = _SHARE.fullmatch(value)
        found = float(match["number"]) / (100 if match["percent"] else 1) if match else -1.0
        if not least <= found <= most:
            bounds = f"between {least:.0%} and {most:.0%}"
            raise click.BadParameter(f"{value!r} is no share {bounds}\nhint: write 30% or 0.3")
        return found

    return parsed


_OPTIONS = (
    click.option("--workload", metavar="W", help="What users do; `chatproof list workloads` names them."),
    click.option("--profile", metavar="P", help="The profile that is put under load."),
    click.option("--rate", is_flag=True, help="Search for turns a second in place of streams under way."),
    click.option("--start", type=_LEVEL, metavar="N", help="Where to start; doubled from there.  [4]"),
    click.option("--max", "most", type=_LEVEL, metavar="N", help="The highest level.  [[load] max_users or max_rate]"),
    click.option("--at-least", type=_LEVEL, metavar="N", help="Fail where fewer hold."),
    click.option(
        "--precision", metavar="X", default="5%", callback=share(0.001, 0.5), help="How near to the limit.  [5%]"
    ),
    click.option(
        "--headroom",
        metavar="X",
        default="30%",
        callback=share(0, 0.95),
        help="Kept free at the recommended point.  [30%]",
    ),
    click.option("--rung-time", metavar="T", callback=duration(0.5), help="Least time of one level.  [10s]"),
    click.option("--max-rungs", type=click.IntRange(min=1), default=40, metavar="N", help="Most levels tried.  [40]"),
    click.option(
        "--max-turns",
        type=click.IntRange(min=0),
        default=100_000,
        metavar="N",
        help="Of all rungs; 0: no limit.  [100000]",
    ),
    click.option(
        "--max-cost-usd", type=click.FloatRange(min=0), default=0.0, metavar="X", help="End at this cost, by `usage`."
    ),
    click.option("--leave-out", multiple=True, metavar="TARGET", help="Do not judge by this target (repeatable)."),
    click.option("--processes", type=click.IntRange(min=1), metavar="N", help="Processes of the load generator.  [1]"),
    click.option(
        "--seed", type=click.IntRange(min=0), default=1, metavar="N", help="The same seed, the same loads.  [1]"
    ),
)


def search_options(function: F) -> F:
    """All options that say what is searched for, and within which bounds."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function
