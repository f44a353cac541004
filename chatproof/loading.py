"""Loads content by name, so that the core imports none of it."""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import ModuleType

    from chatproof.own import Own
    from chatproof.scenario import ScenarioSet

__all__ = ["conformance_modules", "load", "scenario_set"]


def load(folder: str, name: str) -> ModuleType:
    """The module `name` of a content folder: `load("reports", "html")` is `chatproof.reports.html`."""
    return importlib.import_module(f"chatproof.{folder}.{name}")


def scenario_set(profile: str, own: Own | None = None) -> ScenarioSet:
    """The scenarios of a profile, from its folder in `conformance/`, and what a user's own folders add."""
    if own is not None and profile in own.profiles:
        found = own.profiles[profile].scenarios
    else:
        found = load("conformance", f"{profile.replace('-', '_')}.scenarios").SCENARIOS
    more = own.scenarios.get(profile, ()) if own is not None else ()
    return replace(found, scenarios={**found.scenarios, **{entry.name: entry for entry in more}})


def conformance_modules() -> list[str]:
    """The names of all modules of `conformance/` that hold judges."""
    root = importlib.import_module("chatproof.conformance")
    walked = pkgutil.walk_packages(root.__path__, prefix="chatproof.conformance.")
    return sorted(module.name for module in walked if module.name.rpartition(".")[2].startswith("test_"))
