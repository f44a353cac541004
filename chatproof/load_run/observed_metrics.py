"""The backend's own metrics, as Prometheus text."""

from __future__ import annotations

import math
import re
import time
from typing import TYPE_CHECKING, Final

import anyio

from chatproof.config import Backend
from chatproof.driver import Limits
from chatproof.recorder.watch import Watch
from chatproof.recording import Request
from chatproof.samples.records import Reading
from chatproof.wire import Wire, sent_headers

if TYPE_CHECKING:
    from pathlib import Path

    from chatproof.recording import Exchange

__all__ = ["ObservedMetrics", "sum_of"]

_SECONDS: Final = 2.0
_LIMITS: Final = Limits(head_seconds=_SECONDS, idle_seconds=_SECONDS, total_seconds=_SECONDS, max_bytes=4 * 1024 * 1024)
_OK: Final = 200
_ACCEPT: Final = (("Accept", "text/plain;version=0.0.4"), ("Accept-Encoding", "identity"))


class ObservedMetrics:
    """A page of metrics at a URL; CPU is that since the reading before, in shares of one core."""

    def __init__(self, url: str, *, ca_file: Path | None = None) -> None:
        self.url = url
        self._wire = Wire(Backend(url=url, ca_file=ca_file))
        self._cpu_seconds: float | None = None
        self._at = 0.0

    def read(self) -> Reading:
        """A reading, its time not yet set; OSError where there is no answer with status 200 within 2 s."""
        exchange = anyio.run(self._fetch)
        if exchange.status != _OK:
            told = exchange.trouble or (f"status {exchange.status}" if exchange.status is not None else "no answer")
            msg = f"{self.url} cannot be read: {told}"
            raise OSError(msg)
        text = exchange.body.decode("utf-8", "replace")
        rss, files = (sum_of(text, name) for name in ("process_resident_memory_bytes", "process_open_fds"))
        return Reading(
            at_ns=0,
            rss_bytes=None if rss is None else round(rss),
            cpu=self._share(sum_of(text, "process_cpu_seconds_total")),
            open_files=None if files is None else round(files),
        )

    async def _fetch(self) -> Exchange:
        request = Request(method="GET", url=self.url, headers=_ACCEPT)
        request = Request(method="GET", url=self.url, headers=sent_headers(request))
        line, watch = self._wire.line(lambda: 1), Watch("GET", _LIMITS)
        since_ns = time.monotonic_ns()
        try:
            with anyio.move_on_after(2 * _SECONDS):
                await line.exchange(request, watch, connect_seconds=_SECONDS, write_seconds=_SECONDS)
        finally:
            await line.aclose()
        return watch.exchange("metrics", request, scenario="observe", connection=line.number, since_ns=since_ns)

    def _share(self, seconds: float | None) -> float | None:
        before, self._cpu_seconds = self._cpu_seconds, seconds
        now = time.monotonic()
        passed, self._at = now - self._at, now
        if before is None or seconds is None or seconds < before or passed <= 0:
            return None
        return (seconds - before) / passed


def sum_of(text: str, name: str) -> float | None:
    """The sum over all label sets of a metric in Prometheus text; None where it is not there or no number."""
    found = re.findall(rf"^{re.escape(name)}(?:\{{[^\n]*\}})?[ \t]+(\S+)", text, re.MULTILINE)
    try:
        total = math.fsum(float(value) for value in found)
    except (ValueError, OverflowError):
        return None
    return total if found and math.isfinite(total) and total >= 0 else None
