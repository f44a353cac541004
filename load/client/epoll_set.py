"""Sockets that wait for the network: one epoll set drained by one watcher of the hub, or a watcher for each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Protocol

from gevent.monkey import get_original  # type: ignore[import-untyped]  # gevent has no types

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["EpollSet", "SocketSet", "WatcherSet", "socket_set"]

_READ: Final = 1
_WRITE: Final = 2
_EPOLLIN: Final = 1
_EPOLLOUT: Final = 4
_MOST_PER_TURN: Final = 128


class SocketSet(Protocol):
    """
    File descriptors and who is called, in the hub, for as long as one is readable (or writable, where asked).

    A handler reads at most once a call, so that no stream keeps the others waiting; it may be called for nothing. It
    must not raise and must not switch.
    """

    def watch(self, descriptor: int, handler: Callable[[], None], *, writing: bool = False) -> None:
        """Begins to watch, or watches from now on for something or someone else."""

    def drop(self, descriptor: int) -> None:
        """Ends the watch; call it before the descriptor is closed."""

    def close(self) -> None:
        """Ends all watches."""


class EpollSet:
    """One epoll set for all; at most 128 handlers run before the hub has its turn, the kernel takes all in turn."""

    __slots__ = ("_epoll", "_handlers", "_masks", "_poll", "_watcher")

    def __init__(self, loop: Any, epoll: Any) -> None:
        self._epoll = epoll
        self._poll = epoll.poll
        self._handlers: dict[int, Callable[[], None]] = {}
        self._masks: dict[int, int] = {}
        # Unreferenced: an idle client keeps no process alive. The client's timer does while streams are open.
        self._watcher = loop.io(epoll.fileno(), _READ, ref=False)
        self._watcher.start(self._drain)

    def _drain(self) -> None:
        handler_of = self._handlers.get
        poll = self._poll  # a function in a slot is called faster by way of a local
        for descriptor, _events in poll(0, _MOST_PER_TURN):
            handler = handler_of(descriptor)
            if handler is not None:
                handler()

    def watch(self, descriptor: int, handler: Callable[[], None], *, writing: bool = False) -> None:
        """Begins to watch, or watches from now on for something or someone else."""
        mask = _EPOLLIN | _EPOLLOUT if writing else _EPOLLIN
        before = self._masks.get(descriptor)
        if before is None:
            self._epoll.register(descriptor, mask)
        elif before != mask:
            self._epoll.modify(descriptor, mask)
        self._masks[descriptor] = mask
        self._handlers[descriptor] = handler

    def drop(self, descriptor: int) -> None:
        """Ends the watch."""
        if self._handlers.pop(descriptor, None) is not None:
            del self._masks[descriptor]
            self._epoll.unregister(descriptor)

    def close(self) -> None:
        """Ends all watches."""
        self._watcher.stop()
        self._watcher.close()
        self._handlers.clear()
        self._masks.clear()
        self._epoll.close()


class WatcherSet:
    """A watcher of the hub for each socket, where the system has no epoll (macOS): dearer, and the same otherwise."""

    __slots__ = ("_loop", "_watchers")

    def __init__(self, loop: Any) -> None:
        self._loop = loop
        self._watchers: dict[int, Any] = {}

    def watch(self, descriptor: int, handler: Callable[[], None], *, writing: bool = False) -> None:
        """Begins to watch, or watches from now on for something or someone else."""
        self.drop(descriptor)
        watcher = self._loop.io(descriptor, _READ | _WRITE if writing else _READ, ref=False)
        self._watchers[descriptor] = watcher
        watcher.start(handler)

    def drop(self, descriptor: int) -> None:
        """Ends the watch."""
        watcher = self._watchers.pop(descriptor, None)
        if watcher is not None:
            watcher.stop()
            watcher.close()

    def close(self) -> None:
        """Ends all watches."""
        for descriptor in list(self._watchers):
            self.drop(descriptor)


def socket_set(loop: Any) -> SocketSet:
    """The best set of this system, on the loop of a hub."""
    try:
        # Monkey-patching takes `epoll` away from `select`.
        epoll = get_original("select", "epoll")
    except AttributeError:
        return WatcherSet(loop)
    return EpollSet(loop, epoll())
