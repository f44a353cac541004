"""What docs/checklist.md says is so."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from chatproof.checklist.documents import documents
from chatproof.config import load_config
from chatproof.reports.checklist.boxes import word
from chatproof.reports.checklist.outcome import STATES
from support.environments import CHECKOUT

if TYPE_CHECKING:
    from pathlib import Path

PAGE = CHECKOUT / "docs" / "checklist.md"


def test_its_own_boxes_are_read_as_it_says(tmp_path: Path) -> None:
    [block] = re.findall(r"```toml\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    file = tmp_path / "chatproof.toml"
    file.write_text(f'[backend]\nurl = "http://localhost:3000"\n[profiles.ai-chat]\n{block}', encoding="utf-8")

    config = load_config(path=file, env={}, environment_name=None, url=None, profiles=(), cwd=tmp_path)

    assert [(box.targets, box.requirements, box.profile) for box in config.boxes] == [
        (("e2e.p95 < 8s",), (), ""),
        ((), ("JWT-SIG-01", "JWT-EXP-01"), "ai-chat"),
        ((), (), ""),
    ]


def test_every_state_has_a_row() -> None:
    rows = re.findall(r"(?m)^\| ([a-z, ]+) \|", PAGE.read_text("utf-8"))

    assert {word(state) for state in STATES} <= set(rows)


def test_its_documents_hold_as_many_boxes_as_it_says() -> None:
    rows = re.findall(r"(?m)^\| ([^|]*) \| `([a-z-]+)` \| ([\d+ ]+) \|$", PAGE.read_text("utf-8"))

    told = {profile: sum(map(int, number.split("+"))) for _title, profile, number in rows}
    assert told == {document.profile: len(document.boxes) for document in documents()}
    assert all(
        title.startswith(document.title)
        for title, profile, _ in rows
        for document in documents()
        if document.profile == profile
    )


def test_it_is_at_most_two_screens_and_starts_with_the_command() -> None:
    lines = PAGE.read_text("utf-8").split("\n")

    assert len(lines) <= 91
    assert lines[2:4] == ["```sh", "chatproof checklist --reference --build 4f2c1e9"]
