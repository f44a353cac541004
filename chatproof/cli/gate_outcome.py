"""From the document of a smoke load to what a gate says of it."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from chatproof.exit_code import exit_code
from chatproof.load_facts import TargetVerdict
from chatproof.metrics.table import METRICS
from chatproof.metrics.timed import is_timed
from chatproof.targets.floors import deciding_share, floor_of
from chatproof.targets.keeping import keeps, more_is_better
from chatproof.targets.shares import lower_share, upper_share

if TYPE_CHECKING:
    from collections.abc import Iterable

    from chatproof.cli.gate_targets import NotJudged, SmokeTargets
    from chatproof.load_facts import LoadFacts, MetricFigures, Validity
    from chatproof.load_plan import Plan
    from chatproof.run import Run
    from chatproof.targets import Target

__all__ = ["gated"]

_OF_TIMES = frozenset(
    {"send_lag", "read_lag", "loop_lag", "cpu", "waiting", "gc_pause", "arrival_times", "coalescing", "clocks"}
)
"""Conditions on the generator without which times are wrong, and nothing else is."""

_OTHER_FLAGS = ("--processes", "--spawn-rate")
_FEWER = "use fewer users for a longer time (--users, --run-time), or a machine of its own for the generator"
_LIMITED = "status 429"
_MARGIN = 1.15
_ROUND_SECONDS = 5
_LONG_ENOUGH = 6
_SOFTER_PERCENT = (2, 3, 5, 10, 20)


def gated(run: Run, plan: Plan, targets: SmokeTargets) -> Run:
    """
    The run of a smoke load as a gate reports it, with the exit code that follows.

    A generator that lagged makes the run invalid only where a time is judged, and what to do then is said in the flags
    of a gate. What is not judged stands there with its value and the reason, as not claimed; an inconclusive target
    names the flags that would decide it.
    """
    facts = run.load
    if facts is None:
        return run
    wanted = {target.text: target for target in targets.judged}
    judged = tuple(
        _with_flags(entry, wanted[entry.target], plan, facts)
        if entry.verdict == "inconclusive" and entry.target in wanted and not (run.interrupted or run.gate)
        else entry
        for entry in run.targets
    )
    timed = any(is_timed(target.metric) for target in targets.judged)
    validity = run.validity
    if validity is not None:
        validity = _in_flags_of_a_gate(validity if timed else _without_times(validity))
    found = (*judged, *(_measured(entry, facts.figures) for entry in targets.not_judged))
    code, reason = exit_code(
        targets=found, validity=validity, strict=run.strict, interrupted=run.interrupted, crash=run.crash, gate=run.gate
    )
    facts = replace(facts, notes=(*facts.notes, *_limited(facts, plan)))
    return replace(run, targets=found, validity=validity, load=facts, exit_code=int(code), exit_reason=reason)


def _limited(facts: LoadFacts, plan: Plan) -> tuple[str, ...]:
    """A note where the backend refused by 429: what was loaded then may be the limit of one user."""
    if not any(told.endswith(_LIMITED) for error in facts.errors for told in error.samples):
        return ()
    note = (
        f"Turns were answered with 429: where the limit is one for each user, {plan.users} load users need credentials "
        "of their own (user_claims or tokens_file under [load]), or --users must be lower."
    )
    return (note,)


def _without_times(validity: Validity) -> Validity:
    """The conditions on times limit nothing where no time is judged; what was found of them still stands there."""
    unlimited = "none: no time is judged"
    checks = tuple(
        replace(check, state="ok", limit=unlimited, remedy="")
        if check.name in _OF_TIMES and check.state == "broken"
        else check
        for check in validity.checks
    )
    broken = {check.name.replace("_", " ") for check in validity.checks if check not in checks}
    reasons = tuple(reason for reason in validity.reasons if reason.partition(":")[0] not in broken)
    return replace(validity, valid=not reasons, reasons=reasons, checks=checks)


def _in_flags_of_a_gate(validity: Validity) -> Validity:
    """The remedies, and the reasons that end with them, without the flags that `chatproof load` alone has."""
    late = [check.remedy for check in validity.checks if check.name in _OF_TIMES]
    foreign = [remedy for remedy in late if any(flag in remedy for flag in _OTHER_FLAGS)]
    checks = tuple(replace(check, remedy=_FEWER) if check.remedy in foreign else check for check in validity.checks)
    reasons = []
    for reason in validity.reasons:
        remedy = next((remedy for remedy in foreign if reason.endswith(remedy)), "")
        reasons.append(f"{reason.removesuffix(remedy)}{_FEWER}" if remedy else reason)
    return replace(validity, reasons=tuple(reasons), checks=checks)


def _measured(entry: NotJudged, figures: Iterable[MetricFigures]) -> TargetVerdict:
    """A target that is not judged, with what was measured of it."""
    target = entry.target
    own = next((found for found in figures if (found.metric, found.tag) == (target.metric, target.tag)), None)
    value = None
    if own is not None:
        value = own.percentiles.get(target.statistic) if target.statistic else own.value
    return TargetVerdict(
        target=target.text,
        metric=target.metric,
        requirement=target.requirement,
        limit=float(f"{target.limit / target.per_unit:.12g}"),
        comparison=target.comparison,
        value=value,
        unit=target.unit,
        infinite=own.infinite if own else 0,
        n=own.n if own else 0,
        lower=None,
        upper=None,
        verdict="not_claimed",
        level=target.level,
        tag=target.tag,
        statistic=target.statistic,
        reason=entry.reason,
        declare=entry.instead,
        profile=target.profile,
    )


def _with_flags(verdict: TargetVerdict, target: Target, plan: Plan, facts: LoadFacts) -> TargetVerdict:
    """An inconclusive target with the flags by which a run like this one decides it."""
    kind, n = METRICS[target.metric].kind, verdict.n
    ways: list[str] = []
    if not n:
        ways = _more(floor_of(target, kind=kind), n, plan, facts)
    elif kind == "share":
        hits = round((verdict.value or 0.0) / 100 * n)
        ways = [*_more(deciding_share(hits / n, target, start=n + 1), n, plan, facts), *_softer(target, hits, n)]
    return replace(verdict, missing=f"{verdict.missing}: {', or '.join(ways)}") if ways else verdict


def _more(needed: int | None, n: int, plan: Plan, facts: LoadFacts) -> list[str]:
    """Flags with which there would be so many observations, were the backend as fast as it was."""
    if needed is None:
        return []
    window = facts.seconds - plan.warm_up_seconds
    if plan.max_turns and facts.samples >= plan.max_turns:
        turns = math.ceil(facts.samples * needed / max(1, n) * _MARGIN)
        return [f"--max-turns {turns}"]
    if plan.workload == "fan-out":  # as many streams as users, however long it takes
        return [f"--users {math.ceil(needed * _MARGIN)}"]
    if not n or window <= 0:
        return [f"--run-time {math.ceil(plan.run_time_seconds * _LONG_ENOUGH)}s"]
    seconds = plan.warm_up_seconds + window * needed / n * _MARGIN
    users = math.ceil(plan.users * needed / n * _MARGIN)
    return [f"--run-time {math.ceil(seconds / _ROUND_SECONDS) * _ROUND_SECONDS}s", f"--users {users}"]


def _softer(target: Target, hits: int, n: int) -> list[str]:
    """The nearest looser limit that what was seen keeps, as a line of `[targets]`."""
    for percent in _SOFTER_PERCENT:
        up = more_is_better(target)
        share = 1 - percent / 100 if up else percent / 100
        looser = replace(target, limit=share)
        if share < target.limit if up else share > target.limit:
            bound = lower_share(hits, n) if up else upper_share(hits, n)
            if keeps(looser, bound):
                shown = f"{100 - percent if up else percent}%"
                return [f'"{target.name}" = "{target.comparison} {shown}" under [targets]']
    return []
