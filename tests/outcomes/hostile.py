"""A backend that gives away all it gets to know: in bodies, headers, events and errors, and in every spelling."""

from __future__ import annotations

import base64
import gzip
import html
import json
import threading
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, quote_plus

from chatproof.fixtures.backend.asgi import App, Receive, Scope, Send


def forms(text: str) -> list[str]:
    """The text as a careless backend may write it."""
    data = text.encode()
    return [
        text,
        json.dumps(text),
        json.dumps(text, ensure_ascii=False),
        quote(text, safe=""),
        quote_plus(text),
        html.escape(text),
        base64.b64encode(data).decode(),
        base64.urlsafe_b64encode(b"user:" + data).decode(),
        base64.b64encode(b"x" + data + b"y").decode(),
    ]


@dataclass
class Hostile:
    """`known` is what it tells beside the credentials that it is sent; those it collects in `heard`."""

    known: tuple[str, ...]
    credential_header: str
    heard: set[str] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def app(self) -> App:
        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            await self._serve(scope, receive, send)

        return app

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = await _body(receive)
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        credential = headers.get(self.credential_header, "")
        token = credential.removeprefix("Bearer ").removeprefix("session=")
        if token:
            with self._lock:
                self.heard.add(token)
        told = [form for text in (*self.known, *filter(None, [token])) for form in forms(text)]
        told += [json.dumps(headers), body.decode("utf-8", "replace"), scope["query_string"].decode("latin-1")]
        answer = [
            (b"x-echo-%d" % number, value.encode("latin-1", "replace").replace(b"\n", b"").replace(b"\r", b""))
            for number, value in enumerate(told[:40])
        ]
        answer.append((b"set-cookie", b"session=" + token.encode("latin-1", "replace") + b"; Path=/"))
        if scope["method"] == "POST" and _is_chat(body):
            await _stream(send, answer, told, zipped="gzip" in headers.get("accept-encoding", ""))
        else:
            await _refuse(send, answer, told, scope["query_string"].decode("latin-1"))


async def _body(receive: Receive) -> bytes:
    body = b""
    while True:
        message = await receive()
        body += bytes(message.get("body", b""))
        if not message.get("more_body", False):
            return body


def _is_chat(body: bytes) -> bool:
    try:
        read: Any = json.loads(body)
    except ValueError:
        return False
    return isinstance(read, dict) and isinstance(read.get("message"), str) and 0 < len(read["message"]) <= 4000


async def _stream(send: Send, headers: list[tuple[bytes, bytes]], told: list[str], *, zipped: bool) -> None:
    events = [": " + told[0].replace("\n", " ") + "\n\n"]
    events += [f"event: token\ndata: {json.dumps({'content': text})}\n\n" for text in told]
    events += [f"id: {told[0]}\nevent: {told[0]}\ndata: {json.dumps(told)}\n\n"]
    events += ['event: usage\ndata: {"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}\n\n']
    events += ['event: done\ndata: {"finish_reason":"stop"}\n\n']
    data = "".join(events).encode()
    coding = [(b"content-encoding", b"gzip")] if zipped else []
    head = [(b"content-type", b"text/event-stream"), *coding, *headers]
    await send({"type": "http.response.start", "status": 200, "headers": head})
    data = gzip.compress(data) if zipped else data
    # An odd cut, so that secrets lie across the borders of reads.
    for at in range(0, len(data), 997):
        await send({"type": "http.response.body", "body": data[at : at + 997], "more_body": True})
    await send({"type": "http.response.body", "body": b""})


async def _refuse(send: Send, headers: list[tuple[bytes, bytes]], told: list[str], query: str) -> None:
    body = json.dumps({"detail": told, "query": query}).encode()
    challenge = (b"www-authenticate", b'Bearer realm="' + told[3].encode("latin-1", "replace") + b'"')
    head = [(b"content-type", b"application/json"), challenge, *headers]
    await send({"type": "http.response.start", "status": 422, "headers": head})
    await send({"type": "http.response.body", "body": body})
