"""The generator: Locust as a process of its own, whose records come back as lines through a pipe."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import math
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from queue import Empty
from typing import TYPE_CHECKING, Any

from chatproof.load_run.pump import Pump, Tail
from chatproof.workloads import WORKLOADS

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Mapping, Sequence

    from chatproof.load_plan import Plan

__all__ = ["Child", "Generated", "arguments_of", "file_of", "generate", "supervise"]

VARIABLE = "CHATPROOF_LOAD"
_START_SECONDS = 60.0
_GRACE_SECONDS = 45.0
_SILENCE_SECONDS = 60.0
_STOP_SECONDS = 20.0
_LEFT_SECONDS = 3.0
_POLL_SECONDS = 0.1
_TICK_SECONDS = 0.25
_BATCHES_AT_ONCE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Generated:
    """
    How the generator ended.

    `reason` is empty where it ended by itself or was stopped as asked; else one phrase. `tail` holds the last lines
    that it wrote to its error output, which may hold anything. `stopped` says that it was asked to stop. `too_long`
    counts lines that were not read because they were too long.
    """

    exit_code: int
    reason: str = ""
    tail: tuple[str, ...] = ()
    stopped: bool = False
    too_long: int = 0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """
    A process to supervise.

    `command` is given the number of the pipe's end it writes to, as is `environment`; `limit_seconds` is how long it
    may take from its first line on, `start_seconds` until that.
    """

    command: Callable[[int], Sequence[str]]
    environment: Callable[[int], Mapping[str, str]]
    limit_seconds: float
    start_seconds: float = _START_SECONDS
    stop_seconds: float = _STOP_SECONDS
    silence_seconds: float = _SILENCE_SECONDS


def generate(
    plan: Plan,
    *,
    config_source: Mapping[str, Any],
    on_line: Callable[[str], None],
    stop: threading.Event,
    extra_arguments: Sequence[str] = (),
    log: Path | None = None,
    tick: Callable[[], None] = lambda: None,
    start_seconds: float = _START_SECONDS,
    role: str = "lead",
) -> Generated:
    """
    Runs the plan's workload under Locust, and hands on each line of its records, in this thread and in order.

    `tick` is called some times a second, in this thread too. When `stop` is set the generator is asked to end as by
    Ctrl-C, and killed where it does not. `log` is a file that takes what it says. A KeyboardInterrupt, and whatever
    `on_line` or `tick` raises, ends the generator at once and comes through. `role` is `lead`, or `worker` for one
    that sends its records to a master elsewhere and runs until that ends it.
    """
    seconds = max(plan.run_time_seconds, sum(stage.seconds for stage in plan.stages))
    document = {"plan": plan.to_json(), "config": {"profiles": [], **config_source}}
    child = Child(
        command=lambda _pipe: [
            *(sys.executable, "-P", "-m", "locust", "-f", str(file_of(plan.workload))),
            *("--headless", "--only-summary", "--loglevel", "WARNING", "--exit-code-on-error", "0"),
            *(arguments_of(plan) if role == "lead" else ()),
            *(_own_port() if role == "lead" and plan.processes > 1 else ()),
            *extra_arguments,
        ],
        environment=lambda pipe: {**_environment(), VARIABLE: json.dumps({**document, "sink": f"fd:{pipe}"})},
        limit_seconds=seconds + _GRACE_SECONDS if role == "lead" else math.inf,
        start_seconds=start_seconds if role == "lead" else math.inf,
        silence_seconds=_SILENCE_SECONDS if role == "lead" else math.inf,
    )
    return supervise(child, on_line=on_line, stop=stop, log=log, tick=tick)


def file_of(workload: str) -> Path:
    """The file of a workload, for `locust -f`; KeyError for one that is not known."""
    spec = importlib.util.find_spec(f"chatproof.load.{WORKLOADS[workload].file}")
    if spec is None or spec.origin is None:
        msg = f"chatproof.load.{WORKLOADS[workload].file} is not installed"
        raise ModuleNotFoundError(msg)
    return Path(spec.origin)


def arguments_of(plan: Plan) -> list[str]:
    """What Locust itself must know of a plan; with stages its users come from the shape in the workload's file."""
    found = ["--processes", str(plan.processes)] if plan.processes > 1 else []
    if plan.stages:
        return found
    times = ["--run-time", f"{math.ceil(plan.run_time_seconds)}s"]
    return [*found, "--users", str(plan.users), "--spawn-rate", f"{plan.spawn_rate:g}", *times]


def _own_port() -> list[str]:
    """
    Where the workers that Locust forks find their master: a free port that nobody reaches from another machine.

    On Locust's own port a second run on this machine would get the first one's workers.
    """
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = str(listener.getsockname()[1])
    return [*("--master-bind-host", "127.0.0.1", "--master-bind-port", port), *("--master-port", port)]


def _environment() -> dict[str, str]:
    """Our own variables; those by which Locust takes options would change the plan behind our back."""
    return {name: text for name, text in os.environ.items() if not name.startswith("LOCUST_")}


def supervise(
    child: Child,
    *,
    on_line: Callable[[str], None],
    stop: threading.Event,
    log: Path | None = None,
    tick: Callable[[], None] = lambda: None,
) -> Generated:
    """Starts a process in a group of its own, in an empty folder, and sees to it until it and its group are gone."""
    with tempfile.TemporaryDirectory(prefix="chatproof-load-", ignore_cleanup_errors=True) as folder:
        reading, writing = os.pipe()
        try:
            process = subprocess.Popen(  # noqa: S603 - our own command
                child.command(writing),
                env=dict(child.environment(writing)),
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                pass_fds=(writing,),
                start_new_session=True,
            )
        except BaseException:
            os.close(reading)
            raise
        finally:
            os.close(writing)
        with Pump(reading) as lines, Tail(process.stdout, log=log) as tail:
            return _Watch(child, process, lines, tail).until_the_end(on_line, stop, tick)


class _Watch:
    """One running child."""

    def __init__(self, child: Child, process: subprocess.Popen[bytes], lines: Pump, tail: Tail) -> None:
        self._child = child
        self._process = process
        self._lines = lines
        self._tail = tail
        self._began = time.monotonic()
        self._first = math.inf
        self._last = math.inf
        self._asked = math.inf
        self._gone = math.inf
        self._reason = ""

    def until_the_end(
        self, on_line: Callable[[str], None], stop: threading.Event, tick: Callable[[], None]
    ) -> Generated:
        next_tick = 0.0
        try:
            while not self._over():
                self._hand_on(on_line)
                asked = stop.is_set() and math.isinf(self._asked)
                if asked:
                    self._asked = time.monotonic()
                    self._interrupt()
                if asked or time.monotonic() >= next_tick:
                    tick()
                    next_tick = time.monotonic() + _TICK_SECONDS
                self._mind_the_limits()
        except BaseException:
            self._kill()
            raise
        self._kill()  # what outlived the leader of its group
        while self._hand_on(on_line):
            pass
        return self._generated()

    def _hand_on(self, on_line: Callable[[str], None]) -> bool:
        """Hands on what has come, waiting a moment for the first of it; whether there was anything."""
        try:
            batch = self._lines.batches.get(timeout=_POLL_SECONDS)
        except Empty:
            return False
        for _number in range(_BATCHES_AT_ONCE):
            self._last = time.monotonic()
            self._first = min(self._first, self._last)
            for line in batch:
                on_line(line)
            try:
                batch = self._lines.batches.get_nowait()
            except Empty:
                break
        else:
            for line in batch:
                on_line(line)
        return True

    def _over(self) -> bool:
        """Whether the leader has ended and all that it wrote is here; others of its group get a moment to end too."""
        if self._process.poll() is None:
            return False
        self._gone = min(self._gone, time.monotonic())
        return self._lines.ended or time.monotonic() - self._gone > _LEFT_SECONDS

    def _mind_the_limits(self) -> None:
        """Ends a child that does not end, or says nothing any more."""
        now = time.monotonic()
        child = self._child
        if now - self._asked > child.stop_seconds:
            self._reason = f"it did not end within {child.stop_seconds:g} s of being asked to"
        elif math.isinf(self._first) and now - self._began > child.start_seconds:
            self._reason = f"it did not start within {child.start_seconds:g} s"
        elif now - self._first > child.limit_seconds:
            self._reason = f"it did not end within {child.limit_seconds:g} s"
        elif now - self._last > child.silence_seconds:
            self._reason = f"nothing came from it for {child.silence_seconds:g} s"
        if self._reason:
            self._kill()

    def _interrupt(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGINT)

    def _kill(self) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(_LEFT_SECONDS)
        self._lines.wait(_LEFT_SECONDS)

    def _generated(self) -> Generated:
        code = self._process.returncode
        stopped = not math.isinf(self._asked)
        reason = self._reason
        if not reason and code and not stopped:
            ended = f"by signal {signal.Signals(-code).name}" if code < 0 else f"with status {code}"
            reason = f"it ended {ended}"
        return Generated(
            exit_code=code,
            reason=reason,
            tail=self._tail.lines(),
            stopped=stopped,
            too_long=self._lines.too_long,
            seconds=time.monotonic() - self._began,
        )
