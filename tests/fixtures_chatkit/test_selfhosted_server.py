"""The reference server of the ChatKit protocol."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from chatproof.fixtures.backend import tokens
from chatproof.fixtures.backend.declaration import OTHER_SUBJECT, SUBJECT
from chatproof.fixtures.chatkit import REFERENCE
from chatproof.fixtures.server import Farm

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture(scope="module")
def ask() -> Iterator[Callable[..., httpx.Response]]:
    """Sends an operation with its parameters as a user, and gives the whole answer."""
    settings = REFERENCE.full_settings(mode="self-hosted")
    users = {subject: tokens.mint(settings.base, subject) for subject in (SUBJECT, OTHER_SUBJECT)}
    with Farm() as farm:
        url = farm.start(REFERENCE.create_app(settings))

        def asked(kind: Any, params: Any = None, *, user: str = SUBJECT) -> httpx.Response:
            headers = {"Authorization": f"Bearer {users[user]}"} if user else {}
            body = {"type": kind, "params": {} if params is None else params}
            return httpx.post(f"{url}/chatkit", json=body, headers=headers, trust_env=False)

        yield asked


def said(*texts: str, **more: Any) -> dict[str, Any]:
    return {"input": {"content": [{"type": "input_text", "text": text} for text in texts]}, **more}


def events(answer: httpx.Response) -> list[dict[str, Any]]:
    assert answer.headers["content-type"].startswith("text/event-stream")
    return [json.loads(frame.removeprefix("data: ")) for frame in answer.text.split("\n\n") if frame]


def made(ask: Callable[..., httpx.Response], *, user: str = SUBJECT) -> str:
    return str(events(ask("threads.create", said("Hello"), user=user))[0]["thread"]["id"])


def test_new_thread_is_streamed_in_order(ask: Callable[..., httpx.Response]) -> None:
    told = events(ask("threads.create", said("Hello there")))
    kinds = [event["update"]["type"] if "update" in event else event["type"] for event in told]

    part = "assistant_message.content_part"
    assert kinds == [
        "thread.created",
        "thread.item.done",
        "stream_options",
        "thread.item.added",
        f"{part}.added",
        *[f"{part}.text_delta"] * 3,
        f"{part}.done",
        "thread.item.done",
    ]
    assert told[-1]["item"]["content"][0]["text"] == "You said: Hello there"


def test_thread_is_continued_and_answered_anew(ask: Callable[..., httpx.Response]) -> None:
    thread = made(ask)
    added = events(ask("threads.add_user_message", said("And now?", thread_id=thread)))
    message = added[0]["item"]["id"]
    anew = events(ask("threads.retry_after_item", {"thread_id": thread, "item_id": message}))
    items = ask("items.list", {"thread_id": thread, "order": "asc"}).json()["data"]

    assert [event["type"] for event in added[:2]] == ["thread.item.done", "stream_options"]
    assert anew[0]["type"] == "stream_options"
    assert [item["type"] for item in items] == ["user_message", "assistant_message"] * 2
    assert items[-1]["id"] == anew[-1]["item"]["id"] != added[-1]["item"]["id"]
    assert ask("threads.retry_after_item", {"thread_id": thread, "item_id": "msg_none"}).status_code == 404


def test_failing_answer_ends_by_an_error(ask: Callable[..., httpx.Response]) -> None:
    told = events(ask("threads.create", said("Please fail.")))

    assert told[-1] == {"type": "error", "code": "stream.error", "allow_retry": True}
    assert "10.0.0.7" not in json.dumps(told)


def test_lists_come_page_by_page(ask: Callable[..., httpx.Response]) -> None:
    mine = [made(ask) for _number in range(3)]
    first = ask("threads.list", {"limit": 2}).json()
    rest = ask("threads.list", {"limit": 1, "after": first["after"]}).json()

    assert [thread["id"] for thread in first["data"]] == mine[:0:-1]
    assert first["has_more"] is True
    assert first["after"] == mine[1]
    assert [thread["id"] for thread in rest["data"]] == mine[:1]


def test_thread_is_renamed_rated_and_deleted(ask: Callable[..., httpx.Response]) -> None:
    thread = made(ask)
    named = {"thread_id": thread}

    assert ask("threads.update", {**named, "title": "A title"}).json()["title"] == "A title"
    assert ask("items.feedback", {**named, "item_ids": [], "kind": "positive"}).json() == {}
    assert ask("threads.delete", named).json() == {}
    assert ask("threads.get_by_id", named).status_code == 404


@pytest.mark.parametrize(
    ("kind", "params"),
    [
        ("threads.get_by_id", {}),
        ("items.list", {}),
        ("threads.update", {"title": "Mine"}),
        ("threads.delete", {}),
        ("items.feedback", {"kind": "positive"}),
        ("threads.add_user_message", said("Hello")),
        ("threads.retry_after_item", {"item_id": "msg_1"}),
    ],
)
def test_thread_is_its_owners_alone(ask: Callable[..., httpx.Response], kind: str, params: dict[str, Any]) -> None:
    thread = made(ask)

    assert ask(kind, {**params, "thread_id": thread}, user=OTHER_SUBJECT).status_code == 404
    assert ask(kind, {**params, "thread_id": thread}, user="").status_code == 401
    assert ask("threads.get_by_id", {"thread_id": thread}).status_code == 200
    assert thread not in ask("threads.list", {"limit": 100}, user=OTHER_SUBJECT).text


@pytest.mark.parametrize(
    ("kind", "params"),
    [
        ("threads.explode", {}),
        (None, {}),
        ("threads.list", []),
        ("threads.list", {"limit": "all"}),
        ("threads.list", {"limit": -1}),
        ("threads.list", {"order": "sideways"}),
        ("threads.get_by_id", {}),
        ("threads.create", {}),
        ("threads.create", {"input": {"content": []}}),
        ("threads.create", {"input": {"content": [{"type": "input_image"}]}}),
        ("threads.create", said("")),
    ],
)
def test_requests_of_another_form_are_refused(ask: Callable[..., httpx.Response], kind: Any, params: Any) -> None:
    refused = ask(kind, params)

    assert refused.status_code == 400
    assert refused.headers["content-type"] == "application/json"


def test_other_modes_have_no_such_route() -> None:
    with Farm() as farm:
        url = farm.start(REFERENCE.create_app(REFERENCE.full_settings(mode="custom")))

        assert httpx.post(f"{url}/chatkit", json={}, trust_env=False).status_code == 404
