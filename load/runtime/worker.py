"""A worker: it does what the process that leads the run tells it, and sends it what it recorded."""

from __future__ import annotations

import logging
import os
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import gevent  # type: ignore[import-untyped]  # gevent has no types
from gevent.event import Event  # type: ignore[import-untyped]  # gevent has no types
from locust.exception import RPCError

from chatproof.load_run.safety import LoadRefusedError, refuse_foreign_host

from .messages import DRAIN, HELLO, LINES, RUN, STOP, plan_in
from .process import ProcessRun

if TYPE_CHECKING:
    from collections.abc import Callable

    from chatproof.config import Config
    from chatproof.samples.records import Sample

    from .credentials import Credentials
    from .settings import LoadSettings

__all__ = ["Worker"]

_log = logging.getLogger(__name__)
_PARENT_SECONDS = 1.0
_USAGE = 2


class Worker:
    """
    One worker; `parent` is the process that forked it, 0 for one that was started by itself.

    A forked worker ends when its parent is gone: nobody else would end the load that it makes.
    """

    def __init__(
        self,
        settings: LoadSettings,
        runner: Any,
        credentials: Credentials,
        *,
        on_sample: Callable[[Sample], None],
        parent: int = 0,
    ) -> None:
        self.settings = settings
        self.run: ProcessRun | None = None
        self._runner = runner
        self._credentials = credentials
        self._on_sample = on_sample
        self._unsent: list[dict[str, Any]] = []
        self._ended = Event()
        runner.register_message(RUN, self._on_run)
        runner.register_message(DRAIN, self._on_drain)
        runner.register_message(STOP, self._on_stop, concurrent=True)
        runner.send_message(HELLO, {})
        if parent:
            gevent.spawn(self._watch_parent, parent)

    def end(self, reason: str) -> None:
        """Ends the run of this worker and sends what is left; a second caller waits for the first."""
        run = self.run
        if run is None:
            return
        if run.closed:
            self._ended.wait()
            return
        run.close(reason)
        self.run = None
        self._ended.set()

    def _on_run(self, environment: Any, msg: Any) -> None:  # noqa: ARG002 - Locust's signature
        plan = plan_in(msg.data)
        if self.run is not None:
            return
        config = self.settings.config
        if not config.backend.url:
            config = replace(config, backend=replace(config.backend, url=msg.data["url"]))
            self._refuse_foreign(config)
        worker, workers = int(msg.data["worker"]), int(msg.data["workers"])
        self._ended = Event()
        self.run = ProcessRun(
            plan=plan,
            config=config,
            process=f"worker-{worker}",
            deliver=self._deliver,
            users=lambda: self._runner.user_count,
        )
        self.run.begin(self._credentials, worker=worker, workers=workers, on_finish=self._on_sample)

    def _refuse_foreign(self, config: Config) -> None:
        """Ends this worker where the master names a host that this machine does not allow."""
        try:
            refuse_foreign_host(config.backend.url, config.load.allow_hosts)
        except LoadRefusedError as error:
            sys.stderr.write(f"chatproof: {error}\n")
            sys.stderr.flush()
            os._exit(_USAGE)

    def _on_drain(self, environment: Any, msg: Any) -> None:  # noqa: ARG002 - Locust's signature
        if self.run is not None and self.run.context is not None:
            self.run.context.budget.over = True

    def _on_stop(self, environment: Any, msg: Any) -> None:  # noqa: ARG002 - Locust's signature
        self.end(str(msg.data["reason"]))

    def _deliver(self, lines: list[str], facts: dict[str, Any]) -> None:
        """Sends a batch; one that cannot be sent now goes with the next."""
        if self.run is None or self.run.context is None:
            return
        about = {
            **facts,
            "started_at_ns": self.run.plan.started_at_ns,
            "over": self.run.context.budget.over,
        }
        self._unsent.append({"lines": lines, "facts": about})
        try:
            while self._unsent:
                self._runner.send_message(LINES, self._unsent[0])
                del self._unsent[0]
        except RPCError as error:
            _log.warning("records could not be sent yet: %s", error)

    def _watch_parent(self, parent: int) -> None:
        while os.getppid() == parent:
            gevent.sleep(_PARENT_SECONDS)
        os._exit(1)
