"""What gave out first: a means of the backend, a target, requests that failed, or the generator."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from chatproof.capacity.outcome import OF_GENERATOR, amount, deciding
from chatproof.capacity_facts import Shortage

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chatproof.capacity.outcome import Outcome
    from chatproof.capacity.scale import Scale
    from chatproof.capacity.watch import Means
    from chatproof.capacity.weighing import Weighed

__all__ = ["limiting_of", "shortages"]

_FULL: Final = 0.9
_FULL_MEMORY: Final = 0.85
_FLAT: Final = 1.1
_ONE_CORE: Final = (0.85, 1.15)
_MOST_ERRORS: Final = 3
_BEHIND: Final = 0.9
_GONE: Final = (
    "look into its log for what ended it (a crash, or the memory that it may use), start it again, and search again"
)
_ERRORS: Final = ("error_rate", "retry_rate.client", "delivery_ratio")


def limiting_of(rungs: list[Weighed], outcome: Outcome) -> tuple[str, ...]:
    """The targets that the lowest level which does not hold breaks, the most frequent first."""
    counts: dict[str, int] = {}
    for entry in deciding(rungs, outcome.breaks, ("breaks", "unclear")):
        for target in entry.rung.limiting:
            counts[target] = counts.get(target, 0) + 1
    return tuple(sorted(counts, key=lambda target: -counts[target]))


def shortages(
    rungs: list[Weighed], outcome: Outcome, *, means: Means, scale: Scale, gone: str = ""
) -> tuple[Shortage, ...]:
    """
    What gave out, the means of the backend first; empty where no level broke.

    `gone` says that the backend does not answer any more, where that ended the search: then it comes before all else.

    CPU gave out where all cores were full, or one of them while more load brought no more work. Memory and open files
    are compared with what the machine, or the process, is allowed.
    """
    broken = deciding(rungs, outcome.breaks, ("breaks", "unclear"))
    found = [Shortage(what="errors", evidence=gone, remedy=_GONE)] if gone and rungs else []
    if broken:
        worst = broken[0]
        held = deciding(rungs, outcome.holds, ("holds",))
        seen = {
            name: max(entry.rung.backend.get(name, 0.0) for entry in broken) for name in ("cpu", "rss", "open_files")
        }
        before = held[0].rung.backend if held else {}
        at = f"at {amount(outcome.breaks, scale)}"
        found += [entry for entry in (_cpu(seen, before, means, at), _memory(seen, means, at)) if entry]
        found += [entry for entry in (_files(seen, means, at),) if entry]
        found += _errors(worst, at)
        found += _targets(worst, at)
        found += [] if found else [_seen(worst, at)]
    if outcome.word == "generator_was_the_limit":
        reasons = [entry.rung.reason.removeprefix(OF_GENERATOR) for entry in rungs if entry.rung.verdict == "invalid"]
        remedy = "use more processes (--processes), or a machine of its own for the generator"
        found.append(Shortage(what="generator", evidence=reasons[-1] if reasons else "", remedy=remedy))
    return tuple(found)


def _cpu(seen: Mapping[str, float], before: Mapping[str, float], means: Means, at: str) -> Shortage | None:
    cpu = seen["cpu"]
    remedy = "give it more cores or replicas, or make a turn cheaper"
    if means.cores and cpu >= _FULL * means.cores:
        evidence = f"{cpu:.2f} of {means.cores} cores {at}"
    elif _ONE_CORE[0] <= cpu <= _ONE_CORE[1] and before.get("cpu", 0.0) * _FLAT >= cpu:
        evidence = f"one core full ({cpu:.2f}) {at}, and no more under more load"
        remedy = "run a process for each core, or make a turn cheaper"
    elif _ONE_CORE[0] <= cpu <= _ONE_CORE[1] and "cpu" not in before:
        evidence = f"one core full ({cpu:.2f}) {at}"
        remedy = "run a process for each core, or make a turn cheaper"
    else:
        return None
    return Shortage(what="backend CPU", evidence=evidence, remedy=remedy)


def _memory(seen: Mapping[str, float], means: Means, at: str) -> Shortage | None:
    if not means.memory or seen["rss"] < _FULL_MEMORY * means.memory:
        return None
    evidence = f"{seen['rss'] / 1e6:,.0f} MB of the machine's {means.memory / 1e6:,.0f} MB {at}"
    return Shortage(what="backend memory", evidence=evidence, remedy="give it more memory, or hold less for a stream")


def _files(seen: Mapping[str, float], means: Means, at: str) -> Shortage | None:
    if not means.open_files or seen["open_files"] < _FULL * means.open_files:
        return None
    evidence = f"{seen['open_files']:,.0f} of {means.open_files:,} open files {at}"
    return Shortage(what="backend open files", evidence=evidence, remedy="raise its limit (LimitNOFILE=, ulimit -n)")


def _errors(worst: Weighed, at: str) -> list[Shortage]:
    """Failures by cause, where they are what broke the level."""
    blamed = any(target.startswith(_ERRORS) for target in worst.rung.limiting)
    if not worst.errors or not blamed:
        return []
    told = [f"{entry.count:,} x {entry.cause} ({entry.samples[0]})" for entry in worst.errors[:_MOST_ERRORS]]
    remedy = "find what refuses or fails: a limit of connections, of a pool, or of a service behind it"
    return [Shortage(what="errors", evidence=f"{at}: {'; '.join(told)}", remedy=remedy)]


def _seen(worst: Weighed, at: str) -> Shortage:
    """Where no means and no target is to blame: work that piled up, times that grew, or what else was not steady."""
    rung = worst.rung
    remedy = "try longer rungs (--rung-time); where it does not settle either, more comes than gets done"
    if rung.throughput < _BEHIND * rung.offered:
        evidence = f"{at}: {rung.offered:.3g} were started in a second, and {rung.throughput:.3g} ended well"
        return Shortage(what="throughput", evidence=f"{evidence}; {rung.reason}", remedy=remedy)
    what = "latency" if "latency went" in rung.reason else "steady state"
    return Shortage(what=what, evidence=f"{at}: {rung.reason}", remedy=remedy)


def _targets(worst: Weighed, at: str) -> list[Shortage]:
    limiting = [entry for entry in worst.rung.targets if entry.target in worst.rung.limiting]
    if not limiting:
        return []
    return [Shortage(what="target", evidence=f"{at}: {worst.rung.reason}")]
