"""Subscribing: what opens a stream, what does not, and how soon it speaks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatproof.failure import Failure, expect
from chatproof.requirement import requirement
from chatproof.verdict import Level

from .reading import exchange_of, shown
from .sources import BROWSER, MONITOR, PROBLEMS, html

if TYPE_CHECKING:
    from chatproof.case import Case

_FIRST_BYTE_SECONDS = 1.0
_OK = 200
_REFUSED = frozenset({400, 404, 422})
_INTERFACE = html("9.2.2 The EventSource interface", "the-eventsource-interface")


@requirement(
    "AGENT-CONN-01",
    Level.MUST,
    BROWSER,
    MONITOR,
    why="A subscription lasts as long as its page. An answer with a length, or one that the backend ends, makes the "
    "page reconnect again and again, and what is sent in between is lost.",
    example="GET /api/chat/stream?agentId=claude_arbitrage\n\nHTTP/1.1 200 OK\nContent-Type: text/event-stream\n"
    "Transfer-Encoding: chunked\n\n: connected\n",
    remedy={
        "any": "Answer with a stream that stays open, without `Content-Length`.",
        "next": "`export const dynamic = 'force-dynamic'`, and a ReadableStream whose `start()` does not close it.",
        "express": "`res.flushHeaders()`, then `res.write`, and no `res.end()` until the client leaves.",
        "fastapi": "`StreamingResponse` of a generator that waits on a queue for ever.",
    },
    explains_control=True,
    profiles=("agent-stream",),
)
def test_subscription_stays_open(case: Case) -> None:
    """A subscription is a stream without `Content-Length` that the backend does not end."""
    exchange = exchange_of(case["turn"], "turn")
    length = exchange.response.header("content-length") if exchange.response else None
    expect(length is None, found=f"`Content-Length: {length}`", expected="no `Content-Length`", at=exchange)
    found = f"{exchange.end.value} after {exchange.ended_ns / 1e9:.1f} s"
    expect(exchange.end.ours, found=found, expected="a stream that stays open until its client leaves", at=exchange)


@requirement(
    "AGENT-CONN-02",
    Level.MUST,
    BROWSER,
    why="Several servers send the head of an answer with the first piece of its body only: a page that waits for the "
    "first message then does not know for minutes whether it is connected, and falls back to polling.",
    example=": connected\n\n",
    remedy={
        "any": "Write a comment as soon as the stream is open, and flush it.",
        "next": "`controller.enqueue(encoder.encode(': connected\\n\\n'))` in `start()`.",
        "express": "`res.flushHeaders(); res.write(': connected\\n\\n')`.",
        "fastapi": 'Yield `": connected\\n\\n"` before the first wait.',
        "go": '`fmt.Fprint(w, ": connected\\n\\n")` and `Flush()`.',
    },
    explains_control=True,
    profiles=("agent-stream",),
)
def test_first_byte_comes_at_once(case: Case) -> None:
    """The first byte of a subscription's body, of a comment or an event, comes within 1 s of its head."""
    exchange = exchange_of(case["turn"], "turn")
    head = exchange.response.at_ns if exchange.response else 0
    first = exchange.reads[0].at_ns if exchange.reads else exchange.ended_ns
    waited = (first - head) / 1e9
    found = f"{waited:.2f} s until the first byte" if exchange.reads else f"not one byte in {waited:.2f} s"
    right = bool(exchange.reads) and waited <= _FIRST_BYTE_SECONDS
    expect(right, found=found, expected=f"a first byte within {_FIRST_BYTE_SECONDS:g} s", at=exchange)


@requirement(
    "AGENT-CONN-03",
    Level.SHOULD,
    BROWSER,
    PROBLEMS,
    why="With a wrong agent id the page waits for messages that can never come, and looks connected all the time.",
    example="GET /api/chat/stream?agentId=no_such_agent\n\nHTTP/1.1 404 Not Found",
    remedy={
        "any": "Look the agent up before the stream is opened: 400 where none is named, 404 where there is none.",
        "next": "`return new Response('unknown agent', {status: 404})` before the stream is made.",
        "fastapi": "`raise HTTPException(404)` before the StreamingResponse; `agentId: str = Query()` gives 422.",
    },
    scenarios=("turn", "unknown_agent"),
    profiles=("agent-stream",),
)
def test_unknown_agent_is_refused(case: Case) -> None:
    """A subscription to an unknown agent, or to none, is refused with 400 or 404."""
    for label, what in (("unknown", "for an unknown agent"), ("missing", "without an agent")):
        exchange = exchange_of(case["unknown_agent"], label)
        found = f"{what}: {shown(exchange)}"
        expect(exchange.status in _REFUSED, found=found, expected="status 400 or 404", at=exchange)


@requirement(
    "AGENT-CONN-04",
    Level.SHOULD,
    BROWSER,
    why="Monitors and proxies send HEAD, browsers OPTIONS. Where these run the handler of GET, each leaves a "
    "subscriber behind that nobody reads.",
    example="HEAD /api/chat/stream?agentId=claude_arbitrage\n\nHTTP/1.1 200 OK\nContent-Type: text/event-stream",
    remedy={
        "any": "Answer HEAD with the head alone and OPTIONS at once; open a subscription for GET only.",
        "next": "Export `HEAD` too: without it Next.js runs `GET` for HEAD.",
        "express": "`app.head(path, (req, res) => res.end())` before `app.get`.",
    },
    scenarios=("turn", "head"),
    profiles=("agent-stream",),
)
def test_head_opens_no_subscription(case: Case) -> None:
    """`HEAD` and `OPTIONS` on the stream's route are answered as a whole: they open no subscription."""
    recording = case["head"]
    head, options = exchange_of(recording, "head"), exchange_of(recording, "options")
    expect(head.response, found=f"HEAD: {shown(head)}", expected="an answer to HEAD", at=head)
    if options.response is None and options.connection == head.connection:
        raise Failure(
            found=f"after HEAD the connection is still busy: {shown(options)}",
            expected="an answer to HEAD that is over at once",
            at=head,
        )
    found = f"OPTIONS: {shown(options)}, {options.end.value}"
    over = options.response is not None and not options.end.ours
    expect(over, found=found, expected="an answer to OPTIONS that is over at once", at=options)


@requirement(
    "AGENT-CONN-05",
    Level.SHOULD,
    BROWSER,
    _INTERFACE,
    why="A browser's EventSource sends cookies and no header of the page's choice. A stream that asks for "
    "`Authorization` can never be read by it.",
    example="new EventSource('/api/chat/stream?agentId=claude_arbitrage')",
    remedy={
        "any": "Take a cookie, or a ticket in the query that lives for seconds and is good for one stream.",
        "next": "Read the session's cookie: `(await cookies()).get('session')`.",
        "fastapi": "`session: str = Cookie()` in place of `HTTPBearer()`.",
    },
    scenarios=("turn", "event_source"),
    profiles=("agent-stream",),
)
def test_event_source_can_subscribe(case: Case) -> None:
    """A plain EventSource can subscribe: by GET, without any header of its own, with a cookie at the most."""
    exchange = exchange_of(case["event_source"], "plain")
    right = exchange.status == _OK and exchange.is_stream
    expect(right, found=shown(exchange), expected="status 200 with text/event-stream", at=exchange)
