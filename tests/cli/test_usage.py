from __future__ import annotations

import time
from pathlib import Path

import pytest

from chatproof.cli import run
from chatproof.cli.check import split


@pytest.fixture(autouse=True)
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("CHATPROOF_URL", "CHATPROOF_TOKEN", "CHATPROOF_CONFIG", "CHATPROOF_REPORT_DIR"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "found", "hint"),
    [
        (["check", "--nope"], "--nope", "`chatproof check --help`"),
        (["check", "--stric"], "--stric", "--strict"),
        (["check", "--stric"], "no such option '--stric'", "did you mean --strict?"),
        (["chek"], "'chek'", "did you mean `check`?"),
        (["check", "SSE", "http://127.0.0.1:1"], "http://127.0.0.1:1", "the URL comes first"),
        (["explain", "SSE-TYPE"], "SSE-TYPE", "explain one of SSE-TYPE-01, SSE-TYPE-02"),
        (["explain"], "missing argument 'ID'\n", "`chatproof explain --help`"),
        (["check"], "no backend is named", "--reference"),
        (["check", "http://127.0.0.1:1", "SSE-TIPE-01"], "SSE-TIPE-01", "did you mean SSE-TYPE-01?"),
        (["check", "http://127.0.0.1:1", "--reference"], "--reference", "drop one of them"),
        (["check", "ftp://127.0.0.1"], "ftp", "hint"),
        (["check", "http://127.0.0.1:1", "--profile", "ai-chatt"], "ai-chatt", "ai-chat"),
        (["check", "http://127.0.0.1:1", "--config", "absent.toml"], "absent.toml", "hint"),
        (["check", "http://127.0.0.1:1", "--fuzz", "0"], "--fuzz", "hint"),
        (["check", "--replay", "absent"], "absent", "hint"),
        (["explain", "SSE-TIPE-01"], "SSE-TIPE-01", "did you mean SSE-TYPE-01?"),
        (["list", "requirement"], "requirement", "hint"),
        (["list", "--profile", "ai-caht"], "ai-caht", "did you mean ai-chat?"),
        (["list", "--config", "absent.toml"], "absent.toml", "hint"),
        (["explain", "SSE-TYPE-01", "--config", "absent.toml"], "absent.toml", "hint"),
        (["serve", "--fault", "crfl"], "crfl", "crlf"),
        (["report", "absent.json", "--format", "html"], "absent.json", "hint"),
        (["decode", "absent.sse"], "absent.sse", "hint"),
    ],
)
def test_wrong_usage_ends_with_2_and_a_hint(
    arguments: list[str], found: str, hint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code = run(arguments)

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
        ('[backend]\nurl = "http://127.0.0.1:1"\nmax_rsp = 3\n', "max_rps"),
        (
            '[backend]\nurl = "http://127.0.0.1:1"\n[auth]\nscheme = "jwt"\nsecret = "${UNSET_FOR_THIS_TEST}"\n',
            "UNSET_FOR_THIS_TEST",
        ),
        ('[backend]\nurl = "http://127.0.0.1:1"\nurl = "twice"\n', "chatproof.toml"),
    ],
)
def test_a_wrong_configuration_ends_with_2_and_a_hint(
    text: str, found: str, empty_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (empty_folder / "chatproof.toml").write_text(text)

    code = run(["check"])

    said = capsys.readouterr().err
    assert code == 2
    assert found in said
    assert "hint:" in said
    assert "Traceback" not in said


def test_a_credential_that_cannot_be_had_is_all_that_is_said(
    empty_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = '[backend]\nurl = "http://127.0.0.1:1"\n[auth]\nscheme = "command"\ncommand = "false"\n'
    (empty_folder / "chatproof.toml").write_text(table)

    code = run(["check", "SSE"])

    said = capsys.readouterr().err.splitlines()
    assert code == 2
    assert [line.partition(" ")[0] for line in said if line] == ["checking", "plan", "error:", "hint:"]


@pytest.mark.parametrize(
    ("arguments", "url", "selectors"),
    [
        ((), None, ()),
        (("http://x/",), "http://x/", ()),
        (("localhost:3000", "SSE"), "http://localhost:3000", ("SSE",)),
        (("[::1]:3000",), "http://[::1]:3000", ()),
        (("SSE", "CORS-PRE-01"), None, ("SSE", "CORS-PRE-01")),
    ],
)
def test_the_first_argument_is_a_url_if_it_looks_like_one(
    arguments: tuple[str, ...], url: str | None, selectors: tuple[str, ...]
) -> None:
    assert split(arguments) == (url, selectors)


def test_a_backend_that_is_not_there_is_no_verdict_and_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    code = run(["check", "http://127.0.0.1:1", "--color", "never"])

    said = capsys.readouterr().err
    assert code == 3
    assert "connection refused" in said
    assert "--wait" in said
    assert said.count("connection refused") < 5


def test_no_command_at_all_is_wrong_usage_and_shows_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    code = run([])

    said = capsys.readouterr()
    assert code == 2
    assert said.out == ""
    assert said.err.startswith("Usage: chatproof")
    assert "check " in said.err


def test_the_closest_option_is_named_once(capsys: pytest.CaptureFixture[str]) -> None:
    run(["check", "--reprot-dir", "x"])

    assert capsys.readouterr().err.lower().count("did you mean") == 1


def test_the_folder_above_the_recordings_is_told_from_one_without(
    empty_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (empty_folder / "reports" / "check" / "recordings").mkdir(parents=True)

    assert run(["check", "--replay", "reports"]) == 2
    assert "hint: did you mean --replay reports/check?" in capsys.readouterr().err


def test_help_names_the_exit_codes(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check", "--help"]) == 0

    said = capsys.readouterr().out
    for word in ("0 every claimed MUST", "1 a MUST", "2 wrong usage", "3 no verdict", "4 chatproof", "130 interrupted"):
        assert word in said


def test_a_defect_of_ours_has_its_own_code(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def broken(_config_file: object) -> None:
        raise RuntimeError("a wheel came off")

    monkeypatch.setattr("chatproof.cli.explain.all_known", broken)

    assert run(["explain", "SSE-TYPE-01"]) == 4
    said = capsys.readouterr().err
    assert "RuntimeError: a wheel came off" in said
    assert "Traceback" not in said


def test_wait_gives_up_within_its_limit(capsys: pytest.CaptureFixture[str]) -> None:
    started = time.monotonic()

    assert run(["check", "http://127.0.0.1:1", "--wait", "0.2"]) == 3
    assert "did not answer within 0.2 s" in capsys.readouterr().err
    assert time.monotonic() - started > 0.2
