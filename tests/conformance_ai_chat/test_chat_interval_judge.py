"""The judge on the variable that sets the interval of heartbeats: arrival times of three instances in, verdict out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from chatproof.config import AiChat, Turn
from chatproof.conformance.ai_chat import test_heartbeat
from chatproof.conformance.ai_chat.scenarios.environments import asked_ms
from chatproof.recording import End
from support.recordings import case, recording, refusal, turn
from support.verdicts import met, not_met, not_testable

if TYPE_CHECKING:
    from chatproof.recording import Exchange

JUDGE = test_heartbeat.test_variable_sets_the_interval
GREETING = b": Connected to chat stream\n\n"
TOKEN = b'event: token\ndata: {"text": "Hello"}\n\n'
BEAT = b": heartbeat 1704074400000\n\n"
SETTINGS = AiChat(heartbeat=10.0, heartbeat_variable="OPENAI_SSE_HEARTBEAT_MS", long_turn=Turn(message="Think"))


def beating(label: str, *seconds: float, **changes: Any) -> Exchange:
    reads = [(0.01, GREETING), (0.02, TOKEN), *((at, BEAT) for at in seconds)]
    return turn(label, **{"reads": reads, "end": End.ABORTED, **changes})


INSIDE = [(0.02, TOKEN.replace(b"\ndata", b"\n: heartbeat 1\ndata") * 20), (1.0, BEAT), (2.0, BEAT)]
SET = beating("set", 1.0, 2.0, 3.01, 4.0)
QUIET = {label: beating(label, end=End.TOTAL_DEADLINE, ended_seconds=1.5) for label in ("zero", "garbage")}


def judged(*exchanges: Exchange, **findings: Any) -> Any:
    made = recording("heartbeat_variable", *exchanges, findings={"asked_ms": 1000, **findings})
    return case(settings=SETTINGS, heartbeat_variable=made)


@pytest.mark.parametrize(
    "exchanges",
    [
        pytest.param((SET, *QUIET.values()), id="the default stays"),
        pytest.param((SET,), id="it refuses to start"),
        pytest.param((SET, beating("zero", 0.3, 0.8, 1.3)), id="another sane interval"),
        pytest.param((beating("set", 0.5, 1.5, 2.5, 3.5), *QUIET.values()), id="the first beat early"),
        pytest.param((beating("set", 1.0, 2.0, reads=INSIDE),), id="some beats inside events"),
        pytest.param((beating("set", 1.4, 2.8, 4.2), *QUIET.values()), id="late, within what is allowed"),
    ],
)
def test_right_backends(exchanges: tuple[Exchange, ...]) -> None:
    met(JUDGE, judged(*exchanges))


@pytest.mark.parametrize(
    ("exchanges", "found"),
    [
        ((beating("set", 10.0),), "9.98 s without a byte"),
        ((beating("set", end=End.TOTAL_DEADLINE, ended_seconds=10.0),), "9.98 s without a byte"),
        ((beating("set", *(at / 5 for at in range(1, 21))),), "20 heartbeats in 3.99 s"),
        ((SET, beating("zero", *(at / 100 for at in range(1, 151)))), "OPENAI_SSE_HEARTBEAT_MS=0: 150 heartbeats"),
        ((SET, beating("garbage", *([0.02] * 100))), "OPENAI_SSE_HEARTBEAT_MS=soon: 100 heartbeats"),
        ((SET, refusal("garbage", status=500)), "OPENAI_SSE_HEARTBEAT_MS=soon: status 500"),
    ],
)
def test_each_way_of_being_wrong(exchanges: tuple[Exchange, ...], found: str) -> None:
    assert found in not_met(JUDGE, judged(*exchanges)).found


def test_nothing_to_see() -> None:
    told = not_testable(JUDGE, judged(set_trouble="it ended with status 1"))
    assert "OPENAI_SSE_HEARTBEAT_MS=1000: it ended with status 1" in told.missing
    assert "no heartbeat was due" in not_testable(JUDGE, judged(turn("set"))).missing
    assert "all at once" in not_testable(JUDGE, judged(turn("set", body=GREETING + TOKEN + BEAT * 2))).missing
    assert "not answered with a stream" in not_testable(JUDGE, judged(refusal("set"))).missing


@pytest.mark.parametrize(("declared", "asked"), [(10.0, 1000), (2.0, 1000), (1.0, 500), (0.001, 1)])
def test_the_interval_that_is_asked_for_differs_from_the_declared_one(declared: float, asked: int) -> None:
    assert asked_ms(AiChat(heartbeat=declared)) == asked
