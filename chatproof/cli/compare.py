"""`chatproof compare BASE.json RUN.json`: what changed between two runs, and whether it is more than noise."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from chatproof.cli.lazy import HELP
from chatproof.cli.run_file import read_run
from chatproof.cli.run_samples import given
from chatproof.cli.streams import takes_colour
from chatproof.comparison.alike import differences, kind_of
from chatproof.comparison.compared import compared, side_of
from chatproof.comparison.document import document
from chatproof.comparison.figures import Rules
from chatproof.comparison.values import Given
from chatproof.loading import load

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatproof.comparison.facts import Comparison, Side
    from chatproof.run import Run

__all__ = ["command"]

_FORMATS = ("terminal", "markdown", "html", "json")
_WRITERS = {"html": "page"}
_MOST_DIFFERENCES = 12
_LONGEST = 80
_HUNDRED = 100.0


class _Percent(click.ParamType[float]):
    """A share such as `5%`; a number without the sign is refused, since tools differ in what they take it for."""

    name = "percent"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """The share; fails for what is none from 0 to 100 %."""
        text = str(value).strip()
        try:
            share = float(text.removesuffix("%")) / _HUNDRED
        except ValueError:
            share = -1.0
        if not text.endswith("%") or not 0 <= share <= 1:
            self.fail(f"{value!r} is no share from 0% to 100%\nhint: write it as 5%", param, ctx)
        return share


_RUN = click.Path(path_type=Path, allow_dash=True)


@click.command("compare", short_help="Say what changed between two runs.", context_settings=HELP)
@click.argument("base_json", metavar="BASE.json", type=_RUN)
@click.argument("run_json", metavar="RUN.json", type=_RUN)
@click.option(
    "--aa",
    metavar="RUN1.json RUN2.json",
    type=(click.Path(path_type=Path), click.Path(path_type=Path)),
    multiple=True,
    help="Two runs of one build: what they differ by is noise. May be given several times.",
)
@click.option(
    "--tolerance",
    metavar="SHARE",
    type=_Percent(),
    help="The least change that matters; of shares a tenth of it, in points.  [2%; of times 25% without --aa]",
)
@click.option("--strict", is_flag=True, help="A SHOULD counts as a MUST.")
@click.option(
    "--format", "name", type=click.Choice(_FORMATS), default="terminal", show_default=True, help="What is written."
)
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
@click.option(
    "--output",
    metavar="FILE|-",
    type=click.Path(path_type=Path, allow_dash=True, dir_okay=False),
    default=Path("-"),
    help="Where it goes.  [default: standard output]",
)
@click.option("--seed", type=int, default=1, show_default=True, help="Of the bootstrap.")
@click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", help="With `terminal`.")
@click.option("-q", "--quiet", is_flag=True, help="With `terminal`: only what changed.")
@click.pass_context
def command(
    context: click.Context,
    *,
    base_json: Path,
    run_json: Path,
    aa: tuple[tuple[Path, Path], ...],
    tolerance: float | None,
    strict: bool,
    name: str,
    as_json: bool,
    output: Path,
    seed: int,
    color: str,
    quiet: bool,
) -> None:
    """
    Compares two runs of the same kind, profiles, targets and settings.

    Each is a run.json or a report folder. Samples beside it (samples.jsonl.gz) give load figures their intervals.
    The exit code is 1 where something is worse than noise explains.
    """
    runs = _Runs(context)
    base, run = runs.read(base_json), runs.read(run_json)
    runs.two(base, run, f"{base_json} and {run_json}", "compare with the run of another build, kept in another folder")
    runs.alike(base, run, names=(base_json, run_json))
    pairs = [runs.twins(first, second, base, base_json) for first, second in aa]
    sides = [_given(entry, path) for entry, path in ((base, base_json), (run, run_json))]
    comparison = compared(
        sides[0][0],
        sides[1][0],
        names=(sides[0][1], sides[1][1]),
        pairs=[(one[0], other[0]) for one, other in pairs],
        pair_names=[(one[1], other[1]) for one, other in pairs],
        rules=Rules(seed=seed) if tolerance is None else Rules(tolerance=tolerance, unbanded=tolerance, seed=seed),
        strict=strict,
    )
    _write(comparison, "json" if as_json else name, output, context, color=color, quiet=quiet)
    context.exit(comparison.exit_code)


class _Runs:
    """Reads runs, and refuses those that cannot be compared."""

    def __init__(self, context: click.Context) -> None:
        self._context = context

    def read(self, path: Path) -> Run:
        return read_run(path, self._context)

    def two(self, base: Run, run: Run, names: str, hint: str) -> None:
        """A usage error where both are the same run: nothing could be worse in it."""
        if base == run:
            raise click.UsageError(f"{names} are the same run\nhint: {hint}", self._context)

    def alike(self, base: Run, run: Run, *, names: Sequence[Path]) -> None:
        """A usage error that names every setting in which the runs differ."""
        found = differences(base, run)
        if not found:
            return
        lines = [f"  {entry.where}: {_cut(entry.base)} and {_cut(entry.run)}" for entry in found[:_MOST_DIFFERENCES]]
        if len(found) > _MOST_DIFFERENCES:
            lines.append(f"  and {len(found) - _MOST_DIFFERENCES} more")
        message = "\n".join([f"{names[0]} and {names[1]} cannot be compared: they differ in", *lines])
        raise click.UsageError(f"{message}\nhint: {_way_out(base, run)}", self._context)

    def twins(self, first: Path, second: Path, base: Run, base_name: Path) -> tuple[tuple[Given, Side], ...]:
        """Two runs of one build that are like the base; values without samples are all that is asked of them."""
        runs = self.read(first), self.read(second)
        for run, path in zip(runs, (first, second), strict=True):
            self.alike(base, run, names=(base_name, path))
        builds = [run.build for run in runs]
        if not builds[0] or builds[0] != builds[1]:
            told = " and ".join(build or "none" for build in builds)
            msg = (
                f"--aa {first} {second} are not of one build: they tell {told}\n"
                "hint: make both with the same --build, [backend] build or CHATPROOF_BUILD"
            )
            raise click.UsageError(msg, self._context)
        self.two(*runs, f"--aa {first} {second}", "an A/A pair is two runs of the same build")
        return tuple(_told(run, path) for run, path in zip(runs, (first, second), strict=True))


def _way_out(base: Run, run: Run) -> str:
    """What to do with runs that differ: in kind, the version of chatproof, or the configuration."""
    if kind_of(base) != kind_of(run):
        return f"compare runs of one kind, and not a {kind_of(base)} with a {kind_of(run)}"
    if base.version != run.version:
        return f"make both with one version of chatproof: they are of {base.version} and {run.version}"
    return "make both runs with the same configuration and flags"


def _told(run: Run, path: Path) -> tuple[Given, Side]:
    found = Given(run=run)
    return found, side_of(found, str(path))


def _given(run: Run, path: Path) -> tuple[Given, Side]:
    found, samples = given(run, path)
    return found, side_of(found, "standard input" if path == Path("-") else str(path), samples=samples)


def _cut(text: str) -> str:
    shown = text if text.isprintable() else text.encode("unicode_escape").decode()
    return (shown if len(shown) <= _LONGEST else f"{shown[:_LONGEST]}...") or "not there"


def _write(comparison: Comparison, name: str, output: Path, context: click.Context, *, color: str, quiet: bool) -> None:
    """What the format says of the comparison, to a file or to stdout."""
    options: dict[str, Any] = {}
    if name == "terminal":
        width = shutil.get_terminal_size((100, 24)).columns
        options = {
            "colour": takes_colour(color, sys.stdout if output == Path("-") else None),
            "width": width,
            "quiet": quiet,
        }
    if name == "json":
        text = json.dumps(document(comparison), indent=2) + "\n"
    else:
        text = load("reports.comparison", _WRITERS.get(name, name)).render(comparison, **options)
    data = (text if text.endswith("\n") else f"{text}\n").encode("utf-8", errors="backslashreplace")
    if output == Path("-"):
        sys.stdout.buffer.write(data)
        return
    try:
        output.write_bytes(data)
    except OSError as error:
        msg = f"{output} cannot be written: {error.strerror}\nhint: choose another file with --output"
        raise click.UsageError(msg, context) from error
