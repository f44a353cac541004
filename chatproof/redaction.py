"""Secrets out of everything that is kept: each becomes a stable placeholder, in whatever spelling it appears."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from chatproof.inflate import Inflater, coding_of, deflated, opaque
from chatproof.needles import Needles
from chatproof.recording import Exchange, Read, Request, Response
from chatproof.spellings import spellings

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from chatproof.config import Config

__all__ = ["PLACEHOLDER", "SERVER_SECRET", "Redactor", "Secret", "Span"]

SERVER_SECRET = "server secret"  # noqa: S105 - the name of a kind, not a value
"""The kind of a secret that only the server may know."""

PLACEHOLDER = re.compile(r"<secret:(\d+) len=\d+>")
_SHORTEST = 6
_LONG_COOKIE = 16
_REMEMBERED_BYTES = 256
_REMEMBERED = 4096
_LONGEST_TEXT = 200
_JWT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.([A-Za-z0-9_-]+)")
_COOKIE_VALUE = re.compile(r"\A([^=;]*=)\s*\"?([^;\"]*)\"?")
_CREDENTIAL_HEADERS = frozenset({"authorization", "cookie", "proxy-authorization"})


@dataclass(frozen=True, slots=True)
class Secret:
    """One secret: its number in this run, what it is, and its length in characters."""

    number: int
    kind: str
    length: int

    @property
    def placeholder(self) -> str:
        """What stands in its place."""
        return f"<secret:{self.number} len={self.length}>"


@dataclass(frozen=True, slots=True)
class Span:
    """Where a secret stands in some bytes."""

    start: int
    end: int
    secret: Secret


class Redactor:
    """
    Knows all secrets of a run and takes them out of what is kept.

    A secret of fewer than 6 characters would turn up by chance everywhere: it is taken out of the
    credential headers and the query of requests only, where it was sent. Safe to use from several threads.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._secrets: dict[str, Secret] = {}
        self._spellings: Needles[Secret] = Needles()
        self._short: tuple[tuple[re.Pattern[str], Secret], ...] = ()
        self._headers = _CREDENTIAL_HEADERS
        self._clean: set[bytes] = set()

    @classmethod
    def of(cls, config: Config) -> Redactor:
        """A redactor that knows what `[auth]` declares; the numbers of those are the same in every run."""
        redactor = cls()
        for value in config.server_secrets:
            redactor.add(value, SERVER_SECRET)
        redactor.add(config.auth.secret, "signing key")
        redactor.add(config.auth.token, "token")
        for value in config.secrets:
            redactor.add(value, "secret")
        if config.auth.name:
            redactor._headers = _CREDENTIAL_HEADERS | {config.auth.name.lower()}
        return redactor

    def add(self, value: str, kind: str) -> Secret | None:
        """Makes a value a secret, and its signature too where it is a JWT; returns it, or None for empty text."""
        if not value:
            return None
        with self._lock:
            known = self._secrets.get(value)
            if known is not None:
                return known
            secret = Secret(len(self._secrets) + 1, kind, len(value))
            self._secrets[value] = secret
            if len(value) < _SHORTEST:
                pattern = re.compile(rf"(?<![A-Za-z0-9]){re.escape(value)}(?![A-Za-z0-9])")
                self._short = (*self._short, (pattern, secret))
            else:
                self._spellings.add(spellings(value), secret)
                self._clean = set()
        jwt = _JWT.fullmatch(value)
        if jwt:
            self.add(jwt[1], f"{kind}'s signature")
        return secret

    def known(self, value: str) -> Secret | None:
        """The secret that a text is, or is the end of (`Bearer <token>` is not looked into); None where it is none."""
        return self._secrets.get(value)

    def spans(self, data: bytes) -> list[Span]:
        """Where secrets stand, from the left, the longest spelling first where several begin; none overlap."""
        clean = self._clean
        if data in clean:
            return []
        present = self._spellings.within(data)
        if not present:
            # Header lines come again and again; a set made before the newest secret is thrown away with it.
            if len(data) <= _REMEMBERED_BYTES and len(clean) < _REMEMBERED:
                clean.add(data)
            return []
        pattern = re.compile(b"|".join(map(re.escape, present)))
        return [Span(found.start(), found.end(), present[found[0]]) for found in pattern.finditer(data)]

    def data(self, data: bytes) -> bytes:
        """The bytes with placeholders."""
        return b"".join(_replaced([data], self.spans(data)))

    def scrub(self, text: str) -> str:
        """A text with placeholders, for messages, logs and exceptions."""
        # Headers are ISO-8859-1 read from the wire, all other text is what its author typed: try both.
        return self._scrub_as(self._scrub_as(text, "utf-8"), "latin-1")

    def _scrub_as(self, text: str, encoding: str) -> str:
        try:
            data = text.encode(encoding, "surrogatepass" if encoding == "utf-8" else "strict")
        except UnicodeEncodeError:
            return text
        spans = self.spans(data)
        if not spans:
            return text
        return b"".join(_replaced([data], spans)).decode(encoding, "surrogatepass" if encoding == "utf-8" else "strict")

    def value(self, value: Any) -> Any:
        """A JSON value with placeholders in its texts and keys."""
        if isinstance(value, str):
            return self.scrub(value)
        if isinstance(value, dict):
            return {self.scrub(str(key)): self.value(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self.value(item) for item in value]
        return value

    def request(self, request: Request) -> Request:
        """A request as it may be kept."""
        path, mark, query = request.url.partition("?")
        url = self.scrub(path) + mark + self.scrub(self._where_sent(query))
        headers = tuple(
            (name, self.scrub(self._where_sent(value) if name.lower() in self._headers else value))
            for name, value in request.headers
        )
        return replace(request, url=url, headers=headers, body=self.data(request.body))

    def response(self, response: Response) -> Response:
        """The head of an answer as it may be kept; values of cookies that it sets are always taken out."""
        for value in response.values("set-cookie"):
            cookie = _COOKIE_VALUE.match(value)
            if cookie and len(cookie[2]) >= _LONG_COOKIE:
                self.add(cookie[2], "cookie")
        return replace(
            response,
            reason=self.scrub(response.reason),
            headers=tuple((self.scrub(name), self._header(name, value)) for name, value in response.headers),
        )

    def _header(self, name: str, value: str) -> str:
        scrubbed = self.scrub(value)
        if name.lower() != "set-cookie":
            return scrubbed
        return _COOKIE_VALUE.sub(lambda found: found[1] + _cookie(found[2]), scrubbed)

    def _where_sent(self, text: str) -> str:
        for pattern, secret in self._short:
            text = pattern.sub(secret.placeholder, text)
        return text

    def reads(self, reads: Sequence[Read]) -> tuple[tuple[Read, ...], list[Secret]]:
        """
        Reads with placeholders, also for secrets that lie across their borders, and the secrets found.

        Their number and times stay. A placeholder stands in the read that completed the secret, so that nothing
        seems to have arrived before it did.
        """
        data = b"".join(read.data for read in reads)
        spans = self.spans(data)
        if not spans:
            return tuple(reads), []
        pieces = _replaced([read.data for read in reads], spans)
        kept = [Read(at_ns=read.at_ns, data=piece) for read, piece in zip(reads, pieces, strict=True)]
        return tuple(kept), [span.secret for span in spans]

    def exchange(self, exchange: Exchange) -> Exchange:
        """An exchange as it may be kept; `secrets_seen` in its findings lists the secrets that its answer held."""
        seen: list[Mapping[str, object]] = []
        response = exchange.response
        if response is not None:
            for name, value in response.headers:
                seen += _sightings((span.secret for span in self.spans(_bytes(value))), f"header {self.scrub(name)}")
            response = self.response(response)
        reads, found, withheld = self._body(exchange)
        seen += _sightings(found, "body")
        findings = dict(self.value(dict(exchange.findings)))
        if "framing" in findings:
            findings["framing"] = [_cut(text) for text in findings["framing"]]
        if withheld:
            findings["withheld"] = withheld
        if seen:
            findings["secrets_seen"] = seen
        return replace(
            exchange,
            request=self.request(exchange.request),
            response=response,
            reads=reads,
            trouble=_cut(self.scrub(exchange.trouble)),
            findings=findings,
        )

    def _body(self, exchange: Exchange) -> tuple[tuple[Read, ...], list[Secret], str]:
        """
        The same for a body under a content coding, and why its bytes are withheld, if they are.

        It is coded again where it held a secret, or where we did not look at all of it. What we cannot look into at
        all is replaced by as many `?`.
        """
        header = exchange.response.header("content-encoding") if exchange.response else None
        if not self._spellings:
            return exchange.reads, [], ""
        if opaque(header):
            hidden = tuple(Read(at_ns=read.at_ns, data=b"?" * len(read.data)) for read in exchange.reads)
            return hidden, [], f"the body is compressed ({header}) in a way that chatproof cannot search for secrets"
        reads, found = self.reads(exchange.reads)
        coding = coding_of(header)
        if coding is None:
            return reads, found, ""
        inflater = Inflater(coding)
        plain = [Read(at_ns=read.at_ns, data=inflater.feed(read.data)) for read in exchange.reads]
        inner, inside = self.reads(plain)
        beside = found and any(read.data for read in plain)
        if inside or inflater.cut or beside:
            return deflated(inner, coding), [*inside, *found], ""
        return reads, found, ""


def _cut(text: str) -> str:
    """Cut after the secrets were taken out: half of one is one, too."""
    return text if len(text) <= _LONGEST_TEXT else f"{text[:_LONGEST_TEXT]}..."


def _bytes(text: str) -> bytes:
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")


def _cookie(value: str) -> str:
    return value if not value or PLACEHOLDER.search(value) else f"<cookie len={len(value)}>"


def _sightings(secrets: Iterable[Secret], where: str) -> list[Mapping[str, object]]:
    found = dict.fromkeys(secrets)
    return [{"secret": secret.number, "kind": secret.kind, "where": where} for secret in found]


def _replaced(pieces: Sequence[bytes], spans: Sequence[Span]) -> list[bytes]:
    """The pieces of one text, in which each span gave way to its placeholder, in the piece that ends it."""
    kept: list[bytes] = []
    rest = iter(spans)
    span = next(rest, None)
    start = 0
    for piece in pieces:
        end = start + len(piece)
        part = bytearray()
        at = start
        while span is not None and span.start < end:
            part += piece[at - start : max(span.start, at) - start]
            at = min(span.end, end)
            if span.end > end:
                break
            part += span.secret.placeholder.encode()
            span = next(rest, None)
        kept.append(bytes(part + piece[at - start :]))
        start = end
    return kept
