"""Why there is no answer, in words that a user understands and that hold no secret."""

from __future__ import annotations

import os
import socket
import ssl
from typing import TYPE_CHECKING

import h11
import httpcore

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["words_for"]

_DEEPEST = 20


def words_for(error: BaseException) -> str:
    """The decisive cause of a transport error; falls back to its type and its own words."""
    if type(error) is ValueError:
        return str(error)  # our own: it says what is wrong better than its cause
    causes = list(_causes(error))
    for kind, words in _WORDS:
        for cause in causes:
            if isinstance(cause, kind):
                found = words(cause)
                if found:
                    return found
    name = type(error).__name__
    if "Timeout" in name:
        return {"ConnectTimeout": "no connection within the time limit"}.get(name, f"{name}: no progress in time")
    return f"{name}: {error}" if str(error) else name


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error, what caused it, and the members of groups; each once."""
    waiting: list[BaseException | None] = [error]
    seen: list[BaseException] = []
    while waiting and len(seen) < _DEEPEST:
        current = waiting.pop(0)
        if current is None or any(current is other for other in seen):
            continue
        seen.append(current)
        yield current
        waiting += [current.__cause__, current.__context__]
        if isinstance(current, BaseExceptionGroup):
            waiting += current.exceptions


def _certificate(error: BaseException) -> str:
    return f"TLS: the certificate is not trusted: {str(getattr(error, 'verify_message', '') or error).rstrip('.')}"


def _no_handshake(_error: BaseException) -> str:
    return "TLS: no handshake within the time limit"


def _tls(error: BaseException) -> str:
    reason = getattr(error, "reason", None)
    return f"TLS: {str(reason).replace('_', ' ').lower()}" if reason else f"TLS: {error}"


def _unknown_name(_error: BaseException) -> str:
    return "name not known"


def _system(error: BaseException) -> str:
    number = getattr(error, "errno", None)
    return os.strerror(number).lower() if isinstance(number, int) and number > 0 else ""


def _ours(_error: BaseException) -> str:
    """Its own words may quote a header's value, and that a credential."""
    return "the request cannot be sent: it has a header, method or path that HTTP does not allow"


def _fixed(text: str) -> _Words:
    return lambda _error: text


if TYPE_CHECKING:
    from collections.abc import Callable

    _Words = Callable[[BaseException], str]

_WORDS: tuple[tuple[type[BaseException], _Words], ...] = (
    (ssl.SSLCertVerificationError, _certificate),
    (ssl.SSLWantReadError, _no_handshake),  # where it waited when its time was over
    (ssl.SSLError, _tls),
    (socket.gaierror, _unknown_name),
    (ConnectionRefusedError, _fixed("connection refused")),
    (ConnectionResetError, _fixed("connection reset")),
    (BrokenPipeError, _fixed("connection reset")),
    (httpcore.LocalProtocolError, _ours),
    (h11.LocalProtocolError, _ours),
    (OSError, _system),
)
