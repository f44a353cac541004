"""What is refused before anything is sent, with why and what to do."""

from __future__ import annotations

import resource
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chatproof.cli import run
from support.raw_server import Peer, Server
from support.snapshots import expect_snapshot

PLAIN = '[backend]\nurl = "http://127.0.0.1:1"\n'


@pytest.fixture(autouse=True)
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    for name in ("CHATPROOF_URL", "CHATPROOF_TOKEN", "CHATPROOF_CONFIG", "CHATPROOF_REPORT_DIR", "GITHUB_ACTIONS"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture
def backend() -> Iterator[Server]:
    """A backend that nobody should ask anything."""

    def answer(peer: Peer) -> None:
        while peer.request():
            peer.send(b"HTTP/1.1 500 Asked\r\nContent-Length: 0\r\n\r\n")

    server = Server(answer)
    yield server
    server.close()


@pytest.mark.parametrize(
    ("arguments", "found", "hint"),
    [
        ([], "no backend is named", "`chatproof load --reference`"),
        (["--nope"], "'--nope'", "`chatproof load --help`"),
        (["--usres", "3"], "'--usres'", "did you mean --users?"),
        (["http://127.0.0.1:1", "--reference"], "both a URL and --reference", "drop one of them"),
        (["http://127.0.0.1:1", "extra"], "extra", "hint"),
        (["--run-time", "60"], "'60' is not a duration with a unit, of at least 0.5 s", "write 10s, 250ms or 5m"),
        (["--run-time", "0s"], "'0s' is not a duration with a unit, of at least 0.5 s", "write 10s"),
        (["--users", "-1"], "--users", "hint"),
        (["--stages", "30s fifty"], "'30s fifty' is no stage", "30s 50, 0s 100"),
        (["--stages", "30s 1.5"], "'30s 1.5' is no stage", "30s 50"),
        (["--stages", ""], "'' is no stage", "30s 50, 0s 100"),
        (["--stages", "9s 5", "--users", "5"], "both --stages and --users", "drop --users"),
        (["--arrivals", "poisson"], "--arrivals poisson needs a rate", "add --rate"),
        (["--master", "--processes", "2"], "both --processes and --master", "drop one of them"),
        (["--master", "--worker", "--master-host", "h"], "both --master and --worker", "drop one of them"),
        (["--worker"], "--worker needs a master", "--master-host"),
        (["--expect-workers", "2"], "--expect-workers is given without --master", "add --master"),
        (["--master-host", "h"], "--master-host is given without --worker", "add --worker"),
        (["http://127.0.0.1:1", "--workload", "chat-trns"], "`chat-trns`", "did you mean `chat-turns`?"),
        (["http://127.0.0.1:1", "--profile", "ai-chatt"], "`ai-chatt`", "ai-chat"),
        (["http://127.0.0.1:1", "--workload", "polling"], "`polling`", "--profile hybrid"),
        (["http://127.0.0.1:1", "--leave-out", "tftf"], "tftf", "hint"),
        (["http://127.0.0.1:1", "--users", "999999"], "999999", "max_users = 999999"),
        (["http://192.0.2.7:1"], "load is not sent to 192.0.2.7", 'allow_hosts = ["192.0.2.7"]'),
        (["http://127.0.0.1:1", "--config", "absent.toml"], "absent.toml", "hint"),
        (["http://127.0.0.1:1", "--users", "1", "--run-time", "2s"], "cannot be decided by this load", "--leave-out"),
        (["http://127.0.0.1:1", "--users", "0"], "cannot be decided by this load", "--leave-out"),
    ],
)
def test_wrong_usage_ends_with_2_and_a_hint(
    arguments: list[str], found: str, hint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code = run(["load", *arguments])

    said = capsys.readouterr()
    assert code == 2
    assert said.out == ""
    assert found in said.err
    assert hint in said.err
    assert "hint:" in said.err
    assert "Traceback" not in said.err


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (PLAIN + '[targets]\n"ttft.p95" = "< 350 parsecs"\n', "350 parsecs"),
        (PLAIN + "[load]\nusrs = 3\n", "usrs"),
        (PLAIN + '[load]\nworkload = "chat-trns"\n', "chat-trns"),
        ('[backend]\nurl = "http://chat.example.invalid:1"\n', "its name cannot be resolved"),
    ],
)
def test_a_wrong_configuration_ends_with_2_and_a_hint(
    text: str, found: str, empty_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (empty_folder / "chatproof.toml").write_text(text)

    assert run(["load"]) == 2
    said = capsys.readouterr().err
    assert found in said
    assert "hint:" in said


def test_a_file_beside_the_reference_may_say_what_the_load_is_and_nothing_of_a_backend(
    empty_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (empty_folder / "mine.toml").write_text(PLAIN + "[load]\nusers = 1\n")

    assert run(["load", "--reference", "--config", "mine.toml"]) == 2
    assert "[backend] of mine.toml is not for --reference" in capsys.readouterr().err


def test_every_undecidable_target_is_told_with_what_it_needs(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["load", "http://127.0.0.1:1", "--users", "2", "--run-time", "3s"]) == 2
    expect_snapshot("load_undecidable", capsys.readouterr().err)


def test_a_foreign_host_is_refused_with_why_and_how(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["load", "http://192.0.2.7:8000"]) == 2
    expect_snapshot("load_foreign_host", capsys.readouterr().err)


def test_too_few_files_are_explained_and_nothing_is_sent(
    backend: Server, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _what: (256, 256))
    assert run(["load", backend.url, "--users", "2000"]) == 2
    said = capsys.readouterr().err
    assert "this machine allows 256" in said
    assert "ulimit -n" in said
    assert backend.peers == []


def test_a_folder_that_is_not_ours_is_refused_before_anything_is_sent(
    backend: Server, empty_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (empty_folder / "chatproof-report" / "load").mkdir(parents=True)
    (empty_folder / "chatproof-report" / "load" / "mine.txt").write_text("mine")
    assert run(["load", backend.url]) == 2
    assert "is not replaced" in capsys.readouterr().err
    assert backend.peers == []


@pytest.mark.parametrize(("wanted", "why"), [("file/reports", "Not a directory"), ("file", "a file has that name")])
def test_a_folder_that_cannot_be_written_is_told_before_anything_is_sent(
    backend: Server, empty_folder: Path, capsys: pytest.CaptureFixture[str], *, wanted: str, why: str
) -> None:
    (empty_folder / "file").write_text("")
    assert run(["load", backend.url, "--report-dir", wanted]) == 2
    said = capsys.readouterr().err
    assert f"the report cannot be written to {wanted}: {why}" in said
    assert "--report-dir; --json prints the run document" in said
    assert backend.peers == []


def test_a_port_that_is_taken_is_told_before_anything_is_sent(
    backend: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        options = ["--master", "--master-bind-host", "127.0.0.1", "--master-port", port]
        assert run(["load", backend.url, *options]) == 2
    said = capsys.readouterr().err
    assert f"the master cannot listen on 127.0.0.1, port {port}: address already in use" in said
    assert "hint: another port with --master-port" in said
    assert backend.peers == []


@pytest.mark.parametrize(("users", "choices"), [("5", ["--run-time"]), ("1", ["take the most that is enough"])])
def test_the_hint_of_a_refusal_names_what_would_do(
    users: str, choices: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["load", "http://127.0.0.1:1", "--users", users, "--run-time", "8s"]) == 2
    hint = capsys.readouterr().err.splitlines()[-1]
    assert hint.startswith(f"hint: {choices[0]}")
    assert hint.count("--leave-out error_rate") == 1


def test_no_verdict_and_a_report_where_nobody_is_there(
    empty_folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_rest: Any, **_more: Any) -> None:
        pytest.fail("a load was started")

    monkeypatch.setattr("chatproof.load_run.generator.supervise", never)
    assert run(["load", "http://127.0.0.1:1", "--color", "never"]) == 3
    said = capsys.readouterr().err
    assert "connection refused" in said
    assert "--wait" in said
    assert (empty_folder / "chatproof-report" / "load" / "run.json").is_file()
    assert list((empty_folder / "chatproof-report").glob("load-unfinished-*")) == []


def test_waiting_has_its_limit(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["load", "http://127.0.0.1:1", "--wait", "0.2"]) == 3
    assert "asked for 0.2 s" in capsys.readouterr().err


def test_help_names_the_exit_codes_and_every_option(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["load", "--help"]) == 0
    expect_snapshot("help_load", capsys.readouterr().out)
