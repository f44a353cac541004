"""`list` and `explain` as data: what there is, of which profile."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from chatproof.catalogue import catalogue
from chatproof.cli import run
from chatproof.config import PROFILES
from chatproof.fixtures.catalogue import FAULTS, SERVED_FAULTS
from chatproof.loading import scenario_set
from chatproof.means import MEANS
from chatproof.metrics.table import METRICS
from chatproof.targets.documents import DOCUMENT_TARGETS
from chatproof.workloads import WORKLOADS

SHARED = "CORS-PRE-01"
ALONE = "AICHAT-EVT-01"


@pytest.fixture(autouse=True)
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CHATPROOF_CONFIG", raising=False)


def document(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    capsys.readouterr()
    assert run([*arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_all_kinds_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    found = {kind: {row["id"] for row in rows} for kind, rows in document(capsys, "list").items()}

    assert found == {
        "requirements": set(catalogue().requirements),
        "profiles": set(PROFILES),
        "scenarios": {f"{name}/{scenario}" for name in PROFILES for scenario in scenario_set(name).scenarios},
        "means": set(MEANS),
        "faults": set(SERVED_FAULTS),
        "excluded": set(catalogue().excluded),
        "workloads": set(WORKLOADS),
        "targets": {target.name for target in DOCUMENT_TARGETS},
        "metrics": set(METRICS),
    }


def test_a_requirement_is_listed_with_the_profiles_that_it_holds_for(capsys: pytest.CaptureFixture[str]) -> None:
    rows = {row["id"]: row for row in document(capsys, "list", "requirements")["requirements"]}

    assert rows[ALONE]["profiles"] == ["ai-chat"]
    assert len(rows[SHARED]["profiles"]) > 1
    assert [name for name, row in rows.items() if not row["profiles"]] == []
    assert "AICHAT-CORS-02" in {alias for row in rows.values() for alias in row["aliases"]}


@pytest.mark.parametrize("profile", PROFILES)
def test_one_profile_alone_is_listed(profile: str, capsys: pytest.CaptureFixture[str]) -> None:
    found = document(capsys, "list", "--profile", profile)

    assert set(found) == {"requirements", "profiles", "scenarios", "faults", "workloads", "targets"}
    assert {row["profile"] for row in found["targets"]} == {profile}
    assert all(profile in row["profiles"] for row in found["workloads"])
    assert all(profile in row["profiles"] for row in found["requirements"])
    assert [row["id"] for row in found["profiles"]] == [profile]
    assert found["profiles"][0]["requirements"] == len(found["requirements"])
    assert {row["id"].partition("/")[0] for row in found["scenarios"]} == {profile}
    assert {row["profile"] for row in found["faults"]} == {profile}
    assert (ALONE in {row["id"] for row in found["requirements"]}) == (profile == "ai-chat")


@pytest.mark.parametrize(
    ("identifier", "kind", "expected"),
    [
        ("sse-type-01", "requirement", {"id": "SSE-TYPE-01", "level": "MUST", "clause": "sse/type"}),
        ("AICHAT-CORS-02", "requirement", {"id": "CORS-PRE-05"}),
        ("HTTP-H2-01", "excluded", {"id": "HTTP-H2-01"}),
        ("crlf", "fault", {"profile": "ai-chat", "requirements": ["SSE-FRAME-02"]}),
        ("hybrid", "profile", {"id": "hybrid"}),
        ("AICHAT-PERF-01", "target", {"id": "AICHAT-PERF-01"}),
        ("ttft.p95", "target", {"id": "ttft.p95"}),
        ("ttft", "metric", {"id": "ttft", "unit": "ns"}),
        ("ttft.p99", "metric", {"id": "ttft"}),
        ("error_rate", "metric", {"id": "error_rate"}),
        ("soak", "workload", {"file": "soak"}),
    ],
)
def test_an_explanation_as_data(
    identifier: str, kind: str, expected: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    found = document(capsys, "explain", identifier)

    assert found["kind"] == kind
    assert {name: found[name] for name in expected} == expected


def test_an_explanation_names_the_faults_and_the_profiles(capsys: pytest.CaptureFixture[str]) -> None:
    found = document(capsys, "explain", ALONE)

    assert found["profiles"] == ["ai-chat"]
    assert set(found["broken_by"]) == {name for name, fault in FAULTS.items() if ALONE in fault.requirements} != set()


def test_a_profile_is_explained_by_its_routes(capsys: pytest.CaptureFixture[str]) -> None:
    found = document(capsys, "explain", "ai-chat")

    assert found["routes"]["path"] == "/api/v1/chat"
    assert found["routes"]["ping_path"] == "[/api/v1/auth/ping]"
    assert found["control"] == "turn"
    assert ALONE in found["requirements"]


def test_a_row_of_the_catalogue_is_explained_by_its_targets(capsys: pytest.CaptureFixture[str]) -> None:
    found = document(capsys, "explain", "aichat-perf-04")

    assert [(row["id"], row["condition"], row["level"]) for row in found["targets"]] == [
        ("survival_5m", "> 99%", "MUST"),
        ("uptime", "> 99%", "MUST"),
    ]


def test_a_fault_for_load_is_explained_by_the_targets_that_it_turns(capsys: pytest.CaptureFixture[str]) -> None:
    name = next(name for name, fault in SERVED_FAULTS.items() if getattr(fault, "targets", ()))
    found = document(capsys, "explain", name)

    assert found["targets"] == sorted(SERVED_FAULTS[name].targets)  # type: ignore[attr-defined]  # a fault for load
    assert found["workload"] in WORKLOADS


def test_a_wrong_name_of_the_load_side_has_its_closest_match(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", "survival_6m"]) == 2
    assert "did you mean survival_5m?" in capsys.readouterr().err
