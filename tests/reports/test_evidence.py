from __future__ import annotations

import gzip

from chatproof.evidence import evidence_of
from chatproof.recording import End, Exchange, Read, Request, Response
from chatproof.run import EvidenceFrame
from support.recordings import exchange

STREAM = (("Content-Type", "text/event-stream"),)


def answered(*reads: tuple[float, bytes], headers: tuple[tuple[str, str], ...] = STREAM) -> Exchange:
    return Exchange(
        label="again",
        scenario="turn",
        request=Request(method="POST", url="http://127.0.0.1:3000/chat", headers=(("A", "b"),), body=b'{"message": 1}'),
        response=Response(
            status=200, reason="OK", version="HTTP/1.1", headers=headers, at_ns=12_000_000, first_byte_ns=11_000_000
        ),
        reads=tuple(Read(at_ns=int(at * 1e9), data=data) for at, data in reads),
        end=End.TERMINAL_CHUNK,
        ended_ns=2_000_000_000,
    )


def frame(at_seconds: float, kind: str, name: str, text: str) -> EvidenceFrame:
    return EvidenceFrame(at_seconds=at_seconds, kind=kind, name=name, text=text)


def test_stream_becomes_a_time_line() -> None:
    found = evidence_of(
        answered((0.1, b": hi\n\nevent: token\nda"), (0.2, b"ta: a\n:in\n\nid: 7\n\n"), (0.3, b"evnt: x\ndata: b\n\n")),
        "ai-chat",
    )

    assert found.frames == (
        frame(0.1, "comment", "", "hi"),
        frame(0.2, "comment", "inside a block", "in"),
        frame(0.2, "event", "token", "a"),
        frame(0.2, "silent", "", "no data; last event id '7'"),
        frame(0.3, "event", "message", "b"),
        frame(0.3, "violation", "unknown-field", "byte 39: evnt: x"),
    )
    assert found.frames_left_out == 0


def test_head_and_end_are_told() -> None:
    found = evidence_of(answered((0.1, b"data: a\n\n")), "ai-chat")

    assert (found.profile, found.scenario, found.label) == ("ai-chat", "turn", "again")
    assert (found.method, found.url, found.request_body) == ("POST", "http://127.0.0.1:3000/chat", '{"message": 1}')
    assert (found.status, found.reason, found.head_seconds) == (200, "OK", 0.012)
    assert (found.request_headers, found.headers) == ((("A", "b"),), STREAM)
    assert (found.end, found.ended_seconds, found.body_bytes) == ("terminal chunk", 2.0, 9)


def test_other_body_is_one_mark() -> None:
    found = evidence_of(answered((0.1, b'{"a":'), (0.2, b' "\xff"}'), headers=()), "ai-chat")

    assert found.frames == (frame(0.1, "data", "body", '{"a": "\ufffd"}'),)


def test_stream_without_a_frame_shows_its_bytes() -> None:
    assert evidence_of(answered((0.1, b"\n\n")), "p").frames == (frame(0.1, "data", "body", "\n\n"),)
    assert evidence_of(answered(), "p").frames == ()


def test_no_answer_has_no_head() -> None:
    silent = Exchange(label="a", request=Request(method="GET", url="u"), trouble="connection refused")

    found = evidence_of(silent, "p")

    assert (found.status, found.reason, found.headers, found.head_seconds) == (None, "", (), None)
    assert (found.end, found.trouble, found.frames) == ("no answer", "connection refused", ())


def test_long_stream_keeps_its_start_its_end_and_violations_between() -> None:
    middle = b"".join(b"bad: %d\ndata: %d\n\n" % (n, n) for n in range(200, 240))
    start = b"".join(b"data: %d\n\n" % n for n in range(200))
    end = b"".join(b"data: %d\n\n" % n for n in range(240, 500))

    found = evidence_of(answered((0.1, start), (0.2, middle), (0.3, end)), "p")

    assert len(found.frames) == 220
    assert found.frames_left_out == 540 - 220
    assert [f.text for f in found.frames if f.kind == "event"] == [str(n) for n in [*range(150), *range(450, 500)]]
    assert {f.at_seconds for f in found.frames if f.kind == "violation"} == {0.2}


def test_short_stream_is_whole() -> None:
    stream = b"".join(b"data: %d\n\n" % n for n in range(200))

    found = evidence_of(answered((0.1, stream)), "p")

    assert (len(found.frames), found.frames_left_out) == (200, 0)


def test_violation_of_a_compressed_stream_has_the_time_of_its_frame() -> None:
    coded = gzip.compress(b"data: a\n\nbad: x\ndata: b\n\n")
    headers = (*STREAM, ("Content-Encoding", "gzip"))

    found = evidence_of(answered((0.1, coded[:5]), (0.4, coded[5:]), headers=headers), "p")

    assert [(f.kind, f.at_seconds) for f in found.frames if f.kind == "violation"] == [("violation", 0.4)]
    assert found.body_bytes == len(coded)


def test_violation_after_the_last_frame_has_the_last_time() -> None:
    coded = gzip.compress(b"data: a\n\ndata: unfinished")
    headers = (*STREAM, ("Content-Encoding", "gzip"))

    found = evidence_of(answered((0.4, coded), headers=headers), "p")

    assert ("violation", "unfinished-block", 0.4) in [(f.kind, f.name, f.at_seconds) for f in found.frames]


def test_excerpts_are_short() -> None:
    long = "x" * 5000
    headers = tuple((f"n{n}", long) for n in range(100))
    found = evidence_of(answered((0.1, long.encode()), headers=headers), "p")

    assert found.headers[0] == ("n0", "x" * 300 + "...")
    assert found.headers[-1] == ("...", "40 more header lines")
    assert found.frames[0].text == "x" * 300 + "..."
    assert len(found.headers) == 61


def test_shared_recordings_are_shown_too() -> None:
    assert evidence_of(exchange("chat", status=401), "ai-chat").status == 401
