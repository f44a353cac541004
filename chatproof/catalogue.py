"""The catalogue: every requirement there is, its aliases, and what selectors choose of it."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chatproof.closest import closest
from chatproof.loading import conformance_modules, load
from chatproof.requirement import registered

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from chatproof.own import Own
    from chatproof.requirement import Requirement

__all__ = ["Catalogue", "UnknownSelectorError", "catalogue"]


class UnknownSelectorError(ValueError):
    """A selector that matches nothing; `closest` is what may have been meant."""

    def __init__(self, selector: str, closest: str) -> None:
        super().__init__(f"no requirement matches {selector!r}")
        self.selector = selector
        self.closest = closest


@dataclass(frozen=True, slots=True)
class Catalogue:
    """
    All requirements by id, and the rows of the catalogue that are none yet.

    `excluded` maps such an id to the reason.
    """

    requirements: Mapping[str, Requirement]
    excluded: Mapping[str, str]

    @property
    def aliases(self) -> dict[str, str]:
        """Alias to id."""
        return {alias: entry.id for entry in self.requirements.values() for alias in entry.aliases}

    def find(self, identifier: str) -> Requirement | None:
        """The requirement of an id or alias, in any case of its letters."""
        wanted = identifier.upper()
        return self.requirements.get(self.aliases.get(wanted, wanted))

    def select(self, selectors: Iterable[str]) -> frozenset[str]:
        """
        The ids that selectors choose: ids, aliases, or prefixes of them that end at a `-`.

        No selector chooses all. Raises `UnknownSelectorError` for one that matches nothing.
        """
        chosen = [self._matches(selector) for selector in selectors]
        return frozenset().union(*chosen) if chosen else frozenset(self.requirements)

    def closest(self, identifier: str) -> str:
        """The known id, alias or prefix nearest to a wrong one; empty where none is near."""
        names = {*self.requirements, *self.aliases}
        names |= {"-".join(name.split("-")[:count]) for name in names for count in (1, 2)}
        return closest(identifier, names)

    def _matches(self, selector: str) -> frozenset[str]:
        wanted = selector.upper()
        names = {name: name for name in self.requirements} | self.aliases
        exact = names.get(wanted)
        if exact is not None:
            return frozenset({exact})
        prefix = f"{wanted.rstrip('-')}-"
        found = frozenset(identifier for name, identifier in names.items() if name.startswith(prefix))
        if not found:
            raise UnknownSelectorError(selector, self.closest(selector))
        return found


def catalogue(modules: Sequence[str] | None = None, *, own: Own | None = None) -> Catalogue:
    """Imports every module of judges and returns what they registered, and a user's own requirements."""
    for name in conformance_modules() if modules is None else modules:
        importlib.import_module(name)
    requirements = {**registered(), **(own.requirements if own is not None else {})}
    return Catalogue(requirements=dict(sorted(requirements.items())), excluded=load("conformance", "excluded").EXCLUDED)
