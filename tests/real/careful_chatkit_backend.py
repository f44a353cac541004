"""The same ChatKit server, written with care: what a team gets to that has acted on every finding."""

import json
from collections.abc import AsyncIterator
from datetime import UTC
from typing import Any

import jwt
from chatkit.server import StreamingResult
from chatkit.store import NotFoundError
from chatkit.types import Thread, ThreadItem, ThreadMetadata
from openai_chatkit_backend import SECRET_KEY, EchoServer, MemoryStore, User  # type: ignore[import-not-found]  # its neighbour
from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

STREAM_HEADERS = {"Cache-Control": "no-cache, no-store, no-transform", "X-Accel-Buffering": "no"}
JSON_HEADERS = {"Cache-Control": "no-store"}


class AwareStore(MemoryStore):  # type: ignore[misc]  # of the neighbour
    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: User) -> None:
        """The item is the very one that the SDK sends afterwards."""
        item.created_at = item.created_at.astimezone(UTC)
        await super().add_thread_item(thread_id, item, context)


class AwareServer(EchoServer):  # type: ignore[misc]  # of the neighbour
    def _to_thread_response(self, thread: ThreadMetadata | Thread) -> Thread:
        answer: Thread = super()._to_thread_response(thread)
        answer.created_at = answer.created_at.astimezone(UTC)
        return answer

    async def respond(self, *arguments: Any) -> AsyncIterator[Any]:
        async for event in super().respond(*arguments):
            if item := getattr(event, "item", None):
                item.created_at = item.created_at.astimezone(UTC)
            yield event


store = AwareStore()
server = AwareServer(store)


def refused(status: int, reason: str, **headers: str) -> JSONResponse:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return JSONResponse({"error": reason}, status_code=status, headers=JSON_HEADERS | named)


def current_user(request: Request) -> User | Response:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        return refused(401, "a token is needed", WWW_Authenticate="Bearer")
    options: Any = {"require": ["exp", "sub", "aud"]}
    try:
        claims = jwt.decode(token, SECRET_KEY, algorithms=["HS256"], audience="authenticated", options=options)
    except jwt.InvalidTokenError:
        claims = {}
    if not isinstance(claims.get("exp"), int | float):
        return refused(401, "the token is not valid", WWW_Authenticate='Bearer error="invalid_token"')
    return str(claims["sub"])


async def chatkit(request: Request) -> Response:
    user = current_user(request)
    if isinstance(user, Response):
        return user
    body = await request.body()
    try:
        thread_id = json.loads(body).get("params", {}).get("thread_id")
        if isinstance(thread_id, str):
            await store.load_thread(thread_id, user)  # before the 200 of a stream is sent
        result = await server.process(body, context=user)
    except (ValidationError, ValueError, AttributeError):
        return refused(400, "there is no such operation")
    except NotFoundError:
        return refused(404, "there is no such thread")
    if isinstance(result, StreamingResult):
        return StreamingResponse(result, media_type="text/event-stream", headers=STREAM_HEADERS)
    return Response(result.json, media_type="application/json", headers=JSON_HEADERS)


app = Starlette(
    routes=[Route("/chatkit", chatkit, methods=["POST"])],
    middleware=[
        Middleware(
            CORSMiddleware,
            allow_origins=["http://localhost:3001"],
            allow_methods=["POST"],
            allow_headers=["Authorization", "Content-Type"],
        )
    ],
)
