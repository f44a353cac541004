"""What is refused before anything is sent, each with a hint."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatproof.cli import run

CONFIG = '[backend]\nurl = "http://127.0.0.1:1"\n[profiles.ai-chat]\n[load]\nmax_users = 500\n'


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("CHATPROOF_URL", "CHATPROOF_TOKEN", "CHATPROOF_CONFIG", "CHATPROOF_REPORT_DIR", "GITHUB_ACTIONS"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "chatproof.toml").write_text(CONFIG)
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (("--start", "64", "--max", "32"), ("--start 64 is above --max 32", "doubled from --start up to --max")),
        (("--at-least", "600", "--max", "500"), ("--at-least 600 is above --max 500", "hint: give a --max")),
        (("--at-least", "8", "--start", "16"), ("--at-least 8 is below --start 16", "nothing below --start is tried")),
        (("--max", "5000"), ("--max 5000 is above the bound of 500", "[load]: max_users = 5000")),
        (("--start", "2.5"), ("there is no part of a stream", "hint: give a whole number")),
        (("--workload", "soak"), ("the capacity of soak cannot be searched for", "hint: choose one of chat-turns")),
        (("--workload", "chatturns"), ("chatturns", "chat-turns")),
        (("--headroom", "120%"), ("'120%' is no share", "hint: write 30% or 0.3")),
        (("--precision", "0"), ("'0' is no share", "hint: write 30% or 0.3")),
        (("--rung-time", "5"), ("not a duration with a unit", "hint: write 10s")),
        (("http://192.0.2.7:3000",), ("load is not sent to 192.0.2.7", "allow_hosts")),
        (
            ("--leave-out", "ttft", "--leave-out", "error_rate", "--leave-out", "retry_rate.client"),
            ("chat-turns has no target that a rung can be judged by", "below [targets]"),
        ),
    ],
)
def test_nonsense_is_refused_with_a_hint(
    arguments: tuple[str, ...], parts: tuple[str, ...], folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["capacity", *arguments]) == 2
    said = capsys.readouterr()
    for part in parts:
        assert part in said.err
    assert said.out == ""
    assert not (folder / "chatproof-report").exists()


def test_the_search_begins_no_higher_than_what_is_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["capacity", "--color", "never", "--at-least", "2"]) == 3
    assert "2 to 500 streams" in capsys.readouterr().err


def test_a_backend_that_is_not_there_has_no_capacity(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["capacity", "--color", "never"]) == 3
    said = capsys.readouterr()
    assert "4 to 500 streams" in said.err
    assert "judged by: ttft.p95 < 350ms" in said.err
    assert "at most 100,000 turns" in said.err
    assert "127.0.0.1:1" in said.err
    assert (folder / "chatproof-report" / "capacity" / "run.json").is_file()
