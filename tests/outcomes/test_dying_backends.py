"""A backend that dies while it is recorded: true verdicts on what was seen, and a report."""

from __future__ import annotations

import contextlib
import socket
import threading
from pathlib import Path

from outcomes.commands import chatproof
from outcomes.scripted import CONTROL_REQUESTS, serving

from support.raw_server import Peer, Server, chunk, each_request, turn


class Mortal:
    """Serves so many requests; the next one, and all open connections with it, are cut off for good."""

    def __init__(self, requests: int) -> None:
        self._left = requests
        self._lock = threading.Lock()
        self.server: Server | None = None

    def answer(self, peer: Peer, request: bytes) -> None:
        with self._lock:
            self._left -= 1
            dying = self._left < 0
        if not dying:
            turn(peer, request)
            return
        if self.server is not None and self.server._listener.fileno() >= 0:
            with contextlib.suppress(OSError):
                self.server._listener.shutdown(socket.SHUT_RDWR)
            self.server._listener.close()
            for other in self.server.peers:
                with contextlib.suppress(OSError):
                    other.socket.shutdown(socket.SHUT_RDWR)


def test_a_backend_that_dies_after_its_control_turns_breaks_what_it_left_unanswered(tmp_path: Path) -> None:
    mortal = Mortal(CONTROL_REQUESTS)
    with serving(each_request(mortal.answer)) as server:
        mortal.server = server
        outcome = chatproof("check", server.url, "SSE-TYPE-01", "HTTP-405-01", "--strict", cwd=tmp_path)

    assert outcome.code == 1
    assert outcome.of("met") == ["SSE-TYPE-01"]
    assert outcome.of("not_met") == ["HTTP-405-01"]
    assert "the connection was closed without an answer" in outcome.entry("HTTP-405-01")["found"]
    assert outcome.run["crash"] == ""
    assert "Traceback" not in outcome.err


def test_a_backend_that_dies_within_its_control_turn_is_no_verdict_on_the_rest(tmp_path: Path) -> None:
    def dies(peer: Peer) -> None:
        if peer.request():
            peer.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
            peer.send(chunk(b'event: token\ndata: {"content":"hi"}\n\n')[:-7])
            peer.reset()

    with serving(dies) as server:
        outcome = chatproof("check", server.url, "SSE", "AICHAT-VAL-01", "--color", "never", cwd=tmp_path)

    assert outcome.code in {1, 3}
    assert "AICHAT-VAL-01" in outcome.of("not_testable")
    assert outcome.of("met") == []
    assert "Traceback" not in outcome.err
    assert outcome.run["evidence"]["ai-chat/turn/turn"]["trouble"]
