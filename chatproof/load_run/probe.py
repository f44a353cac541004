"""One request before the load, so that a backend which is not there is told at once."""

from __future__ import annotations

import socket
import ssl
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from chatproof.config import Backend

__all__ = ["trouble_with", "wait_for"]

_POLL_SECONDS = 0.1
_ATTEMPT_SECONDS = 2.0
_HTTP = b"HTTP/1."


def wait_for(backend: Backend, seconds: float) -> str:
    """Why the backend does not answer, asked again until so many seconds are over; empty as soon as it does."""
    deadline = time.monotonic() + seconds
    while trouble := trouble_with(backend, min(_ATTEMPT_SECONDS, max(0.01, deadline - time.monotonic()))):
        if time.monotonic() >= deadline:
            return f"{trouble} (asked for {seconds:g} s)"
        time.sleep(_POLL_SECONDS)
    return ""


def trouble_with(backend: Backend, seconds: float = 5.0) -> str:
    """
    Why `GET /` has no HTTP/1.1 answer within so many seconds, in one phrase; empty where it has one, with any status.

    Nothing secret is sent. Over TLS the certificate is verified, as the load itself will.
    """
    parts = urlsplit(backend.url)
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    request = f"GET / HTTP/1.1\r\nHost: {parts.netloc}\r\nAccept: */*\r\nConnection: close\r\n\r\n".encode()
    try:
        with socket.create_connection((host, port), timeout=seconds) as plain:
            stream = _context(backend).wrap_socket(plain, server_hostname=host) if parts.scheme == "https" else plain
            with stream:
                stream.sendall(request)
                with stream.makefile("rb") as answer:
                    return _judged(answer.read(len(_HTTP)))
    except TimeoutError:
        return f"no answer from {parts.netloc} within {seconds:g} s"
    except ssl.SSLCertVerificationError as error:
        return f"the certificate of {parts.netloc} is not good: {error.verify_message}"
    except ssl.SSLError as error:
        return f"{parts.netloc} does not speak TLS ({error.reason or 'no handshake'})"
    except OSError as error:
        return f"{parts.netloc}: {(error.strerror or type(error).__name__).lower()}"


def _judged(start: bytes) -> str:
    if start == _HTTP:
        return ""
    if not start:
        return "it closes the connection without an answer"
    return "what answers there does not speak HTTP/1.1 (the load side speaks no HTTP/2)"


def _context(backend: Backend) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if backend.ca_file is not None:
        context.load_verify_locations(cafile=backend.ca_file)
    return context
