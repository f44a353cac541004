"""Whether the generator had the time that it needed: lag, CPU, waiting, garbage collection."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from chatproof.load_run.watched import broken, milliseconds, not_observed, sound
from chatproof.metrics.pools import pool_percentile_ns

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from chatproof.load_facts import ValidityCheck
    from chatproof.load_run.watched import Watched
    from chatproof.samples.records import Health

__all__ = ["cpu", "gc_pause", "highest_mean", "loop_lag", "read_lag", "send_lag", "waiting"]

_LOOP_P99_NS: Final = 10_000_000
_LOOP_MAX_NS: Final = 100_000_000
_LOOP_MAX_WITH_KERNEL_NS: Final = 500_000_000
_READ_WITH_KERNEL_NS: Final = 20_000_000
_CPU: Final = 0.85
_WAITING: Final = 0.10
_WAITING_WITH_KERNEL: Final = 0.60
_WINDOW_SECONDS: Final = 10.0
_LEAST_SECONDS: Final = 2.0
_FEWER: Final = "use fewer users, more processes (--processes), or a machine of its own for the generator"


def send_lag(watched: Watched) -> ValidityCheck:
    """How late requests left by our own doing; the kernel's times cannot mend that."""
    name, limit = "send_lag", f"p99 at most {milliseconds(watched.lag_limit_ns)}"
    why = "a request that leaves late makes the load lighter and its burst wider than planned"
    late = pool_percentile_ns(watched.collected.pool("lag.send"), 99)
    if late is None:
        return not_observed(name, found="no request was sent", limit=limit, why=why)
    found = f"p99 {milliseconds(late)}"
    if late > watched.lag_limit_ns:
        remedy = f"start users more slowly (--spawn-rate); {_FEWER}"
        return broken(name, found=found, limit=limit, why=why, remedy=remedy)
    return sound(name, found=found, limit=limit, why=why)


def read_lag(watched: Watched) -> ValidityCheck:
    """
    How long bytes lay at the kernel before they were read.

    With the kernel's times that changes no number until frames pile up: a read of several has the time of the last.
    """
    name, why = "read_lag", "bytes that lie unread look as if the backend had sent them later"
    late = pool_percentile_ns(watched.collected.pool("lag.read"), 99)
    if late is None:
        found = "the kernel does not tell when bytes arrive; loop_lag stands in for it"
        return not_observed(name, found=found, limit=f"p99 at most {milliseconds(watched.lag_limit_ns)}", why=why)
    most_ns = watched.lag_limit_ns
    if watched.kernel:
        most_ns = max(most_ns, _READ_WITH_KERNEL_NS)
        why = "arrivals are the kernel's, but frames that lie unread are read as one, with the time of the last"
    limit, found = f"p99 at most {milliseconds(most_ns)}", f"p99 {milliseconds(late)}"
    if late > most_ns:
        return broken(name, found=found, limit=limit, why=why, remedy=_FEWER)
    return sound(name, found=found, limit=limit, why=why)


def loop_lag(watched: Watched) -> ValidityCheck:
    """How late a timer of 10 ms is called: users of a process that is held up start their turns late."""
    most_ns = _LOOP_MAX_WITH_KERNEL_NS if watched.kernel else _LOOP_MAX_NS
    name = "loop_lag"
    limit = f"p99 at most {milliseconds(_LOOP_P99_NS)}, max at most {milliseconds(most_ns)}"
    why = "a process that is held up starts turns late, and without the kernel's times it also reads late"
    late = pool_percentile_ns(watched.collected.pool("lag.loop"), 99)
    worst = max((record.lag_loop_max_ns for record in watched.records), default=0)
    if late is None:
        return not_observed(name, found="no process told its lag", limit=limit, why=why)
    # A load shorter than the health record of a second has a p99 alone.
    found = f"p99 {milliseconds(late)}" + (f", max {milliseconds(worst)}" if worst >= late else "")
    if late > _LOOP_P99_NS or worst > most_ns:
        return broken(name, found=found, limit=limit, why=why, remedy=_FEWER)
    return sound(name, found=found, limit=limit, why=why)


def cpu(watched: Watched) -> ValidityCheck:
    """The CPU of the busiest process, on average over any 10 s."""
    return _share(
        watched,
        "cpu",
        lambda record: record.cpu,
        limit=_CPU,
        why="a generator without time to spare sends and reads late",
        remedy=_FEWER,
    )


def waiting(watched: Watched) -> ValidityCheck:
    """How long the process that waits most was ready to run and had no core."""
    return _share(
        watched,
        "waiting",
        lambda record: record.waiting,
        limit=_WAITING_WITH_KERNEL if watched.kernel else _WAITING,
        why="something else on this machine takes the core that the generator needs",
        remedy="stop what else runs here, leave a core free, or use a machine of its own for the generator",
    )


def gc_pause(watched: Watched) -> ValidityCheck:
    """The longest pause of Python's garbage collector."""
    name, most_ns = "gc_pause", _LOOP_MAX_WITH_KERNEL_NS if watched.kernel else _LOOP_MAX_NS
    limit, why = f"at most {milliseconds(most_ns)}", "nothing is sent or read while garbage is collected"
    if not watched.records:
        return not_observed(name, found="no process told its health", limit=limit, why=why)
    worst = max(record.gc_max_ns for record in watched.records)
    if worst > most_ns:
        return broken(name, found=milliseconds(worst), limit=limit, why=why, remedy=_FEWER)
    return sound(name, found=milliseconds(worst), limit=limit, why=why)


def highest_mean(records: Sequence[Health], pick: Callable[[Health], float | None]) -> tuple[float, float] | None:
    """
    The highest mean of a share over any 10 s of one process, and the seconds that it is over.

    Over all there is where that is less than 10 s; None where it is less than 2 s, or where nothing is told.
    """
    told = [(record.seconds, value) for record in records if (value := pick(record)) is not None]
    best: tuple[float, float] | None = None
    first, seconds, weighted = 0, 0.0, 0.0
    for last, (length, value) in enumerate(told):
        seconds += length
        weighted += length * value
        while seconds - told[first][0] >= _WINDOW_SECONDS:
            seconds -= told[first][0]
            weighted -= told[first][0] * told[first][1]
            first += 1
        whole = seconds >= _WINDOW_SECONDS or (last == len(told) - 1 and first == 0)
        if whole and seconds >= _LEAST_SECONDS and (best is None or weighted / seconds > best[0]):
            best = (weighted / seconds, seconds)
    return best


def _share(
    watched: Watched, name: str, pick: Callable[[Health], float | None], *, limit: float, why: str, remedy: str
) -> ValidityCheck:
    allowed = f"at most {limit:.0%} of a core over any 10 s"
    means = {process: highest_mean(records, pick) for process, records in watched.health.items()}
    known = {process: mean for process, mean in means.items() if mean is not None}
    if not known:
        return not_observed(name, found=f"not told for {_LEAST_SECONDS:g} s or longer", limit=allowed, why=why)
    process = max(known, key=lambda name: known[name][0])
    share, seconds = known[process]
    found = f"{share:.0%} over {seconds:.0f} s ({process})"
    if share > limit:
        return broken(name, found=found, limit=allowed, why=why, remedy=remedy)
    return sound(name, found=found, limit=allowed, why=why)
