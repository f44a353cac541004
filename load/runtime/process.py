"""One process of the generator during one run: it begins it, reports each second, and closes it."""

from __future__ import annotations

import gc
import sys
import time
from typing import TYPE_CHECKING, Any

import gevent  # type: ignore[import-untyped]  # gevent has no types
from gevent.lock import BoundedSemaphore  # type: ignore[import-untyped]  # gevent has no types

from chatproof import __version__
from chatproof.samples.codec import encode
from chatproof.samples.records import End, Mark, Start

from ..client.streams import StreamClient
from .arrivals import Arrivals
from .budget import COSTLY, Budget
from .clock import RunClock
from .context import RunContext
from .cores import usable_cores
from .files import files_needed, raise_file_limit
from .health import HealthWatch
from .recorder import Recorder
from .running import set_run
from .schedule import schedule

if TYPE_CHECKING:
    from collections.abc import Callable

    from chatproof.config import Config
    from chatproof.load_plan import Plan
    from chatproof.samples.records import Sample

    from .credentials import Credentials

__all__ = ["ProcessRun"]

_TICK_SECONDS = 1.0
_SLICE = 25
_SETTLE_SECONDS = 3.0


class ProcessRun:
    """
    A run in this process: recorder, users' context, health, and the lines that go out.

    `deliver` takes the lines of each second, with the facts that go with them: turns that ended, what they cost, turns
    under way, and whether these are the last. `users` tells how many there are, `on_finish` hears of each sample. A
    process without users (a master) has no streams and no `context`.
    """

    def __init__(
        self,
        *,
        plan: Plan,
        config: Config,
        process: str,
        deliver: Callable[[list[str], dict[str, Any]], None],
        users: Callable[[], int],
    ) -> None:
        self.plan = plan
        self.config = config
        self.recorder = Recorder(plan, RunClock(plan.started_at_ns), process=process)
        self.context: RunContext | None = None
        self.closed = False
        self._deliver = deliver
        self._users = users
        self._turns = 0
        self._cost_usd = 0.0
        self._batches = 0
        self._on_finish: Callable[[Sample], None] | None = None
        self._sending = BoundedSemaphore()
        # What was imported so far is never garbage: a full collection that walks it would hold up every stream.
        gc.collect()
        gc.freeze()
        self._watch = HealthWatch(self.recorder)

    def begin(
        self, credentials: Credentials, *, worker: int, workers: int, on_finish: Callable[[Sample], None]
    ) -> None:
        """Makes ready for users, and lets those that wait for the run begin."""
        plan, recorder, backend = self.plan, self.recorder, self.config.backend
        limit, missing = raise_file_limit(files_needed(plan, workers=workers))
        streams = StreamClient(backend.url, ca_file=backend.ca_file)
        open_loop = plan.arrivals != "closed"
        starts = schedule(plan, worker=worker, workers=workers)
        self.context = context = RunContext(
            plan=plan,
            config=self.config,
            recorder=recorder,
            streams=streams,
            credentials=credentials,
            budget=Budget(plan, worker=worker, workers=workers),
            arrivals=Arrivals(starts, recorder.clock) if open_loop else None,
            worker=worker,
            workers=workers,
        )
        recorder.on_begin = context.budget.begin
        recorder.on_finish = self._finished
        self._on_finish = on_finish
        self._add_start(kernel=streams.kernel, file_limit=limit)
        if missing:
            recorder.add(Mark(what="note", at_ns=recorder.now_ns(), process=recorder.process, detail=missing))
        self._start_ticking()
        if context.arrivals is not None:
            gevent.spawn(context.arrivals.run)
        set_run(context)

    def begin_without_users(self) -> None:
        """Makes ready to collect what others send."""
        self._add_start(kernel=sys.platform == "linux", file_limit=raise_file_limit(0)[0])
        self._start_ticking()

    def mark(self, what: str, detail: str = "") -> None:
        """Records that something happened to the run, now."""
        now_ns = self.recorder.now_ns()
        self.recorder.add(Mark(what=what, at_ns=now_ns, process=self.recorder.process, detail=detail))

    def close(self, reason: str, *, last: Callable[[], None] = lambda: None) -> None:
        """
        Stops starting, ends open streams as censored, and sends all that is left; `End` comes last.

        `last` is called before `End` is written: there the leader waits for its workers.
        """
        if self.closed:
            return
        self.closed = True
        if self.context is not None:
            self._close_users(self.context)
        last()
        self._add_health()
        recorder = self.recorder
        recorder.add(End(process=recorder.process, at_ns=recorder.now_ns(), samples=recorder.finished, reason=reason))
        self._watch.close()
        self.send(ended=True)
        set_run(None)

    def send(self, *, ended: bool = False) -> None:
        """Sends what was recorded so far, a slice at a time so that streams are not held up."""
        with self._sending:
            self._send(ended=ended)

    def _send(self, *, ended: bool) -> None:
        lines: list[str] = []
        while records := self.recorder.take(_SLICE):
            lines += [encode(record) for record in records]
            gevent.sleep(0)
        self._batches += 1
        facts = {
            "process": self.recorder.process,
            "batch": self._batches,
            "turns": self._turns,
            "cost_usd": self._cost_usd,
            "busy": self.context.busy if self.context is not None else 0,
            "failure": self.context.failure if self.context is not None else "",
            "ended": ended,
        }
        self._turns, self._cost_usd = 0, 0.0
        self._deliver(lines, facts)

    def _finished(self, sample: Sample) -> None:
        if sample.operation in COSTLY:
            self._turns += 1
            self._cost_usd += sample.cost_usd or 0.0
        if self._on_finish is not None:
            self._on_finish(sample)

    def _close_users(self, context: RunContext) -> None:
        context.stop()
        context.streams.close_all("the run is over")
        deadline = time.monotonic() + _SETTLE_SECONDS
        while context.busy and time.monotonic() < deadline:
            gevent.sleep(0.005)
            if context.streams.active:
                context.streams.close_all("the run is over")
        context.streams.close()

    def _add_start(self, *, kernel: bool, file_limit: int) -> None:
        recorder = self.recorder
        recorder.add(
            Start(
                process=recorder.process,
                at_ns=recorder.now_ns(),
                plan=self.plan.to_json(),
                cores=usable_cores(),
                kernel=kernel,
                file_limit=file_limit,
                version=__version__,
            )
        )

    def _start_ticking(self) -> None:
        gevent.spawn(self._tick)
        if self.recorder.warm_up_ns:
            gevent.spawn_later(self.recorder.clock.until_seconds(self.recorder.warm_up_ns), self._warm)
        self.send()

    def _tick(self) -> None:
        gevent.sleep(_TICK_SECONDS)
        while not self.closed:
            self._add_health()
            self.send()
            gevent.sleep(_TICK_SECONDS)

    def _warm(self) -> None:
        """At the end of the warm-up pools are taken once more, so that each is of one side of it."""
        if self.closed:
            return
        self.recorder.flush_pools(warm_up=True)
        if self.recorder.process in {"local", "master"}:
            self.mark("warm")

    def _add_health(self) -> None:
        recorder = self.recorder
        recorder.add(self._watch.read(self.context, users=self._users()))
        recorder.flush_pools(warm_up=recorder.now_ns() < recorder.warm_up_ns)
