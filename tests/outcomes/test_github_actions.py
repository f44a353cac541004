"""Under GitHub Actions: annotations that GitHub shows, and a summary that it takes."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from outcomes.commands import Outcome, chatproof
from outcomes.scripted import serving

from support.raw_server import OK, Peer, each_request

Write = Callable[..., Path]

COMMAND = re.compile(r"::(error|warning|notice) title=([^:,\r\n]*)::([^\r\n]*)")
MOST = 10
STEP_SUMMARY_BYTES = 1_000_000
# Found and shown as they are these would end a workflow command, or begin another one.
NASTY = b"event: %0A::error::x\n\ndata: 100%, a,b:c\r\n::stop-commands::y\n\n"


def nonsense(peer: Peer, _request: bytes) -> None:
    """Answers everything with a stream of unknown events, and no header that a stream should have."""
    body = NASTY + b"event: ::error::injected\ndata: ::error::injected\n\n" * 50
    peer.send(OK, b"Content-Type: text/event-stream\r\nContent-Length: %d\r\n\r\n" % len(body), body)


def checked(folder: Path, *options: str, summary: Path) -> Outcome:
    env = {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(summary)}
    with serving(each_request(nonsense)) as server:
        return chatproof(
            "check", server.url, "SSE", "HTTP", "AICHAT-EVT", "AICHAT-VAL-01", *options, cwd=folder, env=env
        )


def test_there_are_at_most_ten_annotations_of_a_kind_each_on_a_line_of_its_own(tmp_path: Path) -> None:
    outcome = checked(tmp_path, summary=tmp_path / "step.md")

    kinds = [COMMAND.fullmatch(line) for line in outcome.out.splitlines()]
    assert outcome.code == 1
    assert None not in kinds, outcome.out
    errors = [found[2] for found in kinds if found is not None and found[1] == "error"]
    assert 0 < len(errors) <= MOST
    broken = {entry["requirement"] for entry in outcome.run["verdicts"] if entry["verdict"] == "not_met"}
    assert any(title.split(" ")[0] in broken for title in errors)


def test_the_step_summary_is_appended_and_small(tmp_path: Path) -> None:
    summary = tmp_path / "step.md"
    summary.write_text("# An earlier step\n")

    outcome = checked(tmp_path, summary=summary)

    written = summary.read_text("utf-8")
    assert written.startswith("# An earlier step\n")
    assert outcome.of("not_met")[0] in written
    assert len(written.encode()) < STEP_SUMMARY_BYTES


def test_annotations_do_not_disturb_the_document_on_stdout(tmp_path: Path) -> None:
    outcome = checked(tmp_path, "--json", summary=tmp_path / "step.md")

    assert json.loads(outcome.out) == outcome.run
    assert "::error title=" in outcome.err


def test_a_step_summary_that_cannot_be_written_is_said_and_changes_no_verdict(tmp_path: Path) -> None:
    outcome = checked(tmp_path, summary=tmp_path)

    assert outcome.code == outcome.run["exit_code"] == 1
    assert "error: the step summary cannot be written" in outcome.err
    assert "hint:" in outcome.err
    assert "chatproof itself failed" not in outcome.err


@pytest.mark.parametrize("variables", [{}, {"GITHUB_ACTIONS": "false"}])
def test_elsewhere_there_are_none(variables: dict[str, str], tmp_path: Path) -> None:
    env = {**variables, "GITHUB_STEP_SUMMARY": str(tmp_path / "step.md")}

    outcome = chatproof("check", "http://127.0.0.1:1", cwd=tmp_path, env=env)

    assert "::error" not in outcome.out + outcome.err
    assert not (tmp_path / "step.md").exists()
