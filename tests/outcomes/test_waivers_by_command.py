"""Waivers from the file to the exit code: used ones hold, and one that has no reason any more names its line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from outcomes.commands import Outcome
from outcomes.conftest import Here, Stand

pytest_plugins = ["pytester"]

Checked = Callable[..., Outcome]


def waiver(requirement: str, *, expires: str = "2099-01-01", profile: str = "") -> str:
    lines = ["[[waivers]]", f'requirement = "{requirement}"', 'reason = "a known one"', 'owner = "platform"']
    lines += [f"expires = {expires}", *([f'profile = "{profile}"'] if profile else [])]
    return "\n".join(lines) + "\n"


@pytest.fixture
def checked(stand: Stand, write: Callable[..., Path], here: Here) -> Checked:
    """Checks a backend that lets foreign pages in, with some waivers; more options follow the selectors."""

    def check(*waivers: str, fault: str = "cors_by_prefix", selected: tuple[str, ...] = ("CORS-ACT-05",)) -> Outcome:
        write(stand(fault).file, *waivers)
        return here("check", "SSE-TYPE-01", *selected, "--color", "never")

    return check


def state(outcome: Outcome) -> dict[str, Any]:
    (found,) = outcome.run["waivers"]
    return dict(found)


def test_without_a_waiver_it_is_not_met(checked: Checked) -> None:
    outcome = checked()

    assert outcome.code == 1
    assert outcome.of("not_met") == ["CORS-ACT-05"]


@pytest.mark.parametrize("name", ["CORS-ACT-05", "cors-act-05", "AICHAT-CORS-06"])
def test_a_used_waiver_holds_and_is_shown(name: str, checked: Checked) -> None:
    outcome = checked(waiver(name))

    assert outcome.code == 0
    assert state(outcome)["state"] == "used"
    entry = outcome.entry("CORS-ACT-05")
    assert entry["verdict"] == "waived"
    assert entry["waiver"] == {"reason": "a known one", "owner": "platform", "expires": "2099-01-01"}
    assert entry["found"]
    assert "WAIVED CORS-ACT-05 MUST: a known one (platform, until 2099-01-01)" in outcome.err
    assert "1 met, 1 waived" in outcome.err.splitlines()[-1]


@pytest.mark.parametrize(
    ("text", "fault", "found"),
    [
        (waiver("CORS-ACT-05"), "identity", "stale"),
        (waiver("CORS-ACT-05", expires="2020-02-29"), "cors_by_prefix", "expired"),
        (waiver("CORS-ACT-05", expires="2020-02-29"), "identity", "expired"),
        (waiver("CORS-ACTT-05"), "identity", "unmatched"),
    ],
)
def test_one_without_a_reason_any_more_fails_the_run_and_names_its_line(
    text: str, fault: str, found: str, checked: Checked
) -> None:
    outcome = checked(text, fault=fault)

    assert outcome.code == 1
    said = state(outcome)
    assert said["state"] == found
    lines = (outcome.folder / "chatproof.toml").read_text().splitlines()
    assert lines[said["line"] - 1] == "[[waivers]]"
    assert f"chatproof.toml:{said['line']}: delete this waiver: " in " ".join(outcome.err.split())
    assert outcome.of("waived") == []


def test_an_expired_waiver_is_not_shown_beside_the_one_that_holds(checked: Checked) -> None:
    outcome = checked(waiver("CORS-ACT-05", expires="2020-02-29"), waiver("CORS-ACT-05", expires="2098-12-31"))

    assert [entry["state"] for entry in outcome.run["waivers"]] == ["expired", "used"]
    assert outcome.code == 1
    assert outcome.entry("CORS-ACT-05")["waiver"]["expires"] == "2098-12-31"


def test_a_waiver_of_what_is_not_selected_is_left_alone(checked: Checked) -> None:
    outcome = checked(waiver("CORS-ACT-05"), selected=())

    assert outcome.code == 0
    assert state(outcome)["state"] == "not_judged"


def test_a_waiver_covers_what_is_not_testable(write: Callable[..., Path], here: Here) -> None:
    write({"backend": {"url": "http://127.0.0.1:1"}}, waiver("SSE-TYPE-01"))

    outcome = here("check", "SSE-TYPE-01")

    assert outcome.of("waived") == ["SSE-TYPE-01"]
    assert outcome.code == 3


@pytest.mark.parametrize(("expires", "counted"), [("2099-01-01", "xfailed"), ("2020-02-29", "failed")])
def test_under_pytest_only_a_waiver_that_holds_is_an_expected_failure(
    expires: str, counted: str, pytester: pytest.Pytester, stand: Stand, write_into: Callable[..., Path]
) -> None:
    write_into(pytester.path, stand("cors_by_prefix").file, waiver("CORS-ACT-05", expires=expires))

    outcome = pytester.runpytest_subprocess(
        *("--pyargs", "chatproof.conformance", "-p", "no:cacheprovider", "-p", "no:locust"),
        *("--chat-config", "chatproof.toml", "-k", "test_foreign_origin"),
    )

    assert outcome.parseoutcomes().get(counted) == 1
