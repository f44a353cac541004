"""What runs say of a target that a box names, judged with the box's own limit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chatproof.checklist.finding import UNFIT, Finding, to_declare
from chatproof.checklist_facts import BoxEvidence
from chatproof.targets.expression import parse_target

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatproof.load_facts import TargetVerdict
    from chatproof.run import Run
    from chatproof.targets.expression import Target

__all__ = ["looseness", "target_findings", "target_of"]

_FIVE_MINUTES = {"survival_5m", "uptime"}
_FIVE_MINUTES_SECONDS = 300.0


def target_of(text: str) -> Target:
    """The target that a box names, such as `error_rate < 1%`; raises `TargetError`."""
    place = min((text.find(sign) for sign in "<>" if sign in text), default=len(text))
    return parse_target(text[:place].rstrip(), text[place:])


def target_findings(
    text: str, profile: str, runs: Sequence[Run], *, streams_at_once: int = 0, needs: str = "", remedy: str = ""
) -> tuple[Finding, ...]:
    """
    What each run says of a target for a profile (without one: for any), in the order of the runs.

    A verdict on a looser limit ticks nothing, one on a tighter limit breaks nothing; a target on five-minute streams
    counts in real time alone; fewer than `streams_at_once` streams prove nothing where that is asked for; a mix of
    workloads says nothing of one of them, nor does a search for the limit that found none below its start; and what is
    met must be so by its own figures. A run that is not valid says nothing. `needs` says what would judge it.
    """
    wanted = target_of(text)
    return tuple(
        _finding(entry, wanted, run, place, streams_at_once=streams_at_once, needs=needs, remedy=remedy)
        for place, run in enumerate(runs)
        if run.validity is not None and run.validity.valid
        for entry in run.targets
        if entry.target.startswith(f"{wanted.name} ") and profile in {"", entry.profile}
    )


def _finding(
    entry: TargetVerdict, wanted: Target, run: Run, place: int, *, streams_at_once: int, needs: str, remedy: str
) -> Finding:
    unfit, instead = _unfit(entry, wanted, run, streams_at_once)
    seen = f", {_at_once(run):g} at once at the most" if streams_at_once and not unfit else ""
    evidence = BoxEvidence(
        kind="target",
        name=entry.target,
        profile=entry.profile,
        verdict=entry.verdict,
        text=f"{entry.reason}; {unfit}" if unfit else f"{entry.reason}{seen}",
        run=place,
    )
    if unfit:
        return Finding(word=UNFIT, evidence=evidence, needs=instead or needs or unfit, remedy=remedy)
    match entry.verdict:
        case "inconclusive":
            missing = f"{entry.target} needs {entry.missing}" if entry.missing else needs
            return Finding(word="inconclusive", evidence=evidence, needs=missing)
        case "not_claimed":
            declare = to_declare(entry.declare) if entry.declare else entry.reason
            return Finding(word="not_claimed", evidence=evidence, needs=declare)
        case _:
            return Finding(word=entry.verdict, evidence=evidence, needs=needs, remedy=remedy)


def _unfit(entry: TargetVerdict, wanted: Target, run: Run, streams_at_once: int) -> tuple[str, str]:
    """Why the verdict is not the one that the box asks for, and what it takes instead; empty where it is."""
    if entry.verdict == "not_claimed":
        return "", ""
    plan: Any = run.load.plan if run.load is not None else {}
    short = _not_five_minutes(plan) if wanted.metric in _FIVE_MINUTES else ""
    if other := short or _of_another_kind(entry, wanted, run):
        return other, ""
    side = looseness(entry, wanted)
    instead = f'needs the limit of the box: delete "{wanted.name}" under [targets], and judge again'
    if entry.verdict == "met" and side > 0:
        return f"that is a looser limit than {wanted.text}", instead
    if entry.verdict == "not_met" and side < 0:
        return f"that is a tighter limit than {wanted.text}, and says nothing of this one", instead
    if streams_at_once and entry.verdict == "met" and (seen := _at_once(run)) < streams_at_once:
        return f"{seen:g} streams were under way at once at the most, and it takes {streams_at_once}", ""
    return "", ""


def _of_another_kind(entry: TargetVerdict, wanted: Target, run: Run) -> str:
    """Why a verdict on the same target is none of an ordinary load, or none at all; empty where it is one."""
    if run.load is not None and run.load.workload == "mixed" and not wanted.tag:
        return "that is of several workloads together"
    if run.capacity is not None and entry.verdict == "not_met":
        return "that is of a search for the limit, which nothing held that it tried"
    if entry.verdict == "met" and not _shown_by_figures(entry):
        return f"its own figures do not show it ({entry.value} of n = {entry.n}): the run document is damaged"
    return ""


def looseness(entry: TargetVerdict, wanted: Target) -> int:
    """1 where the run's limit is looser than the wanted one, -1 where it is tighter, 0 where they are the same."""
    limit = float(f"{wanted.limit / wanted.per_unit:.12g}")
    upward = wanted.comparison in {">", ">="}
    if (entry.comparison in {">", ">="}) != upward:
        return 1
    if entry.limit != limit:
        return 1 if (entry.limit < limit) == upward else -1
    return len(entry.comparison) - len(wanted.comparison)


def _shown_by_figures(entry: TargetVerdict) -> bool:
    """The value, and its bound where there is one, keep the limit, and there are samples."""
    upward = entry.comparison in {">", ">="}
    bound = entry.lower if upward else entry.upper
    figures = [entry.value, *([bound] if bound is not None else [])]
    return entry.n > 0 and all(figure is not None and _keeps(figure, entry) for figure in figures)


def _keeps(figure: float, entry: TargetVerdict) -> bool:
    beyond = figure - entry.limit if entry.comparison in {">", ">="} else entry.limit - figure
    return beyond > 0 or (beyond == 0 and entry.comparison.endswith("="))


def _not_five_minutes(plan: Any) -> str:
    """Why a soak was none of five minutes; empty where it was."""
    scale = plan.get("scale", 1.0)
    if scale != 1:
        return f"time was scaled by {scale:g}: its streams were none of five minutes"
    seconds = plan.get("stream_seconds", 0.0)
    return "" if seconds >= _FIVE_MINUTES_SECONDS else f"its streams were planned for {seconds:g} s, not five minutes"


def _at_once(run: Run) -> float:
    """The most streams that were under way at once; 0 where that is not known."""
    figures = run.load.figures if run.load is not None else ()
    return max((entry.value or 0.0 for entry in figures if entry.metric == "concurrency"), default=0.0)
