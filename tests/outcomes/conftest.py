from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from outcomes.commands import Outcome

from chatproof.cli import run
from chatproof.config.toml_text import toml_text
from chatproof.fixtures.faults import IDENTITY
from chatproof.fixtures.faults.ai_chat import FAULTS
from chatproof.fixtures.faults.site import Site, full_settings, site
from chatproof.fixtures.server import Farm

SECRET = "a-secret-of-these-tests-with-at-least-32-bytes"
HEARTBEAT_SECONDS = 0.25

Stand = Callable[..., Site]
Here = Callable[..., Outcome]


@pytest.fixture(scope="session")
def farm() -> Iterator[Farm]:
    with Farm() as running:
        yield running


@pytest.fixture(scope="session")
def stand(farm: Farm) -> Stand:
    """Starts a backend with a fault, of a name that there is."""

    def start(name: str = IDENTITY, **changes: Any) -> Site:
        settings = full_settings(secret=SECRET, heartbeat_seconds=HEARTBEAT_SECONDS, **changes)
        return site(farm, FAULTS[name], settings)

    return start


@pytest.fixture(scope="session")
def right(stand: Stand) -> Site:
    """A backend without a defect."""
    return stand()


@pytest.fixture(scope="session")
def write_into() -> Callable[..., Path]:
    """Writes a chatproof.toml, with further text below it, into a folder; returns that."""

    def write(folder: Path, table: dict[str, Any], *more: str) -> Path:
        (folder / "chatproof.toml").write_text("\n".join([toml_text(table), *more]))
        return folder

    return write


@pytest.fixture
def write(tmp_path: Path, write_into: Callable[..., Path]) -> Callable[..., Path]:
    """The same into the test's own folder."""
    return partial(write_into, tmp_path)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Here:
    """Runs a command in this process, in the test's folder; for what needs no process of its own."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith(("CHATPROOF_", "GITHUB_"))]:
        monkeypatch.delenv(name)

    def run_here(*arguments: str, env: Mapping[str, str] | None = None) -> Outcome:
        capsys.readouterr()
        with monkeypatch.context() as patch:
            for name, value in (env or {}).items():
                patch.setenv(name, value)
            since = time.monotonic()
            code = run(list(arguments))
        said = capsys.readouterr()
        return Outcome(code, said.out, said.err, tmp_path, time.monotonic() - since, 0)

    return run_here
