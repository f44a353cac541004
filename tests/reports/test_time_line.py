from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from chatproof.reports.check.time_line import Gap, compact, time_line
from chatproof.run import Evidence, EvidenceFrame

if TYPE_CHECKING:
    from chatproof.run import Run


@pytest.fixture
def evidence(faulty_run: Run) -> Evidence:
    return faulty_run.evidence["ai-chat/turn/turn"]


def event(at_seconds: float, kind: str = "event") -> EvidenceFrame:
    return EvidenceFrame(at_seconds=at_seconds, kind=kind, name="token", text="x")


def test_marks_lie_in_proportion_between_the_margins(evidence: Evidence) -> None:
    frames = (event(0.0), event(5.0), event(10.0), event(5.0, "comment"))
    line = time_line(replace(evidence, frames=frames, head_seconds=0.0, ended_seconds=10.0))

    assert [(lane.kind, lane.title, lane.places, lane.count) for lane in line.lanes] == [
        ("event", "events", (2.0, 50.0, 98.0), 3),
        ("comment", "comment", (50.0,), 1),
    ]
    assert (line.head, line.end, line.clean) == (2.0, 98.0, True)
    assert line.ended == "10.00 s"
    assert line.ticks == ((2.0, "0"), (21.2, "2 s"), (40.4, "4 s"), (59.6, "6 s"), (78.8, "8 s"), (98.0, "10 s"))
    assert line.summary == "head after 0 ms; 3 events, 1 comment; ended after 10.00 s: terminal chunk"


def test_times_below_the_line_are_round(evidence: Evidence) -> None:
    line = time_line(replace(evidence, frames=(event(0.05),), head_seconds=0.01, ended_seconds=0.09))

    assert [text for _place, text in line.ticks] == ["0", "20 ms", "40 ms", "60 ms", "80 ms"]
    assert line.ended == "90 ms"


def test_marks_that_cover_one_another_have_no_outline(evidence: Evidence) -> None:
    """An outline in the colour of the paper would leave only the last of a burst to be seen."""
    burst = (*(event(1 + n / 100) for n in range(20)), event(10.0), event(5.0, "comment"))

    lanes = time_line(replace(evidence, frames=burst, ended_seconds=10.0)).lanes

    assert [(lane.kind, lane.dense) for lane in lanes] == [("event", True), ("comment", False)]
    apart = replace(evidence, frames=(event(1.0), event(2.0)), ended_seconds=10.0)
    assert not time_line(apart).lanes[0].dense


def test_marks_of_a_fast_stream_are_drawn_as_few(evidence: Evidence) -> None:
    frames = tuple(event(n / 1000) for n in range(10_000))

    [lane] = time_line(replace(evidence, frames=frames, ended_seconds=10.0)).lanes

    assert lane.count == 10_000
    assert len(lane.places) <= 401


def test_longest_silence_is_shown_where_it_is_long(evidence: Evidence) -> None:
    frames = (event(1.0), event(2.0), event(9.0))
    whole = replace(evidence, frames=frames, head_seconds=0.5, ended_seconds=10.0)

    assert time_line(whole).gap == Gap(21.2, 88.4, "7.00 s")
    assert time_line(replace(whole, frames_left_out=3)).gap is None
    assert time_line(replace(whole, head_seconds=None)).gap is None
    even = tuple(event(n / 10) for n in range(100))
    assert time_line(replace(whole, frames=even, head_seconds=0.0)).gap is None


def test_exchange_without_an_answer_has_a_line(evidence: Evidence) -> None:
    line = time_line(replace(evidence, frames=(), head_seconds=None, ended_seconds=0.0, end="no answer"))

    assert (line.lanes, line.head, line.end, line.clean) == ((), None, 2.0, False)
    assert line.summary == "no answer; nothing; ended after 0 ms: no answer"


@pytest.mark.parametrize(("count", "lines"), [(0, 2), (5, 7), (8, 10), (9, 11), (200, 11)])
def test_compact_form_is_short(evidence: Evidence, count: int, lines: int) -> None:
    frames = tuple(event(float(n)) for n in range(count))

    found = list(compact(replace(evidence, frames=frames)))

    assert len(found) == lines
    assert found[0] == ("21 ms", "status 200 OK text/plain")
    assert found[-1][1] == "end: terminal chunk, 1,840 bytes"
    if count > 8:
        assert found[6] == ("", f"... {count - 8} more")


def test_compact_form_keeps_violations(evidence: Evidence) -> None:
    frames = tuple(event(float(n), "violation" if n in {8, 9, 10} else "event") for n in range(20))

    found = [text for _moment, text in compact(replace(evidence, frames=frames, frames_left_out=5))]

    assert [text for text in found if text.startswith("violation")] == ["violation token x"] * 2
    assert "... 15 more" in found


def test_compact_form_tells_of_trouble(evidence: Evidence) -> None:
    broken = replace(evidence, frames=(), head_seconds=None, end="no answer", trouble="refused", body_bytes=0)

    assert [text for _moment, text in compact(broken)] == ["end: no answer (refused), 0 bytes"]
