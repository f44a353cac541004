"""Whether a load run may be judged at all: the conditions on the generator, each with what was found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from chatproof.load_facts import Validity
from chatproof.load_run import busy_checks, means_checks, schedule_checks
from chatproof.load_run.watched import watch

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from chatproof.load_facts import ValidityCheck
    from chatproof.load_plan import Plan
    from chatproof.load_run.watched import Watched
    from chatproof.samples.collected import Collected
    from chatproof.targets import Target

__all__ = ["validity"]

_CHECKS: Final[tuple[Callable[[Watched], ValidityCheck], ...]] = (
    busy_checks.send_lag,
    busy_checks.loop_lag,
    busy_checks.read_lag,
    busy_checks.cpu,
    busy_checks.waiting,
    busy_checks.gc_pause,
    schedule_checks.dropped_starts,
    schedule_checks.offered,
    schedule_checks.little,
    means_checks.own_errors,
    means_checks.file_limit,
    means_checks.processes,
    means_checks.clocks,
    means_checks.arrival_times,
    means_checks.coalescing,
)


def validity(collected: Collected, plan: Plan, *, targets: Sequence[Target] = ()) -> Validity:
    """
    Valid unless a condition is broken; what was not observed breaks none.

    Only the time between warm-up and end is looked at. `targets` make the limits on lag wider where their own limits
    are wide. A run without samples is not invalid for that alone: nothing is met in it.
    """
    watched = watch(collected, plan, targets)
    checks = tuple(check(watched) for check in _CHECKS)
    reasons = tuple(
        f"{check.name.replace('_', ' ')}: {check.found} (limit: {check.limit}); {check.remedy}"
        for check in checks
        if check.state == "broken"
    )
    return Validity(valid=not reasons, reasons=reasons, checks=checks)
