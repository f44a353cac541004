"""`[backend] command`: started, waited for, and gone when the check is over, however it ended."""

from __future__ import annotations

import os
import signal
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from outcomes.commands import Command, chatproof, until

BACKEND = Path(__file__).with_name("started_backend.py")
UNKNOWN_CREDENTIAL = {"scheme": "command", "command": f"{sys.executable} -Ic 'exit(3)'"}
Write = Callable[..., Path]

pytest_plugins = ["pytester"]


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def backend(command: str, port: int, **more: Any) -> dict[str, Any]:
    return {"backend": {"url": f"http://127.0.0.1:{port}", "command": command, "start_timeout": "20s", **more}}


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def test_it_is_started_waited_for_and_stopped(tmp_path: Path, write: Write) -> None:
    port = free_port()
    write(backend(f"{sys.executable} -I {BACKEND} {port} {tmp_path}", port))

    outcome = chatproof("check", "SSE-TYPE-01", cwd=tmp_path)

    assert outcome.code == 0, outcome.err
    assert f"starting {sys.executable}" in outcome.err
    assert gone(int((tmp_path / "pid").read_text()))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["ctrl-c", "sigterm"])
def test_it_is_stopped_after_an_interruption(number: signal.Signals, tmp_path: Path, write: Write) -> None:
    port = free_port()
    write(backend(f"{sys.executable} -I {BACKEND} {port} {tmp_path} 2", port))
    with Command("check", "SSE-TYPE-01", "AICHAT-VAL-01", cwd=tmp_path) as command:
        until((tmp_path / "reached").exists, 30)
        command.signal(number)
        outcome = command.finish()

    assert outcome.code == 130
    assert outcome.of("met") == ["SSE-TYPE-01"]
    assert gone(int((tmp_path / "pid").read_text()))


@pytest.mark.parametrize(
    ("command", "found", "hint"),
    [
        ("/nonexistent/backend", "cannot be started: No such file", "without a shell"),
        (f"{sys.executable} -Ic 'print(\"port taken\"); exit(7)'", "ended with status 7", "run the command by hand"),
        (f"{sys.executable} -Ic 'import signal; signal.pause()'", "did not answer within 0.5 s", "start_timeout"),
        ("'", "cannot be started", "check `command`"),
    ],
)
def test_one_that_does_not_come_up_is_an_error_with_a_hint(
    command: str, found: str, hint: str, tmp_path: Path, write: Write
) -> None:
    write(backend(command, free_port(), start_timeout="5s" if "exit" in command else "0.5s"))

    outcome = chatproof("check", "--json", cwd=tmp_path)

    assert outcome.code == 2
    assert outcome.out == ""
    assert found in outcome.err
    assert hint in outcome.err
    assert "Traceback" not in outcome.err
    assert not (tmp_path / "chatproof-report").exists()


def test_no_secret_of_its_command_line_or_last_words_is_shown(tmp_path: Path, write: Write) -> None:
    write(backend(f"{sys.executable} -Ic 'import sys; print(sys.argv); exit(1)' ${{CANARY}}", free_port()))

    outcome = chatproof("check", cwd=tmp_path, env={"CANARY": "canary-of-the-command-line"})

    assert outcome.code == 2
    assert "its last words" in outcome.err
    assert "canary" not in outcome.err
    assert outcome.err.count("<secret:") == 3


@pytest.mark.parametrize(
    ("workers", "code", "said"),
    [
        ((), pytest.ExitCode.USAGE_ERROR, "ERROR: [auth]: auth.command: found exit status 3*"),
        (
            ("-p", "xdist", "-n", "2"),
            pytest.ExitCode.TESTS_FAILED,
            "*Not testable: [[]auth]: auth.command: found exit*",
        ),
    ],
    ids=["one process", "two workers"],
)
def test_under_pytest_it_ends_at_once_too(
    workers: tuple[str, ...], code: int, said: str, pytester: pytest.Pytester, write_into: Write
) -> None:
    write_into(pytester.path, {"backend": {"url": "http://127.0.0.1:1"}, "auth": UNKNOWN_CREDENTIAL})

    outcome = pytester.runpytest_subprocess(
        *("--pyargs", "chatproof.conformance", "--chat-config", "chatproof.toml", "-k", "test_type"),
        *("-p", "no:cacheprovider", "-p", "no:locust", *workers),
        timeout=60,
    )

    assert outcome.ret == code
    lines = outcome.stderr if not workers else outcome.stdout
    lines.fnmatch_lines([said.replace("ERROR: [auth]", "ERROR: [[]auth]")])
    assert "INTERNALERROR" not in outcome.stdout.str() + outcome.stderr.str()


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_a_credential_that_cannot_be_had_is_an_error_with_a_hint(
    options: tuple[str, ...], tmp_path: Path, write: Write
) -> None:
    write({"backend": {"url": "http://127.0.0.1:1"}, "auth": UNKNOWN_CREDENTIAL})

    outcome = chatproof("check", *options, cwd=tmp_path)

    assert outcome.code == 2
    assert outcome.out == ""
    assert "auth.command: found exit status 3" in outcome.err
    assert "hint: run it by hand" in outcome.err
    assert "INTERNALERROR" not in outcome.err
    assert not (tmp_path / "chatproof-report").exists()


def test_plain_pytest_starts_and_stops_it_too(tmp_path: Path, pytester: pytest.Pytester, write_into: Write) -> None:
    port = free_port()
    write_into(pytester.path, backend(f"{sys.executable} -I {BACKEND} {port} {tmp_path}", port))

    outcome = pytester.runpytest_subprocess(
        *("--pyargs", "chatproof.conformance", "--chat-config", "chatproof.toml", "-k", "SSE-TYPE-01"),
        *("-p", "no:cacheprovider", "-p", "no:locust"),
        timeout=60,
    )

    outcome.assert_outcomes(passed=1, deselected=outcome.parseoutcomes()["deselected"])
    assert gone(int((tmp_path / "pid").read_text()))


@pytest.mark.parametrize(
    ("workers", "code", "said"),
    [
        ((), pytest.ExitCode.USAGE_ERROR, "ERROR: *cannot be started: No such file*"),
        (("-p", "xdist", "-n", "2"), pytest.ExitCode.TESTS_FAILED, "*Not testable: *cannot be started: No such file*"),
    ],
    ids=["one process", "two workers"],
)
def test_plain_pytest_tells_one_that_does_not_come_up(
    workers: tuple[str, ...], code: int, said: str, pytester: pytest.Pytester, write_into: Write
) -> None:
    write_into(pytester.path, backend("/nonexistent/backend", free_port()))

    outcome = pytester.runpytest_subprocess(
        *("--pyargs", "chatproof.conformance", "--chat-config", "chatproof.toml", "-k", "SSE-TYPE-01"),
        *("-p", "no:cacheprovider", "-p", "no:locust", *workers),
        timeout=60,
    )

    assert outcome.ret == code
    (outcome.stderr if not workers else outcome.stdout).fnmatch_lines([said])
    assert "INTERNALERROR" not in outcome.stdout.str() + outcome.stderr.str()


def test_an_upstream_whose_address_is_taken_is_an_error_with_a_hint(tmp_path: Path, write: Write) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        listen = f"127.0.0.1:{taken.getsockname()[1]}"
        write({"backend": {"url": "http://127.0.0.1:1"}, "profiles": {"chatkit": {"upstream": {"listen": listen}}}})

        outcome = chatproof("check", cwd=tmp_path)

    assert outcome.code == 2
    assert f"{listen} cannot be listened on: Address already in use" in outcome.err
    assert "hint: stop what listens there" in outcome.err
