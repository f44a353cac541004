"""HTTP/1.1 messages: a request as bytes, an answer from bytes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

if TYPE_CHECKING:
    from .exchange import Request

__all__ = ["AnswerFraming", "request_bytes"]

_TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+").fullmatch
_TARGET: Final = re.compile(r"/[!-~]*").fullmatch
_VALUE: Final = re.compile(r"[^\x00-\x08\x0a-\x1f\x7f]*").fullmatch
_OURS: Final = frozenset({"host", "content-length", "transfer-encoding", "connection"})
_LENGTH: Final = frozenset({"POST", "PUT", "PATCH"})
_INFORMATIONAL: Final = range(100, 200)
_BODILESS: Final = frozenset({204, 304})
_SWITCHING: Final = 101


def request_bytes(request: Request, *, host: str, prefix: str = "") -> bytes:
    """
    The request as it goes over the wire, for the host and below the path `prefix` of the client's URL.

    Raises ValueError for what HTTP does not allow; the message quotes no value, it may be a credential.
    """
    target = prefix + request.path
    if not (_TOKEN(request.method) and _TARGET(target)):
        raise ValueError("the request cannot be sent: method and path must be those of HTTP, the path with a leading /")
    names = set()
    lines = [f"{request.method} {target} HTTP/1.1", f"Host: {host}"]
    for name, value in request.headers:
        if not (_TOKEN(name) and _VALUE(value)):
            raise ValueError(f"the request cannot be sent: header {name!r} has a character that HTTP does not allow")
        if name.lower() in _OURS:
            raise ValueError(f"the request cannot be sent: header {name!r} is the client's own")
        names.add(name.lower())
        lines.append(f"{name}: {value}")
    # Encoded bodies hide when events were sent.
    if "accept-encoding" not in names:
        lines.append("Accept-Encoding: identity")
    if "user-agent" not in names:
        lines.append("User-Agent: chatproof")
    if request.body or request.method in _LENGTH:
        lines.append(f"Content-Length: {len(request.body)}")
    try:
        head = "\r\n".join([*lines, "", ""]).encode("latin-1")
    except UnicodeEncodeError:
        raise ValueError("the request cannot be sent: a header has a character beyond ISO-8859-1") from None
    return head + request.body


class AnswerFraming:
    """
    Finds where head and body of one answer are, by llhttp; `feed` takes the bytes of one read.

    The pieces of body in a read are appended to `pieces`. `status` is None until the final head is whole (heads of
    1xx are passed over); `headers` has lower-case names. `complete` says that the message is over, `keep` that the
    connection may serve another, `until_close` that the body ends with the connection. Call `release` at the end: the
    parser and this object hold one another.
    """

    __slots__ = ("_bodiless", "_parser", "complete", "headers", "keep", "on_body", "status", "until_close")

    def __init__(self, method: str, pieces: list[bytes]) -> None:
        self._bodiless = method == "HEAD"
        self.status: int | None = None
        self.headers: list[tuple[str, str]] = []
        self.complete = self.keep = self.until_close = False
        self.on_body = pieces.append  # called without a Python frame, for each chunk
        self._parser: HttpResponseParser | None = HttpResponseParser(self)
        # What browsers and curl accept; a load tool is no judge of form.
        self._parser.set_dangerous_leniencies(
            lenient_chunked_length=True,
            lenient_data_after_close=True,
            lenient_optional_cr_before_lf=True,
            lenient_spaces_after_chunk_size=True,
        )

    def feed(self, data: bytes) -> bool:
        """Takes the bytes of one read; False where they are no HTTP/1.1."""
        if self._parser is None:
            return True
        try:
            self._parser.feed_data(data)
        except (HttpParserError, HttpParserUpgrade):
            self.keep = False
            return self.complete
        return True

    def release(self) -> None:
        """Lets go of the parser."""
        self._parser = None
        del self.on_body

    def on_message_begin(self) -> None:
        """Refuses a second message: nothing was asked that it could answer."""
        if self.complete:
            raise ValueError("bytes after the message")

    def on_header(self, name: bytes, value: bytes) -> None:
        """Takes a header; those after the body are trailers, and dropped."""
        if self.status is None:
            self.headers.append((name.decode("latin-1").lower(), value.decode("latin-1").strip()))

    def on_headers_complete(self) -> None:
        """Takes a whole head."""
        parser = self._parser
        if parser is None:
            return
        status = parser.get_status_code()
        if status in _INFORMATIONAL and status != _SWITCHING:
            self.headers.clear()
            return
        self.status = status
        values = {name: value.lower() for name, value in self.headers}
        tokens = {token.strip() for token in values.get("connection", "").split(",")}
        version = parser.get_http_version()
        self.keep = "close" not in tokens and (version == "1.1" or "keep-alive" in tokens)
        if self._bodiless or status in _BODILESS or status == _SWITCHING:
            self.complete = True
            return
        coding = values.get("transfer-encoding", "")
        self.until_close = not coding.endswith("chunked") and (bool(coding) or "content-length" not in values)
        self.keep = self.keep and not self.until_close

    def on_message_complete(self) -> None:
        """Takes the end of a message, unless it was an informational one."""
        self.complete = self.status is not None
