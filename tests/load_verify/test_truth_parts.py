from __future__ import annotations

import pytest

from chatproof.fixtures.truth import options
from chatproof.fixtures.truth.options import Faults, Options
from chatproof.fixtures.truth.request import MOST_BYTES, BadRequestError, Request, next_request
from chatproof.fixtures.truth.script import LAST, make_script
from chatproof.fixtures.truth.spread import first_token_ns, is_chosen
from chatproof.load_run import verify_level


@pytest.mark.parametrize("share", [0.0, 0.015, 0.15, 0.5, 1.0])
@pytest.mark.parametrize("purpose", ["slow", "status", "error_event", "cut"])
@pytest.mark.parametrize("first", [0, 1000, 12345])
def test_a_share_is_kept_by_any_run_of_streams(share: float, purpose: str, first: int) -> None:
    chosen = sum(is_chosen(number, share, 7, purpose) for number in range(first, first + 400))
    assert abs(chosen - share * 400) <= 3


def test_first_tokens_are_evenly_spread_and_reproducible() -> None:
    options = Options(first_low_seconds=0.1, first_high_seconds=0.2, seed=3)
    delays = sorted(first_token_ns(number, options) for number in range(1000))

    assert delays == sorted(first_token_ns(number, options) for number in range(1000))
    assert 100_000_000 <= delays[0] < 101_000_000
    assert 199_000_000 < delays[-1] < 200_000_000
    assert abs(delays[950] - 195_000_000) < 500_000
    assert first_token_ns(5, options) != first_token_ns(5, Options(seed=4))


def test_the_slowest_share_is_constant() -> None:
    options = Options(slow_share=0.15, slow_seconds=0.349)
    delays = [first_token_ns(number, options) for number in range(1000)]
    assert abs(delays.count(349_000_000) - 150) <= 3


def test_options_survive_json() -> None:
    options = Options(events=3, forms=("crlf", "bytes"), faults=Faults(status_share=0.5, silent=True))
    assert Options.from_json(options.to_json()) == options
    assert Options.from_json({}) == Options()


@pytest.mark.parametrize(
    ("document", "named"),
    [
        ({"evnets": 3}, "evnets"),
        ({"faults": {"cuts": 1}}, "cuts"),
        ({"forms": ["gzip"]}, "gzip"),
        ({"forms": []}, "form"),
    ],
)
def test_a_wrong_option_is_named(document: dict[str, object], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        Options.from_json(document)


def test_an_answer_has_tokens() -> None:
    with pytest.raises(ValueError, match="at least one"):
        Options(events=0)


def test_requests_are_taken_one_by_one_and_only_when_whole() -> None:
    text = b"POST /chat?x=1 HTTP/1.1\r\ncontent-length: 3\r\n\r\nabcGET /health HTTP/1.1\r\nConnection: close\r\n\r\n"
    whole = text.index(b"GET")
    for size in range(whole):
        assert next_request(bytearray(text[:size])) is None
    buffer = bytearray(text)
    assert next_request(buffer) == Request(b"POST", b"/chat", False)
    assert next_request(buffer) == Request(b"GET", b"/health", True)
    assert next_request(buffer) is None
    assert not buffer


@pytest.mark.parametrize(
    "text",
    [
        b"nonsense\r\n\r\n",
        b"GET /\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n",
        b"x" * (MOST_BYTES + 1),
    ],
)
def test_what_is_no_request_is_refused(text: bytes) -> None:
    with pytest.raises(BadRequestError):
        next_request(bytearray(text))


def test_a_declared_length_is_filled_whatever_the_heartbeats_leave() -> None:
    script = make_script("length", Options(events=4, heartbeat_seconds=1.0))
    declared = int(script.head.partition(b"Content-Length: ")[2].partition(b"\r\n")[0])
    opening = script.head.partition(b"\r\n\r\n")[2]
    steps = b"".join(step.data for step in script.steps)

    for beats in range(script.room_for_beats):
        body = opening + steps + beats * script.beat(1755601234567) + script.filler(beats)
        assert len(body) == declared
        assert script.filler(beats).startswith(b":")
        assert script.filler(beats).endswith(b"\n\n")


@pytest.mark.parametrize("form", ["chunked", "close", "crlf", "split", "bytes", "coalesced", "length"])
def test_every_form_has_the_same_content_and_time(form: str) -> None:
    options = Options(events=6, interval_seconds=0.1, coalesced=4)
    script = make_script(form, options)
    plain = make_script("close", options)
    content = b"".join(step.data for step in script.steps).replace(b"\r", b"")

    assert all(step.data.replace(b"\r", b"") in content for step in plain.steps) or form == "length"
    assert sum(step.mark for step in script.steps if step.mark > 0) == 6
    assert [step.mark for step in script.steps].count(LAST) == 1
    assert sum(step.pause_ns for step in script.steps) == 8 * 100_000_000
    assert script.steps[-1].whole


def test_the_proof_is_made_over_all_forms_that_there_are() -> None:
    assert verify_level.FORMS == options.FORMS
