"""The load user of all workloads: it loops, thinks, serves the starts of an open loop, and leaves when told."""

from __future__ import annotations

import logging
import random
import time
import traceback
from abc import abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar

from gevent import GreenletExit  # type: ignore[import-untyped]  # gevent has no types
from gevent.event import Event  # type: ignore[import-untyped]  # gevent has no types
from locust import User, task
from locust.exception import StopUser

from ..client.exchange import Answer, Limits
from .hooks import install
from .judged import body_violations
from .rules import rules_of
from .running import current_run
from .settling import take_facts

if TYPE_CHECKING:
    from chatproof.samples.records import Sample

    from ..client.exchange import Listener, Request
    from .reading import StreamReading
    from .rules import Rules

__all__ = ["LoadUser"]

Header = tuple[str, str]

_log = logging.getLogger(__name__)
HOOKS = install()
"""What Locust's events call; made once, with this module."""


class LoadUser(User):
    """
    One user of a load run; a workload gives `workload`, `profiles` (those that it can load) and `turn`.

    `open_loop` says that its turns follow the plan's schedule where there is one. `patient` says that a turn is short
    enough to be let finish when the number of users goes down. `pause_seconds` may be overridden: what a user of a
    closed loop waits after a turn, by default the plan's think time.
    """

    abstract = True
    workload: ClassVar[str] = ""
    profiles: ClassVar[tuple[str, ...]] = ("ai-chat",)
    open_loop: ClassVar[bool] = False
    patient: ClassVar[bool] = True

    def __init__(self, environment: Any) -> None:
        super().__init__(environment)
        self.run_context = run = current_run()
        self.plan = run.plan
        self.config = run.config
        self.streams = run.streams
        self.recorder = run.recorder
        names = (run.plan.profile, *self.profiles)
        self.profile = next((name for name in names if name in self.profiles and name in run.config.profiles), names[0])
        self.settings: Any = run.settings_of(self.profile)
        self.number = run.next_number()
        self.random = random.Random(f"{run.plan.seed}/user/{self.number}")  # noqa: S311 - reproducible load
        self.leaving = Event()
        self.turns = 0
        self._busy = False
        self._latest: Sample | None = None
        self._judge_random = random.Random(f"{run.plan.seed}/judged/{self.number}")  # noqa: S311 - as above

    @classmethod
    def check(cls, settings: Any, profile: str) -> None:
        """Raises `SettingsError` where the profile's settings lack what this workload needs."""

    @abstractmethod
    def turn(self, scheduled_ns: int | None) -> None:
        """One unit of work; `scheduled_ns` is when it was due in an open loop, on the run's clock."""

    def pause_seconds(self) -> float:
        """What to wait after a turn of a closed loop."""
        return self.random.uniform(*self.plan.think_seconds)

    def headers(self) -> tuple[Header, ...]:
        """The headers that carry this user's credential, renewed in time."""
        return self.run_context.credentials.headers(self.number)

    def limits(self, **changes: Any) -> Limits:
        """Limits as the backend's and the profile's settings say; `changes` are fields of `Limits`."""
        backend, heartbeat = self.config.backend, getattr(self.settings, "heartbeat", 0.0)
        total = getattr(self.settings, "turn_timeout", 60.0)
        values: dict[str, Any] = {
            "connect_seconds": backend.connect_timeout,
            "head_seconds": max(backend.answer_timeout, total),
            "idle_seconds": max(15.0, 3.0 * heartbeat),
            "total_seconds": total,
        }
        return Limits(**values | changes)

    def rules(self) -> Rules:
        """How the streams of this user's profile are read."""
        return rules_of(self.config, self.profile)

    def sample(self, operation: str, *, tags: tuple[str, ...] = (), **fields: Any) -> Sample:
        """Begins a sample of this user; in a mixed load the workload's name is one of its tags."""
        mixed = (self.workload,) if self.plan.workload == "mixed" else ()
        made = self.recorder.sample(operation, workload=self.workload, user=self.number, tags=(*tags, *mixed), **fields)
        self._latest = made
        return made

    def judges(self) -> bool:
        """Whether the next stream is one of those that are judged: `Request.keep_body` is then to be set."""
        return self._judge_random.random() < self.plan.judged_share

    def stream(self, request: Request, reading: StreamReading, *, limits: Limits | None = None) -> Sample:
        """Sends a request, reads its stream to the end, and hands the sample in."""
        try:
            answer = self.streams.exchange(request, limits or self.limits(), reading)
        except GreenletExit:
            end_ns = time.monotonic_ns()
            cut = Answer(end_ns=end_ns, headers_ns=reading.head_ns, status=reading.sample.status, closed_by_us=True)
            self.recorder.finish(reading.finish(cut))
            raise
        sample = reading.finish(answer)
        whole = not (answer.cause or sample.cause or answer.closed_by_us)
        if request.keep_body and answer.body and whole:
            sample.judged = True
            sample.violations = body_violations(answer.body, self.config, self.profile)
        self.recorder.finish(sample)
        return sample

    def call(self, request: Request, sample: Sample, *, limits: Limits | None = None) -> Answer:
        """Sends a request that is answered as a whole, and fills its sample, which is not handed in yet."""
        answer = self.exchange(request, limits=limits)
        take_facts(sample, answer, since_start=self.recorder.since_start)
        return answer

    def exchange(self, request: Request, listener: Listener | None = None, *, limits: Limits | None = None) -> Answer:
        """Sends a request with this user's limits."""
        return self.streams.exchange(request, limits or self.limits(), listener)

    def sleep(self, seconds: float) -> bool:
        """Waits; True where the user is to leave, which ends the wait."""
        return bool(self.leaving.wait(seconds)) if seconds > 0 else self.leaving.is_set()

    @task
    def work(self) -> None:
        """The life of a user: Locust calls it once."""
        run = self.run_context
        run.leave.add(self.leaving)
        if run.stopping.is_set():
            self.leaving.set()
        try:
            self._start_late()
            while not self.leaving.is_set():
                self._next_turn()
        finally:
            run.leave.discard(self.leaving)
        raise StopUser

    def stop(self, force: bool = False) -> bool:
        """Has the user leave, at once unless it is in a turn that is let finish."""
        self.leaving.set()
        if self._busy and self.patient and not self.run_context.stopping.is_set():
            return False
        return bool(super().stop(force=True)) if force or not self._busy else False

    def _start_late(self) -> None:
        run = self.run_context
        begin = run.recorder.clock.until_seconds(0)
        if run.arrivals is None or not self.open_loop:
            self.sleep(begin + run.start_slot_seconds(time.monotonic() + begin))

    def _next_turn(self) -> None:
        run, scheduled_ns = self.run_context, None
        scheduled = run.arrivals is not None and self.open_loop
        if scheduled and run.arrivals is not None:
            scheduled_ns = run.arrivals.next_start()
            if scheduled_ns is None:
                self.leaving.wait()
                return
        self._renew()
        if not run.budget.may_start():
            self.leaving.wait()
            return
        self._busy = True
        run.busy += 1
        try:
            self.turn(scheduled_ns)
        except Exception as error:  # noqa: BLE001 - whatever it is, the run must say so
            self._report(error)
        finally:
            self._busy = False
            run.busy -= 1
        self.turns += 1
        if not scheduled:
            failed = self._latest is not None and bool(self._latest.cause)
            self.sleep(self.pause_seconds() + (self.plan.retry_seconds if failed else 0.0))

    def _renew(self) -> None:
        """Before the turn is counted, so that a credential that takes long delays no started turn."""
        self.headers()

    def _report(self, error: Exception) -> None:
        """A load user that fails is a defect of ours: the first is told by its place, and the process ends with 4."""
        run = self.run_context
        if not run.failure:
            run.failure = f"{type(error).__name__} in {type(self).__name__}.turn"
            # The message may hold anything, a credential too.
            place = "".join(traceback.format_tb(error.__traceback__))
            _log.error("a load user failed: %s\n%s", type(error).__name__, place)
