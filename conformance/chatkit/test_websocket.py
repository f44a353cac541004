"""The WebSocket of a session: for whom it opens, where its secret travels, and whether it is given up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chatproof.failure import Failure, NotTestable, expect
from chatproof.requirement import Source, requirement
from chatproof.verdict import Level

from .answers import claimed, exchange_of, shown
from .scenarios.sockets import MANY
from .sources import WEBSOCKETS, rfc

if TYPE_CHECKING:
    from chatproof.case import Case
    from chatproof.recording import Exchange

_REFUSALS = frozenset({401, 403, 404})
_REFUSING_CODES = frozenset({1008, 4401, 4403, 4404})
_OWASP = Source(
    "OWASP",
    "WebSocket Security Cheat Sheet",
    "https://cheatsheetseries.owasp.org/cheatsheets/WebSocket_Security_Cheat_Sheet.html",
)


@requirement(
    "CHATKIT-WS-01",
    Level.SHOULD,
    WEBSOCKETS,
    rfc(6455, "7.4"),
    why="A WebSocket is a route like any other: one that opens for any session lets strangers talk at our cost.",
    example="HTTP/1.1 403 Forbidden\n(or: 101, and a close frame with 4401)",
    remedy={
        "any": "Look the session up before you accept: refuse with 401 or 403, or close with 4401 where browsers must "
        "be told why.",
        "express": "ws: `server.on('upgrade', ...)`, and `socket.end('HTTP/1.1 401 Unauthorized\\r\\n\\r\\n')`.",
        "fastapi": "`await websocket.close(code=4401)` before `accept()` answers 403; after it, it is the close code.",
    },
    scenarios=("socket",),
    optional=("socket_expired",),
    profiles=("chatkit",),
)
def test_socket_opens_for_live_sessions_alone(case: Case) -> None:
    """
    A WebSocket opens for a live session, and is refused for an unknown or expired one: 401, 403, 404 or close 4401.

    The expired one is looked at where a variable makes sessions short.
    """
    asked = {"an unknown session": ("socket", "unknown"), "an expired session": ("socket_expired", "expired")}
    faults: dict[str, tuple[Exchange, str]] = {}
    for what, (scenario, label) in asked.items():
        recording = case[scenario] if scenario == "socket" else claimed(case, scenario)
        if recording is None:
            continue
        live = exchange_of(recording, "live")
        expect(_open(live), found=f"for a live session: {_told(live)}", expected="an open WebSocket", at=live)
        exchange = exchange_of(recording, label)
        if exchange.response is None:
            raise NotTestable(f"for {what}: {shown(exchange)}")
        if not _refused(exchange):
            faults[what] = (exchange, _told(exchange))
    if faults:
        raise Failure(
            found="; ".join(f"for {what}: {told}" for what, (_exchange, told) in faults.items()),
            expected="status 401, 403 or 404, or a close with 4401",
            at=next(iter(faults.values()))[0],
        )


@requirement(
    "CHATKIT-WS-02",
    Level.SHOULD,
    WEBSOCKETS,
    why="What is kept for each WebSocket that was ever opened is the guide's leak: memory grows with every page that "
    "is opened and left.",
    example='GET /health\n\n{"sockets": 0}',
    remedy={
        "any": "Forget a WebSocket, its listeners and timers when it closes, on whichever side: in `finally`.",
        "express": "ws: `socket.on('close', () => sockets.delete(socket))`, and ping to find those that are dead.",
        "fastapi": "`try: ... finally: sockets.discard(websocket)`, around the loop that receives.",
    },
    scenarios=("many_sockets",),
    profiles=("chatkit",),
)
def test_closed_sockets_are_forgotten(case: Case) -> None:
    """After a hundred WebSockets were opened and closed, as many are open as before."""
    recording = case["many_sockets"]
    found: dict[str, Any] = recording.findings.get("sockets", {})
    if not found or found["after"] is None:
        raise NotTestable("the route that counts WebSockets told no number at the end")
    if found["opened"] < MANY:
        raise NotTestable(f"{found['opened']} of {MANY} WebSockets opened")
    if found["with_some"] is None or found["with_some"] < found["first"] + found["held"]:
        raise NotTestable(
            f"with {found['held']} WebSockets open the backend counted {found['with_some']}, after {found['first']}"
        )
    expect(
        found["after"] <= found["first"],
        found=f"{found['after']} open after the last was closed, {found['first']} before the first",
        expected=f"the number from before, within 10 s of closing {MANY}",
        at=recording.exchanges[-1],
    )


@requirement(
    "CHATKIT-WS-03",
    Level.MAY,
    WEBSOCKETS,
    _OWASP,
    why="What stands in a URL stands in access logs, proxies' logs and browser histories; a session's secret there can "
    "be used by whoever reads them while it lives.",
    example="GET /chat\nSec-WebSocket-Protocol: chat, ...",
    remedy={
        "any": "Let the page connect first and send the secret as its first message, or as a subprotocol, or use a "
        "ticket that opens one WebSocket and is worth nothing afterwards.",
    },
    scenarios=("socket",),
    profiles=("chatkit",),
)
def test_secret_of_a_socket_is_not_in_its_url(case: Case) -> None:
    """The URL of a WebSocket does not hold the secret of its session."""
    live = exchange_of(case["socket"], "live")
    if not _open(live):
        raise NotTestable(f"no WebSocket opened: {_told(live)}")
    path = case.settings.socket_path
    expect("{session}" not in path, found=f"`{path}` with the secret", expected="a URL without it", at=live)


def _open(exchange: Exchange) -> bool:
    """It opened, and the backend left it open."""
    found = exchange.findings.get("websocket", {})
    return bool(found.get("opened")) and found.get("close_code") is None


def _refused(exchange: Exchange) -> bool:
    found = exchange.findings.get("websocket", {})
    if found.get("opened"):
        return found.get("close_code") in _REFUSING_CODES
    return exchange.status in _REFUSALS


def _told(exchange: Exchange) -> str:
    found = exchange.findings.get("websocket", {})
    if not found.get("opened"):
        return shown(exchange)
    code = found.get("close_code")
    return "an open WebSocket" if code is None else f"a WebSocket that the backend closed with {code}"
