from __future__ import annotations

from dataclasses import replace

import pytest

from chatproof.reports import markdown
from chatproof.reports.checklist.boxes import checklist_facts, needed
from support.checklist_boxes import box, with_boxes
from support.load_documents import load_run_document


def test_what_several_runs_say_alike_is_said_once_with_all_of_them() -> None:
    entry = box("ai-chat-headers")
    [first, _second] = entry.evidence
    twice = replace(entry, evidence=(first, replace(first, run=2), replace(first, profile="chatkit", run=1)))

    text = markdown.render(with_boxes(twice))

    assert (
        "  - SSE-TYPE-01 (ai-chat) met: A stream is answered with status 200 and `text/event-stream`. (runs 1 and 3)"
        in text
    )
    assert (
        "  - SSE-TYPE-01 (chatkit) met: A stream is answered with status 200 and `text/event-stream`. (run 2)" in text
    )


def test_runs_are_named_beside_each_where_the_evidence_is_of_several() -> None:
    [first, second] = box("ai-chat-headers").evidence

    text = markdown.render(with_boxes(replace(box("ai-chat-headers"), evidence=(first, replace(second, run=1)))))

    assert "- [x] Verify correct SSE headers are set\n" in text
    assert "`text/event-stream`. (run 1)" in text
    assert "`no-cache`. (run 2)" in text


@pytest.mark.parametrize(
    ("needs", "reason", "said"),
    [
        ("needs a soak", "no run judges it", "a soak"),
        ("7 streams, and it takes 10; needs a load", "met; 7 streams, and it takes 10", "a load"),
        ("7 streams, and it takes 10; needs a load", "", "7 streams, and it takes 10; needs a load"),
        ("", "nothing was seen", "nothing was seen"),
        ("", "", "evidence that is not there"),
    ],
)
def test_what_a_box_needs_is_said_once(needs: str, reason: str, said: str) -> None:
    assert needed(replace(box("ai-chat-stability"), needs=needs, reason=reason)) == said


def test_other_runs_hold_no_checklist() -> None:
    with pytest.raises(TypeError, match="holds no checklist"):
        checklist_facts(load_run_document())
