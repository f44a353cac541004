"""The shell parts of the action and of the workflow examples, run in bash as their runners would run them."""

from __future__ import annotations

import os
import re
import shutil
import stat
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from chatproof.cli.gate import command as gate
from chatproof.config import from_table
from support.environments import CHECKOUT
from support.plain_yaml import parsed

ACTION = CHECKOUT / ".github" / "actions" / "chatproof" / "action.yml"
GITHUB = CHECKOUT / "docs" / "examples" / "github-gate.yml"
GITLAB = CHECKOUT / "docs" / "examples" / "gitlab-gate.yml"
BASH = shutil.which("bash") or "/bin/bash"
PAGE = (CHECKOUT / "docs" / "ci.md").read_text()

FAKE_PYTHON = """#!/bin/bash
# A python that makes environments of stand-ins, and tells what pip would install.
if [ "$2" = venv ]; then mkdir -p "$3/bin"; cp "$0" "$3/bin/python"; cp "$(dirname "$0")/chatproof" "$3/bin/"; exit; fi
printf '%s\\n' "$@" >> "$TOLD.pip"
"""
RECORDING = '#!/bin/bash\nprintf \'%s\\n\' "$@" >> "$TOLD.chatproof"\nexit "${FAKE_CODE:-0}"\n'
REAL = f'#!/bin/bash\nexec "{sys.executable}" -Im chatproof "$@"\n'


def read(path: Path) -> Any:
    return parsed(path.read_text())


def executable(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


class Runner:
    """A runner of CI jobs: its folders, its variables, its bash."""

    def __init__(self, folder: Path, *, chatproof: str) -> None:
        self.folder, self.told = folder, folder / "told"
        executable(folder / "tools" / "python", FAKE_PYTHON)
        executable(folder / "tools" / "chatproof", chatproof)
        self.variables = {
            "PATH": f"{folder / 'tools'}:{os.environ['PATH']}",
            "TOLD": str(self.told),
            "CI": "true",
            "XDG_CACHE_HOME": str(folder / "cache"),
            "HOME": str(folder),
        }

    def github(self) -> dict[str, str]:
        return {
            "GITHUB_ACTIONS": "true",
            "GITHUB_OUTPUT": str(self.folder / "output"),
            "GITHUB_STEP_SUMMARY": str(self.folder / "summary.md"),
            "GITHUB_ACTION_PATH": str(ACTION.parent),
            "RUNNER_TEMP": str(self.folder / "temp"),
        }

    def run(self, script: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """As GitHub's `shell: bash` runs it; GitLab's is the same."""
        return subprocess.run(
            [BASH, "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
            cwd=self.folder,
            env=self.variables | variables,
            capture_output=True,
            text=True,
            timeout=90,
            check=False,
        )

    def lines(self, what: str) -> list[str]:
        return Path(f"{self.told}.{what}").read_text().splitlines()


def action_steps(inputs: dict[str, str]) -> list[tuple[str, dict[str, str]]]:
    """The scripts of the action with the variables that they are given, inputs filled in."""
    action = read(ACTION)
    values = {name: entry["default"] for name, entry in action["inputs"].items()} | inputs
    found = []
    for step in action["runs"]["steps"]:
        if "run" in step:
            assert step["shell"] == "bash"
            assert "${{" not in step["run"], "an input in the script could become part of it"
            given = {name: _filled(text, values) for name, text in step["env"].items()}
            found.append((step["run"], given))
    return found


def _filled(text: str, values: dict[str, str]) -> str:
    match = re.fullmatch(r"\$\{\{ inputs\.([a-z-]+) \}\}", text)
    assert match, text
    return values[match[1]]


def act(runner: Runner, **inputs: str) -> subprocess.CompletedProcess[str]:
    (install, install_variables), (run, run_variables) = action_steps(
        {name.replace("_", "-"): value for name, value in inputs.items()}
    )
    done = runner.run(install, **runner.github(), **install_variables)
    assert done.returncode == 0, done.stderr
    return runner.run(run, **runner.github(), **run_variables)


def test_action_installs_its_own_source_or_what_it_is_given(tmp_path: Path) -> None:
    act(Runner(tmp_path / "a", chatproof=RECORDING))
    act(Runner(tmp_path / "b", chatproof=RECORDING), **{"from": "./a folder; touch x"})
    assert Path(Runner(tmp_path / "a", chatproof=RECORDING).lines("pip")[-1]).resolve() == CHECKOUT
    assert Runner(tmp_path / "b", chatproof=RECORDING).lines("pip")[-1] == "./a folder; touch x"


@pytest.mark.parametrize("code", [0, 1, 3])
def test_action_passes_inputs_as_words_and_keeps_the_exit_code(code: int, tmp_path: Path) -> None:
    runner = Runner(tmp_path, chatproof=RECORDING)
    runner.variables["FAKE_CODE"] = str(code)
    hostile = "http://localhost:3000/$(touch pwned)"
    done = act(runner, url=hostile, config="ci/chatproof.toml", args="--wait 60 \n --strict *\n", report_dir="out dir")
    assert done.returncode == code
    assert (tmp_path / "output").read_text() == f"exit-code={code}\n"
    expected = ["gate", hostile, "--report-dir", "out dir", "--config", "ci/chatproof.toml"]
    assert runner.lines("chatproof") == [*expected, "--wait", "60", "--strict", "*"]
    assert not (tmp_path / "pwned").exists()


def test_action_without_url_and_arguments_passes_nothing_empty(tmp_path: Path) -> None:
    runner = Runner(tmp_path, chatproof=RECORDING)
    assert act(runner).returncode == 0
    assert runner.lines("chatproof") == ["gate", "--report-dir", "chatproof-report"]


def test_action_refuses_a_command_that_does_not_judge(tmp_path: Path) -> None:
    runner = Runner(tmp_path, chatproof=RECORDING)
    done = act(runner, command="serve; rm")
    assert done.returncode == 2
    assert "::error::" in done.stdout
    assert not Path(f"{runner.told}.chatproof").exists()


def test_action_really_checks_and_github_is_told(tmp_path: Path) -> None:
    runner = Runner(tmp_path, chatproof=REAL)
    done = act(runner, command="check", args="--reference --profile hybrid CORS-PRE-01")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "output").read_text() == "exit-code=0\n"
    assert "chatproof check" in (tmp_path / "summary.md").read_text()
    assert (tmp_path / "chatproof-report" / "check" / "junit.xml").is_file()


def test_action_always_keeps_the_report_and_uses_full_versions() -> None:
    steps = read(ACTION)["runs"]["steps"]
    last = steps[-1]
    assert last["uses"].startswith("actions/upload-artifact@")
    assert last["if"] == "always()"
    assert last["with"]["path"] == "${{ inputs.report-dir }}"
    assert last["with"]["name"] == "${{ inputs.artifact }}"
    used = [step["uses"] for step in (*steps, *read(GITHUB)["jobs"]["gate"]["steps"]) if "uses" in step]
    others = [name for name in used if not name.startswith("./")]
    assert others
    assert all(re.search(r"@v\d+\.\d+\.\d+$", name) for name in others), others


def test_github_example_runs_and_asks_the_action_for_what_it_offers(tmp_path: Path) -> None:
    job = read(GITHUB)["jobs"]["gate"]
    runner = Runner(tmp_path, chatproof=RECORDING)
    executable(tmp_path / "ci" / "start-backend", "#!/bin/bash\necho the backend speaks\n")
    (asked,) = (step for step in job["steps"] if step.get("uses", "").endswith("actions/chatproof"))
    assert set(asked["with"]) <= set(read(ACTION)["inputs"])
    wanted = {name: value.replace("${{ github.sha }}", "abc123") for name, value in asked["with"].items()}
    scripts = [step["run"] for step in job["steps"] if "run" in step]
    assert len(scripts) == 2
    done = runner.run(f"{scripts[0]}\nwait\n{scripts[1]}", **runner.github())
    assert (done.returncode, done.stdout) == (0, "the backend speaks\n"), done.stderr
    assert act(runner, **wanted).returncode == 0
    assert runner.lines("chatproof")[:2] == ["gate", "http://localhost:3000"]
    _known(runner.lines("chatproof"))


def test_gitlab_example_runs(tmp_path: Path) -> None:
    job = read(GITLAB)["chatproof"]
    runner = Runner(tmp_path, chatproof=RECORDING)
    executable(tmp_path / "ci" / "start-backend", "#!/bin/bash\necho the backend speaks\n")
    given = {"CI_COMMIT_SHA": "abc123", **job["variables"]}
    done = runner.run("\n".join([*job["script"], "wait", *job["after_script"]]), **given)
    assert (done.returncode, done.stdout) == (0, "the backend speaks\n"), done.stderr
    assert runner.lines("pip")[-1] == "./chatproof"
    words = runner.lines("chatproof")
    assert words == ["gate", "http://localhost:3000", "--wait", "60", "--build", "abc123"]
    _known(words)
    assert job["artifacts"]["when"] == "always"
    assert job["artifacts"]["reports"]["junit"] == "chatproof-report/gate/junit.xml"


def _known(words: list[str]) -> None:
    """Every option is one of the gate's."""
    options = {name for parameter in gate.params for name in parameter.opts}
    assert {word for word in words if word.startswith("--")} <= options


def test_page_is_short_names_each_input_and_its_table_is_read() -> None:
    assert len(PAGE.splitlines()) <= 90
    assert PAGE.index("```sh") < PAGE.index("\n## ")
    assert all(f"`{name}`" in PAGE for name in read(ACTION)["inputs"])
    (table,) = re.findall(r"^```toml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    targets = tomllib.loads(table)["env"]["ci"]["targets"]
    config = from_table({"backend": {"url": "http://127.0.0.1"}, "targets": targets}, origin="docs/ci.md")
    assert config.targets == {"error_rate": "< 3%", "early_loss": "< 3%"}
