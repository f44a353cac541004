"""Null servers as a user meets them: the pinned exit code in time, nothing met, no crash, one clear message."""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack
from pathlib import Path

import pytest
from outcomes.commands import Command, Outcome, chatproof

from chatproof.fixtures.nulls import NULLS

LONGEST_SECONDS = 60.0
# What a crowded machine may take to start a process and write reports, beside what the check itself waits for.
CROWDED_SECONDS = 120.0
MOST_KIB = 200 * 1024
MESSAGE_LINES = 100
# A check of these waits for limits to pass.
PATIENT = ("headers_then_silence", "accepts_and_hangs")
MESSAGES = {
    "refused": "connection refused",
    "accepts_and_hangs": "no answer within 12.",
    "status_404": "status 404",
    "status_500": "status 500",
    "html_503": "status 503",
    "endless_headers": "the head is longer than",
    "redirect_loop": "status 307",
    "empty_200": "no event in the 0 bytes",
    "headers_then_silence": "the answer did not end",
    "endless_stream": "the answer did not end",
}


# Whether a requirement is meant to explain a control turn that was answered, and so may give a reason of its own.
ANSWERED = {"empty_200", "headers_then_silence", "endless_stream"}


@pytest.mark.parametrize("names", [PATIENT, *((name,) for name in NULLS if name not in PATIENT)], ids="+".join)
def test_a_null_server_ends_with_its_code_and_one_clear_message(names: tuple[str, ...], tmp_path: Path) -> None:
    with ExitStack() as stack:
        running = {}
        for name in names:
            folder = tmp_path / name
            folder.mkdir()
            url = stack.enter_context(NULLS[name].run())
            running[name] = stack.enter_context(Command("check", url, "--color", "never", cwd=folder))
        for name, command in running.items():
            outcome = command.finish(CROWDED_SECONDS)
            judges_nothing(name, outcome)
            is_frugal(outcome)
            is_clear(name, outcome)


def judges_nothing(name: str, outcome: Outcome) -> None:
    assert outcome.code == outcome.run["exit_code"] == NULLS[name].exit_code
    assert outcome.of("met") == []
    assert outcome.of("waived") == []
    assert len(outcome.of("not_testable")) > 50
    assert bool(outcome.of("not_met")) == (outcome.code == 1)


def is_frugal(outcome: Outcome) -> None:
    assert outcome.run["duration_seconds"] < LONGEST_SECONDS
    assert outcome.peak_kib < MOST_KIB


def is_clear(name: str, outcome: Outcome) -> None:
    (reason,) = {entry["reason"] for entry in outcome.run["gate"].values()}
    assert MESSAGES[name] in reason
    reasons = Counter(entry["reason"] for entry in outcome.run["verdicts"] if entry["verdict"] == "not_testable")
    assert reasons[reason] > 40
    assert (set(reasons) == {reason}) or name in ANSWERED
    notices = [line for line in outcome.err.splitlines() if line.startswith("! ")]
    assert len(notices) == 1
    assert notices[0].startswith("! ai-chat: the control turn ")
    assert len(outcome.err.splitlines()) < MESSAGE_LINES
    assert "Traceback" not in outcome.err
    assert outcome.out == ""


def test_a_port_where_nobody_listens_is_told_within_five_seconds(tmp_path: Path) -> None:
    refused = chatproof("check", "http://127.0.0.1:1", "--color", "never", cwd=tmp_path)

    assert refused.code == 3
    assert refused.run["duration_seconds"] < 5
    assert "`--wait SECONDS` waits for it" in " ".join(refused.err.split())
