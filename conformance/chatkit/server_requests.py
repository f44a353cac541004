"""Requests of the ChatKit protocol: one route, told apart by their `type`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chatproof.driver import Limits
from chatproof.sse import Event

from ..common.requests import post

if TYPE_CHECKING:
    from collections.abc import Iterable

    from chatproof.driver import Driver
    from chatproof.recording import Request
    from chatproof.sse import Frame

__all__ = ["answer_began", "message_of", "operation", "said", "stream_limits"]

_STREAM_BYTES = 4 * 1024 * 1024
_ANSWER_MARKS = ("thread.item.added", "thread.item.updated", '"assistant_message"')


def operation(
    driver: Driver,
    kind: str,
    params: dict[str, Any] | None = None,
    *,
    credential: Iterable[tuple[str, str]] | None = None,
) -> Request:
    """A request of this type, by the declared user unless other headers carry the credential."""
    accept = "text/event-stream" if "input" in (params or {}) else "application/json"
    return post(
        driver,
        driver.settings.server_path,
        {"type": kind, "params": params or {}},
        accept=accept,
        credential=credential,
    )


def said(text: str) -> dict[str, Any]:
    """What a user says, as the protocol writes it."""
    content = [{"type": "input_text", "text": text}]
    return {"content": content, "attachments": [], "inference_options": {}}


def message_of(driver: Driver, **params: Any) -> dict[str, Any]:
    """The parameters of a plain message, to the thread that `params` names where it does."""
    return {**params, "input": said(driver.settings.message)}


def stream_limits(driver: Driver) -> Limits:
    """The limits of an answer in a stream."""
    seconds = driver.settings.turn_timeout
    return Limits(
        head_seconds=driver.limits.head_seconds, idle_seconds=seconds, total_seconds=seconds, max_bytes=_STREAM_BYTES
    )


def answer_began(frames: list[Frame]) -> bool:
    """Something of the assistant's answer has come."""
    events = [frame for frame in frames if isinstance(frame, Event)]
    return any(mark in event.data for event in events for mark in _ANSWER_MARKS)
