from __future__ import annotations

from pathlib import Path

import pytest

from support.config_errors import SECRET, error_of


def test_all_problems_of_a_file_are_reported_together(tmp_path: Path) -> None:
    text = (
        "[backend]\nmax_rps = -1\nmax_concurency = 3\n"
        '[auth]\nscheme = "bearer"\ntoken = "${NOPE}"\n'
        '[profiles.ai-chat]\nheartbeat = "x"\n'
        '[targets]\na = "b"\n'
        "[[waivers]]\n[[waivers]]\n"
    )
    message = error_of(tmp_path, text, profiles=["nope"])
    keys = [line.split(": ")[1] for line in message.split("\n") if not line.startswith("hint: ")]

    assert keys == [
        "backend.max_rps",
        "backend.max_concurency",
        "auth.token",
        "profiles.ai-chat.heartbeat",
        "found `nope`; expected the name of a profile",
        "targets.a",
        *[f"waivers[{index}].{name}" for index in (0, 1) for name in ("requirement", "reason", "owner", "expires")],
    ]
    assert "chatproof.toml:12: waivers[1].owner" in message


def test_an_unset_variable_is_one_problem_not_two(tmp_path: Path) -> None:
    message = error_of(tmp_path, '[auth]\nscheme = "jwt"\nsecret = "${NOPE}"\n')

    assert message == (
        "chatproof.toml: auth.secret: found `${NOPE}`, which is not set; "
        "expected the environment variable NOPE to be set\n"
        "hint: export NOPE=...; a text that is to hold `${` itself writes `$${`"
    )


def test_two_configurations_are_an_error(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.chatproof]\n")
    message = error_of(tmp_path, "[backend]\n")

    assert "pyproject.toml: tool.chatproof: found a configuration beside chatproof.toml" in message


def test_a_named_project_file_must_have_the_table(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[project]\n")
    message = error_of(tmp_path, path=Path("pyproject.toml"))

    assert "pyproject.toml: tool.chatproof: found nothing; expected a table [tool.chatproof]" in message


def test_our_table_of_the_project_file_must_be_one(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool]\nchatproof = 3\n")

    assert "pyproject.toml: tool.chatproof: found 3; expected a table" in error_of(tmp_path)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    message = error_of(tmp_path, path=Path("nope.toml"))

    assert message.startswith(
        "nope.toml: found no file that can be read (No such file or directory); expected a TOML file"
    )


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "chatproof.toml").write_bytes(b"a = '\xff'")

    assert "chatproof.toml: found a byte that is no UTF-8 at offset 5" in error_of(tmp_path)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "[env.staging]\n[env.live]\n",
            "--env: found `stagin`; expected a table [env.NAME] of chatproof.toml; did you mean `staging`?",
        ),
        (
            "[backend]\n",
            "--env: found `stagin`; expected a table [env.NAME] of chatproof.toml\nhint: add a table [env.stagin]",
        ),
        ("", "--env: found `stagin`; expected a table [env.NAME] of a configuration file\n"),
        ("env = 3\n", "--env: found `stagin`"),
    ],
)
def test_an_unknown_environment(tmp_path: Path, text: str, expected: str) -> None:
    assert expected in error_of(tmp_path, text, environment_name="stagin")


def test_the_chosen_environment_must_be_a_table(tmp_path: Path) -> None:
    assert "env.live: found 3; expected a table" in error_of(tmp_path, "[env]\nlive = 3\n", environment_name="live")


def test_an_unknown_profile_and_one_given_twice(tmp_path: Path) -> None:
    assert "--profile: found `ai-caht`; expected the name of a profile; did you mean `ai-chat`?" in error_of(
        tmp_path, profiles=["ai-caht"]
    )
    assert "--profile: found `ai-chat` twice; expected each profile once" in error_of(
        tmp_path, profiles=["ai-chat", "ai-chat"]
    )


def test_a_wrong_variable_is_named_as_the_place(tmp_path: Path) -> None:
    message = error_of(tmp_path, "[backend]\n", env={"CHATPROOF_URL": "ftp://h"})

    assert message.startswith("CHATPROOF_URL: backend.url: found")


def test_a_hint_shows_how_to_write_the_key(tmp_path: Path) -> None:
    assert 'For example: front = "https://chat.example.com"' in error_of(tmp_path, "[backend]\nfront = 3\n")


def test_a_wrong_table_does_not_hide_the_argument_s_url(tmp_path: Path) -> None:
    message = error_of(tmp_path, "backend = 3\nauth = 3\n", url="http://h", env={"CHATPROOF_TOKEN": SECRET})

    assert "backend: found 3; expected a table" in message
    assert "auth: found 3; expected a table" in message


def test_long_texts_are_cut_in_messages(tmp_path: Path) -> None:
    message = error_of(tmp_path, f'[backend]\ncors = "{"x" * 500}"\n')

    assert f'"{"x" * 60}..."' in message
