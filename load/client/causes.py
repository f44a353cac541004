"""Why an exchange failed, as one word of `Answer.cause` and a sentence without secrets."""

from __future__ import annotations

import errno
import os
import re
import ssl
from dataclasses import dataclass
from typing import Final

__all__ = [
    "FRAME_BYTES",
    "HTTP2",
    "Trouble",
    "foreign",
    "head_trouble",
    "is_event_stream",
    "system_trouble",
    "tls_trouble",
]

_OURS: Final = frozenset({
    errno.EMFILE, errno.ENFILE, errno.EADDRNOTAVAIL, errno.ENOBUFS, errno.ENOMEM, errno.EPERM, errno.EACCES,
})  # fmt: skip
_RESET: Final = frozenset({errno.ECONNRESET, errno.EPIPE, errno.ECONNABORTED})
_REMEDIES: Final = {
    errno.EMFILE: "this process may open no more files: raise `ulimit -n`",
    errno.ENFILE: "this machine may open no more files: raise `fs.file-max`",
    errno.EADDRNOTAVAIL: "this machine has no free port for the address: "
    "widen `net.ipv4.ip_local_port_range`, keep connections, or use more machines",
}
# A SETTINGS or GOAWAY frame of stream 0: length of 24 bits, type, flags, stream.
_FRAME: Final = re.compile(rb"\0..[\x04\x07].\0\0\0\0", re.DOTALL)
FRAME_BYTES: Final = 9
"""How many bytes of a foreign answer `foreign` has to see."""
_UPGRADE_REQUIRED: Final = 426
_OLD_VERSION: Final = 505


@dataclass(frozen=True, slots=True)
class Trouble:
    """A cause of `Answer`, and what happened in words."""

    cause: str
    detail: str


HTTP2: Final = Trouble(
    "http2",
    "the backend offers only HTTP/2, and `chatproof load` speaks HTTP/1.1: switch HTTP/1.1 on at the backend, "
    "or put a proxy in front of it that speaks it",
)


def system_trouble(number: int, *, connecting: bool = False) -> Trouble:
    """The cause of an error number of a socket call."""
    words = os.strerror(number).lower()
    if number in _OURS:
        return Trouble("ours", _REMEDIES.get(number, words))
    if number == errno.ECONNREFUSED:
        return Trouble("refused", words)
    if number in _RESET:
        return Trouble("reset", "connection reset")
    return Trouble("connect" if connecting else "reset", words)


def tls_trouble(error: ssl.SSLError) -> Trouble:
    """The cause of a failed handshake, or of encrypted bytes that cannot be read."""
    reason = str(error.reason or "")
    if "NO_APPLICATION_PROTOCOL" in reason:
        return HTTP2
    if isinstance(error, ssl.SSLCertVerificationError):
        words = str(error.verify_message or error).rstrip(".")
        return Trouble("tls", f"the certificate is not trusted: {words}")
    return Trouble("tls", reason.replace("_", " ").lower() or type(error).__name__)


def foreign(opening: bytes) -> Trouble:
    """The cause of an answer that does not begin as HTTP/1 does."""
    if _FRAME.match(opening):
        return HTTP2
    if opening[:1] in {b"\x15", b"\x16"}:
        return Trouble("tls", "it speaks TLS: the URL needs https")
    return Trouble("invalid", "the answer is no HTTP/1.1")


def is_event_stream(headers: list[tuple[str, str]]) -> bool:
    """Whether the body is an event stream, by its content type."""
    kind = dict(headers).get("content-type", "")
    return kind.partition(";")[0].strip().lower() == "text/event-stream"


def head_trouble(status: int, headers: list[tuple[str, str]]) -> Trouble | None:
    """What a head says against taking the body: another protocol is wanted, or the body is encoded."""
    values = dict(headers)
    upgrade = values.get("upgrade", "h2c").lower()
    if status == _OLD_VERSION or (status == _UPGRADE_REQUIRED and ("h2" in upgrade or "http/2" in upgrade)):
        return HTTP2
    coding = values.get("content-encoding", "identity").lower()
    if coding in {"", "identity"}:
        return None
    return Trouble(
        "not_sse" if is_event_stream(headers) else "invalid",
        f"the body is encoded ({coding[:40]!r}), though identity was asked for: it hides when events were sent",
    )
