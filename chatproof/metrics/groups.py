"""Which samples a metric speaks of: judged ones, by operation and tag, and what became of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from chatproof.load_plan import Plan
    from chatproof.samples.collected import Collected
    from chatproof.samples.records import Sample

__all__ = [
    "REQUESTS",
    "STREAMS",
    "Group",
    "five_minutes_ns",
    "group",
    "hung",
    "judged_window_ns",
    "main_operations",
    "tagged",
]

STREAMS: Final = ("turn", "subscription")
"""Operations that are answered with a stream of events."""

REQUESTS: Final = ("poll", "session", "refresh", "token", "generate", "probe")
"""Operations that are answered as a whole; each has a metric of its name."""

_BESIDE: Final = frozenset({"probe", "publish"})
_FIVE_MINUTES_NS: Final = 300_000_000_000
_OVER: Final = frozenset({"stop", "interrupted", "budget"})
_QUIET: Final = 2
_QUIET_NS: Final = 5_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """
    Samples by what became of them: `well`, `failed`, and `left`, those that we ended (censored or aborted).

    Failures of the generator itself are in none of the three: they say nothing of the backend. `over_warm_up` are those
    that began in the warm-up and that we ended with the run: of what they did in between nothing else is judged.
    """

    well: tuple[Sample, ...]
    failed: tuple[Sample, ...]
    left: tuple[Sample, ...]
    over_warm_up: tuple[Sample, ...] = ()

    @property
    def all(self) -> tuple[Sample, ...]:
        """All of them."""
        return self.well + self.failed + self.left


def group(collected: Collected, operations: Iterable[str], tag: str = "") -> Group:
    """The judged samples of some operations; with a tag only those that have it, or whose workload is called so."""
    names = tuple(operations)
    return collected.remembered(("group", names, tag), lambda: _group(collected, names, tag))


def tagged(sample: Sample, tag: str) -> bool:
    """Whether a sample counts under a tag; each does under the empty one."""
    return not tag or tag in sample.tags or sample.workload == tag


def main_operations(collected: Collected, tag: str = "") -> tuple[str, ...]:
    """What the run (with a tag that part of it) is about: its streams, or all its requests where it has no streams."""
    found = {
        name: samples
        for name, samples in _by_operation(collected).items()
        if not tag or any(tagged(sample, tag) for sample in samples)
    }
    streams = tuple(name for name in STREAMS if name in found)
    return streams or tuple(sorted(name for name in found if name not in _BESIDE))


def hung(found: Group) -> tuple[Sample, ...]:
    """
    The turns and requests that we ended and that had come to a standstill long before: they failed, too.

    Such a one had brought no token (a request: no answer) for 5 s, and for twice as long as any that ended well had
    ever been without. Where none ended well nothing is known. One that began in the warm-up counts as well: a user who
    waits for it all through the run sends nothing else that could fail.
    """
    ended = found.left + found.over_warm_up
    if not found.well or not ended:
        return ()
    least_ns = max(_QUIET_NS, _QUIET * max(map(_longest_quiet_ns, found.well)))
    return tuple(
        sample
        for sample in ended
        if sample.censored
        and sample.planned_ns is None
        and sample.operation != "subscription"
        and sample.sent_ns is not None
        and sample.end_ns - (sample.last_ns or sample.sent_ns) >= least_ns
    )


def five_minutes_ns(plan: Plan) -> int:
    """Five minutes in the plan's time, which may be scaled."""
    return round(_FIVE_MINUTES_NS / plan.scale)


def judged_window_ns(collected: Collected, plan: Plan) -> tuple[int, int]:
    """From the end of the warm-up to the moment at which the run was told to end, or its last sample ended."""
    return collected.remembered(
        ("window", plan.warm_up_seconds, plan.run_time_seconds), lambda: _window(collected, plan)
    )


def _window(collected: Collected, plan: Plan) -> tuple[int, int]:
    begin = round(plan.warm_up_seconds * 1e9)
    over = [mark.at_ns for mark in collected.marks if mark.what in _OVER and mark.at_ns > 0]
    last = max((sample.end_ns for sample in collected.samples), default=begin)
    if not over and plan.run_time_seconds > 0:
        over = [round(plan.run_time_seconds * 1e9)]
    return begin, max(begin, min([last, *over]))


def _longest_quiet_ns(sample: Sample) -> int:
    """For how long a stream was without a token, or how long a request took."""
    begin = sample.start_ns if sample.sent_ns is None else sample.sent_ns
    if sample.token_ns is None or sample.last_ns is None:
        return sample.end_ns - begin
    return max(sample.token_ns - begin, sample.gap_max_ns or 0, (sample.terminal_ns or sample.end_ns) - sample.last_ns)


def _by_operation(collected: Collected) -> Mapping[str, list[Sample]]:
    return collected.remembered("operations", lambda: _sorted_out(collected))


def _sorted_out(collected: Collected) -> Mapping[str, list[Sample]]:
    found: dict[str, list[Sample]] = {}
    for sample in collected.samples:
        if not sample.warm_up and sample.cause != "ours":
            found.setdefault(sample.operation, []).append(sample)
    return found


def _group(collected: Collected, operations: tuple[str, ...], tag: str) -> Group:
    found = _by_operation(collected)
    samples = [sample for name in operations for sample in found.get(name, ())]
    if tag:
        samples = [sample for sample in samples if tagged(sample, tag)]
    over = [
        sample
        for sample in collected.samples
        if sample.warm_up and sample.censored and not sample.cause and sample.operation in operations
    ]
    return Group(
        well=tuple(entry for entry in samples if not (entry.cause or entry.censored or entry.aborted)),
        failed=tuple(entry for entry in samples if entry.cause),
        left=tuple(entry for entry in samples if (entry.censored or entry.aborted) and not entry.cause),
        over_warm_up=tuple(entry for entry in over if tagged(entry, tag)),
    )
