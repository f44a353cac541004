"""`chatproof init URL`: what it says, what it writes, and that its file can be used."""

from __future__ import annotations

import functools
import http.server
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chatproof.cli import run
from chatproof.config import PROFILES, load_config
from chatproof.fixtures.backend import create_app, mint, reference_settings
from chatproof.fixtures.nulls import NULLS
from chatproof.fixtures.references import REFERENCES
from chatproof.fixtures.server import Farm
from chatproof.recorder.pace import Pace
from support.snapshots import expect_snapshot
from support.table_server import Given, Table

SETTINGS = reference_settings(secret="a-secret-of-these-tests-with-at-least-32-bytes", heartbeat_seconds=0.25)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("CHATPROOF_URL", "CHATPROOF_TOKEN", "CHATPROOF_CONFIG", "CHATPROOF_REPORT_DIR"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture(scope="module")
def farm() -> Iterator[Farm]:
    with Farm() as running:
        yield running


@pytest.fixture(scope="module")
def reference(farm: Farm) -> str:
    return farm.start(create_app(SETTINGS))


@pytest.fixture(scope="module")
def static(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server of files: what many find at a wrong port."""
    serving = functools.partial(_Quiet, directory=str(tmp_path_factory.mktemp("static")))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), serving) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join(10)


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_arguments: Any) -> None:
        pass

    def version_string(self) -> str:
        return "SimpleHTTP/0.6"


def loaded(**variables: str) -> Any:
    return load_config(path=None, env=variables, environment_name=None, url=None, profiles=(), cwd=Path.cwd())


def test_the_reference_backend_is_recognised(reference: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["init", reference]) == 0

    said = capsys.readouterr()
    assert said.out == ""
    expect_snapshot("init_reference", said.err)
    expect_snapshot("init_reference_file", Path("chatproof.toml").read_text())


def test_a_check_with_its_file_runs(reference: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(["init", reference]) == 0
    monkeypatch.setenv("CHATPROOF_TOKEN", mint(SETTINGS, "test-user-id"))

    assert run(["check", "SSE-TYPE", "CORS-PRE", "-q"]) == 0


def test_its_file_is_loaded_with_the_variables_set(reference: str) -> None:
    assert run(["init", reference]) == 0

    config = loaded(CHATPROOF_TOKEN="a-token")
    assert list(config.profiles) == ["ai-chat"]
    assert config.profiles["ai-chat"].ping_path == "/api/v1/auth/ping"
    assert config.profiles["ai-chat"].health_path == "/health"
    assert config.backend.origins == ("http://localhost:3001",)
    assert (config.backend.cors, config.auth.scheme) == ("list", "bearer")
    assert config.warnings == ()


@pytest.mark.parametrize("profile", PROFILES)
def test_each_reference_backend_is_recognised_as_what_it_is(profile: str, farm: Farm) -> None:
    known = REFERENCES[profile]
    backend = known.create_app(known.full_settings(heartbeat_seconds=1.0))

    assert run(["init", farm.start(backend)]) == 0
    assert list(loaded(CHATPROOF_TOKEN="a-token").profiles) == [profile]


def test_nothing_is_posted_and_no_credential_is_sent(farm: Farm, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHATPROOF_TOKEN", "a-token-that-is-not-to-be-sent")
    counted = Table({("OPTIONS", "/api/v1/chat"): Given(status=204)})

    assert run(["init", farm.start(counted.app)]) == 0
    assert {line.split()[0] for line in counted.asked} == {"GET", "OPTIONS"}
    assert len(counted.asked) <= 25
    assert not any("authorization" in headers or "cookie" in headers for headers in counted.sent_headers)
    acting = (
        "/api/v1/chat",
        "/api/chat/generate",
        "/api/custom/session",
        "/api/chat/token",
        "/api/v1/chat/stream/token",
    )
    assert [line for line in counted.asked if line.startswith("GET") and line.endswith(acting)] == []


def test_it_asks_twenty_times_a_second_at_the_most(reference: str, monkeypatch: pytest.MonkeyPatch) -> None:
    paces = []

    def pace(backend: Any) -> Pace:
        paces.append(backend.max_rps)
        return Pace(backend)

    monkeypatch.setattr("chatproof.init.looking.Pace", pace)

    assert run(["init", reference]) == 0
    assert paces == [20]


@pytest.mark.parametrize("profile", PROFILES)
def test_every_line_in_a_comment_can_be_taken_as_it_stands(profile: str, static: str, folder: Path) -> None:
    assert run(["init", static, "--profile", profile]) == 0
    lines = (folder / "chatproof.toml").read_text().splitlines()
    opened = [at for at, line in enumerate(lines) if re.match(r"# [a-z_]+ = ", line)]
    variables = {"CHATPROOF_TOKEN": "a-token", "OPENAI_API_KEY": "sk-of-nobody", "CHAT_JWT_SECRET": "k" * 32}
    variables |= {"CRON_SECRET": "c" * 32, "GET_STREAM_SECRET_KEY": "s" * 32, "STREAM_CHAT_API_SECRET": "s" * 32}
    table = next(at for at, line in enumerate(lines) if line.startswith(f"[profiles.{profile}]"))
    backend = next(at for at, line in enumerate(lines) if line == "[backend]")

    taken = 0
    for at in opened:
        if at > table or backend < at < lines.index("# [auth]"):
            (folder / "chatproof.toml").write_text("\n".join([*lines[:at], lines[at][2:], *lines[at + 1 :]]))
            assert profile in loaded(**variables).profiles
            taken += 1
    assert taken > 4


def test_a_file_that_is_there_is_left_alone(reference: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "chatproof.toml").write_text("# mine\n")

    assert run(["init", reference]) == 2
    assert (folder / "chatproof.toml").read_text() == "# mine\n"
    assert "hint: --force" in capsys.readouterr().err

    assert run(["init", reference, "--force"]) == 0
    assert "[profiles.ai-chat]" in (folder / "chatproof.toml").read_text()


def test_another_file_may_be_named(reference: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["init", reference, "--output", "other.toml"]) == 0
    assert not (folder / "chatproof.toml").exists()
    assert "chatproof check --config other.toml" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "found", "hint"),
    [
        (["init"], "missing argument 'URL'", "`chatproof init --help`"),
        (["init", "ftp://127.0.0.1"], "ftp", "http"),
        (["init", "http://127.0.0.1:1/path"], "/path", "hint"),
        (["init", "http://127.0.0.1:1", "--profile", "ai-caht"], "ai-caht", "did you mean ai-chat?"),
        (["init", "http://127.0.0.1:1", "--output", "absent/chatproof.toml"], "absent", "make it first"),
    ],
)
def test_wrong_usage_ends_with_2_before_anything_is_sent(
    arguments: list[str], found: str, hint: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == 2

    said = capsys.readouterr().err
    assert found in said
    assert hint in said
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "told"),
    [("refused", "connection refused"), ("accepts_and_hangs", "no answer within 3"), ("endless_headers", "head")],
)
def test_a_backend_that_does_not_answer_ends_with_3(
    name: str, told: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with NULLS[name].run() as url:
        assert run(["init", url]) == 3

    said = capsys.readouterr().err
    assert told in said
    assert "hint:" in said
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("name", ["status_404", "status_500", "html_503", "redirect_loop", "empty_200"])
def test_a_backend_that_answers_all_alike_is_not_recognised(
    name: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with NULLS[name].run() as url:
        assert run(["init", url]) == 3

    assert "none of the profiles' routes was seen" in capsys.readouterr().err
    assert list(folder.iterdir()) == []


def test_of_a_server_of_files_nothing_is_recognised(
    static: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["init", static]) == 3

    expect_snapshot("init_static", capsys.readouterr().err)
    assert list(folder.iterdir()) == []


def test_a_profile_that_the_user_names_is_written_with_its_defaults(static: str) -> None:
    assert run(["init", static, "--profile", "hybrid", "--profile", "chatkit"]) == 0

    assert list(loaded().profiles) == ["chatkit", "hybrid"]
    assert "# Nothing of it was seen" in Path("chatproof.toml").read_text()


def test_ctrl_c_writes_nothing(reference: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_url: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("chatproof.cli.init.look", interrupted)

    assert run(["init", reference]) == 130
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("arguments", [(), *(("--profile", name) for name in PROFILES)])
def test_a_check_of_a_server_of_files_is_no_verdict_and_says_what_to_do(
    arguments: tuple[str, ...], static: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["check", static, *arguments, "--color", "never"]) == 3

    said = " ".join(capsys.readouterr().err.split())
    assert f"`chatproof init {static}` looks which routes are there" in said
    assert f"in [profiles.{arguments[-1] if arguments else 'ai-chat'}]" in said


def test_a_check_of_it_for_all_profiles_is_no_verdict_either(
    static: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "chatproof.toml").write_text("".join(f"[profiles.{name}]\n" for name in PROFILES))

    assert run(["check", static, "--color", "never"]) == 3

    said = " ".join(capsys.readouterr().err.split())
    assert [name for name in PROFILES if f"! {name}: the control" not in said] == []
