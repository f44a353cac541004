"""A chat backend on Starlette and sse-starlette: EventSourceResponse, plain routes, checks written by hand."""

import asyncio
import json
import os
import re
import uuid
from collections.abc import AsyncIterator
from typing import Any

import jwt
from sse_starlette import EventSourceResponse
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

SECRET = os.environ["CHAT_JWT_SECRET"]
HEARTBEAT_SECONDS = int(os.environ.get("HEARTBEAT_SECONDS", "10"))
FIRST_TOKEN_SECONDS = 0.05
TOKEN_SECONDS = 0.02
SESSION_ID = re.compile(r"^session-\d{8}-\d{6}-[a-z0-9]{4}$")


def authenticate(request: Request) -> dict[str, Any]:
    header = request.headers.get("Authorization")
    if not header:
        raise HTTPException(status_code=401, detail="Missing token")
    try:
        token = header.split(" ")[1]
        claims: dict[str, Any] = jwt.decode(token, SECRET, algorithms=["HS256"], options={"verify_aud": False})
    except (IndexError, jwt.InvalidTokenError) as error:
        raise HTTPException(status_code=401, detail="Invalid token") from error
    return claims


async def generate(message: str) -> AsyncIterator[str]:
    if "story" in message:
        for word in ("Once ", "upon ", "a ", "time "):
            yield word
            await asyncio.sleep(0.3)
        await asyncio.sleep(3)
    await asyncio.sleep(FIRST_TOKEN_SECONDS)
    for word in f"You said: {message}".split(" "):
        yield word + " "
        await asyncio.sleep(TOKEN_SECONDS)


async def events(message: str) -> AsyncIterator[dict[str, str]]:
    count = 0
    async for text in generate(message):
        count += 1
        yield {"event": "token", "data": json.dumps({"text": text})}
    usage = {"tokens_in": len(message) // 4, "tokens_out": count, "cost_usd": 0.0, "model": "gpt-4o-mini"}
    yield {"event": "usage", "data": json.dumps(usage)}
    yield {"event": "done", "data": json.dumps({"finish_reason": "stop"})}


async def chat(request: Request) -> Response:
    authenticate(request)
    body = await request.json()
    message = body.get("message")
    if not message or len(message) > 4000:
        raise HTTPException(status_code=400, detail="message must have 1 to 4000 characters")
    session_id = body.get("sessionId")
    if session_id is not None and not SESSION_ID.match(session_id):
        raise HTTPException(status_code=400, detail="invalid sessionId")
    return EventSourceResponse(
        events(message), ping=HEARTBEAT_SECONDS, headers={"X-Request-Id": f"req_{uuid.uuid4().hex[:12]}"}
    )


async def ping(request: Request) -> JSONResponse:
    return JSONResponse({"user": authenticate(request)["sub"]})


async def health(_: Request) -> JSONResponse:
    return JSONResponse({"status": "ok"})


app = Starlette(
    routes=[
        Route("/api/v1/chat", chat, methods=["POST"]),
        Route("/api/v1/auth/ping", ping),
        Route("/health", health),
    ],
    middleware=[
        Middleware(
            CORSMiddleware, allow_origins=["*"], allow_credentials=True, allow_methods=["*"], allow_headers=["*"]
        )
    ],
)
