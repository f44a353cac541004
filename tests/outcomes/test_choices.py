"""What is judged, of which backend, and where the report goes: arguments before variables before the file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from outcomes.conftest import Here
from outcomes.scripted import serving

from chatproof.fixtures.faults.site import Site
from support.raw_server import OK, Peer, each_request, turn

Write = Callable[..., Path]
NOWHERE = "http://127.0.0.1:1"


def test_selectors_choose_ids_prefixes_and_aliases(right: Site, write: Write, here: Here) -> None:
    write(right.file)

    outcome = here("check", "CORS-PRE", "sse-type-01", "AICHAT-CORS-03")

    chosen = {entry["requirement"] for entry in outcome.run["verdicts"]}
    assert outcome.code == 0
    assert chosen == {*(f"CORS-PRE-0{number}" for number in range(1, 8)), "SSE-TYPE-01", "CORS-ACT-01"}
    assert outcome.run["not_selected"] > 50


def test_a_profile_is_chosen_by_its_flag_alone(right: Site, write: Write, here: Here) -> None:
    write(right.file)

    outcome = here("check", "SSE-TYPE-01", "--profile", "ai-chat")

    assert outcome.code == 0
    assert outcome.run["profiles"] == ["ai-chat"]
    wrong = here("check", "ai-chat")
    assert wrong.code == 2
    assert "hint:" in wrong.err


def test_a_url_argument_beats_the_variable_and_that_the_file(right: Site, write: Write, here: Here) -> None:
    table = right.file
    table["backend"]["url"] = NOWHERE
    write(table)

    by_file = here("check", "SSE-TYPE-01")
    by_variable = here("check", "SSE-TYPE-01", env={"CHATPROOF_URL": right.url})
    by_argument = here("check", right.url, "SSE-TYPE-01", env={"CHATPROOF_URL": NOWHERE})

    assert [by_file.code, by_variable.code, by_argument.code] == [3, 0, 0]
    assert by_argument.run["backend"]["url"] == right.url


def test_a_named_environment_is_laid_over_the_file(right: Site, write: Write, here: Here) -> None:
    table = right.file
    table["backend"]["url"] = NOWHERE
    write(table, f'[env.local.backend]\nurl = "{right.url}"\n')

    assert here("check", "SSE-TYPE-01").code == 3
    assert here("check", "SSE-TYPE-01", "--env", "local").code == 0
    wrong = here("check", "--env", "lokal")
    assert wrong.code == 2
    assert "local" in wrong.err.partition("hint:")[2]


def test_the_configuration_and_the_report_folder_come_from_flags_before_variables(
    right: Site, write: Write, tmp_path: Path, here: Here
) -> None:
    write(right.file).joinpath("chatproof.toml").rename(tmp_path / "other.toml")
    variables = {"CHATPROOF_CONFIG": "other.toml", "CHATPROOF_REPORT_DIR": "by-variable"}

    by_variable = here("check", "SSE-TYPE-01", env=variables)
    flags = ("--config", "other.toml", "--report-dir", "by-flag")
    by_flag = here("check", "SSE-TYPE-01", *flags, env={**variables, "CHATPROOF_CONFIG": "absent"})

    assert [by_variable.code, by_flag.code] == [0, 0]
    assert by_variable.document("by-variable")["exit_code"] == 0
    assert by_flag.document("by-flag")["exit_code"] == 0


def needs_a_token(peer: Peer, request: bytes) -> None:
    if b"\r\nAuthorization: Bearer the-token-of-this-test\r\n" in request:
        turn(peer, request)
    else:
        peer.send(OK.replace(b"200 OK", b"401 Unauthorized"), b"Content-Length: 0\r\n\r\n")


def test_a_token_comes_from_the_environment(here: Here) -> None:
    with serving(each_request(needs_a_token)) as server:
        without = here("check", server.url, "SSE-TYPE-01")
        given = here("check", server.url, "SSE-TYPE-01", env={"CHATPROOF_TOKEN": "the-token-of-this-test"})

    assert without.code == 3
    assert "CHATPROOF_TOKEN" in without.err
    assert given.code == 0


def test_a_token_that_is_not_used_is_said(right: Site, write: Write, here: Here) -> None:
    write(right.file)

    outcome = here("check", "SSE-TYPE-01", env={"CHATPROOF_TOKEN": "the-token-of-this-test"})

    assert outcome.code == 0
    assert "warning: CHATPROOF_TOKEN is not used: auth.scheme is jwt" in outcome.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--replay", "chatproof-report/check", NOWHERE), ("both a URL and --replay", "drop one")),
        (("--replay", "chatproof-report/check", "--reference"), ("both --reference and --replay", "drop one")),
        (("--replay", "chatproof-report/check", "--profile", "stream-chat"), ("'stream-chat'", "ai-chat")),
        (("--replay", "absent"), ("absent", "recordings")),
        (("--replay", "empty"), ("empty", "--replay takes a folder")),
        (("--replay", "broken"), ("turn.har is no JSON", "record again")),
        (("--replay", "foreign"), ("is no recording of chatproof", "HAR file of another tool")),
        (("--replay", "undeclared"), ("declared.json", "hint")),
        (("--replay", "bare"), ("holds no recordings", "name a folder")),
    ],
)
def test_a_replay_that_is_not_possible_is_wrong_usage(
    arguments: tuple[str, ...], words: tuple[str, ...], right: Site, write: Write, here: Here
) -> None:
    folder = write(right.file)
    assert here("check", "SSE-TYPE-01").code == 0
    damage(folder)

    outcome = here("check", *arguments, "--report-dir", "again")

    assert outcome.code == 2
    said = " ".join(outcome.err.split())
    assert [word for word in words if word not in said] == []
    assert "hint: " in said
    assert "Traceback" not in said
    assert not (folder / "again").exists()


def damage(folder: Path) -> None:
    """Copies of a good recording, each damaged in its own way."""
    recordings = folder / "chatproof-report" / "check" / "recordings"
    declared = (recordings / "declared.json").read_text()
    good = (recordings / "ai-chat" / "turn.har").read_text()
    for name, configuration, recording in (
        ("broken", declared, good[: len(good) // 2]),
        ("foreign", declared, '{"log": {"version": "1.2", "entries": []}}'),
        ("undeclared", '{"backend": {"url": 5}}', good),
        ("bare", declared, ""),
    ):
        own = folder / name / "recordings" / "ai-chat"
        own.mkdir(parents=True)
        (own.parent / "declared.json").write_text(configuration)
        if recording:
            (own / "turn.har").write_text(recording)
    (folder / "empty").mkdir()
