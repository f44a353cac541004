from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from chatproof.reports import github, markdown

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from chatproof.run import Run


def test_summary_is_as_reviewed(faulty_run: Run, snapshot: Callable[[str, str], None]) -> None:
    snapshot("summary.md", markdown.render(faulty_run))


@pytest.mark.parametrize("name", ["bare", "empty", "crashed", "gated", "stale"])
def test_summary_of_a_run_that_went_wrong_is_as_reviewed(
    request: pytest.FixtureRequest, snapshot: Callable[[str, str], None], name: str
) -> None:
    run: Run = request.getfixturevalue(f"{name}_run")

    snapshot(f"summary-{name}.md", markdown.render(run))


def test_hostile_text_makes_no_markup_and_no_row(hostile_run: Run) -> None:
    text = markdown.render(hostile_run)
    outside = re.sub(r"(?ms)^(`{3,})\n.*?\n\1$", "", text)

    assert "<script" not in outside
    assert "https://evil" not in outside
    assert "@team" not in outside
    rows = [line for line in outside.split("\n") if line.startswith("|")]
    assert {line.count("|") for line in rows} == {5}
    assert "\x1b" not in text
    text.encode("utf-8")


def test_code_block_outlasts_the_backticks_in_it(faulty_run: Run) -> None:
    curl = "curl -N '\n````\n'"
    verdicts = tuple(replace(entry, curl=curl) for entry in faulty_run.verdicts)

    text = markdown.render(replace(faulty_run, verdicts=verdicts))

    assert f"`````\n{curl}\n`````" in text


def test_summary_is_cut_between_blocks_with_a_pointer(hostile_run: Run) -> None:
    many = tuple(replace(entry, verdict="not_met", found="\u540d" * 5000) for entry in hostile_run.verdicts * 8)
    run = replace(hostile_run, verdicts=many)

    text = markdown.render(run)

    assert 900_000 < len(text.encode()) < 1_000_000
    assert text.endswith(markdown.CUT_NOTE)
    assert text.count("<details>") == text.count("</details>")
    assert len(markdown.render(run, limit_bytes=3000).encode()) <= 3000
    assert markdown.render(run, limit_bytes=0) == ""


def test_annotations_are_as_reviewed(faulty_run: Run, snapshot: Callable[[str, str], None]) -> None:
    snapshot("github.txt", github.render(faulty_run))


def test_at_most_ten_of_each_kind(faulty_run: Run) -> None:
    every = tuple(replace(entry, verdict="not_met", found="f", expected="e") for entry in faulty_run.verdicts)

    lines = github.render(replace(faulty_run, verdicts=every)).splitlines()

    for kind in ("error", "warning", "notice"):
        found = [line for line in lines if line.startswith(f"::{kind} ")]
        assert len(found) == 10
        assert " more::" in found[-1]
        assert "AICHAT-SESS" in found[-1]


def test_strict_makes_a_should_an_error(faulty_run: Run) -> None:
    assert "::warning title=AICHAT-HB-02" in github.render(faulty_run)
    assert "::error title=AICHAT-HB-02" in github.render(replace(faulty_run, strict=True))


def test_may_is_a_notice(faulty_run: Run) -> None:
    every = tuple(replace(entry, level="MAY") for entry in faulty_run.verdicts)

    assert "::notice title=SSE-TYPE-01 MAY not met" in github.render(replace(faulty_run, verdicts=every))


def test_hostile_text_plants_no_command(hostile_run: Run) -> None:
    lines = github.render(hostile_run).split("\n")

    assert lines[-1] == ""
    for line in lines[:-1]:
        assert re.fullmatch(r"::(error|warning|notice) title=[^:,\r\n]*::[^\r\n]*", line)
    assert "%250A%3A%3Aerror" not in lines[0]
    assert "%250A::error::x" in "\n".join(lines)


def test_gate_is_told_once_and_not_for_every_requirement(gated_run: Run) -> None:
    [line] = github.render(gated_run).splitlines()

    assert line.startswith("::error title=chatproof%3A No verdict::ai-chat: the control turn got no answer")


def test_crash_and_interruption_are_errors(crashed_run: Run, interrupted_run: Run) -> None:
    assert "::error title=chatproof%3A chatproof itself failed::" in github.render(crashed_run)
    assert "::error title=chatproof%3A Interrupted::" in github.render(interrupted_run)


def test_step_summary_is_appended_and_stays_small(faulty_run: Run, tmp_path: Path) -> None:
    path = tmp_path / "summary"
    github.append_step_summary(faulty_run, path)
    once = path.read_text("utf-8")
    assert once == markdown.render(faulty_run)

    path.write_text("x" * 999_000, "utf-8")
    github.append_step_summary(faulty_run, path)

    assert path.stat().st_size <= 1_000_000
    assert "Cut here" in path.read_text("utf-8")
