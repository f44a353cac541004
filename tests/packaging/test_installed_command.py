"""The command in an empty environment, in a folder that would spoil any pytest run."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from support.environments import Environment

HOSTILE_INI = """\
[pytest]
addopts = -m nothing --strict-markers --collect-only
python_files = check_*.py
python_functions = check_*
filterwarnings = error
"""
HOSTILE_CONFTEST = """\
def pytest_collection_modifyitems(items):
    items.clear()
raise RuntimeError("the conftest.py of the working directory was loaded")
"""
HOSTILE_PLUGIN = 'raise RuntimeError("a plugin of the environment was loaded")\n'
HOSTILE_ENVIRONMENT = {"PYTEST_ADDOPTS": "-k nothing --maxfail=1", "PYTEST_PLUGINS": "hostile_plugin"}


AI_CHAT = ("--profile", "ai-chat")
AGENT_STREAM = ("--profile", "agent-stream")


@pytest.fixture(params=["installed", "editable"])
def environment(request: pytest.FixtureRequest) -> Environment:
    found: Environment = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    (tmp_path / "pytest.ini").write_text(HOSTILE_INI)
    (tmp_path / "conftest.py").write_text(HOSTILE_CONFTEST)
    (tmp_path / "hostile_plugin.py").write_text(HOSTILE_PLUGIN)
    return tmp_path


@pytest.mark.parametrize(
    ("environment", "chosen"), [("installed", AI_CHAT), ("editable", AGENT_STREAM)], indirect=["environment"]
)
def test_all_of_a_profile_is_judged_beside_hostile_files(
    environment: Environment, chosen: tuple[str, ...], hostile: Path
) -> None:
    env = {**HOSTILE_ENVIRONMENT, "PYTHONPATH": str(hostile)}
    done = environment.run("chatproof", "check", "--reference", "--json", *chosen, cwd=hostile, env=env)
    assert done.returncode == 0, done.stdout + done.stderr
    document = json.loads(done.stdout)
    listed = environment.run("chatproof", "list", "--json", *chosen, cwd=hostile)
    known = {entry["id"] for entry in json.loads(listed.stdout)["requirements"]}
    assert document["exit_code"] == 0
    assert document["not_selected"] == 0
    assert {entry["requirement"] for entry in document["verdicts"]} == known
    assert {entry["verdict"] for entry in document["verdicts"]} <= {"met", "not_claimed"}
    assert (hostile / "chatproof-report" / "check" / "report.html").is_file()


def test_python_m_chatproof_is_the_command(environment: Environment, tmp_path: Path) -> None:
    done = environment.run(str(environment.python), "-Im", "chatproof", "--version", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "0.1.0" in done.stdout


def test_stream_chat_is_not_there_and_nobody_missed_it(environment: Environment, tmp_path: Path) -> None:
    code = "import importlib.util; print(importlib.util.find_spec('stream_chat'))"
    assert environment.run(str(environment.python), "-Ic", code, cwd=tmp_path).stdout.strip() == "None"
    every_module = (
        "import importlib, pkgutil, chatproof\n"
        "for found in pkgutil.walk_packages(chatproof.__path__, 'chatproof.'):\n"
        "    if not found.name.endswith('.__main__'):\n"
        "        importlib.import_module(found.name)\n"
        "print('all imported')"
    )
    done = environment.run(str(environment.python), "-Ic", every_module, cwd=tmp_path)
    assert done.stdout.strip() == "all imported", done.stderr


def test_no_folder_reaches_the_top_of_site_packages(environment: Environment, tmp_path: Path) -> None:
    code = (
        "import importlib.util as u\n"
        "print([name for name in ('conformance', 'fixtures', 'load', 'reports') if u.find_spec(name)])"
    )
    assert environment.run(str(environment.python), "-Ic", code, cwd=tmp_path).stdout.strip() == "[]"
