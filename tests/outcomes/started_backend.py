"""A backend for `[backend] command`: `started_backend.py PORT FOLDER [TURNS]` hangs after so many turns."""

from __future__ import annotations

import os
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

FOLDER = Path(sys.argv[2])
TURNS = int(sys.argv[3]) if len(sys.argv) > 3 else sys.maxsize
TURN = b'event: token\ndata: {"content":"hi"}\n\nevent: done\ndata: {"finish_reason":"stop"}\n\n'
_HANG_SECONDS = 30.0
turns: list[str] = []


class Handler(BaseHTTPRequestHandler):
    """Answers every POST with a chat turn, and a GET with nothing."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        turns.append(self.path)
        if len(turns) > TURNS:
            (FOLDER / "reached").touch()
            threading.Event().wait(_HANG_SECONDS)
        self._answer("text/event-stream", TURN)

    def do_GET(self) -> None:
        self._answer("text/plain", b"")

    def _answer(self, media_type: str, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler)
(FOLDER / "pid").write_text(str(os.getpid()))
server.serve_forever()
