"""Environments that hold chatproof, what it declares that it needs, and nothing else; made without a network."""

from __future__ import annotations

import email.parser
import os
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from dataclasses import dataclass
from importlib.metadata import distribution
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.requirements import Requirement

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from email.message import Message

CHECKOUT = Path(__file__).resolve().parents[2]
FOLDERS = ("chatproof", "conformance", "fixtures", "load", "reports")
_INSTALL_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Environment:
    """A virtual environment in `folder`."""

    folder: Path

    @property
    def python(self) -> Path:
        return self.folder / "bin" / "python"

    @property
    def site_packages(self) -> Path:
        return Path(sysconfig.get_path("purelib", vars={"base": str(self.folder), "platbase": str(self.folder)}))

    def run(
        self, *command: str, cwd: Path, env: Mapping[str, str] | None = None, seconds: float = 150, stdin: str = ""
    ) -> subprocess.CompletedProcess[str]:
        """Runs a command of this environment with nothing of ours but PATH, at most `seconds`."""
        variables = {"PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}", "LANG": "C.UTF-8", **(env or {})}
        return subprocess.run(
            command,
            cwd=cwd,
            env=variables,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )


def copy_of_checkout(into: Path) -> Path:
    """Copies all that a build reads, and nothing that an earlier build left, so that builds do not meet."""
    for name in FOLDERS:
        shutil.copytree(CHECKOUT / name, into / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy2(CHECKOUT / name, into / name)
    return into


def build_wheel(source: Path, into: Path) -> Path:
    """Builds the wheel of a source folder with the setuptools at hand."""
    _pip("wheel", "--no-deps", "--no-index", "--no-build-isolation", "--wheel-dir", str(into), str(source))
    (wheel,) = into.glob("*.whl")
    return wheel


def metadata_of(wheel: Path) -> Message:
    """The METADATA of a wheel."""
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        return email.parser.Parser().parsestr(archive.read(name).decode())


def empty_environment(folder: Path, *, requires: Iterable[str], also: Iterable[str] = ()) -> Environment:
    """
    An environment with the given requirements and theirs, linked from the environment of the tests.

    What is not declared is not there, however much of it the tests' own environment holds.
    """
    venv.EnvBuilder(with_pip=False, symlinks=True).create(folder)
    environment = Environment(folder)
    linked = folder / "linked"
    linked.mkdir()
    for name in _closure([*requires, *also]):
        found = distribution(name)
        tops = {Path(file).parts[0] for file in found.files or ()} - {"..", "__pycache__"}
        for top in tops:
            if not (linked / top).exists():
                (linked / top).symlink_to(Path(str(found.locate_file(top))))
    (environment.site_packages / "linked.pth").write_text(f"{linked}\n")
    return environment


def install(environment: Environment, *what: str) -> None:
    """Installs into an environment, without an index and without dependencies."""
    _pip("--python", str(environment.python), "install", "--no-deps", "--no-index", "--no-build-isolation", *what)


def _closure(requirements: Iterable[str]) -> set[str]:
    """Names of all distributions that the requirements need, by what is installed here, extras included."""
    pending = [Requirement(text) for text in requirements]
    found: set[str] = set()
    while pending:
        requirement = pending.pop()
        if requirement.marker is not None and not requirement.marker.evaluate({"extra": ""}):
            continue
        known = requirement.name in found and not requirement.extras
        found.add(requirement.name)
        if not known:
            pending += _needs(requirement)
    return found


def _needs(requirement: Requirement) -> list[Requirement]:
    """The requirements of a requirement whose markers hold, with the extras that it asks for."""
    extras = ["", *requirement.extras]
    declared = [Requirement(text) for text in distribution(requirement.name).requires or ()]
    wanted = [one for one in declared if one.marker is None or any(one.marker.evaluate({"extra": x}) for x in extras)]
    for one in wanted:
        one.marker = None
    return wanted


def _pip(*arguments: str) -> None:
    command = [sys.executable, "-Im", "pip", "--disable-pip-version-check", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=_INSTALL_SECONDS, check=False)
    if done.returncode:
        message = f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}{done.stderr}"
        raise RuntimeError(message)
