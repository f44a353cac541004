"""What the user reads, word for word."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatproof.cli import run
from chatproof.config.toml_text import toml_text
from chatproof.fixtures.faults.ai_chat import FAULTS
from chatproof.fixtures.faults.site import full_settings, site
from chatproof.fixtures.server import Farm
from support.snapshots import expect_snapshot


@pytest.fixture(autouse=True)
def terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    for name in ("CHATPROOF_URL", "CHATPROOF_TOKEN", "CHATPROOF_CONFIG", "CHATPROOF_REPORT_DIR", "GITHUB_ACTIONS"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("help", ["--help"]),
        ("help_check", ["check", "--help"]),
        ("help_capacity", ["capacity", "--help"]),
        ("help_checklist", ["checklist", "--help"]),
        ("help_compare", ["compare", "--help"]),
        ("help_decode", ["decode", "--help"]),
        ("help_explain", ["explain", "--help"]),
        ("help_gate", ["gate", "--help"]),
        ("help_init", ["init", "--help"]),
        ("help_list", ["list", "--help"]),
        ("help_report", ["report", "--help"]),
        ("help_serve", ["serve", "--help"]),
        ("list_requirements", ["list", "requirements"]),
        ("list_profiles", ["list", "profiles"]),
        ("list_means", ["list", "means"]),
        ("list_excluded", ["list", "excluded"]),
        ("list_workloads", ["list", "workloads"]),
        ("list_targets", ["list", "targets"]),
        ("explain_target", ["explain", "AICHAT-PERF-04"]),
        ("explain_metric", ["explain", "ttft"]),
        ("explain_workload", ["explain", "soak"]),
        ("explain_requirement", ["explain", "SSE-TYPE-01"]),
        ("explain_alias", ["explain", "aichat-cors-02"]),
        ("explain_excluded", ["explain", "HTTP-H2-01"]),
        ("explain_fault", ["explain", "crlf"]),
        ("explain_profile", ["explain", "chatkit"]),
    ],
)
def test_what_is_known(name: str, arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(arguments) == 0

    expect_snapshot(name, capsys.readouterr().out)


@pytest.mark.parametrize(
    ("name", "fault", "arguments", "code"),
    [
        ("check_clean", "identity", ["SSE"], 0),
        ("check_must", "usage_after_done", ["AICHAT-EVT", "SSE-TYPE"], 1),
        ("check_should", "no_accel_buffering", ["SSE-BUF", "SSE-TYPE"], 0),
        ("check_should_strict", "no_accel_buffering", ["SSE-BUF", "SSE-TYPE", "--strict", "-q"], 1),
        ("check_verbose", "usage_after_done", ["AICHAT-EVT-03", "SSE-TYPE-01", "-v"], 1),
        ("check_quiet_clean", "identity", ["SSE-TYPE", "-q"], 0),
    ],
)
def test_what_a_check_says(
    name: str, fault: str, arguments: list[str], code: int, *, terminal: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = full_settings(secret="a-secret-for-the-snapshots-0123456789", resume=False, retry_ms=None)
    with Farm() as farm:
        found = site(farm, FAULTS[fault], settings, with_front=False)
        table = found.config
        del table["backend"]["command"]
        (terminal / "chatproof.toml").write_text(toml_text(table))

        ended = run(["check", "--color", "never", *arguments])

    said = capsys.readouterr()
    assert said.out == ""
    expect_snapshot(name, said.err)
    assert ended == code


def test_what_a_check_of_nothing_says(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check", "http://127.0.0.1:1", "--color", "never"]) == 3

    expect_snapshot("check_unreachable", capsys.readouterr().err)
