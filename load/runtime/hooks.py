"""Hangs the runtime into Locust: its events begin and end a run, its signals end the process in good order."""

from __future__ import annotations

import logging
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gevent  # type: ignore[import-untyped]  # gevent has no types
from locust import events
from locust.runners import WorkerRunner

from chatproof.config import ConfigError

from .choosing import choose_workloads
from .credentials import Credentials
from .judged import judges_of
from .leader import Leader
from .settings import LocustOptions, SettingsError, read_settings
from .shape import PlanShape
from .worker import Worker

if TYPE_CHECKING:
    from chatproof.samples.records import Sample

    from .settings import LoadSettings

__all__ = ["Hooks", "SampleError", "install"]

_log = logging.getLogger(__name__)
_USAGE = 2
_INTERRUPTED = 130
_MAIN = os.getpid()


class SampleError(Exception):
    """What Locust's own statistics show of a failed sample."""


class Hooks:
    """The runtime of one process as Locust drives it."""

    def __init__(self) -> None:
        self.settings: LoadSettings | None = None
        self._environment: Any = None
        self._role: Leader | Worker | None = None
        self._web: Any = None
        self._interrupts = 0
        self._forked = False

    def on_init(self, environment: Any, runner: Any, web_ui: Any = None, **_: Any) -> None:
        """Reads the settings, and makes this process the leader of the run or one of its workers."""
        self._environment, self._web = environment, web_ui
        self._forked = os.getpid() != _MAIN
        worker = isinstance(runner, WorkerRunner)
        try:
            self.settings = settings = self._read(environment, web_ui, worker=worker)
            choose_workloads(environment, settings)
            credentials = Credentials(settings.config, seed=settings.plan.seed)
            if worker or environment.parsed_options is None or not environment.parsed_options.master:
                credentials.prepare()
        except (SettingsError, ConfigError) as error:
            self._refuse(str(error))
        if settings.plan.judged_share > 0:
            judges_of(settings.plan.profile)  # the import is made now: later it would hold up the streams
        environment.process_exit_code = 0
        environment.catch_exceptions = True
        if worker:
            if self._forked:
                _close_pipe(settings.sink)
            parent = os.getppid() if self._forked else 0
            self._role = Worker(settings, runner, credentials, on_sample=self._tell_locust, parent=parent)
        else:
            self._role = Leader(
                settings, runner, credentials, on_sample=self._tell_locust, quit_locust=self._quit_locust
            )
            self._set_options(environment, runner, settings)
        gevent.signal_handler(signal.SIGINT, self._on_interrupt)

    def on_test_start(self, environment: Any, **_: Any) -> None:  # noqa: ARG002 - Locust's signature
        """Begins a run where this process leads it; a worker is told by the one that does."""
        if isinstance(self._role, Leader):
            try:
                self._role.begin()
            except (OSError, ValueError) as error:
                self._refuse(f"the records cannot be written: {error}")

    def on_test_stopping(self, environment: Any, **_: Any) -> None:  # noqa: ARG002 - Locust's signature
        """Locust ends the run: by its own time limit, its page, or because we told it to."""
        if self._role is not None:
            self._role.end("stopped")

    def on_quitting(self, environment: Any, **_: Any) -> None:
        """The process ends."""
        if self._role is not None:
            self._role.end("quit")
        if isinstance(self._role, Leader):
            environment.process_exit_code = self._role.exit_code

    def _read(self, environment: Any, web_ui: Any, *, worker: bool) -> LoadSettings:
        options = environment.parsed_options
        users = [cls for cls in environment.user_classes if getattr(cls, "workload", "")]
        if not users:
            raise SettingsError("the file holds no load user of chatproof")
        mixed = len(users) > 1
        given = LocustOptions(
            host=environment.host or "",
            users=options.num_users,
            spawn_rate=options.spawn_rate,
            run_time_seconds=options.run_time,
            headless=web_ui is None or bool(options.autostart),
            processes=int(options.processes or 1),
        )
        return read_settings(
            workload="mixed" if mixed else users[0].workload,
            profiles=() if mixed else users[0].profiles,
            options=given,
            env=os.environ,
            cwd=Path.cwd(),
            needs_url=not worker,
        )

    def _set_options(self, environment: Any, runner: Any, settings: LoadSettings) -> None:
        """What Locust itself goes by: its users and rate are the plan's, stages become its shape; we end the run."""
        plan, options = settings.plan, environment.parsed_options
        options.run_time = None
        if plan.stages and plan.arrivals == "closed":
            environment.shape_class = shape = PlanShape(plan)
            shape.runner = runner
            return
        options.num_users = plan.users
        # In an open loop users are what serves the schedule: all are there from its start.
        options.spawn_rate = plan.spawn_rate if plan.arrivals == "closed" else float(max(plan.users, 1))

    def _tell_locust(self, sample: Sample) -> None:
        """Feeds Locust's own statistics, for its page; nothing is judged by them."""
        if sample.censored or sample.aborted:
            return
        error = SampleError(f"{sample.cause}: {sample.detail}") if sample.cause else None
        events.request.fire(  # type: ignore[no-untyped-call]  # Locust's
            request_type="SSE" if sample.frame_ns is not None else "HTTP",
            name=sample.operation,
            response_time=(sample.end_ns - sample.start_ns) / 1e6,
            response_length=sample.bytes,
            exception=error,
            context={},
        )

    def _quit_locust(self) -> None:
        if self._web is not None:
            self._environment.runner.stop()
        else:
            self._environment.runner.quit()

    def _on_interrupt(self) -> None:
        """First: end in good order. Second: end at once, with what was written so far."""
        self._interrupts += 1
        role = self._role
        if self._interrupts > 1:
            if isinstance(role, Leader):
                role.abandon()
            os._exit(_INTERRUPTED)
        if role is None or role.run is None:
            sys.exit(_INTERRUPTED)
        _log.warning("interrupted: the run is ended, and its records are written; once more ends it at once")
        role.end("interrupted")
        self._environment.runner.quit()
        if self._web is not None:
            self._web.stop()

    def _refuse(self, message: str) -> None:
        """Ends the process with code 2; forked workers say nothing, their parent has said it."""
        if not self._forked:
            sys.stderr.write(f"chatproof: {message}\n")
            sys.stderr.flush()
        sys.exit(_USAGE)


def _close_pipe(sink: str) -> None:
    """A forked worker holds a copy of the pipe: its reader would not see the end while that is open."""
    kind, _, number = sink.partition(":")
    if kind == "fd" and number.isdecimal():
        try:
            os.close(int(number))
        except OSError as error:
            _log.debug("the pipe is closed already: %s", error)


def install() -> Hooks:
    """Adds the listeners to Locust's events, once for each process."""
    hooks = Hooks()
    listeners = (
        (events.init, hooks.on_init),
        (events.test_start, hooks.on_test_start),
        (events.test_stopping, hooks.on_test_stopping),
        (events.quitting, hooks.on_quitting),
    )
    for event, listener in listeners:
        event.add_listener(listener)  # type: ignore[no-untyped-call]  # Locust's
    return hooks
