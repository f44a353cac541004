from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from chatproof.cli.compare import command
from chatproof.comparison.values import Given
from support.compared_runs import PLAN, checked, loaded, turns, verdict, written

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

BASE = loaded(turns([0.2 + 0.0001 * number for number in range(300)]), only=("ttft",), build="b1")
AGAIN = loaded(turns([0.201 + 0.0001 * number for number in range(300)]), only=("ttft",), build="b1")
SLOW = loaded(turns([0.4 + 0.0001 * number for number in range(300)]), only=("ttft",), build="b2")


@pytest.fixture
def folders(tmp_path: Path) -> dict[str, Path]:
    """Report folders of a base, of the same build again, of a slower one, and of other load."""
    other = loaded(turns([0.2] * 30), only=("ttft",), plan=replace(PLAN, users=99))
    runs = {"base": BASE, "again": AGAIN, "slow": SLOW, "other": other}
    return {name: written(entry, tmp_path / name) for name, entry in runs.items()}


def compare(*arguments: object, **options: Any) -> Result:
    return CliRunner().invoke(command, [str(argument) for argument in arguments], **options)


def test_a_slower_run_is_worse_on_stdout_and_in_the_exit_code(folders: dict[str, Path]) -> None:
    found = compare(folders["base"], folders["slow"] / "run.json", env={"COLUMNS": "120"})

    assert found.exit_code == 1, found.output
    assert "ttft.p95" in found.stdout
    assert found.stdout.splitlines()[-1].endswith("(exit code 1)")
    assert compare(folders["slow"], folders["base"]).exit_code == 0


def test_json_is_one_document_with_an_interval_from_the_samples(folders: dict[str, Path]) -> None:
    found = json.loads(compare(folders["base"], folders["slow"], "--json").stdout)
    figure = next(entry for entry in found["figures"] if entry["name"] == "ttft.p95")

    assert (figure["verdict"], figure["interval"]) == ("worse", True)
    assert figure["lower"] < figure["change"] < figure["upper"]
    assert found["base"]["samples"] == str(folders["base"] / "samples.jsonl.gz")
    assert compare(folders["base"], folders["slow"], "--format", "json").stdout == json.dumps(found, indent=2) + "\n"


def test_a_pair_of_one_build_draws_the_band(folders: dict[str, Path]) -> None:
    found = compare(folders["base"], folders["slow"], "--aa", folders["base"], folders["again"], "--json")
    document = json.loads(found.stdout)

    assert found.exit_code == 1
    assert [side["build"] for side in document["pairs"][0]] == ["b1", "b1"]
    assert all(entry["band_upper"] > 1 for entry in document["figures"])


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        ("base", "slow", "they tell b1 and b2"),
        ("base", "base", "are the same run"),
        ("base", "other", "load.users: 20 and 99"),
    ],
)
def test_a_pair_must_be_two_runs_of_one_build_and_of_these_settings(
    folders: dict[str, Path], first: str, second: str, said: str
) -> None:
    found = compare(folders["base"], folders["slow"], "--aa", folders[first], folders[second])

    assert found.exit_code == 2
    assert said in found.stderr
    assert "hint: " in found.stderr


def test_builds_that_nobody_told_are_not_one_build(folders: dict[str, Path], tmp_path: Path) -> None:
    pair = [
        written(replace(entry, run=replace(entry.run, build="")), tmp_path / name)
        for name, entry in (("x", BASE), ("y", AGAIN))
    ]

    found = compare(folders["base"], folders["slow"], "--aa", *pair)

    assert (found.exit_code, "they tell none and none" in found.stderr) == (2, True)


def test_other_settings_are_refused_and_named(folders: dict[str, Path]) -> None:
    found = compare(folders["base"], folders["other"])

    assert (found.exit_code, found.stdout) == (2, "")
    assert "load.users: 20 and 99" in found.stderr


@pytest.mark.parametrize(
    ("changes", "hint"),
    [
        ({}, "make both runs with the same configuration and flags"),
        ({"version": "9.9.9"}, f"make both with one version of chatproof: they are of {BASE.run.version} and 9.9.9"),
        ({"command": "gate", "version": "9.9.9"}, "compare runs of one kind, and not a load with a gate"),
    ],
)
def test_runs_that_differ_are_refused_with_what_would_make_them_alike(
    changes: dict[str, str], hint: str, folders: dict[str, Path], tmp_path: Path
) -> None:
    document = json.loads((folders["other"] / "run.json").read_text())
    file = tmp_path / "changed.json"
    file.write_text(json.dumps(document | changes))

    found = compare(folders["base"], file)

    assert found.exit_code == 2
    assert found.stderr.splitlines()[-1] == f"hint: {hint}"


def test_a_run_is_not_compared_with_itself(folders: dict[str, Path]) -> None:
    found = compare(folders["base"], folders["base"] / "run.json")

    assert (found.exit_code, found.stdout) == (2, "")
    assert "are the same run\nhint: " in found.stderr


def test_an_invalid_pair_is_no_verdict(folders: dict[str, Path], tmp_path: Path) -> None:
    broken = written(replace(AGAIN, run=replace(AGAIN.run, interrupted=True)), tmp_path / "broken")

    found = compare(folders["base"], folders["slow"], "--aa", folders["base"], broken)

    assert found.exit_code == 3
    assert "interrupted" in found.stdout


@pytest.mark.parametrize("damage", ["missing", "cut", "not gzip", "elsewhere"])
def test_without_readable_samples_no_figure_is_judged(folders: dict[str, Path], damage: str) -> None:
    samples = folders["slow"] / "samples.jsonl.gz"
    if damage == "missing":
        samples.unlink()
    elif damage == "cut":
        samples.write_bytes(samples.read_bytes()[:-200])
    elif damage == "not gzip":
        samples.write_bytes(b"no gzip at all" * 20)
    else:
        document = folders["slow"] / "run.json"
        document.write_text(
            document.read_text("utf-8").replace("samples.jsonl.gz", "../base/samples.jsonl.gz"), "utf-8"
        )

    found = compare(folders["base"], folders["slow"], "--json")
    document = json.loads(found.stdout)

    assert found.exit_code == 3
    assert {entry["verdict"] for entry in document["figures"]} == {"no difference shown"}
    assert document["run"]["no_samples"]
    assert document["run"]["no_samples"] in document["warnings"][-1]


@pytest.mark.parametrize(
    ("name", "begin"), [("html", "<!doctype html>"), ("markdown", "# chatproof compare: worse"), ("terminal", "base ")]
)
def test_every_format_goes_into_a_file(folders: dict[str, Path], tmp_path: Path, name: str, begin: str) -> None:
    output = tmp_path / "out"

    found = compare(folders["base"], folders["slow"], "--format", name, "--output", output)

    assert (found.exit_code, found.stdout) == (1, "")
    assert output.read_text("utf-8").startswith(begin)


def test_a_file_that_cannot_be_written_is_a_usage_error(folders: dict[str, Path], tmp_path: Path) -> None:
    found = compare(folders["base"], folders["slow"], "--output", tmp_path / "no" / "file")

    assert (found.exit_code, "choose another file" in found.stderr) == (2, True)


@pytest.mark.parametrize("share", ["-1%", "101%", "a bit", "nan", "0.05", "5", "5%x"])
def test_a_tolerance_is_a_share(folders: dict[str, Path], share: str) -> None:
    found = compare(folders["base"], folders["slow"], "--tolerance", share)

    assert (found.exit_code, "hint: write it as 5%" in found.stderr) == (2, True)


def test_a_wide_tolerance_forgives(folders: dict[str, Path]) -> None:
    assert compare(folders["base"], folders["slow"], "--tolerance", "100%").exit_code == 0


def test_checks_are_compared_from_files_and_standard_input(tmp_path: Path) -> None:
    good = written(Given(run=checked(verdict("SSE-FRAME-01", "met"))), tmp_path / "good")
    bad = written(Given(run=checked(verdict("SSE-FRAME-01", "not_met"))), tmp_path / "bad")

    found = compare(good, "-", input=(bad / "run.json").read_text("utf-8"))

    assert found.exit_code == 1
    assert "worse SSE-FRAME-01 MUST (ai-chat) met -> not met" in found.stdout
