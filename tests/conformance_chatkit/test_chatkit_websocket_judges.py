"""The judges on WebSockets: for whom they open, where the secret is, whether they are given up."""

from __future__ import annotations

from typing import Any

import pytest

from chatproof.conformance.chatkit import test_websocket
from chatproof.failure import NotTestable
from chatproof.recording import End, Exchange, Recording
from support.chatkit_recordings import case as plain_case
from support.chatkit_recordings import recorded, unclaimed
from support.outcome import found, outcome
from support.recordings import exchange, recording, refusal

OPENS = test_websocket.test_socket_opens_for_live_sessions_alone
FORGOTTEN = test_websocket.test_closed_sockets_are_forgotten
IN_URL = test_websocket.test_secret_of_a_socket_is_not_in_its_url

COUNTED = {"first": 2, "held": 4, "with_some": 6, "opened": 100, "after": 2}


def case(path: str = "/chat", **given: Any) -> Any:
    return plain_case({"socket_path": path}, **given)


def opened(label: str, code: int | None = None, *, status: int = 101) -> Exchange:
    """A WebSocket that opened, and was closed by the backend with a code or (None) by us."""
    told = {"opened": status == 101, "messages": 0, "close_code": code}
    end = End.ABORTED if code is None else End.CLOSED
    return exchange(label, status=status, method="GET", end=end, findings={"websocket": told})


def denied(label: str, status: int | None = 403) -> Exchange:
    told = {"opened": False, "messages": 0, "close_code": None}
    if status is None:
        return exchange(label, status=None, method="GET", findings={"websocket": told})
    return refusal(label, status=status, method="GET", findings={"websocket": told})


def sockets(live: Exchange | None = None, unknown: Exchange | None = None) -> Recording:
    return recorded("socket", live or opened("live"), unknown or denied("unknown"))


def expired(last: Exchange | None = None) -> Recording:
    return recorded("socket_expired", opened("live"), last or denied("expired"))


def counted(**changes: Any) -> Any:
    return case(many_sockets=recorded("many_sockets", exchange("after/1"), sockets={**COUNTED, **changes}))


RIGHT: dict[Any, Any] = {
    OPENS: case(socket=sockets(), socket_expired=expired()),
    FORGOTTEN: counted(),
    IN_URL: case(socket=sockets()),
}


@pytest.mark.parametrize("judge", RIGHT)
def test_right_answers_meet_it(judge: Any) -> None:
    assert outcome(judge, RIGHT[judge]) is None


@pytest.mark.parametrize("judge", RIGHT)
def test_nothing_seen_is_not_met(judge: Any) -> None:
    assert isinstance(outcome(judge, case()), NotTestable)
    nothing: dict[str, Any] = {name: recording(name) for name in RIGHT[judge].recordings}
    assert isinstance(outcome(judge, case(**nothing)), NotTestable)


LEGAL: dict[str, tuple[Any, Any]] = {
    "no short sessions": (OPENS, case(socket=sockets(), socket_expired=unclaimed("socket_expired"))),
    "unauthorized": (OPENS, case(socket=sockets(unknown=denied("unknown", 401)), socket_expired=expired())),
    "not found": (OPENS, case(socket=sockets(unknown=denied("unknown", 404)), socket_expired=expired())),
    "close 4401": (
        OPENS,
        case(socket=sockets(unknown=opened("unknown", 4401)), socket_expired=expired(opened("expired", 4401))),
    ),
    "close 1008": (OPENS, case(socket=sockets(unknown=opened("unknown", 1008)), socket_expired=expired())),
    "fewer than before": (FORGOTTEN, counted(after=0)),
    "others are open too": (FORGOTTEN, counted(with_some=9)),
}


@pytest.mark.parametrize("variant", LEGAL)
def test_other_forms_meet_it(variant: str) -> None:
    judge, given = LEGAL[variant]
    assert outcome(judge, given) is None


WRONG: dict[str, tuple[Any, Any, str]] = {
    "open to all": (
        OPENS,
        case(socket=sockets(unknown=opened("unknown")), socket_expired=expired()),
        "for an unknown session: an open WebSocket",
    ),
    "open for ever": (
        OPENS,
        case(socket=sockets(), socket_expired=expired(opened("expired"))),
        "for an expired session: an open WebSocket",
    ),
    "an ordinary end": (
        OPENS,
        case(socket=sockets(unknown=opened("unknown", 1000)), socket_expired=expired()),
        "for an unknown session: a WebSocket that the backend closed with 1000",
    ),
    "a crash": (
        OPENS,
        case(socket=sockets(unknown=denied("unknown", 500)), socket_expired=expired()),
        "for an unknown session: status 500 with application/json",
    ),
    "closed to all": (
        OPENS,
        case(socket=sockets(denied("live")), socket_expired=expired()),
        "for a live session: status 403 with application/json",
    ),
    "closed at once": (
        OPENS,
        case(socket=sockets(opened("live", 1011)), socket_expired=expired()),
        "for a live session: a WebSocket that the backend closed with 1011",
    ),
    "a leak": (FORGOTTEN, counted(after=102), "102 open after the last was closed, 2 before the first"),
    "one of them": (FORGOTTEN, counted(after=3), "3 open after the last was closed, 2 before the first"),
    "in the path": (IN_URL, case("/chat/{session}", socket=sockets()), "`/chat/{session}` with the secret"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_wrong_answers_are_found(wrong: str) -> None:
    judge, given, expected = WRONG[wrong]
    assert expected in found(judge, given)


UNTOLD: dict[str, tuple[Any, Any]] = {
    "no answer": (OPENS, case(socket=sockets(unknown=denied("unknown", None)), socket_expired=expired())),
    "not all opened": (FORGOTTEN, counted(opened=99)),
    "nothing is counted": (FORGOTTEN, counted(with_some=2)),
    "no number while held": (FORGOTTEN, counted(with_some=None)),
    "no number at the end": (FORGOTTEN, counted(after=None)),
    "none opened": (IN_URL, case(socket=sockets(denied("live")))),
}


@pytest.mark.parametrize("untold", UNTOLD)
def test_what_cannot_be_told(untold: str) -> None:
    judge, given = UNTOLD[untold]
    assert isinstance(outcome(judge, given), NotTestable)
