"""A chat backend on aiohttp: StreamResponse, middlewares for CORS and authentication, json_response for errors."""

import asyncio
import contextlib
import json
import os
import re
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import jwt
from aiohttp import web

SECRET = os.environ["CHAT_JWT_SECRET"]
HEARTBEAT_SECONDS = float(os.environ.get("HEARTBEAT_SECONDS", "10"))
FIRST_TOKEN_SECONDS = 0.05
TOKEN_SECONDS = 0.02
SESSION_ID = re.compile(r"session-\d{8}-\d{6}-[a-z0-9]{4}")

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@web.middleware
async def cors(request: web.Request, handler: Handler) -> web.StreamResponse:
    response = web.Response(status=204) if request.method == "OPTIONS" else await handler(request)
    response.headers["Access-Control-Allow-Origin"] = request.headers.get("Origin", "*")
    response.headers["Access-Control-Allow-Methods"] = "GET, POST, OPTIONS"
    response.headers["Access-Control-Allow-Headers"] = "*"
    return response


@web.middleware
async def authentication(request: web.Request, handler: Handler) -> web.StreamResponse:
    if request.path == "/health":
        return await handler(request)
    token = request.headers.get("Authorization", "").removeprefix("Bearer ")
    try:
        request["user"] = jwt.decode(token, SECRET, algorithms=["HS256"], audience="authenticated")["sub"]
    except (jwt.InvalidTokenError, KeyError):
        return web.json_response({"error": "Unauthorized"}, status=401)
    return await handler(request)


async def model(message: str) -> AsyncIterator[str]:
    if "story" in message:
        for word in ("Once ", "upon ", "a ", "time "):
            yield word
            await asyncio.sleep(0.3)
        await asyncio.sleep(3)
    await asyncio.sleep(FIRST_TOKEN_SECONDS)
    yield "You said: "
    await asyncio.sleep(TOKEN_SECONDS)
    yield message
    await asyncio.sleep(TOKEN_SECONDS)


async def send(response: web.StreamResponse, event: str, data: dict[str, Any]) -> None:
    await response.write(f"event: {event}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n".encode())


async def heartbeat(response: web.StreamResponse) -> None:
    while True:
        await asyncio.sleep(HEARTBEAT_SECONDS)
        await response.write(f": heartbeat {int(time.time() * 1000)}\n\n".encode())


async def chat(request: web.Request) -> web.StreamResponse:
    try:
        body = await request.json()
    except json.JSONDecodeError:
        return web.json_response({"error": "invalid JSON"}, status=400)
    message, session_id = body.get("message"), body.get("sessionId")
    if not isinstance(message, str) or not 0 < len(message) <= 4000:
        return web.json_response({"error": "message must be a string of 1 to 4000 characters"}, status=400)
    if session_id is not None and not SESSION_ID.fullmatch(str(session_id)):
        return web.json_response({"error": "sessionId is invalid"}, status=400)

    response = web.StreamResponse(
        headers={
            "Content-Type": "text/event-stream",
            "Cache-Control": "no-cache",
            "Connection": "keep-alive",
            "X-Request-Id": f"req_{uuid.uuid4().hex[:12]}",
        }
    )
    await response.prepare(request)
    await response.write(b": Connected to chat stream\n\n")
    beats = asyncio.create_task(heartbeat(response))
    tokens = 0
    try:
        async for text in model(message):
            tokens += 1
            await send(response, "token", {"text": text})
        usage = {"tokens_in": len(message) // 4, "tokens_out": tokens, "cost_usd": 0.0, "model": "gpt-4o-mini"}
        await send(response, "usage", usage)
        await send(response, "done", {"finish_reason": "stop"})
    finally:
        beats.cancel()
        with contextlib.suppress(asyncio.CancelledError, ConnectionResetError):
            await beats
    await response.write_eof()
    return response


async def ping(request: web.Request) -> web.Response:
    return web.json_response({"user": request["user"]})


async def health(_: web.Request) -> web.Response:
    return web.json_response({"status": "ok"})


def build() -> web.Application:
    app = web.Application(middlewares=[cors, authentication])
    app.router.add_post("/api/v1/chat", chat)
    app.router.add_get("/api/v1/auth/ping", ping)
    app.router.add_get("/health", health)
    return app


if __name__ == "__main__":
    web.run_app(build(), host="127.0.0.1", port=int(os.environ.get("PORT", "8080")))
