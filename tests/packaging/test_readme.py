"""What the README shows is what happens: its console lines run, its configuration loads, its links lead somewhere."""

from __future__ import annotations

import json
import re
import tomllib
from typing import TYPE_CHECKING

import pytest

from support.environments import CHECKOUT

if TYPE_CHECKING:
    from pathlib import Path

    from support.environments import Environment

DOCUMENTS = ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md")
README = (CHECKOUT / "README.md").read_text()


def _blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def test_console_lines_run_and_judge_the_reference_whole(installed: Environment, tmp_path: Path) -> None:
    lines = [line.removeprefix("$ ") for block in _blocks("console") for line in block.splitlines()]
    assert len(lines) >= 5
    for line in lines:
        done = installed.run("bash", "-c", line, cwd=tmp_path)
        assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
        assert done.stdout or "check" in line, line

    judged = json.loads((tmp_path / "chatproof-report/check/run.json").read_text())["verdicts"]
    listed = json.loads(installed.run("chatproof", "list", "--json", cwd=tmp_path).stdout)
    assert {entry["requirement"] for entry in judged} == {entry["id"] for entry in listed["requirements"]}
    assert {entry["verdict"] for entry in judged} == {"met", "not_claimed"}


def test_configuration_loads(installed: Environment, tmp_path: Path) -> None:
    (text,) = _blocks("toml")
    (tmp_path / "chatproof.toml").write_text(text)
    command = ("chatproof", "check", "http://127.0.0.1:1")
    done = installed.run(*command, cwd=tmp_path, env={"CHAT_JWT_SECRET": "a-key-of-at-least-32-characters-0123"})
    assert done.returncode == 3, done.stderr
    assert installed.run(*command, cwd=tmp_path).returncode == 2


def test_make_targets_are_there() -> None:
    makefile = (CHECKOUT / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z]+):.*## ", makefile, re.MULTILINE))
    named = {
        name for document in DOCUMENTS for name in re.findall(r"\bmake ([a-z]+)\b", (CHECKOUT / document).read_text())
    }
    assert named <= targets
    assert re.findall(r"^make ([a-z]+)", "".join(_blocks("sh")), re.MULTILINE) == ["demo", "test"]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_links_and_paths_lead_to_files(name: str) -> None:
    text = (CHECKOUT / name).read_text()
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", text) if "://" not in link]
    folders = "chatproof|conformance|fixtures|reports|load|tests|docs"
    named = re.findall(rf"`((?:{folders})/[\w./-]+)`", text)
    missing = [path for path in (*links, *named) if not (CHECKOUT / path).exists()]
    assert missing == []


def test_version_is_one(installed: Environment, tmp_path: Path) -> None:
    version = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["project"]["version"]
    assert installed.run("chatproof", "--version", cwd=tmp_path).stdout.split()[-1] == version
