"""What stands on stdout and stderr under `--json`, `-q`, `-v` and `--color`."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import jsonschema
import pytest
from outcomes.commands import Outcome, chatproof
from outcomes.conftest import Stand

SELECTED = ("SSE-TYPE", "CORS-ACT", "HTTP-401-01", "SSE-BUF-01")
SCHEMA = json.loads(files("chatproof").joinpath("run.schema.json").read_text("utf-8"))
ESCAPE = "\x1b["
Write = Callable[..., Path]


@pytest.fixture
def faulty(stand: Stand, write: Write) -> Callable[..., Outcome]:
    """Checks a backend that gives its answers to pages of every origin."""
    folder = write(stand("cors_by_prefix").file)

    def check(*options: str, **env: str) -> Outcome:
        return chatproof("check", *SELECTED, *options, cwd=folder, env=env)

    return check


def test_json_is_one_document_on_stdout_as_the_schema_says(faulty: Callable[..., Outcome]) -> None:
    outcome = faulty("--json")

    document = json.loads(outcome.out)
    jsonschema.validate(document, SCHEMA)
    assert document == outcome.run
    assert outcome.code == document["exit_code"] == 1
    assert "NOT MET CORS-ACT-05" in outcome.err


def test_json_of_a_backend_that_is_not_there(tmp_path: Path) -> None:
    outcome = chatproof("check", "http://127.0.0.1:1", "--json", cwd=tmp_path)

    document = json.loads(outcome.out)
    jsonschema.validate(document, SCHEMA)
    assert outcome.code == document["exit_code"] == 3
    assert document["counts"]["met"] == 0


@pytest.mark.parametrize("arguments", [("--nope",), ("--config", "absent.toml"), ("NO-SUCH-ID",), ("--replay", "no")])
def test_json_of_wrong_usage_is_nothing_on_stdout(arguments: tuple[str, ...], tmp_path: Path) -> None:
    outcome = chatproof("check", "--json", *arguments, cwd=tmp_path)

    assert outcome.code == 2
    assert outcome.out == ""
    assert "hint:" in outcome.err


def test_without_json_nothing_is_on_stdout(faulty: Callable[..., Outcome]) -> None:
    assert faulty().out == ""


def test_quiet_says_only_what_is_not_met(faulty: Callable[..., Outcome]) -> None:
    said = faulty("-q", "--color", "never").err.splitlines()

    shown = [line for line in said if line and not line.startswith(" ")]
    assert len(shown) == 2
    assert shown[0].startswith("NOT MET CORS-ACT-05 MUST")
    assert re.fullmatch(r"\d+ met, 1 not met in [\d.]+ m?s - report: chatproof-report/index.html", shown[1])


def test_quiet_is_one_line_where_all_is_met(stand: Stand, write: Write) -> None:
    folder = write(stand().file)

    outcome = chatproof("check", *SELECTED, "-q", "--color", "never", cwd=folder)

    assert outcome.code == 0
    (line,) = outcome.err.splitlines()
    assert re.fullmatch(r"\d+ met in [\d.]+ m?s - report: chatproof-report/index.html", line)


def test_verbose_says_every_requirement_and_scenario_with_its_time(faulty: Callable[..., Outcome]) -> None:
    outcome = faulty("-v", "--color", "never")

    assert "recorded ai-chat/turn in " in outcome.err
    assert "scenario ai-chat/turn: 2 exchanges in " in outcome.err
    for entry in outcome.run["verdicts"]:
        assert f"  {entry['verdict'].replace('_', ' '):<12} {entry['requirement']}" in outcome.err


@pytest.mark.parametrize(
    ("options", "variables", "coloured"),
    [
        ((), {}, False),
        (("--color", "always"), {}, True),
        (("--color", "always"), {"NO_COLOR": "1"}, True),
        (("--color", "never"), {"FORCE_COLOR": "1"}, False),
        (("--color", "auto"), {"FORCE_COLOR": "1"}, True),
        (("--color", "auto"), {"NO_COLOR": "1", "FORCE_COLOR": "1"}, False),
    ],
)
def test_colour_is_as_flags_then_variables_then_the_terminal_have_it(
    options: tuple[str, ...], variables: dict[str, str], coloured: bool, tmp_path: Path
) -> None:
    outcome = chatproof("check", "http://127.0.0.1:1", "SSE-TYPE-01", *options, cwd=tmp_path, env=variables)

    assert outcome.code == 3
    assert (ESCAPE in outcome.err) == coloured
