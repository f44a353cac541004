"""Two runs compared: verdicts, figures, and what follows from both."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from chatproof import __version__
from chatproof.comparison.alike import doubts, kind_of, without_verdict
from chatproof.comparison.band import widening
from chatproof.comparison.capacities import capacity_changes
from chatproof.comparison.changes import changes, compared_verdicts, lost
from chatproof.comparison.facts import Comparison, Side
from chatproof.comparison.figures import WORSE, Figures, figure_changes
from chatproof.comparison.outcome import outcome
from chatproof.comparison.values import figures_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatproof.comparison.facts import Change, FigureChange
    from chatproof.comparison.figures import Rules
    from chatproof.comparison.values import Given

__all__ = ["compared", "side_of"]

_HOW: Final = (
    (
        "The intervals come from a bootstrap over the streams of each run: they know the noise within a run, and "
        "nothing of what differs from one run to the next on the same machine."
    ),
    "Values that one stream has many of, such as gaps, are reckoned as if those of a stream were all alike.",
)
_NO_BAND: Final = (
    "No A/A runs were given: what two runs of the same build differ by is not known, and may be more than the "
    "intervals; so times must change by more to count. Give two such runs with `--aa`."
)

_IN_BAND: Final = "the figure moved by no more than runs of one build do"


def side_of(given: Given, name: str, *, samples: str = "") -> Side:
    """How a run stands in the document."""
    run = given.run
    return Side(
        name=name,
        command=run.command,
        profiles=run.profiles,
        build=run.build,
        fingerprint=run.fingerprint,
        url=str(run.backend.get("url", "")),
        started_at=run.started_at,
        version=run.version,
        exit_code=run.exit_code,
        samples=samples,
        no_samples=given.no_samples,
    )


def compared(
    base: Given,
    run: Given,
    *,
    names: tuple[Side, Side],
    pairs: Sequence[tuple[Given, Given]] = (),
    pair_names: Sequence[tuple[Side, Side]] = (),
    rules: Rules,
    strict: bool = False,
) -> Comparison:
    """
    What changed from one run to the other.

    The runs, and the A/A pairs, must be alike (`alike.differences`); where one has no verdict, the others are not
    looked at, and the exit code is 3. `names` and `pair_names` are how the runs stand in the document.
    """
    told = [(side.name, without_verdict(given.run)) for side, given in _all(base, run, names, pairs, pair_names)]
    unfit = "; ".join(f"{name} has no verdict to compare: {why}" for name, why in told if why)
    found, same = changes(base.run, run.run, strict=strict)
    figures = Figures(changes=(), judged=0, replicates=0)
    if not unfit:
        twins = [(one.run, other.run) for one, other in pairs]
        figures = figure_changes(base, run, pairs=twins, rules=rules)
        held = capacity_changes(base.run, run.run, pairs=twins, rules=rules)
        figures = replace(figures, changes=(*held, *figures.changes))
    found = _within_noise(found, figures.changes) if pairs else found
    code, reason = outcome(
        found,
        figures.changes,
        unfit=unfit,
        lost=lost(base.run, run.run, strict=strict),
        blind=_blind(base, run, figures),
        judged=compared_verdicts(base.run, run.run) + sum(entry.interval for entry in figures.changes),
    )
    return Comparison(
        kind=kind_of(run.run),
        base=names[0],
        run=names[1],
        changes=() if unfit else found,
        same=0 if unfit else same,
        figures=figures.changes,
        pairs=tuple(pair_names),
        widening=widening(len(pairs)) if pairs else None,
        tolerance=rules.tolerance,
        time_tolerance=rules.tolerance if pairs else rules.unbanded,
        confidence=rules.confidence,
        judged=figures.judged,
        replicates=figures.replicates,
        seed=rules.seed,
        strict=strict,
        warnings=_warnings(base, run, figures, banded=bool(pairs)),
        notes=_HOW if figures.judged else (),
        exit_code=int(code),
        exit_reason=reason,
        version=__version__,
    )


def _within_noise(found: tuple[Change, ...], figures: Sequence[FigureChange]) -> tuple[Change, ...]:
    """The changes, of which those of targets do not weigh whose figure moved by no more than the A/A runs did."""
    quiet = {entry.name for entry in figures if _in_band(entry)}
    return tuple(
        replace(entry, weighs=False, reason="; ".join(filter(None, (entry.reason, _IN_BAND))))
        if entry.kind == "target" and entry.weighs and entry.name.partition(" ")[0] in quiet
        else entry
        for entry in found
    )


def _in_band(figure: FigureChange) -> bool:
    low, high = figure.band_lower, figure.band_upper
    return low is not None and high is not None and figure.change is not None and low <= figure.change <= high


def _all(
    base: Given,
    run: Given,
    names: tuple[Side, Side],
    pairs: Sequence[tuple[Given, Given]],
    pair_names: Sequence[tuple[Side, Side]],
) -> list[tuple[Side, Given]]:
    found = [(names[0], base), (names[1], run)]
    for sides, givens in zip(pair_names, pairs, strict=True):
        found += zip(sides, givens, strict=True)
    return found


def _blind(base: Given, run: Given, figures: Figures) -> str:
    """Why none of the figures of two loads could be judged; empty where one was, or where there are none."""
    if figures.judged or not any(figure.metric != "capacity" for figure in figures.changes):
        return ""
    why = base.no_samples or run.no_samples
    return f"no figure could be judged{f': {why}' if why else ''}"


def _warnings(base: Given, run: Given, figures: Figures, *, banded: bool) -> tuple[str, ...]:
    found = list(doubts(base.run, run.run))
    if blind := _blind(base, run, figures):
        found.append(blind)
    if figures.judged and not banded:
        found.append(_NO_BAND)
    after = figures_of(run.run)
    gone = [key.name for key in figures_of(base.run) if key not in after]
    if figures.changes and gone:
        found.append(f"figures of the base that the run does not have: {', '.join(gone)}")
    if any(entry.verdict == WORSE for entry in figures.changes) and not banded and base.run.build == run.run.build:
        build, unknown = run.run.build, "Both runs may be of one build (`--build` tells them apart)."
        found.append(f"Both runs are of build {build}." if build else unknown)
    return tuple(found)
