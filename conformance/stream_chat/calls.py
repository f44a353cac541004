"""What the backend asked of Stream, as findings, and what judges look for in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from chatproof.failure import NotTestable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from chatproof.recording import Recording
    from chatproof.surroundings import Call

__all__ = [
    "answered_well",
    "calls_in",
    "channel_calls",
    "creator_of",
    "members_of",
    "message_calls",
    "noted",
    "upserts",
]

_SUCCESS = 2
_CHANNELS = "channels"


def noted(calls: Sequence[Call], *, api_key: str = "") -> list[dict[str, Any]]:
    """
    The calls as a finding, without their credentials.

    `status` is 0 where it was not answered by then; `own_key` says that it gave the declared API key.
    """
    return [
        {
            "method": call.method,
            "path": call.path,
            "status": call.status,
            "own_key": parse_qs(call.query).get("api_key") == [api_key],
            "key": (parse_qs(call.query).get("api_key") or [""])[0],
            "body": call.body if isinstance(call.body, dict) else None,
        }
        for call in calls
    ]


def calls_in(recording: Recording, name: str = "calls") -> list[Mapping[str, Any]]:
    """The calls that a scenario noted; NotTestable where it noted none."""
    found = recording.findings.get(name)
    if not isinstance(found, list):
        raise NotTestable(f"nobody noted what was asked of Stream in `{recording.scenario}`")
    return found


def upserts(calls: Sequence[Mapping[str, Any]], user: str) -> list[Mapping[str, Any]]:
    """The calls that create or update this user."""
    return [
        call
        for call in calls
        if call["method"] == "POST" and call["path"] == "/users" and user in _of(call["body"], "users")
    ]


def channel_calls(calls: Sequence[Mapping[str, Any]]) -> list[tuple[str, Mapping[str, Any]]]:
    """The calls that get or create a channel, each with the id in its path (empty: by its members)."""
    found = []
    for call in calls:
        parts = call["path"].strip("/").split("/")
        if parts[0] == _CHANNELS and parts[-1] == "query" and len(parts) in {3, 4}:
            found.append((parts[2] if len(parts) == 4 else "", call))  # noqa: PLR2004 - channels, type, id, query
    return found


def message_calls(calls: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The calls that send a message, each as `{"channel", "sender", "text", "status"}`."""
    found: list[Mapping[str, Any]] = []
    for call in calls:
        parts = call["path"].strip("/").split("/")
        if parts[0] == _CHANNELS and parts[-1] == "message":
            message = _of(call["body"], "message")
            sender = _of(message, "user").get("id") or message.get("user_id")
            told = {"channel": "/".join(parts[2:-1]), "sender": sender, "text": message.get("text")}
            found.append({**told, "status": call["status"]})
    return found


def members_of(call: Mapping[str, Any]) -> set[str]:
    """The members that a channel is asked for with, in either of Stream's forms."""
    members = _of(call["body"], "data").get("members")
    entries = members if isinstance(members, list) else []
    return {str(entry.get("user_id") if isinstance(entry, dict) else entry) for entry in entries}


def creator_of(call: Mapping[str, Any]) -> str:
    """By whom a channel is created, in either of Stream's forms; empty where nobody is named."""
    data = _of(call["body"], "data")
    return str(_of(data, "created_by").get("id") or data.get("created_by_id") or "")


def answered_well(call: Mapping[str, Any]) -> bool:
    """Stream answered it with success."""
    return bool(call["status"] // 100 == _SUCCESS)


def _of(value: object, name: str) -> dict[str, Any]:
    found = value.get(name) if isinstance(value, dict) else None
    return found if isinstance(found, dict) else {}
