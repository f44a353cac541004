from __future__ import annotations

import ast
import importlib
from typing import TYPE_CHECKING

import pytest

from support.environments import CHECKOUT

if TYPE_CHECKING:
    from pathlib import Path

FOLDERS = ("chatproof", "fixtures", "reports", "load")


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


@pytest.mark.parametrize("name", sorted(MODULES))
def test_all_is_what_a_module_offers(name: str) -> None:
    module = importlib.import_module(name)
    exported = getattr(module, "__all__", [])
    assert _defined(MODULES[name]) <= set(exported)
    assert len(exported) == len(set(exported))
    assert [entry for entry in exported if not hasattr(module, entry)] == []


def test_modules_were_found() -> None:
    assert {"chatproof.failure", "chatproof.fixtures.backend", "chatproof.reports"} <= MODULES.keys()
