"""Whether the generator had what it needed besides time: sockets, files, all of its processes, exact times."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from chatproof.load_run.watched import broken, not_observed, sound

if TYPE_CHECKING:
    from chatproof.load_facts import ValidityCheck
    from chatproof.load_run.watched import Watched

__all__ = ["arrival_times", "clocks", "coalescing", "file_limit", "own_errors", "processes"]

_NEARLY_ALL: Final = 0.95
_APART_NS: Final = 1_000_000


def own_errors(watched: Watched) -> ValidityCheck:
    """Connections that failed on our side: no file descriptor, no port."""
    name, limit, why = "own_errors", "none", "a connection that we could not open says nothing of the backend"
    samples = [sample for sample in watched.collected.samples if not sample.warm_up]
    failed = [sample for sample in samples if sample.cause == "ours"]
    if not samples:
        return not_observed(name, found="nothing was sent", limit=limit, why=why)
    if failed:
        said = f": {failed[0].detail[:120]}" if failed[0].detail else ""
        remedy = "raise the limit of open files (ulimit -n), keep connections, or spread the load over machines"
        return broken(name, found=f"{len(failed):,} of {len(samples):,}{said}", limit=limit, why=why, remedy=remedy)
    return sound(name, found=f"0 of {len(samples):,}", limit=limit, why=why)


def file_limit(watched: Watched) -> ValidityCheck:
    """Whether a process came close to the files that it may open."""
    name, limit = "file_limit", f"at most {_NEARLY_ALL:.0%} of the limit of open files"
    why = "without a file descriptor no connection can be opened"
    allowed = {record.process: record.file_limit for record in watched.collected.starts if record.file_limit > 0}
    opened: dict[str, int] = {}
    for record in watched.collected.health:
        if record.process in allowed:
            opened[record.process] = max(opened.get(record.process, 0), record.open_files)
    if not any(opened.values()):
        return not_observed(name, found="the limit or the open files are not known", limit=limit, why=why)
    process = max(opened, key=lambda name: opened[name] / allowed[name])
    found = f"{opened[process]:,} of {allowed[process]:,} ({process})"
    if opened[process] > _NEARLY_ALL * allowed[process]:
        remedy = "raise it (ulimit -n), or use more processes (--processes)"
        return broken(name, found=found, limit=limit, why=why, remedy=remedy)
    return sound(name, found=found, limit=limit, why=why)


def processes(watched: Watched) -> ValidityCheck:
    """Whether each process of the generator came to its end, and all that it had recorded came here."""
    name, limit, why = "processes", "each tells its end", "what a lost process had under way is missing in the samples"
    collected = watched.collected
    silent = {mark.detail.partition(":")[0] for mark in collected.marks if mark.what == "worker_lost"}
    silent -= {"", *(record.process for record in collected.ends)}
    known = tuple(sorted({*collected.processes, *silent}))
    lost = tuple(sorted({*collected.lost, *silent}))
    if not known:
        return not_observed(name, found="no process told anything", limit=limit, why=why)
    if lost:
        found = f"{len(known) - len(lost)} of {len(known)}; lost: {', '.join(lost)}"
        remedy = "look for why it died (memory, a kill, the network between the machines); run it again"
        return broken(name, found=found, limit=limit, why=why, remedy=remedy)
    came = Counter(sample.process for sample in collected.samples)
    short = {end.process: end.samples - came[end.process] for end in collected.ends if came[end.process] < end.samples}
    if short:
        found = f"{sum(short.values()):,} samples of {', '.join(sorted(short))} did not come"
        remedy = "leave a core to the process that collects them, and look at its disk; run it again"
        return broken(name, found=found, limit=limit, why=why, remedy=remedy)
    return sound(name, found=f"{len(known)} of {len(known)}", limit=limit, why=why)


def clocks(watched: Watched) -> ValidityCheck:
    """Whether the clocks of all machines agree: no message arrives before it was sent."""
    name, limit = "clocks", f"no message arrives more than {_APART_NS / 1e6:g} ms before it was sent"
    why = "the time of a push is taken on two machines where publisher and subscriber are on two"
    found = [entry for entry in watched.collected.deliveries if entry.received_ns is not None]
    if not found:
        return not_observed(name, found="no message was timed by two processes", limit=limit, why=why)
    early = min((entry.received_ns or 0) - entry.published_ns for entry in found)
    if early < -_APART_NS:
        told = f"one arrived {-early / 1e6:.3g} ms before it was sent"
        remedy = "keep the machines' clocks together (chrony, NTP), or publish and subscribe on one machine"
        return broken(name, found=told, limit=limit, why=why, remedy=remedy)
    return sound(name, found=f"none of {len(found):,} did", limit=limit, why=why)


def arrival_times(watched: Watched) -> ValidityCheck:
    """Whether arrivals are the kernel's."""
    name, limit = "arrival_times", "none: without the kernel's times the limits on lag are stricter"
    why = "the kernel's time of arrival does not depend on when the generator gets to read"
    if watched.kernel is None:
        return not_observed(name, found="nothing was read", limit=limit, why=why)
    if not watched.kernel:
        found = "the clock after each read, since the kernel does not tell (all) times of arrival"
        return not_observed(name, found=found, limit=limit, why=why)
    return sound(name, found="the kernel's, of each read", limit=limit, why=why)


def coalescing(watched: Watched) -> ValidityCheck:
    """Reads that held more than one frame: all of these carry the time of the last."""
    name, limit = "coalescing", "none: it may be the backend, or a proxy, that sends frames together"
    why = "frames that are read together carry one time, that of the last"
    samples = [sample for sample in watched.collected.samples if not sample.warm_up]
    reads = sum(sample.reads for sample in samples)
    if not reads:
        return not_observed(name, found="nothing was read", limit=limit, why=why)
    found = f"{sum(sample.coalesced for sample in samples) / reads:.1%} of {reads:,} reads"
    return sound(name, found=found, limit=limit, why=why)
