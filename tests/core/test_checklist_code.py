from __future__ import annotations

from typing import Any

import pytest

from chatproof.checklist_facts import Box, BoxEvidence
from chatproof.exit_code import ExitCode, checklist_code
from chatproof.run import RequirementVerdict, WaiverState


def box(state: str, *words: str) -> Box:
    evidence = tuple(
        BoxEvidence(kind="requirement", name="A", profile="ai-chat", verdict=word, text="t") for word in words
    )
    return Box(id="a-box", document="d", section="s", text="t", state=state, evidence=evidence)


def verdict(word: str, level: str = "MUST") -> RequirementVerdict:
    return RequirementVerdict(
        requirement="SSE-TYPE-01", level=level, profile="ai-chat", verdict=word, clause="c", statement="s"
    )


STALE = WaiverState(
    requirement="A", profile="ai-chat", state="stale", message="", line=1, origin="", owner="", reason="", expires=""
)
TICKED, MANUAL, OUT, OPEN = (box(state) for state in ("ticked", "manual", "not_testable", "not_judged"))
BROKEN, WAIVED = box("not_ticked", "not_met"), box("not_ticked", "waived", "met")
CLOSED = {"ai-chat": {"reason": "connection refused", "hint": ""}}


@pytest.mark.parametrize(
    ("boxes", "more", "code"),
    [
        ([TICKED], {}, ExitCode.MET),
        ([TICKED, MANUAL, OUT], {}, ExitCode.MET),
        ([TICKED, WAIVED], {}, ExitCode.MET),
        ([TICKED], {"verdicts": [verdict("met")]}, ExitCode.MET),
        ([TICKED], {"verdicts": [verdict("met"), verdict("not_met", "SHOULD")]}, ExitCode.MET),
        ([TICKED, BROKEN], {}, ExitCode.NOT_MET),
        ([TICKED, box("not_ticked", "waived", "not_met")], {}, ExitCode.NOT_MET),
        ([TICKED, BROKEN, OPEN], {"gate": CLOSED}, ExitCode.NOT_MET),
        ([TICKED], {"verdicts": [verdict("met"), verdict("not_met")]}, ExitCode.NOT_MET),
        ([TICKED], {"verdicts": [verdict("met"), verdict("not_met", "SHOULD")], "strict": True}, ExitCode.NOT_MET),
        ([TICKED, OPEN], {"verdicts": [verdict("not_met")]}, ExitCode.NOT_MET),
        ([TICKED], {"verdicts": [verdict("met")], "waivers": [STALE]}, ExitCode.NOT_MET),
        ([TICKED, OPEN], {}, ExitCode.NO_VERDICT),
        ([TICKED], {"verdicts": [verdict("met")], "gate": CLOSED}, ExitCode.NO_VERDICT),
        ([TICKED], {"verdicts": [verdict("met"), verdict("not_testable")]}, ExitCode.NO_VERDICT),
        ([WAIVED, MANUAL], {}, ExitCode.NO_VERDICT),
        ([MANUAL, OUT], {}, ExitCode.NO_VERDICT),
        ([], {}, ExitCode.NO_VERDICT),
        ([TICKED, BROKEN], {"crash": "disk on fire"}, ExitCode.CRASHED),
        ([TICKED, BROKEN], {"crash": "disk on fire", "interrupted": True}, ExitCode.INTERRUPTED),
    ],
)
def test_the_first_row_that_applies_decides(boxes: list[Box], more: dict[str, Any], code: ExitCode) -> None:
    found, reason = checklist_code(boxes, **more)

    assert found is code
    assert reason


def test_the_reason_counts_the_boxes() -> None:
    assert checklist_code([BROKEN])[1] == "1 box not ticked"
    assert checklist_code([TICKED, OPEN, OPEN])[1] == "2 boxes not judged"
