from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chatproof.checklist import loads
from chatproof.cli import loading_run, run
from chatproof.config.toml_text import toml_text
from chatproof.fixtures.server import Farm
from chatproof.load_facts import Validity
from chatproof.load_run import document as load_document
from chatproof.loading import load
from chatproof.run import Run
from support.checklist_parts import check_run, load_run, target, verdict
from support.checklists import checklist_run

SECRET = "a-secret-of-the-checklist-with-at-least-32-bytes"


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, in which commands run."""
    monkeypatch.chdir(tmp_path)
    for name in ("URL", "TOKEN", "CONFIG", "REPORT_DIR", "BUILD"):
        monkeypatch.delenv(f"CHATPROOF_{name}", raising=False)
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    return tmp_path


def saved(folder: Path, document: Run) -> str:
    folder.mkdir(parents=True)
    (folder / "run.json").write_text(load("reports", "json").render(document))
    return str(folder / "run.json")


def checklist_of(report: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((report / "checklist" / "run.json").read_text())
    return document


def states(document: dict[str, Any]) -> dict[str, str]:
    return {box["id"]: box["state"] for box in document["checklist"]["boxes"]}


ALL_MET = load_run(target("error_rate < 1%", "met"))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--scale", "5", "--reference"], "add --full"),
        (["--evidence-only"], "name runs with --evidence"),
        (["--evidence-only", "--reference", "--evidence", "load/run.json"], "both --reference and --evidence-only"),
        (["--evidence-only", "http://127.0.0.1:1", "load/run.json"], "both a URL and --evidence-only"),
        (["--reference", "SSE-TYPE"], "neither a run document nor a report folder"),
        (["--reference", "nothing.json"], "nothing.json cannot be read"),
        (["--reference", "empty"], "empty holds no run document"),
        (["--reference", "--evidence", "text.json"], "text.json is no JSON"),
        (["load/run.json", "http://127.0.0.1:1"], "the URL comes first"),
        ([], "no backend is named"),
    ],
)
def test_wrong_usage_is_told_with_a_hint(
    arguments: list[str], said: str, *, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    saved(project / "load", ALL_MET)
    (project / "empty").mkdir()
    (project / "text.json").write_text("hello")

    assert run(["checklist", *arguments]) == 2

    told = capsys.readouterr()
    assert said in told.err
    assert "hint: " in told.err
    assert told.out == ""
    assert not (project / "chatproof-report").exists()


def test_an_unknown_id_of_an_own_box_is_told_before_anything_is_sent(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "own.toml").write_text('[[boxes]]\ntext = "x"\nrequirements = ["SSE-TIPE-01"]\n')

    assert run(["checklist", "--reference", "--config", "own.toml"]) == 2
    assert "did you mean `SSE-TYPE-01`?" in capsys.readouterr().err


def test_evidence_without_a_backend_is_judged_alone(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "chatproof.toml").write_text('[[boxes]]\ntext = "Few fail"\ntargets = ["error_rate < 1%"]\n')
    paths = [saved(project / "a", check_run(verdict("SSE-TYPE-01", "met"))), saved(project / "b", ALL_MET)]

    assert run(["checklist", "--evidence", *paths]) == 3

    told = capsys.readouterr().err
    assert "nothing is sent" in told
    document = checklist_of(project / "chatproof-report")
    assert [entry["file"] for entry in document["checklist"]["runs"]] == paths
    assert states(document)["ai-chat-error-rate"] == states(document)["own-few-fail"] == "ticked"
    assert states(document)["ai-chat-curl"] == "not_judged"
    assert (document["build"], document["exit_reason"]) == ("4f2c1e9", "15 boxes not judged")


def test_evidence_alone_needs_to_be_asked_for_where_a_backend_is_named(project: Path) -> None:
    (project / "chatproof.toml").write_text('[backend]\nurl = "http://127.0.0.1:1"\n')
    path = saved(project / "b", ALL_MET)

    assert run(["checklist", "--evidence-only", path, "-q"]) == 3

    assert states(checklist_of(project / "chatproof-report"))["ai-chat-error-rate"] == "ticked"


def test_a_whole_report_folder_is_evidence_but_for_an_earlier_checklist(project: Path) -> None:
    saved(project / "report" / "load", ALL_MET)
    saved(project / "report" / "checklist", checklist_run())
    inside = saved(project / "report" / "checklist" / "check", check_run())

    run(["checklist", "--evidence", "report", "-q"])

    document = checklist_of(project / "chatproof-report")
    assert [entry["file"] for entry in document["checklist"]["runs"]] == [
        "report/load/run.json",
        "report/checklist/check/run.json",
    ]
    assert inside.endswith("report/checklist/check/run.json")
    assert document["checklist"]["refused"] == []


def test_evidence_that_the_new_report_replaces_is_taken_along(project: Path) -> None:
    report = project / "chatproof-report"
    saved(report / "checklist", checklist_run())
    saved(report / "checklist" / "load-chat-turns", ALL_MET)
    (report / "checklist" / "load-chat-turns" / "samples.jsonl.gz").write_bytes(b"samples")

    for _again in range(2):
        run(["checklist", "--evidence-only", "chatproof-report", "-q"])

        document = checklist_of(report)
        [entry] = document["checklist"]["runs"]
        assert entry["file"] == "earlier-1/run.json"
        assert (report / "checklist" / "earlier-1" / "samples.jsonl.gz").read_bytes() == b"samples"
        assert states(document)["ai-chat-error-rate"] == "ticked"


def test_evidence_alone_is_of_the_build_that_the_configuration_names(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = saved(project / "b", ALL_MET)

    def ticked_boxes(*more: str) -> int:
        run(["checklist", "--evidence-only", path, "-q", *more])
        return list(states(checklist_of(project / "chatproof-report")).values()).count("ticked")

    assert ticked_boxes() == 1
    (project / "chatproof.toml").write_text('[backend]\nbuild = "${SHA}"\n')
    monkeypatch.setenv("SHA", "77aa001")
    assert ticked_boxes() == 0
    assert ticked_boxes("--build", "4f2c1e9") == 1
    monkeypatch.setenv("CHATPROOF_BUILD", "4f2c1e9")
    assert ticked_boxes() == 1


def test_a_profile_that_no_evidence_declares_is_wrong_usage(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = saved(project / "b", ALL_MET)

    assert run(["checklist", "--evidence-only", path, "--profile", "chatkit"]) == 2
    assert "hint: they hold ai-chat" in capsys.readouterr().err


@pytest.fixture(scope="module")
def farm() -> Iterator[Farm]:
    with Farm() as running:
        yield running


def declared(farm: Farm, *more: str, fault: str = "identity") -> str:
    """A configuration of an agent stream, which is checked within seconds, and its boxes."""
    serving, faults = load("fixtures", "serving"), load("fixtures", "catalogue").SERVED_FAULTS
    wanted = serving.Wanted(profiles=("agent-stream",), secret=SECRET, heartbeat_seconds=0.5)
    table = serving.serving(farm, wanted, faults[fault], {}).config
    table["backend"] |= {"build": "4f2c1e9"}
    return "\n".join([toml_text(table), *more])


def test_a_checklist_checks_and_loads_and_ticks_and_its_runs_are_evidence_for_the_next(
    farm: Farm, project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(loads, "_SECONDS", 2.0)
    # A busy machine makes a load invalid; that has tests of its own.
    monkeypatch.setattr(load_document, "validity", lambda *_facts, **_more: Validity(valid=True, reasons=()))
    monkeypatch.setattr(loading_run, "proof_before_load", lambda _say, *, wanted: (None, not wanted))
    mine = '[load]\nmax_users = 5\n[[boxes]]\ntext = "Few fail"\ntargets = ["error_rate < 50%"]'
    (project / "chatproof.toml").write_text(declared(farm, mine))

    code = run(["checklist"])

    told = capsys.readouterr().err
    document = checklist_of(project / "chatproof-report")
    found = states(document)
    assert (code, document["exit_reason"]) == (0, "every box that can be judged is ticked"), told
    assert (found["agent-stream-test"], found["own-few-fail"], found["agent-stream-cron"]) == (
        "ticked",
        "ticked",
        "manual",
    )
    assert "a check, then 1 load of 2 s together: fan-out (5 users)" in told
    assert [line for line in told.splitlines() if line.startswith("phase ")] == [
        "phase 1 of 2: check",
        "phase 2 of 2: load fan-out, 2 s",
    ]
    assert ["AI chat guide", "[profiles.ai-chat]"] in document["checklist"]["left_out"]
    assert [entry["file"] for entry in document["checklist"]["runs"]] == ["check/run.json", "load-fan-out/run.json"]
    assert (project / "chatproof-report" / "checklist" / "load-fan-out" / "samples.jsonl.gz").is_file()

    assert run(["checklist", "--evidence-only", "chatproof-report", "--report-dir", "again"]) == 0

    assert states(checklist_of(project / "again")) == found


def test_a_broken_backend_is_not_ticked_and_says_what_to_do(farm: Farm, project: Path) -> None:
    (project / "chatproof.toml").write_text(declared(farm, fault="agent_named_events"))

    assert run(["checklist", "-q"]) == 1

    document = checklist_of(project / "chatproof-report")
    box = next(box for box in document["checklist"]["boxes"] if box["id"] == "agent-stream-test")
    assert (box["state"], document["exit_reason"]) == ("not_ticked", "1 box not ticked")
    assert box["remedy"]


def test_an_own_load_that_is_not_valid_ticks_nothing_and_the_box_says_why(
    farm: Farm, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loads, "_SECONDS", 1.0)
    late = Validity(valid=False, reasons=("the generator was late",))
    monkeypatch.setattr(load_document, "validity", lambda *_facts, **_more: late)
    monkeypatch.setattr(loading_run, "proof_before_load", lambda _say, *, wanted: (None, not wanted))
    mine = '[load]\nmax_users = 5\n[[boxes]]\ntext = "Few fail"\ntargets = ["error_rate < 50%"]'
    (project / "chatproof.toml").write_text(declared(farm, mine))

    assert run(["checklist", "-q"]) == 3

    box = checklist_of(project / "chatproof-report")["checklist"]["boxes"][-1]
    assert box["state"] == "not_judged"
    assert "it is not valid: the generator was late" in box["needs"]


def test_a_backend_that_is_not_there_is_no_verdict_and_ticks_nothing(project: Path) -> None:
    (project / "chatproof.toml").write_text('[backend]\nurl = "http://127.0.0.1:1"\n[profiles.ai-chat]\n')

    assert run(["checklist", "-q"]) == 3

    document = checklist_of(project / "chatproof-report")
    assert "ticked" not in states(document).values()
    assert document["load"] is None
