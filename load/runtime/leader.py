"""The process that leads a run: alone, or as the master of workers. It alone owns the sink."""

from __future__ import annotations

import logging
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import gevent  # type: ignore[import-untyped]  # gevent has no types
from gevent.event import Event  # type: ignore[import-untyped]  # gevent has no types
from locust.runners import STATE_MISSING, MasterRunner

from .budget import Spending
from .clock import RunClock
from .messages import DRAIN, HELLO, LINES, RUN, STOP, run_message
from .process import ProcessRun
from .sink import SinkClosedError, open_sink

if TYPE_CHECKING:
    from collections.abc import Callable

    from chatproof.samples.records import Sample

    from .credentials import Credentials
    from .settings import LoadSettings
    from .sink import Sink

__all__ = ["Leader"]

_log = logging.getLogger(__name__)
_LEAD_SECONDS = {False: 0.3, True: 1.5}
_WORKERS_SECONDS = 15.0
_SINK_SECONDS = 10.0
_INTERRUPTED = 130
_AS_PLANNED = frozenset({"time", "budget"})
_DRAIN_POLL_SECONDS = 0.1


class Leader:
    """
    Leads one run after the other (Locust's web page may start several).

    `on_sample` hears of each sample of this process. `quit_locust` ends Locust's own run when ours is over. `exit_code`
    is what the process should end with: 0, 4 where a load user failed by a defect of ours, 130 after an interruption.
    """

    def __init__(
        self,
        settings: LoadSettings,
        runner: Any,
        credentials: Credentials,
        *,
        on_sample: Callable[[Sample], None],
        quit_locust: Callable[[], None],
    ) -> None:
        self.settings = settings
        self.exit_code = 0
        self.run: ProcessRun | None = None
        self._runner = runner
        self._master = isinstance(runner, MasterRunner)
        self._credentials = credentials
        self._on_sample = on_sample
        self._quit_locust = quit_locust
        self._sink: Sink | None = None
        self._runs = 0
        self._spending = Spending(settings.plan)
        self._workers: dict[str, dict[str, Any]] = {}
        self._count = 0
        self._lost: set[str] = set()
        self._reason = ""
        self._over = Event()
        if self._master:
            runner.register_message(LINES, self._on_lines)
            runner.register_message(HELLO, self._on_hello)

    def begin(self) -> None:
        """Begins a run: opens the sink, sets the run's zero, tells workers, and sets the time at which it ends."""
        settings, plan = self.settings, self.settings.plan
        if not settings.given and not plan.stages and self._runner.target_user_count:
            plan = replace(plan, users=self._runner.target_user_count)
        if not plan.started_at_ns or self._runs:
            lead = _LEAD_SECONDS[self._master] if plan.arrivals != "closed" else 0.0
            plan = replace(plan, started_at_ns=RunClock.starting_in(lead).started_at_ns)
        self._runs += 1
        self._sink = open_sink(settings.sink if self._runs == 1 else _numbered(settings.sink, self._runs))
        self._spending, self._lost = Spending(plan), set()
        self._reason, self._over = "", Event()
        self.run = run = ProcessRun(
            plan=plan,
            config=settings.config,
            process="master" if self._master else "local",
            deliver=self._take,
            users=lambda: self._runner.user_count,
        )
        if self._master:
            run.begin_without_users()
            self._begin_workers()
        else:
            run.begin(self._credentials, worker=0, workers=1, on_finish=self._on_sample)
        gevent.spawn(self._watch, run)

    def _begin_workers(self) -> None:
        clients = self._runner.clients
        present = [client.id for client in clients.ready + clients.spawning + clients.running]
        self._workers = {name: {"batch": 0, "place": place} for place, name in enumerate(present)}
        self._count = len(present)
        for name in present:
            self._tell(name)

    def _tell(self, name: str) -> None:
        """Tells a worker of the run and of its place; one that came late has a place after all others."""
        if self.run is None:
            return
        known = self._workers.setdefault(name, {"batch": 0, "place": len(self._workers)})
        url = self.settings.config.backend.url
        message = run_message(self.run.plan, worker=known["place"], workers=max(1, self._count), url=url)
        self._runner.send_message(RUN, message, client_id=name)

    def end(self, reason: str) -> None:
        """Ends the run and waits until all is written; a second caller waits for the first."""
        run = self.run
        if run is None:
            return
        if self._reason:
            self._over.wait()
            return
        self._reason = reason
        if reason == "interrupted":
            run.mark("interrupted")
            self.exit_code = _INTERRUPTED
        elif reason not in _AS_PLANNED:
            run.mark("stop", reason)
        run.close(reason, last=self._collect if self._master else lambda: None)
        self._close_sink()
        self.run = None
        self._over.set()

    def abandon(self) -> None:
        """Writes what is there, at once: the process is about to end."""
        if self._sink is not None:
            self._sink.close(0.5)

    def finish(self, reason: str) -> None:
        """Ends the run from one of its own greenlets, and Locust's with it."""
        gevent.spawn(self._finish, reason)

    def _finish(self, reason: str) -> None:
        self.end(reason)
        self._quit_locust()

    def _watch(self, run: ProcessRun) -> None:
        """Ends the run when its time is over or its budget is spent; notices workers that are gone."""
        end_ns = int(run.plan.run_time_seconds * 1e9)
        while self.run is run and not self._reason:
            left = run.recorder.clock.until_seconds(end_ns)
            if left <= 0:
                self.finish("time")
                return
            spent = self._spending.spent
            if spent:
                self._drain(run, spent, end_ns)
                return
            self._look_for_lost()
            if self._master and self._workers and self._runner.worker_count <= 0:
                self.finish("no worker is left")
                return
            gevent.sleep(min(left, _DRAIN_POLL_SECONDS))

    def _drain(self, run: ProcessRun, spent: str, end_ns: int) -> None:
        """Nothing more starts; turns that are under way are paid for, and may end until the run's time is over."""
        run.mark("budget", spent)
        if run.context is not None:
            run.context.budget.over = True
        if self._master:
            for facts in self._workers.values():
                facts["drained"] = False
            self._runner.send_message(DRAIN, {})
        while not self._reason and run.recorder.clock.until_seconds(end_ns) > 0:
            if self._drained(run):
                break
            self._look_for_lost()
            gevent.sleep(_DRAIN_POLL_SECONDS)
        self.finish("budget")

    def _drained(self, run: ProcessRun) -> bool:
        if run.context is not None:
            return run.context.busy == 0
        return all(facts.get("drained") for name, facts in self._workers.items() if name not in self._lost)

    def _take(self, lines: list[str], facts: dict[str, Any]) -> None:
        """Takes the lines of this process or of a worker."""
        self._spending.add(facts["turns"], facts["cost_usd"])
        if facts["failure"] and not self.exit_code:
            self.exit_code = 4
            if self.run is not None:
                self.run.mark("note", f"a load user failed: {facts['failure']}")
        if self._sink is None:
            return
        try:
            self._sink.write(lines)
        except SinkClosedError as error:
            if not self._reason:
                _log.error("%s: the run is ended", error)
                self.finish("nobody reads the records")

    def _close_sink(self) -> None:
        sink, self._sink = self._sink, None
        if sink is None:
            return
        sink.close(_SINK_SECONDS)
        if sink.lost:
            _log.warning("%d records are lost: they could not be written", sink.lost)

    def _on_hello(self, environment: Any, msg: Any) -> None:  # noqa: ARG002 - Locust's signature
        """A worker that came late is told of the run."""
        if self.run is not None and not self._reason:
            self._tell(msg.node_id)

    def _on_lines(self, environment: Any, msg: Any) -> None:  # noqa: ARG002 - Locust's signature
        """A batch of a worker; one that came twice is dropped."""
        facts = msg.data["facts"]
        known = self._workers.get(msg.node_id)
        if self.run is None or known is None or facts["started_at_ns"] != self.run.plan.started_at_ns:
            return
        if facts["batch"] <= known["batch"]:
            return
        known.update(facts)
        known["drained"] = facts["busy"] == 0 and facts["over"]
        self._take(msg.data["lines"], facts)

    def _look_for_lost(self) -> None:
        """Workers without a heartbeat, and such as are gone without having ended."""
        if not self._master or self.run is None:
            return
        for name, facts in self._workers.items():
            if name in self._lost or facts.get("ended"):
                continue
            client = self._runner.clients.get(name)
            if client is None or client.state == STATE_MISSING:
                self._lose(name, facts, "it sends nothing any more" if client else "it left before its run had ended")

    def _lose(self, name: str, facts: dict[str, Any], why: str) -> None:
        self._lost.add(name)
        if self.run is not None:
            self.run.mark("worker_lost", f"worker-{facts['place']}: {why}")

    def _collect(self) -> None:
        """Has the workers end, and waits for the last batch of each that still lives."""
        self._runner.send_message(STOP, {"reason": self._reason})
        deadline = time.monotonic() + _WORKERS_SECONDS
        while self._awaited() and time.monotonic() < deadline:
            self._look_for_lost()
            gevent.sleep(0.02)
        for name in self._awaited():
            self._lose(name, self._workers[name], "it did not end in time")

    def _awaited(self) -> list[str]:
        return [name for name, facts in self._workers.items() if name not in self._lost and not facts.get("ended")]


def _numbered(sink: str, number: int) -> str:
    """The name of a further run's file; a pipe takes one run only."""
    kind, _, path = sink.partition(":")
    if kind != "file":
        raise ValueError("a pipe takes the records of one run only")
    stem, dot, rest = path.partition(".jsonl")
    return f"{kind}:{stem}-{number}{dot}{rest}"
