"""What a user's own requirements, scenarios and profiles may not do: clash with what there is, or say nothing."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chatproof.catalogue import catalogue
from chatproof.closest import closest
from chatproof.config.problems import ConfigError, Problem
from chatproof.config.profile_keys import PROFILES
from chatproof.config.tables import keys_of
from chatproof.loading import scenario_set
from chatproof.means import MEANS, means_named
from chatproof.own import OwnProfile, shown_path
from chatproof.scenario import Scenario, ScenarioSet

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from chatproof.catalogue import Catalogue
    from chatproof.own import Own
    from chatproof.requirement import Requirement

__all__ = ["check_own"]

_ID = re.compile(r"[A-Z][A-Z0-9]*(-[A-Z0-9]+)+")
_PROFILE = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_SCENARIO = re.compile(r"[a-z][a-z0-9_]*")
_EXAMPLE = 'PROFILES = {"acme-chat": OwnProfile(AcmeChat, ScenarioSet("acme-chat", "turn", {...}))}'


def check_own(own: Own) -> None:
    """Raises `ConfigError` with every problem of the folders, each with its file and line where there is one."""
    problems = list(_profile_problems(own))
    if not problems:  # the sets can be had
        problems += _scenario_problems(own)
    if not problems:
        ours = catalogue()
        sets = {name: scenario_set(name, own) for name in (*PROFILES, *own.profiles)}
        tables = {**PROFILES, **{name: entry.settings for name, entry in own.profiles.items()}}
        for entry in own.requirements.values():
            problems += _id_problems(entry, ours)
            problems += _requirement_problems(own, entry, sets, tables)
    if problems:
        raise ConfigError(*problems)


def _profile_problems(own: Own) -> Iterable[Problem]:
    for name, entry in own.profiles.items():
        wrong = _profile_fault(name, entry)
        if wrong:
            found, expected = wrong
            yield Problem(where="PROFILES", key=str(name), found=found, expected=expected, hint=_EXAMPLE)


def _profile_fault(name: str, entry: object) -> tuple[str, str] | None:
    """What was found of a profile and what was expected; None where nothing is wrong."""
    if name in PROFILES:
        return "the name of a profile that there is", "another name; SCENARIOS adds scenarios to that one"
    if not _PROFILE.fullmatch(name):
        return f"the name `{name}`", "lower-case letters, digits and hyphens"
    if not isinstance(entry, OwnProfile):
        return type(entry).__name__, "an OwnProfile of `chatproof.api`"
    return _content_fault(name, entry)


def _content_fault(name: str, entry: OwnProfile) -> tuple[str, str] | None:
    known = keys_of(entry.settings) if dataclasses.is_dataclass(entry.settings) else {}
    if not known or any("doc" not in at.metadata for at in known.values()):
        return repr(entry.settings), "a dataclass whose fields are made with `key(...)`"
    found: object = entry.scenarios
    if not isinstance(found, ScenarioSet) or found.profile != name:
        return repr(getattr(found, "profile", found)), f'a ScenarioSet("{name}", ...)'
    if entry.scenarios.control not in entry.scenarios.scenarios:
        return f"the control `{entry.scenarios.control}`", "the name of one of its scenarios"
    return None


def _scenario_problems(own: Own) -> Iterable[Problem]:
    names = (*PROFILES, *own.profiles)
    for profile, more in own.scenarios.items():
        if profile not in names:
            near = closest(str(profile), names)
            expected = f"one of {', '.join(names)}"
            yield Problem(where="SCENARIOS", key="", found=f"`{profile}`", expected=expected, closest=near)
            continue
        taken = set(scenario_set(profile, dataclasses.replace(own, scenarios={})).names)
        for scenario in more:
            if not isinstance(scenario, Scenario):
                yield Problem(where="SCENARIOS", key=profile, found=repr(scenario), expected="a Scenario")
                continue
            where, line = _place(scenario.run)
            if scenario.name in taken:
                found, expected = f"the scenario `{scenario.name}` of {profile} again", "a name that is not taken"
                yield Problem(where=where, line=line, key="", found=found, expected=expected)
            elif not _SCENARIO.fullmatch(scenario.name):
                found, expected = f"the scenario `{scenario.name}`", "lower-case letters, digits and underscores"
                yield Problem(where=where, line=line, key="", found=found, expected=expected)
            taken.add(scenario.name)
            table = PROFILES.get(profile) or own.profiles[profile].settings
            yield from _means_problems(scenario.means, [table], where, line)


def _id_problems(entry: Requirement, ours: Catalogue) -> Iterable[Problem]:
    where, line = _place(entry.judge)
    for name in (entry.id, *entry.aliases):
        expected = "" if _ID.fullmatch(name) else "capital letters and digits in parts, such as ACME-ID-01"
        if ours.find(name) or name in ours.excluded:
            expected = "an id that chatproof does not have itself"
        if expected:
            yield Problem(where=where, line=line, key=entry.id, found=f"the id `{name}`", expected=expected)


def _requirement_problems(
    own: Own, entry: Requirement, sets: Mapping[str, ScenarioSet], tables: Mapping[str, type[Any]]
) -> Iterable[Problem]:
    where, line = _place(entry.judge)

    def problem(found: str, expected: str, *, near: str = "", hint: str = "") -> Problem:
        return Problem(where=where, line=line, key=entry.id, found=found, expected=expected, closest=near, hint=hint)

    yield from _name_problems(own, entry, problem)
    unknown = next((name for name in entry.profiles if name not in sets), "")
    if unknown:
        yield problem(f"the profile `{unknown}`", f"one of {', '.join(sets)}", near=closest(unknown, sets))
        return
    holding = [profile for profile, known in sets.items() if entry.applies_to(profile, known.names)]
    if not holding:
        names = {name for profile in (entry.profiles or sets) for name in sets[profile].names}
        missing = next((name for name in entry.scenarios if name not in names), "")
        found = f"the scenario `{missing}`" if missing else f"the scenarios {', '.join(entry.scenarios)}"
        hint = "`chatproof list scenarios` shows them; scenarios.py adds some"
        yield problem(found, "scenarios that one profile has", near=closest(missing, names), hint=hint)
        return
    yield from _means_problems(entry.means, [tables[profile] for profile in holding], where, line)


def _name_problems(own: Own, entry: Requirement, problem: Any) -> Iterable[Problem]:
    """A judge that pytest would not find would never be judged, and nobody would notice."""
    name = entry.judge.__name__
    held = next((module for module in own.modules if module.__name__ == entry.judge.__module__), None)
    if held is None:
        yield problem("a requirement in this file", "requirements in files test_*.py only")
    elif not name.startswith("test_"):
        yield problem(f"the function `{name}`", "a name that begins with `test_`")
    elif getattr(held, name, None) is not entry.judge:
        yield problem(f"the function `{name}`", "a name that the file uses once, at its top level")


def _means_problems(names: Iterable[str], tables: list[type[Any]], where: str, line: int) -> Iterable[Problem]:
    for name in names:
        if not all(_means(name, table) for table in tables):
            known = {*MEANS, *(key for table in tables for key in keys_of(table))}
            hint = "`chatproof list means` shows them; each key of the profile's table is one too"
            found = f"the means `{name}`"
            yield Problem(
                where=where, line=line, key="", found=found, expected="means", closest=closest(name, known), hint=hint
            )


def _means(name: str, table: type[Any]) -> bool:
    try:
        means_named(name, table)
    except KeyError:
        return False
    return True


def _place(function: Any) -> tuple[str, int]:
    """The file and line of a function; of another callable its name."""
    code = getattr(function, "__code__", None)
    return ("scenarios.py", 0) if code is None else (shown_path(Path(code.co_filename)), code.co_firstlineno)
