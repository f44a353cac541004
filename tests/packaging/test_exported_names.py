from __future__ import annotations

import ast
import importlib
import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from support.environments import CHECKOUT

if TYPE_CHECKING:
    from pathlib import Path

FOLDERS = ("chatproof", "fixtures", "reports", "load")
SEEN_BY_ITSELF = """\
import importlib, json, sys
found = {}
for name in json.load(sys.stdin):
    module = importlib.import_module(name)
    exported = list(getattr(module, "__all__", []))
    found[name] = [exported, [entry for entry in exported if not hasattr(module, entry)]]
print(json.dumps(found))
"""
"""What a module exports, and what of that it does not have, told by another process."""


def _module_name(path: Path) -> str:
    parts = path.relative_to(CHECKOUT).with_suffix("").parts
    parts = parts if parts[0] == "chatproof" else ("chatproof", *parts)
    return ".".join(parts).removesuffix(".__init__")


NOT_FOR_IMPORT = {"__main__.py", "plugin.py"}
MODULES = {
    _module_name(path): path
    for name in FOLDERS
    for path in sorted((CHECKOUT / name).rglob("*.py"))
    if path.name not in NOT_FOR_IMPORT
}


def _defined(path: Path) -> set[str]:
    """Public functions and classes that a module defines; an imported name belongs to where it comes from."""
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    nodes = ast.parse(path.read_text()).body
    return {node.name for node in nodes if isinstance(node, kinds) and not node.name.startswith("_")}


@pytest.fixture(scope="module")
def load_modules() -> dict[str, list[list[str]]]:
    """What the modules of load/ offer; importing Locust patches a process, which must not be that of the tests."""
    names = [name for name in MODULES if _is_of_load(name)]
    command = [sys.executable, "-Ic", SEEN_BY_ITSELF]
    done = subprocess.run(command, input=json.dumps(names), capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    found: dict[str, list[list[str]]] = json.loads(done.stdout)
    return found


def _is_of_load(name: str) -> bool:
    return name == "chatproof.load" or name.startswith("chatproof.load.")


@pytest.mark.parametrize("name", sorted(name for name in MODULES if not _is_of_load(name)))
def test_all_is_what_a_module_offers(name: str) -> None:
    module = importlib.import_module(name)
    exported = getattr(module, "__all__", [])
    assert _defined(MODULES[name]) <= set(exported)
    assert len(exported) == len(set(exported))
    assert [entry for entry in exported if not hasattr(module, entry)] == []


@pytest.mark.parametrize("name", sorted(name for name in MODULES if _is_of_load(name)))
def test_all_is_what_a_module_of_load_offers(name: str, load_modules: dict[str, list[list[str]]]) -> None:
    exported, missing = load_modules[name]
    assert _defined(MODULES[name]) <= set(exported)
    assert len(exported) == len(set(exported))
    assert missing == []


def test_modules_were_found() -> None:
    assert {"chatproof.failure", "chatproof.fixtures.backend", "chatproof.reports", "chatproof.load"} <= MODULES.keys()
