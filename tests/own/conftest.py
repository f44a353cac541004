from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chatproof.fixtures.backend import create_app, reference_config, reference_settings
from chatproof.fixtures.faults.wrap import head_changed
from chatproof.fixtures.server import Farm
from own.own_suite import OwnSuite

SETTINGS = reference_settings(secret="a-secret-of-these-tests-with-at-least-32-bytes", heartbeat_seconds=0.25)


@pytest.fixture(scope="session")
def farm() -> Iterator[Farm]:
    with Farm() as running:
        yield running


@pytest.fixture(scope="session")
def right(farm: Farm) -> dict[str, Any]:
    """The configuration of the reference backend."""
    return reference_config(farm.start(create_app(SETTINGS)), SETTINGS)


@pytest.fixture(scope="session")
def nameless(farm: Farm) -> dict[str, Any]:
    """The same of one whose answers name no request."""
    app = head_changed(create_app(SETTINGS), lambda _scope, start: start.without("X-Request-Id"))
    return reference_config(farm.start(app), SETTINGS)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, in which commands run."""
    monkeypatch.chdir(tmp_path)
    for name in ("CHATPROOF_URL", "CHATPROOF_TOKEN", "CHATPROOF_CONFIG", "CHATPROOF_REPORT_DIR", "GITHUB_ACTIONS"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture
def suite(project: Path, right: dict[str, Any]) -> OwnSuite:
    """A project that checks the reference backend."""
    return OwnSuite(project, right)
