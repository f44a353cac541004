"""Requirements of one's own behave as ours do: in every command, and in pytest."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from chatproof.cli import run
from chatproof.config import Config, ConfigError, load_config
from own.own_suite import FOLDER, OwnSuite, requirement, scenario

pytest_plugins = ["pytester"]

NOT_MET = requirement(body='expect(False, found="this", expected="that")')


def rows(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    capsys.readouterr()
    assert run(["list", *arguments, "--json"]) == 0
    return {kind: {row["id"]: row for row in found} for kind, found in json.loads(capsys.readouterr().out).items()}


def test_they_are_listed_with_their_profiles_and_explained(suite: OwnSuite, capsys: pytest.CaptureFixture[str]) -> None:
    suite.write({"test_x.py": requirement(scenarios='("acme_look",)'), "scenarios.py": scenario(profile="hybrid")})

    found = rows(capsys, "requirements", "scenarios")
    assert found["requirements"]["ACME-X-01"]["profiles"] == ["hybrid"]
    assert "hybrid/acme_look" in found["scenarios"]
    assert "SSE-TYPE-01" in found["requirements"]
    assert "ACME-X-01" not in rows(capsys, "requirements", "--profile", "ai-chat")["requirements"]

    assert run(["explain", "acme-x-01"]) == 0
    said = capsys.readouterr().out
    assert "ACME-X-01 (MUST), clause chat_requirements/x" in said
    assert "Profiles: hybrid" in said


def test_list_and_explain_take_a_configuration_that_lies_elsewhere(
    suite: OwnSuite, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path_factory: Any
) -> None:
    suite.write({"test_x.py": requirement()})
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))

    assert run(["explain", "ACME-X-01"]) == 2
    assert run(["explain", "ACME-X-01", "--config", str(suite.root / "chatproof.toml")]) == 0
    assert "ACME-X-01" in rows(capsys, "--config", str(suite.root / "chatproof.toml"))["requirements"]


def test_a_list_asks_nothing_of_the_rest_of_the_configuration(
    suite: OwnSuite, capsys: pytest.CaptureFixture[str]
) -> None:
    suite.write({"test_x.py": requirement()}, auth={"scheme": "bearer", "token": "${UNSET_FOR_THIS_TEST}"})

    assert "ACME-X-01" in rows(capsys, "requirements")["requirements"]


@pytest.mark.parametrize(
    ("selectors", "judged"), [(("ACME",), {"ACME-X-01"}), (("acme-x-01", "SSE-TYPE-01"), {"ACME-X-01", "SSE-TYPE-01"})]
)
def test_selectors_choose_them(suite: OwnSuite, selectors: tuple[str, ...], judged: set[str]) -> None:
    suite.write({"test_x.py": requirement()})

    assert suite.check(*selectors) == 0
    assert suite.verdicts.keys() == judged


def test_a_wrong_selector_is_told_from_theirs(suite: OwnSuite, capsys: pytest.CaptureFixture[str]) -> None:
    suite.write({"test_x.py": requirement()})

    assert suite.check("ACME-X-02") == 2
    assert "did you mean ACME-X-01?" in capsys.readouterr().err


def test_one_that_is_not_met_ends_with_1_and_a_waiver_covers_it(suite: OwnSuite) -> None:
    suite.write({"test_x.py": NOT_MET})
    assert suite.check("ACME") == 1

    waiver = '\n[[waivers]]\nrequirement = "ACME-X-01"\nreason = "known"\nowner = "us"\nexpires = 2099-03-01\n'
    with (suite.root / "chatproof.toml").open("a") as file:
        file.write(waiver)

    assert suite.check("ACME") == 0
    assert suite.verdicts == {"ACME-X-01": "waived"}


def test_a_recording_is_judged_again_with_them(suite: OwnSuite) -> None:
    suite.write(
        {
            "test_x.py": requirement(scenarios='("acme_look",)', body='case["acme_look"]["look"].json()["status"]'),
            "scenarios.py": scenario(),
        }
    )
    assert suite.check("ACME") == 0

    assert suite.check("ACME", "--replay", "chatproof-report/check", "--report-dir", "again") == 0
    assert (suite.root / "again" / "check" / "run.json").is_file()


def test_a_recording_is_judged_again_where_the_folder_is_not(
    suite: OwnSuite, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path_factory: Any
) -> None:
    suite.write({"test_x.py": requirement()})
    assert suite.check("ACME", "SSE-TYPE-01") == 0
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    monkeypatch.chdir(elsewhere)

    assert suite.check("SSE-TYPE-01", "--replay", str(suite.root / "chatproof-report" / "check")) == 0
    assert f"requirements of your own in {FOLDER} are not judged" in capsys.readouterr().err


def test_a_judge_that_breaks_is_no_verdict_on_the_backend(suite: OwnSuite) -> None:
    suite.write({"test_x.py": requirement(body="1 / 0")})

    assert suite.check("ACME") == 4
    assert suite.verdicts == {"ACME-X-01": "not_testable"}


def test_a_judge_that_looks_at_nothing_has_seen_nothing(suite: OwnSuite) -> None:
    suite.write({"test_x.py": requirement(body="pass")})

    assert suite.check("ACME") == 3
    assert suite.verdicts == {"ACME-X-01": "not_testable"}


def test_a_conftest_and_other_tests_of_the_folder_are_not_run(suite: OwnSuite) -> None:
    files = {"conftest.py": "raise RuntimeError\n", "__init__.py": "raise RuntimeError\n", "helpers.py": "WORD = 1\n"}
    text = "from . import helpers\n" + requirement() + "\ndef test_plain() -> None:\n    assert helpers.WORD == 2\n"
    suite.write({**files, "test_x.py": text})

    assert suite.check("ACME") == 0
    assert suite.verdicts == {"ACME-X-01": "met"}


def test_a_file_hides_no_module_of_anybody(suite: OwnSuite) -> None:
    suite.write({"json.py": "raise RuntimeError\n", "test_json.py": "import json\njson.loads('1')\n" + requirement()})

    assert suite.check("ACME") == 0


def test_files_of_one_name_in_two_folders_are_two(suite: OwnSuite) -> None:
    suite.write({"test_x.py": requirement()})
    other = suite.root / "more"
    other.mkdir()
    (other / "test_x.py").write_text(requirement("ACME-Y-01"))
    suite.write({}, suite={"folders": [FOLDER, "more"]})

    assert suite.check("ACME") == 0
    assert suite.verdicts == {"ACME-X-01": "met", "ACME-Y-01": "met"}


def test_the_next_configuration_knows_nothing_of_the_last(suite: OwnSuite, right: dict[str, Any]) -> None:
    suite.write({"test_x.py": requirement()})
    assert suite.check("ACME") == 0

    OwnSuite(suite.root, right).write({"test_x.py": requirement("ACME-Y-01")})
    assert suite.check("ACME") == 0
    assert suite.verdicts == {"ACME-Y-01": "met"}


@pytest.mark.parametrize("workers", [(), ("-p", "xdist", "-n", "2")])
def test_in_pytest_they_are_judged_beside_ours(
    workers: tuple[str, ...], suite: OwnSuite, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    suite.write(
        {
            "test_x.py": requirement(),
            "test_y.py": requirement("ACME-Y-01", body='expect(False, found="a", expected="b")'),
        }
    )
    monkeypatch.chdir(suite.root)
    asked = ["--pyargs", "chatproof.conformance", "--chat-config", str(suite.root / "chatproof.toml")]
    plugins = ["-p", "no:cacheprovider", "-p", "no:locust", *workers]

    outcomes = pytester.runpytest_subprocess(*asked, *plugins, "-k", "ACME or SSE-TYPE-01").parseoutcomes()

    assert (outcomes["passed"], outcomes["failed"]) == (2, 1)


def test_an_environment_that_is_not_chosen_may_speak_of_their_profiles(suite: OwnSuite) -> None:
    own = scenario().partition("SCENARIOS")[0]
    table = (
        "from dataclasses import dataclass\n@dataclass(frozen=True)\nclass Mine:\n    path: str = key('/', 'Where.')\n"
    )
    made = 'PROFILES = {"mine": OwnProfile(Mine, ScenarioSet("mine", "acme_look", {"acme_look": LOOK}))}\n'
    files = {"scenarios.py": own + table + made}
    suite.write(files, profiles={"mine": {}, "ai-chat": {}}, env={"there": {"profiles": {"mine": {"path": "/there"}}}})
    waiver = '\n[[waivers]]\nrequirement = "X-1"\nreason = "r"\nowner = "o"\nexpires = 2099-03-01\nprofile = "mine"\n'
    with (suite.root / "chatproof.toml").open("a") as file:
        file.write(waiver)

    def config(name: str | None) -> Config:
        return load_config(path=None, env={}, environment_name=name, url=None, profiles=("mine",), cwd=Path.cwd())

    assert [config(name).profiles["mine"].path for name in (None, "there")] == ["/", "/there"]
    assert "mine" in config(None).waivers[0].profile


@pytest.mark.parametrize("folder", ["absent", "chatproof.toml"])
def test_a_folder_that_does_not_exist_is_an_error_of_the_configuration(suite: OwnSuite, folder: str) -> None:
    suite.write({}, suite={"folders": [folder]})

    with pytest.raises(ConfigError, match=f'suite.folders: found "{folder}"; expected a folder that exists'):
        load_config(path=None, env={}, environment_name=None, url=None, profiles=(), cwd=Path.cwd())
