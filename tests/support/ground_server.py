"""
A small, fast server of event streams in a process of its own: `python -m support.ground_server EVENTS PER_SECOND`.

It answers whatever is asked with chunked events of about 60 bytes at a steady rate, every byte built beforehand. It
prints its port, and ends when its standard input does. One core, one epoll set; a stream keeps the step in which it
came.
"""

from __future__ import annotations

import contextlib
import select
import socket
import sys
import time
from collections import deque

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
END = b"0\r\n\r\n"


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


class Streams:
    def __init__(self, listener: socket.socket, *, events: int, per_second: float) -> None:
        self._listener = listener
        self._interval = 1 / per_second
        self._events = [
            chunk(b'event: token\ndata: {"content":"word %06d of many","index":%d}\n\n' % (index, index))
            for index in range(events)
        ]
        self._open: dict[int, socket.socket] = {}
        # All have the same interval: the one that was served last is due last.
        self._due: deque[tuple[float, int, int]] = deque()
        self._epoll = select.epoll()

    def run(self) -> None:
        self._epoll.register(self._listener, select.EPOLLIN)
        self._epoll.register(sys.stdin, select.EPOLLIN)
        while True:
            wait = max(self._due[0][0] - time.monotonic(), 0) if self._due else -1
            for descriptor, _mask in self._epoll.poll(wait):
                if descriptor == sys.stdin.fileno():
                    return
                if descriptor == self._listener.fileno():
                    self._accept()
                elif descriptor in self._open:
                    self._hear(descriptor)
            self._send_what_is_due()

    def _accept(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while True:
                accepted, _peer = self._listener.accept()
                accepted.setblocking(False)
                accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._open[accepted.fileno()] = accepted
                self._epoll.register(accepted, select.EPOLLIN)

    def _hear(self, descriptor: int) -> None:
        try:
            data = self._open[descriptor].recv(65536)
        except OSError:
            data = b""
        if not data:
            self._close(descriptor)
        elif b" HTTP/1.1\r\n" in data:
            self._send(descriptor, HEAD)
            self._due.append((time.monotonic() + self._interval, descriptor, 0))

    def _send_what_is_due(self) -> None:
        now = time.monotonic()
        while self._due and self._due[0][0] <= now:
            when, descriptor, index = self._due.popleft()
            if descriptor not in self._open:
                continue
            if index == len(self._events):
                self._send(descriptor, END)
                continue
            if self._send(descriptor, self._events[index]):
                self._due.append((when + self._interval, descriptor, index + 1))

    def _send(self, descriptor: int, data: bytes) -> bool:
        try:
            return self._open[descriptor].send(data) == len(data)
        except OSError:
            self._close(descriptor)
            return False

    def _close(self, descriptor: int) -> None:
        self._epoll.unregister(descriptor)
        self._open.pop(descriptor).close()


def main() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=4096) as listener:
        listener.setblocking(False)
        print(listener.getsockname()[1], flush=True)
        Streams(listener, events=int(sys.argv[1]), per_second=float(sys.argv[2])).run()


if __name__ == "__main__":
    main()
