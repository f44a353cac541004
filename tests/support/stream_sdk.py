"""The reference backend for Stream Chat whose tokens and calls are made by Stream's own SDK."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import aiohttp
import anyio.to_thread
import requests
from stream_chat import StreamChat, StreamChatAsync
from stream_chat.base.exceptions import InvalidWebhookError, StreamAPIException
from stream_chat.webhook import gunzip_payload, verify_and_parse_webhook

from chatproof.fixtures.backend.problem import Problem
from chatproof.fixtures.faults.fault import Fault, Stand
from chatproof.fixtures.stream_chat.app import create_app
from chatproof.fixtures.stream_chat.client import StreamTroubleError
from chatproof.fixtures.stream_chat.policies import Policies

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from chatproof.fixtures.stream_chat.settings import Settings

TOO_MANY_REQUESTS = 429


def sign(claims: Mapping[str, Any], settings: Settings) -> str:
    """The token, minted by the SDK."""
    client = StreamChat(api_key=settings.api_key, api_secret=settings.stream_secret)
    return str(client.create_token(claims["user_id"], exp=claims.get("exp"), iat=claims.get("iat")))


def verify_event(body: bytes, signature: str | None, settings: Settings) -> bytes:
    """The uncompressed event, verified by the SDK."""
    try:
        verify_and_parse_webhook(body, signature or "", settings.stream_secret)
    except InvalidWebhookError as error:
        raise Problem(401, "this is no event of Stream") from error
    return gunzip_payload(body)


def trouble(error: Exception) -> StreamTroubleError:
    """What the SDK raised, as the backend tells it."""
    if isinstance(error, StreamAPIException) and error.status_code == TOO_MANY_REQUESTS:
        return StreamTroubleError(str(error), retry_seconds=30)
    late = isinstance(error, TimeoutError | requests.Timeout)
    return StreamTroubleError(str(error), late=late)


async def asynchronous(settings: Settings, work: Callable[[Any], Any]) -> Any:
    """Does it with `StreamChatAsync`."""
    try:
        async with StreamChatAsync(
            api_key=settings.api_key,
            api_secret=settings.stream_secret,
            timeout=settings.timeout_seconds,
            base_url=settings.stream_url,
        ) as client:
            return await work(client)
    except (TimeoutError, StreamAPIException, aiohttp.ClientError) as error:
        raise trouble(error) from error


async def in_a_thread(settings: Settings, work: Callable[[Any], Any]) -> Any:
    """Does it with `StreamChat`, which blocks, beside the loop."""

    def done() -> Any:
        client = StreamChat(
            api_key=settings.api_key,
            api_secret=settings.stream_secret,
            timeout=settings.timeout_seconds,
            base_url=settings.stream_url,
        )
        with client.session:
            return work(client)

    try:
        return await anyio.to_thread.run_sync(done)
    except (StreamAPIException, requests.RequestException) as error:
        raise trouble(error) from error


def policies(call: Callable[[Settings, Callable[[Any], Any]], Any]) -> Policies:
    """The policies of a backend that asks Stream by one of the SDK's clients."""

    async def upsert_users(settings: Settings, users: Sequence[Mapping[str, Any]]) -> None:
        await call(settings, lambda client: client.upsert_users(list(users)))

    async def get_or_create_channel(
        settings: Settings, identifier: str, *, members: Sequence[str], creator: str
    ) -> Any:
        def opened(client: Any) -> Any:
            return client.channel("messaging", identifier or None, {"members": list(members)}).create(creator)

        return (await call(settings, opened))["channel"]

    async def send_message(settings: Settings, identifier: str, *, text: str, sender: str) -> Any:
        def sent(client: Any) -> Any:
            return client.channel("messaging", identifier).send_message({"text": text}, sender)

        return (await call(settings, sent))["message"]

    return Policies(
        sign=sign,
        verify_event=verify_event,
        upsert_users=upsert_users,
        get_or_create_channel=get_or_create_channel,
        send_message=send_message,
    )


def stand(name: str, made: Policies, *broken: str) -> Fault:
    """A backend with these policies, as the farm runs it, and what it is meant to break."""
    return Fault(
        name=name,
        summary="Stream's own SDK does the work.",
        requirements=frozenset(broken),
        kind="policy",
        build=lambda settings: Stand(app=create_app(settings, policies=made)),
        profile="stream-chat",
    )


def claims_by_default(user: str, _settings: Settings) -> dict[str, Any]:
    """What `create_token(user_id)` says and nothing else."""
    return {"user_id": user}


def claims_for_an_hour(user: str, _settings: Settings) -> dict[str, Any]:
    """What the documentation advises: an hour, issued a little before."""
    now = int(time.time())
    return {"user_id": user, "iat": now - 10, "exp": now + 3600}
