"""What became of the items of one stream: which were announced, updated, ended, and with which text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .server_answers import Told

__all__ = ["final_texts", "unended", "unheralded"]

_PART = "assistant_message.content_part."
_LONGEST = 60


def unheralded(events: Iterable[Told]) -> str:
    """The first update of an item that was not added, or is over; empty where there is none."""
    pending: set[str] = set()
    over: set[str] = set()
    for event in events:
        item_id = _item_id(event)
        match event["type"]:
            case "thread.item.added":
                pending.add(item_id)
            case "thread.item.done" | "thread.item.removed" | "thread.item.replaced":
                pending.discard(item_id)
                over.add(item_id)
            case "thread.item.updated" if item_id not in pending:
                when = "is already done" if item_id in over else "was not added"
                return f"an update of the item `{item_id}`, which {when}"
    return ""


def unended(events: Iterable[Told]) -> list[str]:
    """The ids of the items that were added and did not end, in order."""
    pending: dict[str, None] = {}
    for event in events:
        match event["type"]:
            case "thread.item.added":
                pending[_item_id(event)] = None
            case "thread.item.done" | "thread.item.removed" | "thread.item.replaced":
                pending.pop(_item_id(event), None)
    return list(pending)


def final_texts(events: Iterable[Told]) -> str:
    """The first message whose text at the end is not what it had grown to; empty where there is none."""
    grown: dict[str, dict[int, str]] = {}
    for event in events:
        item_id, item = _item_id(event), event.get("item")
        if event["type"] == "thread.item.added" and isinstance(item, dict):
            grown[item_id] = dict(enumerate(_texts(item)))
        elif event["type"] == "thread.item.updated":
            _grow(grown.setdefault(item_id, {}), event.get("update"))
        elif event["type"] == "thread.item.done" and isinstance(item, dict) and item.get("type") == "assistant_message":
            texts = [text for _index, text in sorted(grown.get(item_id, {}).items())]
            if item_id in grown and texts and texts != _texts(item):
                return f"the message `{item_id}` grew to {_short(texts)} and ended as {_short(_texts(item))}"
    return ""


def _grow(texts: dict[int, str], update: Any) -> None:
    """Changes the texts by index as a page does."""
    if not isinstance(update, dict) or not str(update.get("type")).startswith(_PART):
        return
    index = update.get("content_index")
    if not isinstance(index, int):
        return
    content, delta = update.get("content"), update.get("delta")
    if isinstance(content, dict) and isinstance(content.get("text"), str):
        texts[index] = content["text"]
    elif isinstance(delta, str):
        texts[index] = texts.get(index, "") + delta


def _texts(item: Told) -> list[str]:
    content = item.get("content")
    parts = content if isinstance(content, list) else []
    return [str(part.get("text", "")) for part in parts if isinstance(part, dict)]


def _item_id(event: Told) -> str:
    item = event.get("item")
    return str(item.get("id") if isinstance(item, dict) else event.get("item_id"))


def _short(texts: list[str]) -> str:
    text = " | ".join(texts)
    return f"`{text}`" if len(text) <= _LONGEST else f"`{text[:_LONGEST]}...` ({len(text)} characters)"
