"""A recorded request as a line for a shell, so that anyone can send it again."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from chatproof.redaction import PLACEHOLDER

if TYPE_CHECKING:
    from chatproof.recording import Request

__all__ = ["curl_line"]

_LONGEST = 2000
_RUN = re.compile(rb"(.)\1{1000}", re.DOTALL)
_PRINTABLE = re.compile(r"[\x20-\x7e]*")


def curl_line(request: Request) -> str:
    """
    The request as a `curl -N` line for a POSIX shell; bytes beyond printable ASCII are quoted for bash and zsh.

    A redacted secret stands as a variable: `"$CHATPROOF_TOKEN"` where the request holds one, else
    `"$CHATPROOF_SECRET_3"` by its number. A body over 2000 bytes, or with a NUL, is piped in from Python where
    it is little but one character repeated; else the line reads it from the file `body.bin`, and says so.
    """
    many = len({found[1] for found in PLACEHOLDER.finditer(_everything(request))}) > 1
    names = {name.lower() for name, _value in request.headers}
    feed, body, remark = _body(request, many=many)
    parts = ["curl", "-N", *_method(request.method, with_body=bool(body))]
    host = urlsplit(request.url).netloc.lower()
    for name, value in request.headers:
        if name.lower() == "content-length" or (name.lower() == "host" and value.lower() == host):
            continue
        # curl sends a header with an empty value for `Name;`, and none for `Name:`.
        parts += ["-H", _quoted(f"{name}: {value}" if value else f"{name};", many=many)]
    if body and "content-type" not in names:
        parts += ["-H", "Content-Type:"]
    return feed + " ".join([*parts, *body, _quoted(request.url, many=many)]) + remark


def _everything(request: Request) -> str:
    headers = "\n".join(value for _name, value in request.headers)
    return f"{request.url}\n{headers}\n{request.body.decode('latin-1')}"


def _method(method: str, *, with_body: bool) -> list[str]:
    if method == "GET" and not with_body:
        return []
    return ["-I"] if method == "HEAD" else ["-X", shlex.quote(method)]


def _body(request: Request, *, many: bool) -> tuple[str, list[str], str]:
    """What feeds curl's standard input, curl's arguments, and a remark behind them."""
    body = request.body
    if not body:
        return "", ["--data-raw", "''"] if request.header("content-length") == "0" else [], ""
    if len(body) <= _LONGEST and b"\0" not in body:
        return "", ["--data-raw", _quoted(body.decode("utf-8", "surrogateescape"), many=many)], ""
    before, char, times, after = _run(body)
    if len(before) + len(after) > _LONGEST or PLACEHOLDER.search(body.decode("latin-1")):
        return "", ["--data-binary", "@body.bin"], f"  # body.bin: the {len(body)} bytes of the recorded request's body"
    middle = f" + {char!r} * {times} + {after!r}" if times else ""
    code = f"import sys; sys.stdout.buffer.write({before!r}{middle})"
    return f"python3 -c {shlex.quote(code)} | ", ["--data-binary", "@-"], ""


def _run(body: bytes) -> tuple[bytes, bytes, int, bytes]:
    """What stands before the first long run of one byte, that byte, how often it stands there, and what follows."""
    found = _RUN.search(body)  # bounded: without an end it would take memory for every byte of the run
    if found is None:
        return body, b"", 0, b""
    rest = body[found.start() :]
    after = rest.lstrip(found[1])
    return body[: found.start()], found[1], len(rest) - len(after), after


def _quoted(text: str, *, many: bool) -> str:
    """The text for a shell, with variables where secrets were."""
    pieces: list[str] = []
    at = 0
    for found in PLACEHOLDER.finditer(text):
        name = f"CHATPROOF_SECRET_{found[1]}" if many else "CHATPROOF_TOKEN"
        pieces += [_word(text[at : found.start()]), f'"${name}"']
        at = found.end()
    return "".join([*pieces, _word(text[at:])]) or "''"


def _word(text: str) -> str:
    if not text or _PRINTABLE.fullmatch(text):
        return shlex.quote(text) if text else ""
    return "$'" + "".join(map(_escaped, text.encode("utf-8", "surrogateescape"))) + "'"


def _escaped(byte: int) -> str:
    char = chr(byte)
    if char in "\\'":
        return "\\" + char
    return char if " " <= char <= "~" else f"\\x{byte:02x}"
