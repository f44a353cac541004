from __future__ import annotations

import re
from pathlib import Path

import pytest

from chatproof.catalogue import catalogue
from chatproof.checklist.definition import BoxDefinition, box_of
from chatproof.checklist.documents import documents
from chatproof.checklist.judge import ticked
from chatproof.checklist.target_findings import target_of
from chatproof.loading import scenario_set
from chatproof.targets.documents import DOCUMENT_TARGETS
from support.checklist_parts import requirements_of

TEXTS = Path(__file__).parent / "texts"
MARKER = re.compile(r"^(- \[ \] |- |### |  // )?(\d\. )?(✅ )?")
SILENCE = "15s"
CYRILLIC = "[\u0400-\u04ff]"
BY_PROFILE = {document.profile: document for document in documents()}
BOXES = [box for document in documents() for box in document.boxes]


def lines_of(profile: str) -> list[tuple[str, str]]:
    """Section and text of each box, as they stand in the document."""
    found, section = [], ""
    deepest = "## " if profile == "stream-chat" else "### "
    for line in (TEXTS / f"{profile}.md").read_text("utf-8").splitlines():
        plain = line.replace("**", "")
        if line.startswith(("## ", deepest)):
            section = plain.lstrip("#").strip()
        else:
            found.append((section, MARKER.sub("", plain, count=1)))
    return found


@pytest.mark.parametrize("profile", BY_PROFILE)
def test_the_boxes_are_those_of_the_document_word_for_word(profile: str) -> None:
    assert [(box.section, box.text) for box in BY_PROFILE[profile].boxes] == lines_of(profile)


def test_there_are_as_many_boxes_as_the_documents_have() -> None:
    counts = {profile: len(document.boxes) for profile, document in BY_PROFILE.items()}

    assert counts == {"ai-chat": 13 + 7, "agent-stream": 5, "stream-chat": 3, "chatkit": 4, "hybrid": 16}


def test_ids_are_unique_and_begin_with_their_profile() -> None:
    assert len({box.id for box in BOXES}) == len(BOXES)
    assert [box.id for box in BOXES if not box.id.startswith(f"{box.profile}-")] == []


@pytest.mark.parametrize("box", BOXES, ids=lambda box: box.id)
def test_every_requirement_that_a_box_names_is_one_of_its_profile(box: BoxDefinition) -> None:
    known, names = catalogue().requirements, scenario_set(box.profile, None).names

    assert [name for name in requirements_of(box) if name not in known] == []
    assert [name for name in requirements_of(box) if not known[name].applies_to(box.profile, names)] == []


@pytest.mark.parametrize("box", [box for box in BOXES if box.all_targets], ids=lambda box: box.id)
def test_every_target_of_a_box_has_the_document_s_own_limit(box: BoxDefinition) -> None:
    stated = {
        target_of(f"{entry.name} {entry.condition.format(silence=SILENCE, generate='30s')}")
        for entry in DOCUMENT_TARGETS
        if entry.profile == box.profile
    }

    assert [text for text in box.all_targets if target_of(text) not in stated] == []
    assert box.needs or not box.targets


@pytest.mark.parametrize("box", BOXES, ids=lambda box: box.id)
def test_what_is_russian_is_translated_and_nothing_else(box: BoxDefinition) -> None:
    assert bool(box.translation) == bool(re.search(CYRILLIC, box.text))
    assert not re.search(CYRILLIC, box.translation)


def test_every_performance_figure_of_the_guide_is_in_a_box() -> None:
    stated = {entry.name for entry in DOCUMENT_TARGETS if entry.row.startswith("AICHAT-PERF")}

    assert stated == {target_of(text).name for box in BOXES for text in box.all_targets}


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"id": "x", "section": "s", "text": "t"}, "either manual, or names"),
        ({"id": "x", "section": "s", "text": "t", "manual": "m", "beyond": "b"}, "either manual, or names"),
        ({"id": "x", "section": "s", "text": "t", "manual": "m", "requirement": ["A"]}, "no 'requirement'"),
    ],
)
def test_a_box_of_nothing_and_a_wrong_key_are_refused(table: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        box_of(table, document="d", profile="ai-chat")


def test_a_stream_that_is_tested_has_beaten_as_the_guide_s_own_test_expects() -> None:
    first = BY_PROFILE["agent-stream"].boxes[0]

    assert {"AGENT-HB-01", "AGENT-CONN-01", "AGENT-MSG-05"} <= set(first.requirements)
    assert "AGENT-GEN-01" in requirements_of(first)


def test_the_documents_say_their_language_and_boxes_keep_it() -> None:
    assert {box.profile for box in BOXES if box.language == "ru"} == {"hybrid"}
    assert ticked(BY_PROFILE["hybrid"].boxes[0], []).language == "ru"
    assert ticked(BY_PROFILE["hybrid"].boxes[1], []).language == "ru"
