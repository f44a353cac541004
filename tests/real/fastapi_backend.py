"""A chat backend on FastAPI as its tutorial shows it: StreamingResponse, CORSMiddleware, HTTPBearer and PyJWT."""

import asyncio
import json
import os
from collections.abc import AsyncIterator
from typing import Annotated, Any

import jwt
from fastapi import Depends, FastAPI, HTTPException
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import StreamingResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, Field

SECRET_KEY = os.environ["CHAT_JWT_SECRET"]
ALGORITHM = "HS256"

app = FastAPI()

app.add_middleware(
    CORSMiddleware,
    allow_origins=["http://localhost:3001"],
    allow_credentials=True,
    allow_methods=["*"],
    allow_headers=["*"],
)

bearer = HTTPBearer()


class ChatRequest(BaseModel):
    message: str = Field(min_length=1, max_length=4000)
    useMemory: bool = False  # noqa: N815 - the name on the wire
    sessionId: str | None = Field(default=None, pattern=r"^session-\d{8}-\d{6}-[a-z0-9]{4}$")  # noqa: N815 - as above


async def current_user(credentials: Annotated[HTTPAuthorizationCredentials, Depends(bearer)]) -> str:
    try:
        payload = jwt.decode(credentials.credentials, SECRET_KEY, algorithms=[ALGORITHM], audience="authenticated")
    except jwt.InvalidTokenError as error:
        raise HTTPException(status_code=401, detail="Could not validate credentials") from error
    return str(payload["sub"])


async def complete(message: str) -> AsyncIterator[str]:
    """The model: words of an answer, and a long think before a long story."""
    if "story" in message:
        for word in ("Once", "upon", "a", "time", "there", "was", "a", "server"):
            yield word + " "
            await asyncio.sleep(0.2)
        await asyncio.sleep(2)
        yield "that never said a word. "
    yield "I understand you said: "
    yield message
    await asyncio.sleep(0.02)
    yield " This is a stub."


def sse(event: str, data: dict[str, Any]) -> str:
    return f"event: {event}\ndata: {json.dumps(data)}\n\n"


async def stream_answer(message: str) -> AsyncIterator[str]:
    yield ": Connected to chat stream\n\n"
    tokens_out = 0
    async for text in complete(message):
        tokens_out += 1
        yield sse("token", {"text": text})
    yield sse(
        "usage",
        {"tokens_in": len(message.split()), "tokens_out": tokens_out, "cost_usd": 0.00001, "model": "gpt-4o-mini"},
    )
    yield sse("done", {"finish_reason": "stop"})


@app.post("/api/v1/chat")
async def chat(request: ChatRequest, user: Annotated[str, Depends(current_user)]) -> StreamingResponse:
    del user
    return StreamingResponse(stream_answer(request.message), media_type="text/event-stream")


@app.get("/api/v1/auth/ping")
async def ping(user: Annotated[str, Depends(current_user)]) -> dict[str, str]:
    return {"user": user}


@app.get("/health")
async def health() -> dict[str, str]:
    return {"status": "ok"}
