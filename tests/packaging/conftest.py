from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support.environments import (
    Environment,
    build_wheel,
    copy_of_checkout,
    empty_environment,
    install,
    metadata_of,
)

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the checkout to build from."""
    return copy_of_checkout(tmp_path_factory.mktemp("source"))


@pytest.fixture(scope="session")
def wheel(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the copy."""
    return build_wheel(source, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="session")
def requires(wheel: Path) -> list[str]:
    """What the wheel declares that it needs, extras aside."""
    return [text for text in metadata_of(wheel).get_all("Requires-Dist", []) if "extra ==" not in text]


@pytest.fixture(scope="session")
def installed(wheel: Path, requires: list[str], tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """An environment in which the wheel is installed."""
    environment = empty_environment(tmp_path_factory.mktemp("installed"), requires=requires)
    install(environment, str(wheel))
    return environment


@pytest.fixture(scope="session")
def editable(requires: list[str], tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """An environment in which a copy of the checkout is installed with `--editable`."""
    environment = empty_environment(tmp_path_factory.mktemp("editable"), requires=requires, also=["setuptools"])
    install(environment, "--editable", str(copy_of_checkout(tmp_path_factory.mktemp("checkout"))))
    return environment
