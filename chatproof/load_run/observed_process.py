"""The backend's process on this machine, with all that it started."""

from __future__ import annotations

import time

import psutil  # type: ignore[import-untyped]  # it comes without stubs

from chatproof.samples.records import Reading

__all__ = ["ObservedProcess"]


class ObservedProcess:
    """A process and its children; CPU is that since the reading before, in shares of one core."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._cpu_seconds: dict[tuple[int, float], float] = {}
        self._at = 0.0

    def read(self) -> Reading:
        """A reading, its time not yet set; OSError where the process is gone or not ours to look at."""
        try:
            parent = psutil.Process(self.pid)
            family = [parent, *parent.children(recursive=True)]
        except psutil.Error as error:
            msg = f"process {self.pid} cannot be observed: {type(error).__name__}"
            raise OSError(msg) from error
        rss = files = 0
        known_files = False
        cpu: dict[tuple[int, float], float] = {}
        now = time.monotonic()
        for process in family:
            try:
                with process.oneshot():
                    rss += process.memory_info().rss
                    times = process.cpu_times()
                    cpu[process.pid, process.create_time()] = times.user + times.system
                    files += process.num_fds()
                    known_files = True
            except psutil.NoSuchProcess:
                continue  # a child that has just ended
            except (psutil.Error, AttributeError):
                known_files = False  # somebody else's process, or a system that does not tell
        return Reading(
            at_ns=0, rss_bytes=rss or None, cpu=self._share(cpu, now), open_files=files if known_files else None
        )

    def _share(self, cpu: dict[tuple[int, float], float], now: float) -> float | None:
        """CPU since the reading before; a child that is new counts from its start, one that is gone no more."""
        before, self._cpu_seconds = self._cpu_seconds, cpu
        passed, self._at = now - self._at, now
        if not before or passed <= 0:
            return None
        return sum(max(0.0, seconds - before.get(key, 0.0)) for key, seconds in cpu.items()) / passed
