from __future__ import annotations

from typing import Any

import pytest

from chatproof.conformance.sse import test_client
from chatproof.failure import NotTestable
from chatproof.second_client import View
from support.outcome import found, outcome
from support.recordings import TURN, case, exchange, recording, turn

CLIENT = test_client.test_second_client_sees_what_a_browser_sees


def sent(body: bytes, content_type: str = "text/event-stream") -> Any:
    return case(turn=turn(body=body, headers={"Content-Type": content_type}))


def test_both_see_the_same() -> None:
    assert outcome(CLIENT, case(turn=[turn(), turn("again")])) is None
    assert outcome(CLIENT, sent(TURN.replace(b"\n", b"\r\n"))) is None


def test_nothing_seen_is_not_met() -> None:
    assert isinstance(outcome(CLIENT, case()), NotTestable)
    assert isinstance(outcome(CLIENT, case(turn=recording("turn"))), NotTestable)
    assert isinstance(outcome(CLIENT, case(turn=exchange(status=500))), NotTestable)
    assert isinstance(outcome(CLIENT, sent(b": only comments\n\n")), NotTestable)


@pytest.mark.parametrize(
    ("body", "content_type", "counts", "because"),
    [
        (b"\xef\xbb\xbfdata: a\n\n", "text/event-stream", (1, "0"), "byte order mark"),
        (b"id: 7\ndata: a\n\n: heartbeat\n\n", "text/event-stream", (1, "2"), "once an id was sent"),
        (b"event: token\n\ndata: a\n\n", "text/event-stream", (1, "2"), "an event type and no data"),
        (
            b"data: \xc3\xa9\n\n",
            "text/event-stream; charset=iso-8859-1",
            (1, "1 other"),
            "charset of the Content-Type",
        ),
        (b"data: a\n\n", "TEXT/EVENT-STREAM", (1, "0"), "it refuses the answer: "),
    ],
)
def test_clients_differ(body: bytes, content_type: str, counts: tuple[int, str], because: str) -> None:
    text = found(CLIENT, sent(body, content_type))
    assert text.startswith(f"a browser sees {counts[0]} event, a client on httpx-sse sees {counts[1]}, because ")
    assert because in text


def test_difference_that_nothing_explains(monkeypatch: pytest.MonkeyPatch) -> None:
    strange = View(events=(), browser=((),), refused="", divergences=(), explained=False)  # type: ignore[arg-type]  # only counted
    monkeypatch.setattr(test_client, "view_of", lambda _exchange: strange)
    assert found(CLIENT, case(turn=turn())).endswith("because of something that we do not know of it")
