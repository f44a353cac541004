"""A user's own requirements, scenarios and profiles: the folders that `[suite]` names, loaded and checked."""

from __future__ import annotations

import hashlib
import importlib
import re
import sys
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from chatproof.config.problems import ConfigError, Problem
from chatproof.requirement import collected

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatproof.requirement import Requirement
    from chatproof.scenario import Scenario, ScenarioSet

__all__ = ["Own", "OwnProfile", "load_own", "shown_path"]

_SCENARIOS = "scenarios"
_NOT_A_WORD = re.compile(r"\W")


@dataclass(frozen=True, slots=True)
class OwnProfile:
    """
    A profile that is not one of ours.

    `settings` is the dataclass of its table's keys (`chatproof.config.key`), each with a default; `scenarios` what is
    done to such a backend.
    """

    settings: type[Any]
    scenarios: ScenarioSet


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """
    All that a user's folders hold.

    `scenarios` are those added to a profile's set, by profile. `modules` hold judges. `missing` are folders that were
    there when the recording was made, and are not here.
    """

    requirements: Mapping[str, Requirement] = field(default_factory=dict)
    scenarios: Mapping[str, tuple[Scenario, ...]] = field(default_factory=dict)
    profiles: Mapping[str, OwnProfile] = field(default_factory=dict)
    modules: tuple[ModuleType, ...] = ()
    missing: tuple[str, ...] = ()


def load_own(folders: Sequence[Path], *, missing: Sequence[str] = ()) -> Own:
    """
    Imports the judges (`test_*.py`) and `scenarios.py` of folders that exist, each file under a name of its own.

    Raises `ConfigError` that names file and line: where a file cannot be imported, or clashes with what there is.
    """
    from chatproof.own_checks import check_own  # noqa: PLC0415 - it needs this module's types

    requirements: dict[str, Requirement] = {}
    scenarios: dict[str, tuple[Scenario, ...]] = {}
    profiles: dict[str, OwnProfile] = {}
    modules: list[ModuleType] = []
    with collected(requirements):
        for folder in folders:
            package = _package(folder)
            files = sorted(folder.glob("test_*.py"))
            if (folder / f"{_SCENARIOS}.py").is_file():
                found = _imported(package, folder / f"{_SCENARIOS}.py")
                for profile, more in _table(found, "SCENARIOS").items():
                    scenarios[profile] = (*scenarios.get(profile, ()), *more)
                profiles |= _table(found, "PROFILES")
            elif not files:
                expected, hint = "files test_*.py with requirements", "docs/own-requirements.md shows one"
                raise ConfigError(Problem(where=shown_path(folder), key="", found="none", expected=expected, hint=hint))
            modules += [_imported(package, file) for file in files]
    own = Own(
        requirements=dict(sorted(requirements.items())),
        scenarios=scenarios,
        profiles=profiles,
        modules=tuple(modules),
        missing=tuple(missing),
    )
    check_own(own)
    return own


def shown_path(path: Path) -> str:
    """A path as messages name it: from the working directory on where it lies there."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)


def _package(folder: Path) -> str:
    """
    A package that stands for a folder, made anew.

    So that siblings import one another relatively, and no name of theirs hides a module of anybody's.
    """
    digest = hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:12]
    parent = f"chatproof_own_{digest}"
    name = f"{parent}.{_NOT_A_WORD.sub('_', folder.resolve().name)}"
    for known in [known for known in sys.modules if known == parent or known.startswith(f"{parent}.")]:
        del sys.modules[known]
    for each, path in ((parent, []), (name, [str(folder.resolve())])):
        sys.modules[each] = module = ModuleType(each)
        module.__path__ = path
    return name


def _imported(package: str, file: Path) -> ModuleType:
    kept, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    importlib.invalidate_caches()
    try:
        return importlib.import_module(f"{package}.{file.stem}")
    except (Exception, SystemExit) as error:
        raise ConfigError(_broken(error, file)) from error
    finally:
        sys.dont_write_bytecode = kept


def _broken(error: BaseException, file: Path) -> Problem:
    """What a user's file raised, at the last line of their folder that took part."""
    folder = file.parent.resolve()
    frames = [(frame.filename, frame.lineno or 0) for frame in traceback.extract_tb(error.__traceback__)]
    if isinstance(error, SyntaxError) and error.filename:
        frames.append((error.filename, error.lineno or 0))
    theirs = [(name, line) for name, line in frames if Path(name).is_relative_to(folder)]
    name, line = theirs[-1] if theirs else (str(file), 0)
    said = error.msg if isinstance(error, SyntaxError) else str(error)
    hint = "a file beside it is imported relatively: `from . import helpers`"
    return Problem(
        where=shown_path(Path(name)),
        line=line,
        key="",
        found=f"{type(error).__name__}: {said}".replace("\n", " "),
        expected="a file that can be imported",
        hint=hint if isinstance(error, ImportError) else "docs/own-requirements.md shows how such a file looks",
    )


def _table(module: ModuleType, name: str) -> Mapping[str, Any]:
    found = getattr(module, name, {})
    if not isinstance(found, Mapping):
        problem = Problem(
            where=shown_path(Path(str(module.__file__))),
            key=name,
            found=type(found).__name__,
            expected="a mapping by the names of profiles",
            hint='SCENARIOS = {"ai-chat": (Scenario(...),)}',
        )
        raise ConfigError(problem)
    return found
