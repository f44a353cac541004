"""A plain client of ASGI apps, without sockets: what a load fault does, message by message."""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import TYPE_CHECKING, Any

from chatproof.fixtures.agent_stream.settings import AGENTS
from chatproof.fixtures.backend import mint
from chatproof.fixtures.load_faults import LOAD_FAULTS
from chatproof.fixtures.reference import base_of

if TYPE_CHECKING:
    from collections.abc import Callable

SECRET = "canary-secret-with-at-least-32-bytes-in-it"
LIMIT_SECONDS = 20.0
AGENT = AGENTS[0]
MESSAGES = "/api/chat/agent-messages"


async def until(condition: Callable[[], bool]) -> None:
    """Lets others work until it holds; TimeoutError where it never does."""
    async with asyncio.timeout(LIMIT_SECONDS):
        while not condition():  # noqa: ASYNC110 - the app under test tells nobody
            await asyncio.sleep(0)


class Backend:
    """A faulty backend, asked in one event loop."""

    def __init__(self, name: str, settings: Any) -> None:
        self.fault = LOAD_FAULTS[name]
        self.settings = self.fault.settled(settings)
        self._app = self.fault.stand(settings).app
        self._token = mint(base_of(self.settings), "test-user-id")

    async def ask(
        self,
        method: str,
        path: str,
        *,
        body: Any = None,
        headers: tuple[tuple[str, str], ...] = (),
        leaves: Callable[[dict[str, Any]], bool] = lambda _message: False,
    ) -> Reply:
        """Sends a request and takes its answer; the client leaves after the first message that `leaves` picks."""
        reply, left = Reply(), asyncio.Event()
        data = b"" if body is None else json.dumps(body).encode()
        asked = [{"type": "http.request", "body": data, "more_body": False}]
        lines = (("authorization", f"Bearer {self._token}"), ("content-type", "application/json"), *headers)
        route, _, query = path.partition("?")
        scope = {
            "type": "http",
            "method": method,
            "path": route,
            "query_string": query.encode(),
            "headers": [(name.encode(), value.encode()) for name, value in lines],
        }

        async def receive() -> dict[str, Any]:
            if asked:
                return asked.pop()
            await left.wait()
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            reply.take(message)
            if leaves(message):
                left.set()
            await asyncio.sleep(0)

        async with asyncio.timeout(LIMIT_SECONDS):
            with contextlib.suppress(asyncio.CancelledError):
                await self._app(scope, receive, send)
        return reply

    async def turn(self, message: str = "Hello", **options: Any) -> Reply:
        """One chat turn."""
        memory = options.pop("memory", False)
        body = {"message": message, "useMemory": memory, "sessionId": "session-20250819-143022-a1b2"}
        return await self.ask("POST", "/api/v1/chat", body=body, **options)

    async def facts(self, what: str) -> list[dict[str, Any]]:
        """What the backend says that it did, of one kind."""
        reply = await self.ask("GET", "/chatproof/witness")
        return [fact for fact in json.loads(reply.body)["facts"] if fact["what"] == what]


class Reply:
    """An answer: status, body, and whether the body came to its end."""

    def __init__(self) -> None:
        self.status: int | None = None
        self.headers: dict[str, str] = {}
        self.body = b""
        self.whole = False

    def take(self, message: dict[str, Any]) -> None:
        """Takes one message of the app."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = {name.decode().lower(): value.decode() for name, value in message["headers"]}
        else:
            self.body += message.get("body", b"")
            self.whole = not message.get("more_body", False)


async def published(faulty: Backend, count: int) -> None:
    for number in range(count):
        reply = await faulty.ask("POST", MESSAGES, body={"agentId": AGENT, "content": f"message {number}"})
        assert reply.status == 201
