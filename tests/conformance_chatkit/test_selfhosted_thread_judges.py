"""The judges on threads and items in the answers of a server of the ChatKit protocol."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chatproof.config import Auth
from chatproof.conformance.chatkit import test_server_threads
from chatproof.failure import NotTestable
from chatproof.recording import End
from support.outcome import found, outcome
from support.recordings import JSON_HEADERS, STREAM_HEADERS, case, exchange, recording, refusal

FORM = test_server_threads.test_operations_answer_in_json
HIDDEN = test_server_threads.test_hidden_items_are_not_shown
TIMES = test_server_threads.test_times_have_a_zone
OWNERS = test_server_threads.test_threads_are_their_owners_alone

NOW = "2026-11-20T10:40:08.619406Z"
USERS = Auth(scheme="jwt", secret="x" * 32, claims={"sub": "u1"}, second_user={"sub": "u2"})


def item(kind: str = "user_message", created_at: Any = NOW) -> dict[str, Any]:
    return {"id": "msg_1", "thread_id": "thr_1", "type": kind, "created_at": created_at}


def page(*entries: Any, **more: Any) -> dict[str, Any]:
    return {"data": list(entries), "has_more": False, **more}


def thread(*items: Any, created_at: Any = NOW) -> dict[str, Any]:
    return {"id": "thr_1", "created_at": created_at, "status": {"type": "active"}, "items": page(*items)}


def told(label: str, content: Any, **changes: Any) -> Any:
    return exchange(label, **{"headers": JSON_HEADERS, "body": json.dumps(content).encode(), **changes})


def stream(label: str, *events: Any, **changes: Any) -> Any:
    body = b"".join(b"data: " + json.dumps(event).encode() + b"\n\n" for event in events)
    return exchange(label, **{"headers": STREAM_HEADERS, "body": body, **changes})


ANSWERS = {
    "create": stream(
        "create", {"type": "thread.created", "thread": thread()}, {"type": "thread.item.done", "item": item()}
    ),
    "list_threads": told("list_threads", page(thread())),
    "get_thread": told("get_thread", thread(item())),
    "list_items": told("list_items", page(item(), after=None)),
    "feedback": told("feedback", {}),
    "update": told("update", thread()),
    "delete": told("delete", {}),
}
CANCELLED = (told("list_items", page(item())), told("get_thread", thread(item())))
OPEN = (refusal("list_threads", status=401), refusal("create", status=401))
FOREIGN = {
    "own": told("own", thread(item())),
    "get_thread": refusal("get_thread", status=404),
    "list_items": refusal("list_items", status=404),
    "add": refusal("add", status=404),
    "list_threads": told("list_threads", page()),
    "still": told("still", thread(item())),
}


def protocol(**changed: Any) -> Any:
    return case(profile="chatkit", protocol=[*{**ANSWERS, **changed}.values()], protocol_cancelled=list(CANCELLED))


def owners(opened: tuple[Any, ...] = OPEN, *, auth: Auth = USERS, **changed: Any) -> Any:
    foreign = recording(
        "protocol_foreign", *{**FOREIGN, **changed}.values(), profile="chatkit", findings={"thread": "thr_1"}
    )
    return case(profile="chatkit", auth=auth, protocol_open=list(opened), protocol_foreign=foreign)


RIGHT: dict[Any, Any] = {FORM: protocol(), HIDDEN: protocol(), TIMES: protocol(), OWNERS: owners()}


@pytest.mark.parametrize("judge", RIGHT)
def test_right_answers_meet_it(judge: Any) -> None:
    assert outcome(judge, RIGHT[judge]) is None


@pytest.mark.parametrize("judge", RIGHT)
def test_nothing_seen_is_not_met(judge: Any) -> None:
    assert isinstance(outcome(judge, case(profile="chatkit")), NotTestable)
    nothing: dict[str, Any] = {name: recording(name) for name in RIGHT[judge].recordings}
    assert isinstance(outcome(judge, case(profile="chatkit", **nothing)), NotTestable)


@pytest.mark.parametrize(
    ("label", "answer", "expected"),
    [
        ("list_threads", told("list_threads", []), "list_threads: no JSON object"),
        ("list_threads", told("list_threads", {"data": {}, "has_more": False}), "list_threads: `data` is no list"),
        ("list_items", told("list_items", {"data": []}), "list_items: `has_more` is not true or false"),
        ("list_items", told("list_items", page(after=3)), "list_items: `after` is no text"),
        ("get_thread", told("get_thread", {"id": "thr_1", "created_at": NOW}), "get_thread: no `items`"),
        ("get_thread", refusal("get_thread", status=404), "get_thread: status 404"),
        ("update", told("update", {"ok": True}), "update: no `id` or no `created_at`"),
        ("feedback", told("feedback", {"ok": True}), "feedback: the fields ok"),
        ("delete", exchange("delete", status=204), "delete: status 204"),
        ("delete", told("delete", {}, headers=(("Content-Type", "text/plain"),)), "delete: status 200 with text/plain"),
        ("feedback", refusal("feedback", status=500), "feedback: status 500"),
    ],
)
def test_answers_of_another_form_are_found(label: str, answer: Any, expected: str) -> None:
    assert found(FORM, protocol(**{label: answer})).startswith(expected)


@pytest.mark.parametrize("status", [403, 405, 501])
def test_feedback_title_and_deletion_need_not_be_offered(status: int) -> None:
    refused = {label: refusal(label, status=status) for label in ("feedback", "update", "delete")}
    assert outcome(FORM, protocol(**refused)) is None


@pytest.mark.parametrize("kind", ["hidden_context_item", "sdk_hidden_context"])
@pytest.mark.parametrize("label", ["create", "list_threads", "get_thread", "list_items"])
def test_hidden_items_are_found(label: str, kind: str) -> None:
    answers = {
        "create": stream("create", {"type": "thread.item.done", "item": item(kind)}),
        "list_threads": told("list_threads", page(thread(item(kind)))),
        "get_thread": told("get_thread", thread(item(), item(kind))),
        "list_items": told("list_items", page(item(), item(kind))),
    }
    expected = f"an item of the type `{kind}` in `{label}`"
    assert found(HIDDEN, protocol(**{label: answers[label]})) == expected


def test_hidden_items_of_a_cancelled_turn_are_found() -> None:
    shown = told("list_items", page(item(), item("sdk_hidden_context")))
    left = case(profile="chatkit", protocol=[*ANSWERS.values()], protocol_cancelled=[shown])
    assert "sdk_hidden_context" in found(HIDDEN, left)


@pytest.mark.parametrize("judge", [HIDDEN, TIMES])
def test_answers_without_items_are_no_verdict(judge: Any) -> None:
    empty = case(
        profile="chatkit", protocol=[told("list_threads", page())], protocol_cancelled=[told("list_items", page())]
    )
    assert isinstance(outcome(judge, empty), NotTestable)


@pytest.mark.parametrize("created_at", ["2026-11-20T10:40:08+01:00", "2026-11-20T10:40:08Z", 1795171208])
def test_times_with_a_zone_meet_it(created_at: Any) -> None:
    assert outcome(TIMES, protocol(get_thread=told("get_thread", thread(item(created_at=created_at))))) is None


@pytest.mark.parametrize("created_at", ["2026-11-20T10:40:08.619406", "yesterday", "", None])
def test_times_without_a_zone_are_found(created_at: Any) -> None:
    answers = (
        {"get_thread": told("get_thread", thread(created_at=created_at))},
        {"list_items": told("list_items", page(item(created_at=created_at)))},
        {"create": stream("create", {"type": "thread.item.added", "item": item(created_at=created_at)})},
    )
    for changed in answers:
        assert found(TIMES, protocol(**changed)).startswith(f"created_at {created_at!r}")


@pytest.mark.parametrize(
    "opened",
    [
        (told("list_threads", page()), OPEN[1]),
        (OPEN[0], stream("create", {"type": "thread.created", "thread": thread()}, end=End.ABORTED)),
        (OPEN[0], refusal("create", status=500)),
    ],
)
def test_open_server_is_found(opened: tuple[Any, ...]) -> None:
    assert "without a credential" in found(OWNERS, owners(opened))


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"get_thread": told("get_thread", thread(item()))}, "`get_thread` by another user: status 200"),
        ({"list_items": refusal("list_items", status=500)}, "`list_items` by another user: status 500"),
        (
            {"add": stream("add", {"type": "thread.item.done", "item": item()})},
            "`add` by another user: status 200 with text/event-stream",
        ),
        ({"list_threads": told("list_threads", page(thread()))}, "the thread in another user's list"),
        ({"still": refusal("still", status=404)}, "the thread is gone after another user's `threads.delete`"),
    ],
)
def test_thread_that_others_reach_is_found(changed: dict[str, Any], expected: str) -> None:
    assert found(OWNERS, owners(**changed)).startswith(expected)


@pytest.mark.parametrize(
    "add",
    [
        refusal("add", status=403),
        stream("add", {"type": "error", "code": "stream.error", "allow_retry": False}),
        stream("add", end=End.CLOSED_BETWEEN_CHUNKS),
    ],
)
def test_stream_that_tells_nothing_of_the_thread_is_a_refusal(add: Any) -> None:
    assert outcome(OWNERS, owners(add=add)) is None


def test_thread_that_its_owner_does_not_reach_is_no_verdict() -> None:
    assert isinstance(outcome(OWNERS, owners(own=refusal("own", status=500))), NotTestable)


def test_without_a_second_user_the_credential_alone_is_judged() -> None:
    assert outcome(OWNERS, owners(auth=Auth(scheme="bearer", token="x"), get_thread=ANSWERS["get_thread"])) is None
