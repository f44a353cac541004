"""`--max-time` ends a recording, and `--wait` waits for a backend that comes up late."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from outcomes.commands import chatproof
from outcomes.scripted import CONTROL_REQUESTS, Meeting, hanging_after

from chatproof.recorder import OUT_OF_TIME
from support.raw_server import Peer, Server, each_request, turn

SELECTED = ("SSE-TYPE-01", "AICHAT-VAL-01")
SOON_SECONDS = 30.0


def test_what_is_not_finished_in_time_is_not_testable(tmp_path: Path) -> None:
    with hanging_after(CONTROL_REQUESTS, Meeting()) as server:
        outcome = chatproof(
            "check", server.url, *SELECTED, "--max-time", "1", "--color", "never", cwd=tmp_path, seconds=SOON_SECONDS
        )

    assert outcome.code == 3
    assert outcome.entry("SSE-TYPE-01")["verdict"] == "met"
    assert outcome.entry("AICHAT-VAL-01")["verdict"] == "not_testable"
    assert OUT_OF_TIME in outcome.entry("AICHAT-VAL-01")["reason"]
    assert "within --max-time" in " ".join(outcome.err.split())
    assert outcome.run["interrupted"] is False


def test_a_control_turn_that_is_not_finished_in_time_is_no_verdict(tmp_path: Path) -> None:
    with hanging_after(0, Meeting()) as server:
        outcome = chatproof("check", server.url, *SELECTED, "--max-time", "1", cwd=tmp_path, seconds=SOON_SECONDS)

    assert outcome.code == 3
    assert outcome.of("not_testable") == sorted(SELECTED)
    assert OUT_OF_TIME in outcome.run["gate"]["ai-chat"]["reason"]


def test_wait_waits_for_a_backend_that_comes_up_late(tmp_path: Path) -> None:
    """The first knock is heard and turned away, only then does the backend serve."""
    serving = each_request(turn)

    def late(peer: Peer) -> None:
        if peer.number > 1:
            serving(peer)

    with closing(Server(late)) as server:
        outcome = chatproof("check", server.url, "SSE-TYPE-01", "--wait", "30", "--color", "never", cwd=tmp_path)

    assert server.errors == []
    assert len(server.peers) > 1
    assert outcome.code == 0, outcome.err
    assert "did not answer" not in outcome.err
    assert outcome.of("met") == ["SSE-TYPE-01"]
