"""What cannot be used is told with its file and line, before anything is sent."""

from __future__ import annotations

import pytest

from own.own_suite import FOLDER, OwnSuite, requirement, scenario

PROFILE = (
    "from dataclasses import dataclass\nfrom chatproof.api import *\n"
    "@dataclass(frozen=True)\nclass Mine:\n    {field}\n"
    "async def look(driver: Driver) -> None: ...\n"
    'LOOK = Scenario(name="look", run=look, cost=lambda *_: Cost())\n'
    'PROFILES = {{"{name}": OwnProfile(Mine, ScenarioSet("{inner}", "{control}", {{"look": LOOK}}))}}\n'
)
FIELD = 'path: str = key("/", "Where.")'


def profile(*, name: str = "mine", inner: str = "mine", control: str = "look", field: str = FIELD) -> str:
    return PROFILE.format(name=name, inner=inner, control=control, field=field)


@pytest.mark.parametrize(
    ("files", "told"),
    [
        (
            {"test_x.py": "import os\n\nimport nothing_of_that_name\n"},
            ["test_x.py:3", "nothing_of_that_name", "from . import"],
        ),
        ({"test_x.py": "def f(:\n"}, ["test_x.py:1", "SyntaxError"]),
        ({"test_x.py": "\nraise SystemExit(0)\n"}, ["test_x.py:2", "SystemExit"]),
        ({"test_x.py": "from . import helpers\n", "helpers.py": "\n1 / 0\n"}, ["helpers.py:2", "ZeroDivisionError"]),
        ({"test_x.py": requirement().replace('"""It is so."""', "")}, ["test_x.py:3", "no docstring"]),
        ({"test_x.py": requirement("SSE-TYPE-01")}, ["test_x.py:3", "`SSE-TYPE-01`", "does not have itself"]),
        ({"test_x.py": requirement(aliases='("AICHAT-HDR-01",)')}, ["test_x.py:3", "`AICHAT-HDR-01`"]),
        ({"test_x.py": requirement("HTTP-H2-01")}, ["test_x.py:3", "`HTTP-H2-01`"]),
        ({"test_x.py": requirement("acme")}, ["test_x.py:3", "`acme`", "capital letters"]),
        ({"test_x.py": requirement() + requirement(name="test_y")}, ["defined twice", "test_x.py:9"]),
        ({"test_x.py": requirement(name="judge")}, ["test_x.py:3", "`judge`", "begins with `test_`"]),
        ({"test_x.py": requirement() + "\ntest_x = None\n"}, ["test_x.py:3", "uses once"]),
        ({"test_x.py": "from . import more\n", "more.py": requirement()}, ["more.py:3", "files test_*.py only"]),
        ({"test_x.py": requirement(scenarios='("trun",)')}, ["test_x.py:3", "`trun`", "did you mean `turn`?"]),
        ({"test_x.py": requirement(profiles='("ai-caht",)')}, ["test_x.py:3", "did you mean `ai-chat`?"]),
        ({"test_x.py": requirement(means='("signing_kee",)')}, ["test_x.py:3", "did you mean `signing_key`?"]),
        ({"scenarios.py": scenario("turn")}, ["scenarios.py:3", "`turn` of ai-chat again"]),
        ({"scenarios.py": scenario("control")}, ["scenarios.py:3", "`control`"]),
        ({"scenarios.py": scenario("../up")}, ["scenarios.py:3", "lower-case letters"]),
        ({"scenarios.py": scenario(profile="ai-caht")}, ["SCENARIOS", "did you mean `ai-chat`?"]),
        ({"scenarios.py": scenario(means='("healthpath",)')}, ["scenarios.py:3", "did you mean `health_path`?"]),
        ({"scenarios.py": 'SCENARIOS = {"ai-chat": ("turn",)}\n'}, ["SCENARIOS", "'turn'", "a Scenario"]),
        ({"scenarios.py": "SCENARIOS = 3\n"}, ["scenarios.py", "SCENARIOS", "found int"]),
        ({"scenarios.py": "PROFILES = []\n"}, ["scenarios.py", "PROFILES", "found list"]),
        ({"scenarios.py": profile(name="ai-chat")}, ["PROFILES", "ai-chat", "another name"]),
        ({"scenarios.py": profile(name="Mine")}, ["PROFILES", "`Mine`", "lower-case"]),
        ({"scenarios.py": profile(inner="yours")}, ["PROFILES", "yours", 'ScenarioSet("mine"']),
        ({"scenarios.py": profile(control="turn")}, ["PROFILES", "`turn`", "one of its scenarios"]),
        ({"scenarios.py": profile(field='path: str = "/"')}, ["PROFILES", "key(...)"]),
        ({"scenarios.py": 'PROFILES = {"mine": 3}\n'}, ["PROFILES", "found int", "OwnProfile"]),
        ({"notes.txt": "nothing\n"}, [FOLDER, "found none", "test_*.py"]),
    ],
)
def test_it_ends_with_2_and_says_where(
    files: dict[str, str], told: list[str], suite: OwnSuite, capsys: pytest.CaptureFixture[str]
) -> None:
    suite.write(files)

    code = suite.check()

    said = capsys.readouterr().err
    assert code == 2, said
    assert [word for word in told if word not in said] == [], said
    assert "hint:" in said
    assert "Traceback" not in said
    assert not (suite.root / "chatproof-report").exists()
