"""A ChatKit server on the SDK (openai-chatkit) behind Starlette, as its quick start has it, with a login added."""

import os
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

import jwt
from chatkit.server import ChatKitServer, StreamingResult
from chatkit.store import NotFoundError, Store
from chatkit.types import (
    AssistantMessageContent,
    AssistantMessageContentPartTextDelta,
    AssistantMessageItem,
    Attachment,
    Page,
    ThreadItem,
    ThreadItemAddedEvent,
    ThreadItemDoneEvent,
    ThreadItemUpdatedEvent,
    ThreadMetadata,
    ThreadStreamEvent,
    UserMessageItem,
)
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

SECRET_KEY = os.environ["CHAT_JWT_SECRET"]
User = str


class MemoryStore(Store[User]):
    """Everything in memory; the user is the context, and sees threads of their own alone."""

    def __init__(self) -> None:
        self.threads: dict[str, tuple[User, ThreadMetadata]] = {}
        self.items: dict[str, list[ThreadItem]] = {}

    async def load_thread(self, thread_id: str, context: User) -> ThreadMetadata:
        owner, thread = self.threads.get(thread_id, ("", None))
        if thread is None or owner != context:
            raise NotFoundError(thread_id)
        return thread

    async def save_thread(self, thread: ThreadMetadata, context: User) -> None:
        self.threads[thread.id] = (context, thread)

    async def load_threads(self, limit: int, after: str | None, order: str, context: User) -> Page[ThreadMetadata]:
        mine = [thread for owner, thread in self.threads.values() if owner == context]
        return _page(mine, limit, after, order)

    async def delete_thread(self, thread_id: str, context: User) -> None:
        await self.load_thread(thread_id, context)
        del self.threads[thread_id]
        self.items.pop(thread_id, None)

    async def load_thread_items(
        self, thread_id: str, after: str | None, limit: int, order: str, context: User
    ) -> Page[ThreadItem]:
        await self.load_thread(thread_id, context)
        return _page(self.items.get(thread_id, []), limit, after, order)

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: User) -> None:
        await self.load_thread(thread_id, context)
        self.items.setdefault(thread_id, []).append(item)

    async def save_item(self, thread_id: str, item: ThreadItem, context: User) -> None:
        await self.delete_thread_item(thread_id, item.id, context)
        await self.add_thread_item(thread_id, item, context)

    async def load_item(self, thread_id: str, item_id: str, context: User) -> ThreadItem:
        page = await self.load_thread_items(thread_id, None, 1000, "asc", context)
        for item in page.data:
            if item.id == item_id:
                return item
        raise NotFoundError(item_id)

    async def delete_thread_item(self, thread_id: str, item_id: str, context: User) -> None:
        await self.load_thread(thread_id, context)
        self.items[thread_id] = [item for item in self.items.get(thread_id, []) if item.id != item_id]

    async def save_attachment(self, attachment: Attachment, context: User) -> None:
        raise NotImplementedError

    async def load_attachment(self, attachment_id: str, context: User) -> Attachment:  # noqa: ARG002
        raise NotFoundError(attachment_id)

    async def delete_attachment(self, attachment_id: str, context: User) -> None:  # noqa: ARG002
        raise NotFoundError(attachment_id)


def _page(entries: list[Any], limit: int, after: str | None, order: str) -> Page[Any]:
    ordered = entries if order == "asc" else entries[::-1]
    known = [entry.id for entry in ordered]
    start = known.index(after) + 1 if after in known else 0
    data = ordered[start : start + limit]
    more = start + limit < len(ordered)
    return Page(data=data, has_more=more, after=data[-1].id if more else None)


class EchoServer(ChatKitServer[User]):
    async def respond(
        self, thread: ThreadMetadata, input_user_message: UserMessageItem | None, context: User
    ) -> AsyncIterator[ThreadStreamEvent]:
        text = "".join(part.text for part in input_user_message.content) if input_user_message else ""
        if text == "Please fail.":
            raise RuntimeError(f"the model refused the key of {context}")
        item = AssistantMessageItem(
            id=self.store.generate_item_id("message", thread, context),
            thread_id=thread.id,
            created_at=datetime.now(),  # noqa: DTZ005 - as in the SDK's own examples
            content=[AssistantMessageContent(text="")],
        )
        yield ThreadItemAddedEvent(item=item)
        for piece in ("You said: ", text):
            yield ThreadItemUpdatedEvent(
                item_id=item.id, update=AssistantMessageContentPartTextDelta(content_index=0, delta=piece)
            )
        whole = [AssistantMessageContent(text=f"You said: {text}")]
        yield ThreadItemDoneEvent(item=item.model_copy(update={"content": whole}))


server = EchoServer(MemoryStore())


def current_user(request: Request) -> User | None:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    try:
        claims = jwt.decode(
            token, SECRET_KEY, algorithms=["HS256"], audience="authenticated", options={"require": ["exp", "sub"]}
        )
    except jwt.InvalidTokenError:
        return None
    return str(claims["sub"]) if scheme.lower() == "bearer" else None


async def chatkit(request: Request) -> Response:
    user = current_user(request)
    if user is None:
        return JSONResponse({"error": "unauthorized"}, status_code=401, headers={"WWW-Authenticate": "Bearer"})
    result = await server.process(await request.body(), context=user)
    if isinstance(result, StreamingResult):
        return StreamingResponse(result, media_type="text/event-stream")
    return Response(result.json, media_type="application/json")


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
