from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import fromstring

import click
import pytest
from click.testing import CliRunner

from chatproof.cli.report import command
from chatproof.reports import json as json_report
from chatproof.reports import markdown, terminal

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

    from chatproof.run import Run


@pytest.fixture
def document(faulty_run: Run, tmp_path: Path) -> Path:
    path = tmp_path / "reports" / "check" / "run.json"
    path.parent.mkdir(parents=True)
    path.write_text(json_report.render(faulty_run), "utf-8")
    return path


def run(*arguments: object, **options: Any) -> Result:
    return CliRunner().invoke(command, [str(argument) for argument in arguments], **options)


def test_every_format_goes_to_stdout(document: Path, faulty_run: Run) -> None:
    outputs = {name: run(document, "--format", name).stdout for name in ("html", "junit", "markdown", "json", "github")}

    assert outputs["html"].startswith("<!doctype html>")
    assert fromstring(outputs["junit"].encode()).get("tests") == "90"  # noqa: S314 - our own document
    assert outputs["markdown"] == markdown.render(faulty_run)
    assert outputs["json"] == document.read_text("utf-8")
    assert outputs["github"].startswith("::error ")


def test_terminal_is_the_default(document: Path, faulty_run: Run) -> None:
    found = run(document, env={"COLUMNS": "70", "NO_COLOR": "", "FORCE_COLOR": ""})

    assert found.stdout == terminal.render(faulty_run, width=70) + "\n"


@pytest.mark.parametrize(
    ("arguments", "environment", "coloured"),
    [
        ((), {}, False),
        ((), {"FORCE_COLOR": "1"}, True),
        ((), {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        (("--color", "always"), {"NO_COLOR": "1"}, True),
        (("--color", "never"), {"FORCE_COLOR": "1"}, False),
    ],
)
def test_colour_is_as_asked_for(
    document: Path, arguments: tuple[str, ...], environment: dict[str, str], *, coloured: bool
) -> None:
    clean = {"FORCE_COLOR": "", "NO_COLOR": "", **environment}

    found = CliRunner().invoke(command, [str(document), *arguments], env=clean, color=True)

    assert ("\x1b[" in found.stdout) is coloured


def test_verbose_and_quiet_change_the_terminal_report(document: Path) -> None:
    assert "scenario ai-chat/turn: 2 exchanges in 2.70 s" in run(document, "-v").stdout
    assert "NOT CLAIMED" not in run(document, "-q").stdout


def test_folder_and_standard_input_are_read(document: Path) -> None:
    expected = run(document, "--format", "markdown").stdout

    assert run(document.parent, "--format", "markdown").stdout == expected
    assert run(document.parent.parent, "--format", "markdown").stdout == expected
    assert run("-", "--format", "markdown", input=document.read_text("utf-8")).stdout == expected


def test_folder_with_several_documents_is_not_guessed_at(document: Path) -> None:
    other = document.parent.with_name("load")
    other.mkdir()
    (other / "run.json").write_bytes(document.read_bytes())

    found = run(document.parent.parent)

    assert found.exit_code == 2
    assert "cannot be read: No such file or directory\nhint: " in found.output


def test_output_names_a_file(document: Path, tmp_path: Path) -> None:
    found = run(document, "--format", "html", "--output", tmp_path / "out.html")

    assert (found.stdout, found.exit_code) == ("", 0)
    assert (tmp_path / "out.html").read_text("utf-8").startswith("<!doctype html>")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "cannot be read: No such file or directory"),
        ("{", "is no JSON"),
        ("[" * 100_000, "is no JSON"),
        ("{}", "is no run document: schema_version is missing"),
        ('{"schema_version": 9}', "schema_version: found 9"),
        ("\x80", "is no JSON"),
    ],
)
def test_wrong_file_ends_with_code_2_and_a_hint(tmp_path: Path, content: str | None, message: str) -> None:
    path = tmp_path / "run.json"
    if content is not None:
        path.write_bytes(content.encode("latin-1"))

    found = run(path)

    assert found.exit_code == 2
    assert message in found.stderr
    assert "hint: give the run.json of a report folder" in found.stderr
    assert "Traceback" not in found.stderr


def test_unwritable_output_ends_with_code_2(document: Path, tmp_path: Path) -> None:
    found = run(document, "--output", tmp_path / "none" / "out.txt")

    assert found.exit_code == 2
    assert "hint: choose another file" in found.stderr


def test_command_is_reachable_from_the_command_line(document: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-Im", "chatproof", "report", str(document), "--format", "json"],
        capture_output=True,
        timeout=30,
        check=True,
    )

    assert json.loads(done.stdout)["counts"]["not_met"] == 5
    assert isinstance(command, click.Command)
