"""docs/coverage.md says of each document's sentences what judges them; nothing in it is dead, nothing is left out."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatproof.catalogue import catalogue
from chatproof.config import PROFILES
from chatproof.coverage import Document, Sentence, documents, markdown
from chatproof.loading import scenario_set
from chatproof.targets.documents import DOCUMENT_TARGETS
from chatproof.verdict import Level

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = documents(ROOT / "docs" / "coverage")
KNOWN = catalogue()


def test_there_is_a_table_for_each_document() -> None:
    assert sorted(document.profile for document in DOCUMENTS) == sorted(PROFILES)


def test_the_page_is_up_to_date() -> None:
    page = (ROOT / "docs" / "coverage.md").read_text(encoding="utf-8")

    assert page == markdown(DOCUMENTS, KNOWN)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.profile)
def test_no_id_is_dead_and_no_sentence_stands_twice(document: Document) -> None:
    ids = {name for sentence in document.sentences for name in sentence.ids}
    sentences = [(sentence.section, sentence.text) for sentence in document.sentences]

    rows = {target.row for target in DOCUMENT_TARGETS}
    assert [name for name in ids if not KNOWN.find(name) and name not in KNOWN.excluded and name not in rows] == []
    assert len(sentences) == len(set(sentences))


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.profile)
def test_every_requirement_that_names_the_document_stands_in_its_table(document: Document) -> None:
    listed = {found.id for sentence in document.sentences for name in sentence.ids if (found := KNOWN.find(name))}
    names = scenario_set(document.profile).names
    named = {
        entry.id
        for entry in KNOWN.requirements.values()
        if entry.applies_to(document.profile, names) and any(at.title == document.title for at in entry.sources)
    }

    assert sorted(named - listed) == []


def test_what_nobody_judges_has_its_reason() -> None:
    page = markdown(
        [Document(title="T", profile="p", sentences=(Sentence(section="s", text="a|b", none="why"),))], KNOWN
    )

    assert r"| s | a\|b | nothing: why |" in page


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.profile)
def test_every_target_of_the_document_stands_in_its_table(document: Document) -> None:
    listed = {name for sentence in document.sentences for name in sentence.ids}
    rows = {target.row for target in DOCUMENT_TARGETS if target.profile == document.profile and target.row}

    assert sorted(rows - listed) == []


def test_requirements_targets_and_excluded_rows_are_told_apart() -> None:
    sentence = Sentence(section="s", text="t", ids=("SSE-TYPE-01", "AICHAT-HDR-01", "AICHAT-PERF-01", "HTTP-H2-01"))
    page = markdown([Document(title="T", profile="p", sentences=(sentence,))], KNOWN)

    assert f"`SSE-TYPE-01` ({Level.MUST})" in page
    assert f"`AICHAT-HDR-01` ({Level.MUST}, as `SSE-TYPE-01`)" in page
    assert f"`AICHAT-PERF-01` ({Level.MUST}, in a load run: `ttft.p95 < 350ms`)" in page
    assert "`HTTP-H2-01`: not by a check (the recorder speaks HTTP/1.1 only)" in page


def test_a_dead_id_is_an_error() -> None:
    sentence = Sentence(section="s", text="t", ids=("AICHAT-DEAD-99",))

    with pytest.raises(KeyError):
        markdown([Document(title="T", profile="p", sentences=(sentence,))], KNOWN)


def test_an_entry_says_either_who_judges_or_why_nobody_does(tmp_path: Path) -> None:
    (tmp_path / "x.toml").write_text('title = "T"\nprofile = "p"\n[[sentence]]\nsection = "s"\ntext = "t"\n')

    with pytest.raises(ValueError, match="either `ids` or `none`"):
        documents(tmp_path)
