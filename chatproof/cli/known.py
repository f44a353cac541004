"""All that `list` and `explain` speak of: ours, and a user's own."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from chatproof.catalogue import catalogue
from chatproof.closest import closest
from chatproof.config import PROFILES, ConfigError
from chatproof.config.load import load_suite
from chatproof.config.tables import keys_of
from chatproof.loading import load, scenario_set

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chatproof.catalogue import Catalogue
    from chatproof.own import Own
    from chatproof.requirement import Requirement
    from chatproof.scenario import ScenarioSet

__all__ = ["Known", "all_known", "config_option"]

_ROUTES = {"path-part", "target"}

config_option = click.option(
    "--config",
    "config_file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="A chatproof.toml that names folders of your own.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """The catalogue, and each profile's scenarios and table of keys; `own` names the profiles of a user's own."""

    catalogue: Catalogue
    sets: Mapping[str, ScenarioSet]
    tables: Mapping[str, type[Any]]
    own: frozenset[str]

    def profiles_of(self, entry: Requirement) -> list[str]:
        """The profiles that a requirement holds for."""
        return [name for name, known in self.sets.items() if entry.applies_to(name, known.names)]

    def shared_by_all(self, profiles: list[str]) -> bool:
        """These are all of the suite's profiles."""
        return self.sets.keys() - self.own <= set(profiles)

    def requirements_of(self, profile: str) -> list[str]:
        """The ids of the requirements that hold for a profile."""
        return [name for name, entry in self.catalogue.requirements.items() if profile in self.profiles_of(entry)]

    def routes_of(self, profile: str) -> dict[str, str]:
        """The keys that name routes, each with its default, or (in brackets) its example."""
        found = {}
        for name, entry in keys_of(self.tables[profile]).items():
            example = entry.metadata["example"]
            if entry.metadata["kind"] in _ROUTES and isinstance(entry.default, str):
                found[name] = entry.default or f"[{example}]"
        return found

    def faults(self) -> Mapping[str, Any]:
        """Every fault of every reference backend by name, those that show under load alone too."""
        found: Mapping[str, Any] = load("fixtures", "catalogue").SERVED_FAULTS
        return found

    def checked(self, profile: str | None) -> str | None:
        """The name of a profile that there is; raises a usage error for any other."""
        if profile is not None and profile not in self.sets:
            near = closest(profile, self.sets)
            meant = f"did you mean {near}? " if near else ""
            msg = f"no such profile: {profile!r}\nhint: {meant}there are {', '.join(self.sets)}"
            raise click.UsageError(msg)
        return profile


def all_known(config_file: Path | None) -> Known:
    """Ours, and what the folders of `[suite]` hold; raises a usage error where those cannot be used."""
    try:
        own: Own | None = load_suite(config_file, env=os.environ, cwd=Path.cwd())
    except ConfigError as error:
        raise click.UsageError(str(error)) from None
    theirs = {name: entry.settings for name, entry in own.profiles.items()} if own is not None else {}
    tables = {**PROFILES, **theirs}
    return Known(
        catalogue=catalogue(own=own),
        sets={name: scenario_set(name, own) for name in tables},
        tables=tables,
        own=frozenset(theirs),
    )
