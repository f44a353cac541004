"""A user who stops reading for a while, over a socket with a small buffer, so that the backend feels it soon."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import gevent  # type: ignore[import-untyped]  # gevent has no types
from gevent import socket

from ..client.message import request_bytes
from ..client.tls import client_context

if TYPE_CHECKING:
    from typing import Any

    from chatproof.samples.records import Sample

    from ..client.exchange import Request
    from .users import LoadUser

__all__ = ["read_slowly"]

_BUFFER_BYTES = 4096
_PIECE_BYTES = 16 * 1024
_PORTS = {"http": 80, "https": 443}
_END = b"\r\n0\r\n\r\n"


def read_slowly(user: LoadUser, request: Request, sample: Sample, *, pause_seconds: float) -> None:
    """
    Sends a request, reads the first bytes of the answer, nothing for so long, and then the rest; hands the sample in.

    The sample is aborted: what this user sees is late by its own doing. One that could not connect or was refused has
    its cause, as any other. All ends when the run does, and no later than the limits of the user's turns say.
    """
    recorder, limits = user.recorder, user.limits()
    reader = _Reader(user, sample)
    deadline = gevent.Timeout(limits.connect_seconds + limits.total_seconds + pause_seconds)
    user.run_context.slow.add(reader)
    try:
        with deadline:
            reader.send(request, limits.connect_seconds)
            reader.read(1)
            sample.aborted = True
            if not user.sleep(pause_seconds):
                reader.read(limits.max_bytes)
    except gevent.Timeout as over:
        if over is not deadline:
            raise
    except OSError as error:
        if not sample.aborted and not user.leaving.is_set():
            sample.cause = "refused" if isinstance(error, ConnectionRefusedError) else "reset"
            sample.cause = "connect" if sample.connected_ns is None and sample.cause == "reset" else sample.cause
            sample.detail = (error.strerror or type(error).__name__).lower()
    finally:
        user.run_context.slow.discard(reader)
        reader.close()
        sample.end_ns = recorder.now_ns()
        sample.censored = not sample.cause and not sample.aborted
        recorder.finish(sample)


class _Reader:
    """The socket of one slow reader."""

    def __init__(self, user: LoadUser, sample: Sample) -> None:
        self._user = user
        self._sample = sample
        self._recorder = user.recorder
        self._socket: Any = None
        self._tail = b""

    def send(self, request: Request, connect_seconds: float) -> None:
        """Connects and sends."""
        backend, sample = self._user.config.backend, self._sample
        parts = urlsplit(backend.url)
        port, host = parts.port or _PORTS[parts.scheme], parts.hostname or ""
        with gevent.Timeout(connect_seconds, TimeoutError("no connection in time")):
            family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
            self._socket = socket.socket(family, kind, protocol)
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER_BYTES)
            self._socket.connect(address)
            sample.connected_ns = self._recorder.now_ns()
            if parts.scheme == "https":
                self._socket = client_context(backend.ca_file).wrap_socket(self._socket, server_hostname=host)
        name = f"[{host}]" if ":" in host else host
        payload = request_bytes(request, host=f"{name}:{port}", prefix=parts.path.rstrip("/"))
        self._socket.sendall(payload)
        sample.sent_ns = self._recorder.now_ns()

    def read(self, most: int) -> None:
        """Reads up to so many bytes, or to the end of the answer."""
        sample, count = self._sample, 0
        while count < most:
            data = self._socket.recv(_PIECE_BYTES)
            if not data:
                return
            if sample.headers_ns is None:
                sample.headers_ns = self._recorder.since_start(time.monotonic_ns())
                sample.status = _status(data)
            count += len(data)
            sample.reads += 1
            sample.wire_bytes += len(data)
            self._tail = (self._tail + data)[-len(_END) :]
            if self._tail == _END:
                return

    def close(self) -> None:
        """Closes the socket, as a user does who leaves."""
        if self._socket is not None:
            self._socket.close()


def _status(data: bytes) -> int | None:
    parts = data[:64].split(b" ", 2)
    return int(parts[1][:3]) if len(parts) > 1 and parts[1][:3].isdigit() else None
