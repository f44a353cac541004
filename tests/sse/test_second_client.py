"""httpx-sse as the second client: each known divergence by name, and no other on generated streams."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import httpx_sse
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from chatproof.recording import Exchange, Read, Request, Response
from chatproof.second_client import DIVERGENCES, Seen, view, view_of
from chatproof.sse import decode

if TYPE_CHECKING:
    from collections.abc import Iterator

EVENT_STREAM = "text/event-stream"
PIECES = [
    *(b"data", b"data: ", b"data: a\n\n", b"event: token\n", b"event: token\ndata: {}\n\n", b"event", b"id: 7\n"),
    *(b"id", b"id: ", b"id: 8\n\n", b"retry: 5\n\n", b"retry: +5\n\n", b"retry: ", b"1_0", "٣".encode(), b": beat\n\n"),
    *(b":", b" ", b"x", b"\0", b"\n", b"\n\n", b"\r", b"\r\n", b"\r\n\r\n", b"\xef\xbb\xbf", "…".encode()),
    *("\u2028\u0085\v\f".encode(), b"\xff", b"\xe2\x80", b"0", b"Data: x"),
]
STREAMS = st.lists(st.sampled_from(PIECES) | st.binary(max_size=3), max_size=30).map(b"".join)
CASES = {
    "phantom-after-id": (b"id: 7\ndata: a\n\n: beat\n\n", [("message", "a", "7")], [("message", "", "7")]),
    "id-without-data": (b"id: 7\n\n", [], [("message", "", "7")]),
    "event-without-data": (b"event: done\n\n", [], [("done", "", "")]),
    "retry-without-data": (b"retry: 5000\n\n", [], [("message", "", "")]),
}


class Reads(httpx.SyncByteStream):
    def __init__(self, reads: list[bytes]) -> None:
        self.reads = reads

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.reads)


def seen_by_httpx_sse(reads: list[bytes], content_type: str) -> tuple[Seen, ...]:
    """As its own users run it: over a real response of httpx."""
    response = httpx.Response(200, headers={"content-type": content_type}, stream=Reads(reads))
    return tuple(Seen(event.event, event.data, event.id) for event in httpx_sse.EventSource(response).iter_sse())


def seen_by_us(stream: bytes) -> tuple[Seen, ...]:
    return tuple(Seen(event.type, event.data, event.id) for event in decode([(0, stream)]).events)


def names(stream: bytes, content_type: str = EVENT_STREAM) -> list[str]:
    return [divergence.name for divergence in view([stream], content_type=content_type).divergences]


@settings(max_examples=500)
@given(STREAMS, st.integers(1, 40), st.sampled_from([EVENT_STREAM, f"{EVENT_STREAM}; charset=iso-8859-1"]))
@example(b"retry: " + b"9" * 5000 + b"\n\n", 8192, EVENT_STREAM)
def test_known_divergences_explain_all_that_httpx_sse_sees(stream: bytes, size: int, content_type: str) -> None:
    reads = [stream[start : start + size] for start in range(0, len(stream), size)]

    found = view(reads, content_type=content_type)

    assert found.events == seen_by_httpx_sse(reads, content_type)
    assert found.browser == seen_by_us(stream)
    assert found.explained
    assert bool(found.divergences) == (found.events != found.browser)


@pytest.mark.parametrize("name", CASES)
def test_a_divergence_alone_is_named(name: str) -> None:
    stream, browser, more = CASES[name]

    found = view([stream])

    assert list(found.browser) == [Seen(*event) for event in browser]
    assert list(found.events) == [Seen(*event) for event in browser + more]
    assert [divergence.name for divergence in found.divergences] == [name]


def test_divergences_that_come_together_are_each_named() -> None:
    assert names(b"id: 1\ndata: a\n\n: beat\n\nevent: x\n\nretry: 5\n\n") == [
        "phantom-after-id",
        "event-without-data",
        "retry-without-data",
    ]


def test_a_byte_order_mark_loses_the_first_event() -> None:
    found = view([b"\xef\xbb\xbfdata: a\n\ndata: b\n\n"])

    assert [event.data for event in found.browser] == ["a", "b"]
    assert [event.data for event in found.events] == ["b"]
    assert [divergence.name for divergence in found.divergences] == ["bom"]


def test_a_lenient_retry_is_named_beside_the_event_that_it_makes() -> None:
    assert view([b"retry: +5\n\n"]).events == (Seen("message", "", ""),)
    assert names(b"retry: +5\n\n") == ["retry-without-data", "lenient-retry"]


def test_a_charset_is_named() -> None:
    content_type = f"{EVENT_STREAM}; charset=iso-8859-1"
    found = view(["data: é\n\n".encode()], content_type=content_type)

    assert (found.browser[0].data, found.events[0].data) == ("é", "Ã©")
    assert names("data: é\n\n".encode(), content_type) == ["charset"]


@pytest.mark.parametrize("charset", ["utf-8", "nonsense", "hex"])
def test_a_charset_that_is_utf_8_or_unknown_changes_nothing(charset: str) -> None:
    assert names("data: é\n\n".encode(), f"{EVENT_STREAM}; charset={charset}") == []


@pytest.mark.parametrize(
    ("content_type", "browser", "client"),
    [("TEXT/EVENT-STREAM", 1, 0), ("application/json, text/event-stream", 0, 1), ("xtext/event-streamy", 0, 1)],
)
def test_a_media_type_is_named(content_type: str, browser: int, client: int) -> None:
    found = view([b"data: a\n\n"], content_type=content_type)

    assert (len(found.browser), len(found.events)) == (browser, client)
    assert bool(found.refused) == (client == 0)
    assert names(b"data: a\n\n", content_type) == ["media-type"]


def test_an_answer_that_is_no_stream_to_either_is_refused_without_divergence() -> None:
    found = view([b"{}"], content_type="application/json")

    assert "application/json" in found.refused
    assert (found.events, found.browser, found.divergences, found.explained) == ((), (), (), True)


def test_what_no_known_divergence_explains_is_said_to_be_unexplained(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(httpx_sse.EventSource, "iter_sse", lambda _: iter([httpx_sse.ServerSentEvent(data="z")]))

    found = view([b"data: a\n\n: beat\n\n"])

    assert (found.explained, found.divergences) == (False, ())


def test_a_recorded_answer_is_viewed_without_its_content_coding() -> None:
    response = Response(
        status=200, reason="OK", version="1.1", headers=(("Content-Type", EVENT_STREAM),), at_ns=0, first_byte_ns=0
    )
    exchange = Exchange(
        label="turn",
        request=Request(method="POST", url="http://x/"),
        response=response,
        reads=(Read(at_ns=1, data=b"id: 1\ndata: a\n\n"), Read(at_ns=2, data=b": beat\n\n")),
    )

    found = view_of(exchange)

    assert (len(found.browser), len(found.events)) == (1, 2)
    assert [divergence.name for divergence in found.divergences] == ["phantom-after-id"]


def test_an_answer_that_never_came_is_seen_as_empty() -> None:
    found = view_of(Exchange(label="turn", request=Request(method="POST", url="http://x/")))

    assert (found.events, found.browser) == ((), ())


def test_names_are_unique_and_each_has_its_reason() -> None:
    assert len({divergence.name for divergence in DIVERGENCES}) == len(DIVERGENCES)
    assert all(divergence.because.startswith(("it ", "once ")) for divergence in DIVERGENCES)


def test_two_divergences_that_hide_each_other_are_still_explained() -> None:
    """Under ISO-8859-1 the byte order mark is no such mark, so that either divergence alone loses the first field."""
    found = view([b"\xef\xbb\xbfid: 8\n\nid: 8\n\n"], content_type="text/event-stream; charset=iso-8859-1")

    assert found.explained
    assert len(found.events) == 1
    assert len(found.divergences) == 2
