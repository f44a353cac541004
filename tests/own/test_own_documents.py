"""What the README and docs/own-requirements.md show is what happens, word for word."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from chatproof import api
from own.own_suite import OwnSuite, shown_in
from support.environments import CHECKOUT

README = dict(shown_in("README.md"))
PAGE = shown_in("docs/own-requirements.md")
REQUIREMENT, SCENARIO, PROFILE = (text for _name, text in PAGE)


def test_the_requirement_of_the_readme_is_met_by_a_backend_that_meets_it(suite: OwnSuite) -> None:
    suite.write(README)

    assert suite.check("ACME") == 0
    assert suite.verdicts == {"ACME-ID-01": "met"}


def test_and_is_not_met_by_one_that_breaks_it(
    project: Path, nameless: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    broken = OwnSuite(project, nameless)
    broken.write(README)

    assert broken.check("ACME") == 1
    assert broken.verdicts == {"ACME-ID-01": "not_met"}
    said = capsys.readouterr().err
    assert "one X-Request-Id" in said
    assert "set the header where a request is first seen" in said


def test_the_requirement_of_the_page_reads_its_scenario(suite: OwnSuite, capsys: pytest.CaptureFixture[str]) -> None:
    suite.write({"test_health.py": REQUIREMENT, "scenarios.py": SCENARIO})

    assert suite.check("ACME-HEALTH-01", "--strict", "-v") == 0
    assert suite.verdicts == {"ACME-HEALTH-01": "met"}
    assert "recorded ai-chat/bare_health" in capsys.readouterr().err


def test_it_is_not_claimed_where_the_means_of_its_scenario_are_not_declared(
    project: Path, right: dict[str, Any]
) -> None:
    profile = {**right["profiles"]["ai-chat"], "health_path": ""}
    undeclared = OwnSuite(project, {**right, "profiles": {"ai-chat": profile}})
    undeclared.write({"test_health.py": REQUIREMENT, "scenarios.py": SCENARIO})

    assert undeclared.check("ACME-HEALTH-01", "SSE-TYPE-01") == 0
    assert undeclared.verdicts["ACME-HEALTH-01"] == "not_claimed"


def test_the_profile_of_the_page_is_judged_with_its_own_requirement_and_ours(suite: OwnSuite) -> None:
    judge = README["test_ids.py"]
    suite.write({"test_ids.py": judge, "scenarios.py": PROFILE}, profiles={"status-page": {"path": "/health"}})

    assert suite.check("ACME", "CORS-ACT-01") == 0
    assert suite.verdicts == {"ACME-ID-01": "met", "CORS-ACT-01": "met"}


def test_every_name_that_may_be_imported_is_on_the_page() -> None:
    text = (CHECKOUT / "docs/own-requirements.md").read_text().partition("## What may be imported")[2]
    listed = [name for name in text.partition("Anything else")[0].split("`") if name.isidentifier()]

    assert listed == api.__all__
