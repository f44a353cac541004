"""Imports point one way, and importing does nothing: what ARCHITECTURE.md promises."""

from __future__ import annotations

import ast
import subprocess
import sys
from dataclasses import dataclass
from importlib.machinery import PathFinder
from typing import TYPE_CHECKING

import pytest

from support.environments import CHECKOUT, FOLDERS

if TYPE_CHECKING:
    from pathlib import Path

CONTENT = ("conformance", "fixtures", "load", "reports")
ALONE = {
    "httpx": {
        "chatproof/wire.py",
        "fixtures/chatkit/client.py",
        "fixtures/hybrid/client.py",
        "fixtures/stream_chat/client.py",
        "fixtures/stream_chat/connections.py",
    },
    "httpx_sse": {"chatproof/second_client.py"},
    "websockets": {"chatproof/recorder/websocket.py"},
    "stream_chat": set(),
}
BELOW = {
    "gevent": ("load/",),
    "httptools": ("load/client/",),
    "locust": ("load/",),
}
"""Libraries and the folders in which alone they may be imported."""


@dataclass(frozen=True, slots=True)
class Import:
    """An import statement: the file, the line, dots of a relative import, the dotted name."""

    file: str
    line: int
    level: int
    name: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line} imports {'.' * self.level}{self.name}"


def _imports_of(path: Path) -> list[Import]:
    file = str(path.relative_to(CHECKOUT))
    found = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found += [Import(file, node.lineno, 0, alias.name) for alias in node.names]
        if isinstance(node, ast.ImportFrom):
            names = [f"{node.module or ''}.{alias.name}".strip(".") for alias in node.names]
            found += [Import(file, node.lineno, node.level, name) for name in names]
    return found


def _imports_below(folder: str) -> list[Import]:
    return [found for path in sorted((CHECKOUT / folder).rglob("*.py")) for found in _imports_of(path)]


def test_core_imports_no_content() -> None:
    forbidden = {*CONTENT, *(f"chatproof.{name}" for name in CONTENT)}
    wrong = [
        str(found)
        for found in _imports_below("chatproof")
        if any(found.name == name or found.name.startswith(f"{name}.") for name in forbidden)
    ]
    assert wrong == []


@pytest.mark.parametrize("folder", CONTENT)
def test_content_names_content_relatively_and_within_its_folder(folder: str) -> None:
    wrong = []
    for found in _imports_below(folder):
        depth = found.file.count("/")
        absolute = not found.level and found.name.removeprefix("chatproof.").split(".")[0] in CONTENT
        if not _is_workload_file(found.file) and (absolute or found.level > depth):
            wrong.append(str(found))
    assert wrong == []


def _is_workload_file(file: str) -> bool:
    """A module at the top of load/: `locust -f` is given its path, and knows no package that it is in."""
    return file.startswith("load/") and file.count("/") == 1 and not file.endswith("/__init__.py")


def test_files_that_locust_is_given_import_absolutely_and_of_content_their_own_folder_alone() -> None:
    found = [entry for entry in _imports_below("load") if _is_workload_file(entry.file)]
    content = [entry for entry in found if entry.name.removeprefix("chatproof.").split(".")[0] in CONTENT]
    assert {entry.file for entry in content} == {entry.file for entry in found}
    wrong = [str(entry) for entry in found if entry.level]
    wrong += [str(entry) for entry in content if not entry.name.startswith("chatproof.load.")]
    assert wrong == []


def test_files_that_locust_is_given_shadow_no_module_of_the_standard_library() -> None:
    names = {path.stem for path in (CHECKOUT / "load").iterdir()} - {"__init__", "__pycache__"}
    assert names & sys.stdlib_module_names == set()


def _importers(library: str) -> set[str]:
    return {
        found.file
        for folder in FOLDERS
        for found in _imports_below(folder)
        if not found.level and found.name.split(".")[0] == library
    }


@pytest.mark.parametrize("library", sorted(ALONE))
def test_library_is_imported_where_it_may_be(library: str) -> None:
    assert _importers(library) == ALONE[library]


@pytest.mark.parametrize("library", sorted(BELOW))
def test_library_is_imported_below_its_folders_alone(library: str) -> None:
    importers = _importers(library)
    assert importers
    assert {file for file in importers if not file.startswith(BELOW[library])} == set()


def test_the_stream_client_knows_nothing_of_locust() -> None:
    """Importing Locust patches the process: the client is used without it too, and its tests do so."""
    code = (
        "import importlib, pkgutil, sys, chatproof.load.client as client\n"
        "for found in pkgutil.walk_packages(client.__path__, client.__name__ + '.'):\n"
        "    importlib.import_module(found.name)\n"
        "print('locust' in sys.modules, 'gevent' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-Ic", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.split() == ["False", "True"]


def test_the_load_command_imports_neither_gevent_nor_locust() -> None:
    code = (
        "import importlib, pkgutil, sys, chatproof\n"
        "import chatproof.cli.load, chatproof.cli.verify, chatproof.load_run as run\n"
        "for found in pkgutil.walk_packages(run.__path__, run.__name__ + '.'): importlib.import_module(found.name)\n"
        "print(*sorted({'gevent', 'httptools', 'locust', 'pytest'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-Ic", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.split() == []


@pytest.mark.parametrize("name", CONTENT)
def test_folders_of_the_checkout_are_not_importable_by_the_tests(name: str) -> None:
    spec = PathFinder.find_spec(name)  # whatever a test before has imported under that name
    assert spec is None or str(CHECKOUT / name) not in (spec.submodule_search_locations or ())


def test_importing_chatproof_imports_nothing_else() -> None:
    code = "import sys\nbefore = set(sys.modules)\nimport chatproof\nprint(*sorted(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-Ic", code], capture_output=True, text=True, timeout=30, check=True)
    assert {name for name in done.stdout.split() if name.split(".")[0] not in sys.stdlib_module_names} == {"chatproof"}


@pytest.mark.parametrize(
    ("code", "unwanted"),
    [
        ("import chatproof.checking, chatproof.catalogue as known; known.catalogue()", "hypothesis"),
        ("import chatproof.fixtures.serving", "chatproof.fixtures.faults.ai_chat"),
        ("from chatproof.cli.serve import _fault; _fault(None, 'identity')", "chatproof.fixtures.catalogue"),
    ],
    ids=["judges without fuzzing", "reference backends", "serving without a fault"],
)
def test_what_takes_long_to_load_is_loaded_where_it_is_needed(code: str, unwanted: str) -> None:
    code = f"{code}\nimport sys; print({unwanted!r} in sys.modules)\nimport {unwanted}"
    done = subprocess.run([sys.executable, "-Ic", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.split() == ["False"]
