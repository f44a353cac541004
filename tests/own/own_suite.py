"""A folder with requirements of a user's own, and a backend to judge by them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chatproof.cli import run
from chatproof.config.toml_text import toml_text
from support.environments import CHECKOUT

FOLDER = "chat-requirements"
_BLOCK = re.compile(r"^```python\n# (?P<path>\S+\.py)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class OwnSuite:
    """A project of a user's: a `chatproof.toml`, and the folder beside it."""

    root: Path
    table: Mapping[str, Any]

    def write(self, files: Mapping[str, str], **tables: Any) -> None:
        """Writes the files of the folder, and a configuration that names it, with further tables."""
        (self.root / FOLDER).mkdir(exist_ok=True)
        for name, text in files.items():
            (self.root / FOLDER / name).write_text(text)
        table = {**self.table, "suite": {"folders": [FOLDER]}, **tables}
        (self.root / "chatproof.toml").write_text(toml_text(table))

    def check(self, *arguments: str) -> int:
        return run(["check", "--color", "never", *arguments])

    @property
    def verdicts(self) -> dict[str, str]:
        """The verdicts of the last check, by requirement."""
        document = json.loads((self.root / "chatproof-report" / "check" / "run.json").read_bytes())
        return {entry["requirement"]: entry["verdict"] for entry in document["verdicts"]}


def shown_in(document: str) -> list[tuple[str, str]]:
    """The files that a document shows, in order: name and text."""
    text = (CHECKOUT / document).read_text()
    return [(Path(found["path"]).name, found["text"]) for found in _BLOCK.finditer(text)]


def requirement(identifier: str = "ACME-X-01", *, name: str = "test_x", body: str = "", **options: str) -> str:
    """The text of a file with one requirement; options are written as they are."""
    given = "".join(f", {key}={value}" for key, value in {"scenarios": "(CONTROL,)", **options}.items())
    return (
        "from chatproof.api import *\n\n"
        f'@requirement("{identifier}", Level.MUST, Source("Acme", "X"), why="w", example="e", remedy="r"{given})\n'
        f"def {name}(case: Case) -> None:\n"
        '    """It is so."""\n'
        f"    {body or 'case[CONTROL]'}\n"
    )


def scenario(name: str = "acme_look", *, profile: str = "ai-chat", path: str = "/health", **options: str) -> str:
    """The text of a `scenarios.py` that adds one scenario."""
    given = "".join(f", {key}={value}" for key, value in options.items())
    return (
        "from chatproof.api import *\n\n"
        "async def look(driver: Driver) -> None:\n"
        f'    await driver.send("look", Request(method="GET", url=driver.config.backend.url + "{path}"))\n\n'
        f'LOOK = Scenario(name="{name}", run=look, cost=lambda *_: Cost(), summary="s"{given})\n'
        f'SCENARIOS = {{"{profile}": (LOOK,)}}\n'
    )
