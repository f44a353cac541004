"""Fuzzing as a scenario: Hypothesis draws and shrinks in a thread, the event loop sends."""

from __future__ import annotations

import concurrent.futures
import threading
from contextlib import contextmanager
from dataclasses import replace
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import anyio.from_thread
import anyio.to_thread
from hypothesis import HealthCheck, Phase, Verbosity, configuration, given, settings

from chatproof.driver import LEAST_SHRINKS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from hypothesis.strategies import SearchStrategy

    from chatproof.recorder.session import Kept, Session
    from chatproof.recording import Exchange, Request

__all__ = ["Fuzzing"]


class _Enough(BaseException):
    """Takes us out of Hypothesis, which would take an Exception for a failing example."""


class _WrongError(Exception):
    """An example whose answer is wrong."""


class Fuzzing:
    """
    One `Driver.fuzz`: equal arguments draw equal examples in equal order.

    A request is sent once, however often it is drawn, so that a backend that wavers cannot
    confuse the shrinking; a request on a kept connection that closed without a byte is sent again on a new one.
    """

    def __init__(
        self,
        session: Session,
        kept: Kept,
        label: str,
        build: Callable[[Any], Request],
        wrong: Callable[[Exchange], str],
    ) -> None:
        self._session = session
        self._kept = kept
        self._label = label
        self._build = build
        self._wrong = wrong
        self._reasons: dict[Request, str] = {}
        self._examples = 0
        self._shrinks = 0
        self._most_shrinks = LEAST_SHRINKS
        self._failing: Exchange | None = None
        self._why = ""
        self._stopped = False
        self._trouble: Exception | None = None

    def finding(self) -> dict[str, Any]:
        """What came of it: examples sent, the label of the failing one, and why it is wrong."""
        failing = self._failing.label if self._failing else None
        return {"examples": self._examples, "failing": failing, "why": self._why, "shrinks": self._shrinks}

    async def run(self, strategy: SearchStrategy[Any], examples: int) -> None:
        """Sends up to so many examples, and shrinks the first wrong one."""
        self._most_shrinks = max(LEAST_SHRINKS, examples)
        try:
            await anyio.to_thread.run_sync(self._drive, strategy, examples, abandon_on_cancel=True)
        finally:
            self._stopped = True
            if self._failing is not None:
                self._session.keep(self._failing)
        if self._trouble is not None:
            raise self._trouble

    def _drive(self, strategy: SearchStrategy[Any], examples: int) -> None:
        """Runs in a thread; everything that Hypothesis would print or write stays away."""

        @settings(
            max_examples=examples,
            derandomize=True,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            phases=(Phase.generate, Phase.shrink),
            verbosity=Verbosity.quiet,
            report_multiple_bugs=False,
            print_blob=False,
        )
        @given(strategy)
        def example(value: Any) -> None:
            self._try(self._request(value))

        with _no_files_here():
            try:
                example()
            except _Enough:
                return
            except Exception as error:  # noqa: BLE001 - told to the scenario's caller in its own thread
                if self._failing is None and self._trouble is None:
                    self._trouble = error

    def _request(self, value: Any) -> Request:
        try:
            return self._build(value)
        except Exception as error:
            if type(error).__module__.startswith("hypothesis"):
                raise  # an example that `assume` turns away
            self._trouble = error
            raise _Enough from error

    def _try(self, request: Request) -> None:
        if request not in self._reasons:
            self._reasons[request] = self._answer(request)
        if self._reasons[request]:
            raise _WrongError

    def _answer(self, request: Request) -> str:
        shrinking = self._failing is not None
        if self._stopped or (shrinking and self._shrinks >= self._most_shrinks):
            raise _Enough
        number = self._examples + 1
        label = f"{self._label}/failing" if shrinking else f"{self._label}/{number}"
        try:
            exchange = anyio.from_thread.run(self._send, label, request)
            why = self._wrong(exchange)
        except (concurrent.futures.CancelledError, anyio.BrokenResourceError) as error:
            raise _Enough from error
        except Exception as error:
            self._trouble = error
            raise _Enough from error
        if shrinking:
            self._shrinks += 1
        else:
            self._examples = number
            anyio.from_thread.run_sync(self._session.keep, exchange)
        if why:
            self._failing = replace(exchange, label=f"{self._label}/failing")
            self._why = why
        return why

    async def _send(self, label: str, request: Request) -> Exchange:
        session = self._session
        reused = self._kept.number
        exchange = await session.answered(label, request, self._kept)
        if exchange.response is None and reused and exchange.connection == reused:
            await self._kept.line.drop()
            exchange = await session.answered(label, request, self._kept)
        return exchange


class _Storage:
    """
    Where Hypothesis may write its caches while we fuzz: a folder that goes away, never `.hypothesis` in the
    user's. The one setting for that is the process's, so it is counted and put back.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._users = 0
        self._before: Any = None
        self._folder: TemporaryDirectory[str] | None = None

    def enter(self) -> None:
        with self._lock:
            if not self._users:
                self._before = vars(configuration).get("__hypothesis_home_directory")
                self._folder = TemporaryDirectory(prefix="chatproof-")
                configuration.set_hypothesis_home_dir(self._folder.name)
            self._users += 1

    def leave(self) -> None:
        with self._lock:
            self._users -= 1
            if not self._users and self._folder is not None:
                configuration.set_hypothesis_home_dir(self._before)
                self._folder.cleanup()


_STORAGE = _Storage()


@contextmanager
def _no_files_here() -> Iterator[None]:
    _STORAGE.enter()
    try:
        yield
    finally:
        _STORAGE.leave()
