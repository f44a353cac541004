"""
Every command line of README.md and of the pages in docs/ is run: here, or by the test that a table names.

Here each page has a folder of its own, in which its lines run one after the other, against a reference backend. What
is changed of a line before it runs stands in `REWRITTEN` and `SHORTENED`, the exit codes it may have in `EXIT_CODES`.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from support.documented import commands_in
from support.environments import CHECKOUT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.documented import Documented

PAGES = ["README.md", *sorted(f"docs/{path.name}" for path in (CHECKOUT / "docs").glob("*.md"))]
COMMANDS = {page: commands_in(page, (CHECKOUT / page).read_text()) for page in PAGES}

DEPLOY_FILES = "tests/load_command/test_deploy_files.py"
ELSEWHERE = {
    r"make test": ".ci/run::make test",
    r"make demo": ".github/workflows/ci.yml::make demo",
    r"chatproof load .*--(master|worker)\b.*": "tests/load_command/test_interruptions.py::--worker",
    r"docker compose -f docs/deploy/compose\.yaml .*": f"{DEPLOY_FILES}::test_options_are_those",
    r"kubectl (apply|wait) .*": f"{DEPLOY_FILES}::test_every_field_of_a_manifest_is_known",
    r"pip install \S*": "tests/packaging/test_installed_command.py::test_python_m_chatproof_is_the_command",
}
"""Patterns of whole lines, each with a file and with words in it, such as the name of the test that runs them."""

README_CONSOLE = "tests/packaging/test_readme.py::test_console_lines_run_and_judge_the_reference_whole"

REWRITTEN = (
    (r"http://localhost:3000", "{url}"),
    (r"eyJhbGciOi\.\.\.", "{token}"),
)
"""What stands for something of the reader's own."""

SHORTENED = (
    (r"chatproof load ", "--run-time 2s --warm-up 0s --users 20 --leave-out error_rate --no-verify"),
    (r"chatproof load .*--workload soak\b", "--users 100 --stream-time 1s --leave-out survival_5m --leave-out uptime"),
    (r"chatproof load .*--workload soak\b", "--leave-out heartbeat.gap.max --leave-out ttft.p95"),
    (r"chatproof load .*--workload soak\b", "--leave-out retry_rate.client"),
    (r"chatproof check ", "SSE-TYPE-01 CORS-ACT-01"),
    (r"chatproof gate http", "--profile stream-chat"),
    (r"chatproof gate ", "--users 200 --run-time 3s"),
    (r"chatproof checklist ", "--profile ai-chat --max-time 2"),
    (r"chatproof checklist .*--evidence ", "--evidence-only"),
    (r"chatproof capacity ", "--rung-time 1s --max-rungs 2"),
    (r"pytest --pyargs chatproof\.conformance ", "-p no:cacheprovider -k SSE-TYPE-01"),
)
"""What is added to lines that begin so: a later option takes the place of an earlier one."""

BESIDE = {
    "docs/load.md": '[profiles.ai-chat]\nlong_turn = { message = "Tell me a long story" }\n',
}
"""The chatproof.toml that a page takes for granted: a soak needs a turn that stays open."""

EXIT_CODES = (
    (r"chatproof (load|capacity|checklist|gate|compare) ", {0, 1, 3}),
    (r"", {0}),
)
"""Loads of some seconds may have no verdict, and a machine at work may miss a limit; all else is in order."""


def elsewhere(command: Documented) -> str:
    """What runs a line other than this file; empty where nothing does."""
    text = command.text
    if command.page == "README.md" and f"$ {text}\n" in (CHECKOUT / "README.md").read_text():
        return README_CONSOLE
    return next((where for pattern, where in ELSEWHERE.items() if re.fullmatch(pattern, text)), "")


def as_run(text: str, *, url: str, token: str) -> str:
    """The line as it is run here."""
    for pattern, standing in REWRITTEN:
        text = re.sub(pattern, standing.format(url=url, token=token), text)
    added = [more for pattern, more in SHORTENED if re.match(pattern, text)]
    command, redirection, target = text.partition(" > ")
    return " ".join([command, *added]) + redirection + target


def here() -> dict[str, list[Documented]]:
    """The lines that each page runs here: one that several pages show, and that needs nothing before it, but once."""
    found: dict[str, list[Documented]] = {}
    seen: set[str] = set()
    for page, commands in COMMANDS.items():
        found[page] = [entry for entry in commands if not elsewhere(entry) and entry.text not in seen]
        seen |= {entry.text for entry in commands if entry.text.startswith("chatproof load http")}
    return found


HERE = here()


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[str, str]]:
    """The address of a reference backend that runs for this module, and a token that it accepts."""
    command = [sys.executable, "-Im", "chatproof", "serve", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stderr is not None
            url = process.stdout.readline().removeprefix("listening on ").strip()
            token = next(line.split()[1] for line in process.stderr if line.startswith("token: "))
            yield url, token
        finally:
            process.terminate()
            process.communicate(timeout=20)


@pytest.mark.parametrize("page", [page for page in PAGES if HERE[page]])
def test_every_line_of_a_page_runs(page: str, served: tuple[str, str], tmp_path: Path) -> None:
    url, token = served
    variables = {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "HOME": str(tmp_path / "home"),
        "LANG": "C.UTF-8",
        "CHATPROOF_TOKEN": token,
    }
    (tmp_path / "docs").symlink_to(CHECKOUT / "docs")
    if page in BESIDE:
        (tmp_path / "chatproof.toml").write_text(BESIDE[page])
    for command in HERE[page]:
        text = as_run(command.text, url=url, token=token)
        name, is_export, value = text.removeprefix("export ").partition("=")
        if text.startswith("export ") and is_export:
            variables[name] = value
            continue
        done = subprocess.run(
            ["bash", "-c", text],  # noqa: S607 - the bash that the reader has
            cwd=tmp_path,
            env=variables,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        where = f"{page}:{command.line}: {text}\n{done.stdout[-2000:]}{done.stderr[-4000:]}"
        allowed = next(codes for pattern, codes in EXIT_CODES if re.match(pattern, text))
        assert done.returncode in allowed, where
        assert "Traceback" not in done.stderr, where
        assert done.stdout or done.stderr or not text.startswith(("chatproof", "pytest")), where


def test_commands_were_found() -> None:
    assert {"make test", "chatproof list profiles"} <= {entry.text for entry in COMMANDS["README.md"]}
    assert {"docs/load.md", "docs/distributed.md"} <= {page for page in PAGES if COMMANDS[page]}
    assert sum(map(len, HERE.values())) >= 8


@pytest.mark.parametrize("where", sorted({*ELSEWHERE.values(), README_CONSOLE}))
def test_what_runs_a_line_elsewhere_is_there(where: str) -> None:
    file, _two_colons, words = where.partition("::")
    text = (CHECKOUT / file).read_text()

    assert (f"def {words}" if words.startswith("test_") else words) in text


def test_no_entry_of_the_table_is_left_over() -> None:
    every = [entry.text for found in COMMANDS.values() for entry in found]

    assert [pattern for pattern in ELSEWHERE if not any(re.fullmatch(pattern, text) for text in every)] == []


def test_lines_are_taken_from_blocks_of_shells_and_yaml() -> None:
    page = """
```sh
chatproof check http://h \\
  --wait 3   # a comment
# nothing
```
```console
$ chatproof list
what it prints
```
  ```yaml
  - run: make x
  - run: |
      chatproof gate
      other: pip
  script:
    - pip install a
  - uses: make/x
  ```
```python
chatproof = 1
```
"""
    assert [(entry.line, entry.text) for entry in commands_in("p", page)] == [
        (4, "chatproof check http://h --wait 3"),
        (8, "chatproof list"),
        (12, "make x"),
        (14, "chatproof gate"),
        (17, "pip install a"),
    ]
