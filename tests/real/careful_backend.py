"""The same chat backend on FastAPI, written with care: what a team gets to that has acted on every finding."""

import asyncio
import json
import os
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Annotated, Any

import jwt
from fastapi import Depends, FastAPI, HTTPException, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import JSONResponse, StreamingResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, Field, StrictBool

SECRET_KEY = os.environ["CHAT_JWT_SECRET"]
ORIGINS = os.environ.get("CHAT_ORIGINS", "http://localhost:3001").split(",")
HEARTBEAT_SECONDS = float(os.environ.get("HEARTBEAT_SECONDS", "10"))
MAX_BODY_BYTES = 64 * 1024
STREAM_HEADERS = {"Cache-Control": "no-cache, no-store, no-transform", "X-Accel-Buffering": "no"}

app = FastAPI(redirect_slashes=False)
bearer = HTTPBearer(auto_error=False)


class ChatRequest(BaseModel):
    message: str = Field(min_length=1, max_length=4000)
    useMemory: StrictBool = False  # noqa: N815 - the name on the wire
    sessionId: str | None = Field(default=None, pattern=r"^session-\d{8}-\d{6}-[a-z0-9]{4}$")  # noqa: N815 - as above


@app.middleware("http")
async def frame(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    """Refuses large bodies unread, turns a crash into a JSON answer inside of CORS, and names every answer."""
    if int(request.headers.get("Content-Length", "0")) > MAX_BODY_BYTES:
        response: Response = JSONResponse({"detail": "the body is too large"}, status_code=413)
    else:
        try:
            response = await call_next(request)
        except Exception:  # noqa: BLE001 - the outermost handler; a page must be able to read a 500
            response = JSONResponse({"detail": "Server error, please try again later."}, status_code=500)
    response.headers["X-Request-Id"] = f"req_{uuid.uuid4().hex}"
    return response


app.add_middleware(
    CORSMiddleware,
    allow_origins=ORIGINS,
    allow_credentials=True,
    allow_methods=["GET", "POST"],
    allow_headers=["Authorization", "Content-Type", "Last-Event-ID"],
    expose_headers=["X-Request-Id", "Retry-After"],
    max_age=600,
)


@app.exception_handler(RequestValidationError)
async def invalid(_: Request, error: RequestValidationError) -> JSONResponse:
    """Names the fields, and does not repeat their values: NaN and lone surrogates cannot be sent back as JSON."""
    fields = [{"field": ".".join(map(str, entry["loc"])), "problem": entry["type"]} for entry in error.errors()]
    return JSONResponse({"detail": fields}, status_code=422)


def current_user(credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]) -> str:
    if credentials is None:
        raise HTTPException(401, "Not authenticated", headers={"WWW-Authenticate": 'Bearer realm="chat"'})
    challenge = {"WWW-Authenticate": 'Bearer realm="chat", error="invalid_token"'}
    try:
        header = jwt.get_unverified_header(credentials.credentials)
        claims = jwt.decode(
            credentials.credentials,
            SECRET_KEY,
            algorithms=["HS256"],
            audience="authenticated",
            options={"require": ["exp", "sub", "aud"]},
        )
    except jwt.InvalidTokenError as error:
        raise HTTPException(401, "Invalid token", headers=challenge) from error
    if header.get("typ", "JWT") != "JWT" or not isinstance(claims["exp"], int | float):
        raise HTTPException(401, "Invalid token", headers=challenge)
    return str(claims["sub"])


async def model(message: str) -> AsyncIterator[str]:
    if "story" in message:
        for word in ("Once ", "upon ", "a ", "time "):
            yield word
            await asyncio.sleep(0.3)
        await asyncio.sleep(3)
    yield "You said: "
    yield message
    await asyncio.sleep(0.02)


def sse(event: str, data: dict[str, Any]) -> str:
    return f"event: {event}\ndata: {json.dumps(data)}\n\n"


async def stream(message: str) -> AsyncIterator[str]:
    """Frames of an answer; a comment whenever the model has been silent for a heartbeat interval."""
    yield ": Connected to chat stream\n\n"
    tokens = aiter(model(message))
    count = 0
    waiting = asyncio.ensure_future(anext(tokens, None))
    try:
        while True:
            done, _ = await asyncio.wait({waiting}, timeout=HEARTBEAT_SECONDS)
            if not done:
                yield f": heartbeat {int(time.time() * 1000)}\n\n"
                continue
            text = waiting.result()
            if text is None:
                break
            count += 1
            yield sse("token", {"text": text})
            waiting = asyncio.ensure_future(anext(tokens, None))
    finally:
        waiting.cancel()
    yield sse(
        "usage", {"tokens_in": len(message) // 4, "tokens_out": count, "cost_usd": 0.00001, "model": "gpt-4o-mini"}
    )
    yield sse("done", {"finish_reason": "stop"})


@app.post("/api/v1/chat")
async def chat(request: ChatRequest, user: Annotated[str, Depends(current_user)]) -> StreamingResponse:
    del user
    return StreamingResponse(stream(request.message), media_type="text/event-stream", headers=STREAM_HEADERS)


@app.get("/api/v1/auth/ping")
async def ping(user: Annotated[str, Depends(current_user)]) -> dict[str, str]:
    return {"user": user}


@app.get("/health")
async def health() -> dict[str, str]:
    return {"status": "ok"}
