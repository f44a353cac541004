"""The backend's processes during a check: the one under test, and further instances with another environment."""

from __future__ import annotations

import socket
import threading
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import anyio
import anyio.to_thread

from chatproof.driver import Instance
from chatproof.process import BackendProcessError, answers, await_answer, spawned

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Mapping

    from chatproof.config import Backend
    from chatproof.process import Running
    from chatproof.surroundings import Launch

__all__ = ["launching"]

_ANSWER_SECONDS = 0.5
_AT_ONCE = 2
"""So many instances start at a time: what is measured meanwhile must not be disturbed by ourselves."""


@contextmanager
def launching(
    backend: Backend, environment: Mapping[str, str], scrub: Callable[[str], str]
) -> Iterator[tuple[Launch, int | None]]:
    """
    Runs `[backend] command` with these variables until the block ends; yields what starts further instances, and the
    number of its process.

    Enters once `url` answers; BackendProcessError where it does not. `scrub` takes secrets out of what processes say.
    """
    processes = _Processes(backend=backend, environment=environment)
    try:
        processes.start_main()
        yield _launch(processes, scrub), processes.main.process.pid if processes.main is not None else None
    finally:
        processes.close()


@dataclass(slots=True)
class _Processes:
    """All processes that were started for one backend; its methods block, and may be called from several threads."""

    backend: Backend
    environment: Mapping[str, str]
    main: Running | None = None
    _running: list[Running] = field(default_factory=list)
    starting: anyio.Semaphore = field(default_factory=lambda: anyio.Semaphore(_AT_ONCE))
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _closed: bool = False
    _ports: set[int] = field(default_factory=set)

    def start_main(self) -> None:
        """The backend under test; it is told its port where a variable is declared for that."""
        self.main = self.start(self.backend, {})

    def stop_main(self) -> None:
        """Stops the backend under test, if it runs; BackendProcessError where something still answers in its place."""
        if self.main is not None:
            self.stop(self.main)
            self.main = None
        if answers(self.backend.url, _ANSWER_SECONDS):
            msg = (
                f"{self.backend.url} still answers after `{self.backend.command}` was stopped\n"
                "hint: the command must not leave a process behind; or declare `port_variable` in [backend]"
            )
            raise BackendProcessError(msg)

    def start(self, backend: Backend, changes: Mapping[str, str | None]) -> Running:
        """Starts the command with some variables changed, and waits until `backend.url` answers."""
        environment = {**self.environment, **{name: text for name, text in changes.items() if text is not None}}
        for name in (name for name, text in changes.items() if text is None):
            environment.pop(name, None)
        port = urlsplit(backend.url).port
        if backend.port_variable and port is not None:
            environment[backend.port_variable] = str(port)
        with self._lock:
            if self._closed:
                raise BackendProcessError("the check is over")
            running = spawned(backend.command, environment)
            self._running.append(running)
        try:
            await_answer(running, backend)
        except BaseException:
            self.stop(running)
            raise
        return running

    def stop(self, running: Running) -> None:
        """Stops one process."""
        running.stop()
        with self._lock:
            if running in self._running:
                self._running.remove(running)

    def close(self) -> None:
        """Stops every process; none can be started any more."""
        with self._lock:
            self._closed = True
            left = list(self._running)
        for running in left:
            self.stop(running)

    def beside(self) -> Backend:
        """The same backend at a free port, which no other instance was given."""
        parts = urlsplit(self.backend.url)
        host = parts.hostname or ""
        family, name = (socket.AF_INET6, "::1") if ":" in host else (socket.AF_INET, "127.0.0.1")
        with self._lock:
            while True:
                with socket.socket(family) as listener:
                    listener.bind((name, 0))
                    port = int(listener.getsockname()[1])
                if port not in self._ports:
                    break
            self._ports.add(port)
        shown = f"[{host}]" if ":" in host else host
        return replace(self.backend, url=f"{parts.scheme}://{shown}:{port}")


def _launch(processes: _Processes, scrub: Callable[[str], str]) -> Launch:
    """What starts instances: beside the backend under test where they can be told a port, otherwise in its place."""
    turn = anyio.Lock()

    @asynccontextmanager
    async def beside(environment: Mapping[str, str | None]) -> AsyncIterator[Instance]:
        async with _instance(processes, processes.beside(), environment, scrub) as instance:
            yield instance

    @asynccontextmanager
    async def in_place(environment: Mapping[str, str | None]) -> AsyncIterator[Instance]:
        async with turn:
            try:
                await anyio.to_thread.run_sync(processes.stop_main)
            except BackendProcessError as error:
                yield Instance(url="", trouble=_told(error, scrub))
                return
            try:
                async with _instance(processes, processes.backend, environment, scrub) as instance:
                    yield instance
            except anyio.get_cancelled_exc_class():
                raise  # the check is over, and nobody needs the backend any more
            except BaseException:
                await _come_back(processes, scrub)
                raise
            await _come_back(processes, scrub)

    return beside if processes.backend.port_variable else in_place


@asynccontextmanager
async def _instance(
    processes: _Processes, backend: Backend, environment: Mapping[str, str | None], scrub: Callable[[str], str]
) -> AsyncIterator[Instance]:
    """One instance for as long as the block runs; one that does not come up is told. Few start at a time."""
    try:
        async with processes.starting:
            running = await anyio.to_thread.run_sync(processes.start, backend, environment, abandon_on_cancel=True)
    except BackendProcessError as error:
        yield Instance(url="", trouble=_told(error, scrub))
        return
    try:
        yield Instance(url=backend.url)
    finally:
        with anyio.CancelScope(shield=True):
            await anyio.to_thread.run_sync(processes.stop, running)


async def _come_back(processes: _Processes, scrub: Callable[[str], str]) -> None:
    """Starts the backend under test again; BackendProcessError where it stays away, which the run tells."""
    try:
        await anyio.to_thread.run_sync(processes.start_main, abandon_on_cancel=True)
    except BackendProcessError as error:
        msg = f"the backend did not come back after an instance of it: {_told(error, scrub)}"
        raise BackendProcessError(msg) from None


def _told(error: BackendProcessError, scrub: Callable[[str], str]) -> str:
    """What went wrong, without the hint, which is for users at the start."""
    return scrub(str(error).partition("\nhint:")[0])
