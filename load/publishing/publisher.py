"""The one publisher of a run: a message at every interval, and now and then a generation."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import gevent  # type: ignore[import-untyped]  # gevent has no types
from gevent.event import Event  # type: ignore[import-untyped]  # gevent has no types

from ..asking import request_to, route_request, settled_status
from ..client.exchange import Limits
from ..ledger import Nonce, Publication, nonce_text
from ..runtime.settling import take_facts

if TYPE_CHECKING:
    from collections.abc import Callable

    from chatproof.samples.records import Sample

    from ..client.exchange import Request
    from ..runtime.context import RunContext

__all__ = ["Publisher"]

_log = logging.getLogger(__name__)
_ANSWER_SECONDS = 10.0
_GENERATE_EVERY_SECONDS = 30.0
_MORE_SECONDS = 2.0


class Publisher:
    """
    Publishes to the first declared agent from the run's start until its end, however long its answers
    take: each message leaves when it is due, on a connection that is not in use.

    What comes of a generation carries no mark, and nobody can say when it was sent. One is asked for when the warm-up
    is over, and then every 30 s (in scaled time) while the run's budget lasts. `tell` is called with each message
    whose request was answered or failed.
    """

    def __init__(self, run: RunContext, *, run_name: str, tell: Callable[[Publication], None], workload: str) -> None:
        self._run = run
        self._run_name = run_name
        self._tell = tell
        self._workload = workload
        self._settings = run.settings_of("agent-stream")
        self._ended = Event()
        self._number = 0
        self._free: list[int] = []
        self._connections = 0

    def publish(self) -> None:
        """Starts to publish; it ends with the run."""
        self._run.leave.add(self._ended)
        gevent.spawn(self._guarded, self._publish_all)

    def generate(self) -> None:
        """Starts to have messages generated; it ends with the run."""
        self._run.leave.add(self._ended)
        if self._settings.generate_path:
            gevent.spawn(self._guarded, self._generate_all)

    def _guarded(self, work: Callable[[], None]) -> None:
        """A publisher that fails is a defect of ours, which ends the run."""
        try:
            work()
        except Exception as error:  # noqa: BLE001 - whatever it is, the run must say so
            self._run.failure = self._run.failure or f"{type(error).__name__} in the publisher"
            _log.exception("the publisher failed")

    def _publish_all(self) -> None:
        recorder, interval_ns = self._run.recorder, int(self._run.plan.publish_interval_seconds * 1e9)
        due_ns = max(recorder.now_ns(), 0)
        while not self._over(due_ns):
            gevent.spawn(self._guarded, self._publish)
            due_ns += interval_ns

    def _generate_all(self) -> None:
        plan, recorder = self._run.plan, self._run.recorder
        due_ns = int((plan.warm_up_seconds + 0.5 * plan.publish_interval_seconds) * 1e9)
        while not self._over(due_ns) and self._run.budget.may_start():
            self._generate()
            due_ns = recorder.now_ns() + int(_GENERATE_EVERY_SECONDS / plan.scale * 1e9)

    def _over(self, due_ns: int) -> bool:
        """Waits until that moment of the run; whether the run has ended by then."""
        seconds = self._run.recorder.clock.until_seconds(due_ns)
        return bool(self._ended.wait(seconds)) if seconds > 0 else self._run.stopping.is_set()

    def _publish(self) -> None:
        recorder, settings = self._run.recorder, self._settings
        self._number += 1
        nonce = Nonce(run=self._run_name, publisher=0, number=self._number, sent_ns=recorder.now_ns())
        values = {"agent": settings.agents[0], "text": nonce_text(nonce)}
        place = self._free.pop() if self._free else self._another()
        request = route_request(settings.publish, values, headers=self._headers(), connection=f"publisher-{place}")
        sample = recorder.sample("publish", workload=self._workload)
        try:
            well = self._asked(request, sample, seconds=_ANSWER_SECONDS)
        finally:
            self._free.append(place)
        self._tell(
            Publication(
                publisher=nonce.publisher,
                number=nonce.number,
                published_ns=nonce.sent_ns if sample.sent_ns is None else sample.sent_ns,
                acknowledged_ns=sample.end_ns if well else None,
                failed=not well,
            )
        )

    def _another(self) -> int:
        self._connections += 1
        return self._connections

    def _generate(self) -> None:
        settings = self._settings
        secret = settings.generate_token
        headers = (("Authorization", f"Bearer {secret}"),) if secret else self._headers()
        request = request_to(settings.generate_path, method="POST", headers=headers, connection="generator")
        sample = self._run.recorder.sample("generate", workload=self._workload)
        self._asked(request, sample, seconds=settings.generate_timeout + _MORE_SECONDS)

    def _asked(self, request: Request, sample: Sample, *, seconds: float) -> bool:
        """Sends a request and hands its sample in; whether it went well."""
        run = self._run
        limits = Limits(head_seconds=seconds, idle_seconds=seconds, total_seconds=seconds)
        answer = run.streams.exchange(request, limits, None)
        take_facts(sample, answer, since_start=run.recorder.since_start)
        sample.censored = answer.closed_by_us
        well = settled_status(sample)
        run.recorder.finish(sample)
        return well

    def _headers(self) -> tuple[tuple[str, str], ...]:
        return self._run.credentials.headers(0)
