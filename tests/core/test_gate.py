from __future__ import annotations

import pytest

from chatproof.gate import Gate, gate_of
from chatproof.gate import gate as judged
from chatproof.loading import scenario_set
from chatproof.recording import End, Exchange, Recording
from support.recordings import case, exchange, recording, turn


def gate(control: Recording) -> Gate:
    return judged(control, scenario_set("ai-chat"))


def test_a_right_turn_opens_the_gate() -> None:
    assert gate(recording("turn", turn())).open


@pytest.mark.parametrize(
    ("answer", "reason", "hint"),
    [
        (exchange(status=None, trouble="connection refused", connection=0), "connection refused", "--wait"),
        (exchange(status=None, trouble="nothing within 12 s"), "nothing within 12 s", "something listens"),
        (exchange(status=None, trouble="TLS: the certificate is not trusted: x"), "not trusted", "ca_file"),
        (exchange(status=None, trouble="TLS: wrong version number"), "wrong version", "http://"),
        (exchange(status=None, trouble="no status line: x (it speaks TLS: ...)"), "speaks TLS", "https://"),
        (exchange(status=None, trouble="no HTTP/1.x status line: `SSH-2.0`"), "SSH-2.0", "check the port"),
        (exchange(status=401), "status 401", "CHATPROOF_TOKEN"),
        (exchange(status=404), "status 404", "`path`"),
        (exchange(status=404), "status 404", "`chatproof init http"),
        (exchange(status=405), "status 405", "`chatproof init http"),
        (exchange(status=501), "status 501", "`chatproof init http"),
        (exchange(status=302), "status 302", "redirects to"),
        (exchange(status=503), "status 503", "log"),
    ],
)
def test_without_a_2xx_nothing_is_answered(answer: Exchange, reason: str, hint: str) -> None:
    found = gate(recording("turn", answer))

    assert (found.open, found.answered) == (False, False)
    assert reason in found.reason
    assert hint in found.hint


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (exchange(status=200), "no event in the 0 bytes"),
        (turn(end=End.IDLE_DEADLINE), "did not end"),
        (turn(end=End.BYTE_CAP), "did not end"),
        (turn(body=b": a comment\n\n"), "no event"),
    ],
)
def test_a_2xx_that_is_no_turn_is_answered_but_not_open(answer: Exchange, reason: str) -> None:
    found = gate(recording("turn", answer))

    assert (found.open, found.answered) == (False, True)
    assert reason in found.reason


def test_a_connection_left_open_after_the_last_event_does_not_close_the_gate() -> None:
    assert gate(recording("turn", turn(end=End.STILL_OPEN))).open


@pytest.mark.parametrize("given", [recording("turn"), recording("turn", turn(), not_testable="it broke")])
def test_a_control_that_did_not_take_place_closes_the_gate(given: object) -> None:
    assert not gate(given).open  # type: ignore[arg-type]  # both are recordings


def test_a_case_without_its_control_is_closed() -> None:
    assert gate_of(case()).reason == "the control turn was not recorded"
