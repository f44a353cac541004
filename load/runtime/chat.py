"""Chat turns of the profile `ai-chat` as a page asks for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..asking import request_to
from ..ledger import unused_session

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chatproof.config import AiChat

    from ..client.exchange import Request
    from .users import LoadUser

__all__ = ["turn_request"]


def turn_request(
    user: LoadUser,
    *,
    message: str = "",
    fields: Mapping[str, Any] | None = None,
    memory: bool = False,
    keep_body: bool = False,
) -> Request:
    """A turn of this user in a session of its own; `message` is the profile's plain one where it is empty."""
    settings: AiChat = user.settings
    origins = user.config.backend.origins
    body = {
        settings.message_field: message or settings.message,
        settings.session_field: unused_session(settings),
        settings.memory_field: memory,
    }
    return request_to(
        settings.path,
        method="POST",
        body={**settings.fields, **body, **(fields or {})},
        accept="text/event-stream",
        headers=user.headers(),
        origin=origins[0] if origins else "",
        connection=f"user-{user.number}" if user.plan.keep_alive else "",
        keep_body=keep_body,
    )
