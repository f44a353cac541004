"""The grammar of a turn: literal frames, and any frames."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatproof.config import AiChat
from chatproof.conformance.ai_chat.order import Rule, excerpt, order_of, payload, text_of
from chatproof.sse import Comment, Event, Frame, Silent, decode

TOKEN = 'event: token\ndata: {"text":"a"}\n\n'
USAGE = 'event: usage\ndata: {"tokens_in":5,"tokens_out":0,"cost_usd":0.0000009,"model":"m"}\n\n'
DONE = 'event: done\ndata: {"finish_reason":"stop"}\n\n'
FAILED = 'event: done\ndata: {"finish_reason":"error"}\n\n'
SETTINGS = AiChat(extra_events=("citation",))


def frames(text: str) -> tuple[Frame, ...]:
    return decode([(1, text.encode())]).frames


def broken(text: str, settings: AiChat = SETTINGS) -> list[tuple[str, str]]:
    return [(breach.rule.value, breach.found) for breach in order_of(frames(text), settings).breaches]


def rules(text: str, settings: AiChat = SETTINGS) -> list[str]:
    return sorted({rule for rule, _ in broken(text, settings)})


@pytest.mark.parametrize(
    "text",
    [
        TOKEN + USAGE + DONE,
        ": hello\n\n" + TOKEN + TOKEN + ": heartbeat 1\n\n" + USAGE + DONE,
        TOKEN + 'event: citation\ndata: {"url":"x"}\n\n' + USAGE + DONE,
        "retry: 3000\n\n" + TOKEN + USAGE + DONE,
        TOKEN + FAILED,
        FAILED,
        TOKEN + "event: ping\ndata: 1\n\n" + USAGE + DONE,
        TOKEN + USAGE.replace('"tokens_in":5', '"tokens_in":5.0') + DONE,
    ],
)
def test_right_turns_break_nothing(text: str) -> None:
    assert broken(text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (TOKEN + DONE, ["usage"]),
        (USAGE + DONE, ["token"]),
        (TOKEN + USAGE, ["done"]),
        ("", ["done", "token", "usage"]),
        (TOKEN + USAGE + USAGE + DONE, ["usage"]),
        (TOKEN + USAGE + TOKEN + DONE, ["usage"]),
        (TOKEN + DONE + USAGE, ["usage"]),
        (TOKEN + USAGE + DONE + DONE, ["done"]),
        (TOKEN + USAGE + DONE + TOKEN, ["done"]),
        (TOKEN + USAGE + DONE + "event: citation\ndata: 1\n\n", ["done"]),
        (TOKEN + USAGE + DONE + ": heartbeat 1\n\n", ["trailing"]),
        (TOKEN + USAGE + DONE + "event: heartbeat\ndata: 1\n\n", ["trailing"]),
        (TOKEN + USAGE + DONE + "retry: 1000\n\n", ["trailing"]),
        (TOKEN + "event: debug\ndata: 1\n\n" + USAGE + DONE, ["name"]),
        (TOKEN + 'data: {"text":"b"}\n\n' + USAGE + DONE, ["token"]),
        ('event: token\ndata: {"delta":"a"}\n\n' + USAGE + DONE, ["token"]),
        ('event: token\ndata: {"text":5}\n\n' + USAGE + DONE, ["token"]),
        ("event: token\ndata: a\n\n" + USAGE + DONE, ["token"]),
        ('event: token\ndata: ["text"]\n\n' + USAGE + DONE, ["token"]),
        (TOKEN + USAGE + 'event: done\ndata: {"finish_reason":"finished"}\n\n', ["done"]),
        (TOKEN + USAGE + "event: done\ndata: {}\n\n", ["done"]),
        (TOKEN + USAGE + 'event: done\ndata: {"finish_reason":["stop"]}\n\n', ["done"]),
        (TOKEN + "event: done\ndata: [DONE]\n\n", ["done", "usage"]),
    ],
)
def test_each_defect_breaks_its_own_rule(text: str, expected: list[str]) -> None:
    assert rules(text) == expected


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *((name, value) for name in ("tokens_in", "tokens_out") for value in ("5", -1, 1.5, True, None, float("inf"))),
        *(("cost_usd", value) for value in ("0.1", -0.1, False, None, float("nan"), float("inf"))),
        *(("model", value) for value in ("", None, 4, ["m"])),
    ],
)
def test_usage_fields_are_of_their_type(name: str, value: object) -> None:
    right = {"tokens_in": 5, "tokens_out": 0, "cost_usd": 0, "model": "m"}
    wrong = f"event: usage\ndata: {json.dumps({**right, name: value})}\n\n"
    ((rule, found),) = broken(TOKEN + wrong + DONE)
    assert rule == "usage"
    assert f"`{name}` is" in found
    without = f"event: usage\ndata: {json.dumps({key: right[key] for key in right if key != name})}\n\n"
    assert broken(TOKEN + without + DONE) == [("usage", f"`{name}` is missing")]


def test_heartbeat_events_are_known_by_their_declared_name() -> None:
    settings = AiChat(heartbeat_form="event", heartbeat_event="alive")
    text = TOKEN + "event: alive\ndata: 1\n\n" + USAGE + DONE
    assert rules(text, settings) == []
    assert rules(text) == ["name"]
    assert rules(TOKEN + "event: ping\ndata: 1\n\n" + USAGE + DONE, AiChat(extra_events=("ping",))) == []


def test_unnamed_events_may_be_declared() -> None:
    assert rules(TOKEN + "data: 1\n\n" + USAGE + DONE, AiChat(extra_events=("message",))) == []


def test_order_tells_what_it_read() -> None:
    read = order_of(frames(": hello\n\n" + TOKEN + FAILED), SETTINGS)
    assert [event.type for event in read.tokens] == ["token"]
    assert read.done is not None
    assert (read.finish_reason, read.failed) == ("error", True)
    assert read.of(Rule.DONE) is None
    unread = order_of(frames(TOKEN + "event: done\ndata: 5\n\n"), SETTINGS)
    assert (unread.finish_reason, unread.failed) == (None, False)
    breach = unread.of(Rule.DONE)
    assert breach is not None
    assert breach.offset == len(TOKEN)


def test_payload_and_text_read_what_there_is() -> None:
    event = Event(at_ns=0, offset=0, end=0, type="token", data="[" * 100_000, id="")
    assert payload(event) == {}
    assert text_of(frames(TOKEN + 'event: token\ndata: {"text":"\\u00e9"}\n\n' + DONE)) == "aé"
    assert text_of(frames('event: token\ndata: {"text":5}\n\n')) == ""
    assert excerpt("a" * 200) == repr("a" * 79 + "…")


names = st.sampled_from(["token", "usage", "done", "message", "ping", "debug", "citation"])
datas = st.sampled_from(
    ['{"text":"a"}', '{"finish_reason":"stop"}', '{"finish_reason":"error"}', "x", "[]", USAGE[19:-2]]
)
events = st.builds(lambda name, data: Event(at_ns=0, offset=0, end=1, type=name, data=data, id=""), names, datas)
comments = st.builds(lambda text: Comment(at_ns=0, offset=0, end=1, text=text, in_block=False), st.text(max_size=3))
silents = st.just(Silent(at_ns=0, offset=0, end=1, type="message", id=""))


@given(st.lists(st.one_of(events, comments, silents), max_size=12))
def test_any_frames_are_read(drawn: list[Frame]) -> None:
    read = order_of(drawn, SETTINGS)
    types = [frame.type for frame in drawn if isinstance(frame, Event)]
    assert (read.done is None) == ("done" not in types)
    assert len(read.tokens) == types.count("token")
    if types.count("done") > 1 or "done" not in types:
        assert read.of(Rule.DONE) is not None
    if types.count("usage") > 1:
        assert read.of(Rule.USAGE) is not None
    if "debug" in types:
        assert read.of(Rule.NAME) is not None
    if read.of(Rule.TRAILING) is not None:
        assert "done" in types


@given(st.lists(st.one_of(events, comments, silents), max_size=8), st.integers(min_value=0, max_value=8))
def test_comments_before_done_change_nothing(drawn: list[Frame], place: int) -> None:
    before = [frame for frame in drawn if not (isinstance(frame, Event) and frame.type == "done")]
    comment = Comment(at_ns=0, offset=0, end=1, text="heartbeat 1", in_block=False)
    with_comment = [*before[:place], comment, *before[place:]]
    expected = [(breach.rule, breach.found) for breach in order_of(before, SETTINGS).breaches]
    assert [(breach.rule, breach.found) for breach in order_of(with_comment, SETTINGS).breaches] == expected
