"""What the generator told of itself within the time that is judged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from chatproof.load_facts import ValidityCheck
from chatproof.metrics.groups import judged_window_ns
from chatproof.metrics.table import METRICS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from chatproof.load_plan import Plan
    from chatproof.samples.collected import Collected
    from chatproof.samples.records import Health
    from chatproof.targets import Target

__all__ = ["LAG_LIMIT_NS", "Watched", "broken", "milliseconds", "not_observed", "sound", "watch"]

LAG_LIMIT_NS: Final = 5_000_000
"""So late may a request or a read be in 99 of 100 cases, unless 2 % of the smallest limit are more."""

_SHARE_OF_LIMIT: Final = 0.02
_NEARLY_ALL: Final = 0.999


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """
    A run as its validity sees it.

    `health` holds the records that lie wholly within the judged window, by process, in order. `kernel` says that
    arrivals are the kernel's (then a late read changes no time), None where nothing was read. `lag_limit_ns` is what
    a request may be late.
    """

    collected: Collected
    plan: Plan
    health: dict[str, list[Health]]
    kernel: bool | None
    lag_limit_ns: float

    @property
    def records(self) -> list[Health]:
        """The records of all processes."""
        return [record for records in self.health.values() for record in records]


def watch(collected: Collected, plan: Plan, targets: Sequence[Target] = ()) -> Watched:
    """Takes out of a run what its validity depends on; `targets` say how exact its times have to be."""
    begin, end = judged_window_ns(collected, plan)
    health: dict[str, list[Health]] = {}
    for record in sorted(collected.health, key=lambda record: record.at_ns):
        if record.at_ns - record.seconds * 1e9 >= begin and record.at_ns <= end:
            health.setdefault(record.process, []).append(record)
    return Watched(
        collected=collected,
        plan=plan,
        health=health,
        kernel=_kernel(collected),
        lag_limit_ns=max(LAG_LIMIT_NS, _SHARE_OF_LIMIT * _smallest_limit_ns(targets)),
    )


def sound(name: str, *, found: str, limit: str, why: str) -> ValidityCheck:
    """A condition that holds."""
    return ValidityCheck(name=name, state="ok", found=found, limit=limit, why=why)


def broken(name: str, *, found: str, limit: str, why: str, remedy: str) -> ValidityCheck:
    """A condition that does not hold."""
    return ValidityCheck(name=name, state="broken", found=found, limit=limit, why=why, remedy=remedy)


def not_observed(name: str, *, found: str, limit: str, why: str) -> ValidityCheck:
    """A condition of which nothing is known; `found` says why."""
    return ValidityCheck(name=name, state="not_observed", found=found, limit=limit, why=why)


def milliseconds(duration_ns: float) -> str:
    """A duration in milliseconds for people."""
    return f"{duration_ns / 1e6:.3g} ms" if duration_ns < 1e9 else f"{duration_ns / 1e6:.0f} ms"  # noqa: PLR2004 - 1 s


def _kernel(collected: Collected) -> bool | None:
    """Whether practically all streams have the kernel's times."""
    read = [sample.kernel for sample in collected.samples if sample.reads and not sample.warm_up]
    if read:
        return sum(read) >= _NEARLY_ALL * len(read)
    told = [record.kernel for record in collected.starts]
    return all(told) if told else None


def _smallest_limit_ns(targets: Iterable[Target]) -> float:
    limits = [target.limit for target in targets if METRICS[target.metric].unit == "ns"]
    return min(limits, default=0.0)
